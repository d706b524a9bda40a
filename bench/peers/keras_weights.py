"""Makes the weights file that keras_recipe.py starts from, out of Graft's vgg16.onnx.

usage: python keras_weights.py VGG16.onnx PHOTO WEIGHTS.weights.h5

Keras would download VGG16's weights from the web. Graft's file has the same numbers (its card says where they
come from), so both sides of the comparison start from one network. Kernels are turned from ONNX's layout
[out, in, height, width] into Keras' [height, width, in, out]. The file is written only if Keras, with it, gives
the features that ONNX Runtime gives for PHOTO.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import onnx
import onnxruntime
from PIL import Image
from tensorflow.keras.applications.vgg16 import VGG16, preprocess_input

# Features reach 170; both sides add float32 products in another order.
TOLERANCE = 1e-3


def main():
    onnx_file, photo, weights = sys.argv[1:]
    graph = onnx.load(onnx_file).graph
    values = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}

    network = VGG16(weights=None, include_top=False, input_shape=(224, 224, 3))
    for layer in network.layers:
        if layer.weights:
            kernel = values.pop(layer.name + ".weight").transpose(2, 3, 1, 0)
            layer.set_weights([kernel, values.pop(layer.name + ".bias")])
    if values:
        sys.exit(f"{onnx_file}: has tensors that Keras' VGG16 has no layer for: {sorted(values)}")

    image = Image.open(photo).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
    pixels = preprocess_input(np.asarray(image, dtype=np.float32)[None])
    keras = network.predict(pixels, verbose=0).transpose(0, 3, 1, 2)
    session = onnxruntime.InferenceSession(onnx_file, providers=["CPUExecutionProvider"])
    (expected,) = session.run(["features"], {"input": np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))})
    difference = float(np.abs(keras - expected).max())
    print(
        f"{photo}: Keras' features differ from ONNX Runtime's by {difference:.1e} at most, values to {expected.max():.0f}"
    )
    if not difference <= TOLERANCE:
        sys.exit(f"expected a difference of {TOLERANCE} at most; the weights are not those of Keras' VGG16")
    network.save_weights(weights)


main()
