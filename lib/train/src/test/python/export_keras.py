"""Makes the fixtures of ExportsTest that Keras and tf2onnx write.

    python export_keras.py ../resources/dev/graft/exports

Made with Python 3.11, tensorflow-cpu 2.21.0, keras 3.15.1, tf2onnx 1.17.0, onnx 1.23.2.
The networks are those of keras.applications with few layers and channels and random weights;
fixtures must be small. NAME.onnx is what the exporter wrote; NAME.tsv has the outputs for the input
of synthetic_input, computed by Keras.
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import pathlib
import sys

import keras
import numpy as np
import tensorflow as tf
import tf2onnx
from keras import layers
from keras.src.applications import efficientnet_v2, mobilenet_v3, resnet

CLASSES = 5
IMAGES = 2
SIZE = 32
SHAPE = (SIZE, SIZE, 3)


def synthetic_input():
    """Two images of slanted stripes, -1 to 1 in steps of 1/64: exact in float32, as in Java."""
    n, c, y, x = np.mgrid[0:IMAGES, 0:3, 0:SIZE, 0:SIZE]
    values = ((1 + 4 * n) * x + (3 - n) * y + 40 * c + x * y // 8) % 129 / 64 - 1
    return values.transpose(0, 2, 3, 1).astype(np.float32)


def vgg():
    image = x = keras.Input(SHAPE)
    for block, channels in ((1, 6), (2, 8)):
        x = layers.Conv2D(channels, 3, activation="relu", padding="same", name=f"block{block}_conv1")(x)
        x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(12, activation="relu", name="fc1")(x)
    x = layers.Dense(CLASSES, activation="softmax", name="predictions")(x)
    return keras.Model(image, x, name="vgg")


def resnet_v1():
    def stack(x):
        x = resnet.stack_residual_blocks_v1(x, 4, 1, stride1=1, name="conv2")
        return resnet.stack_residual_blocks_v1(x, 6, 1, name="conv3")

    return resnet.ResNet(
        stack, False, True, name="resnet", weights=None, input_shape=SHAPE, classes=CLASSES
    )


def mobilenet_v3_with_rescaling():
    def stack(x, kernel, activation, se_ratio):
        x = mobilenet_v3._inverted_res_block(x, 1, 8, 3, 2, se_ratio, mobilenet_v3.relu, 0)
        return mobilenet_v3._inverted_res_block(x, 3, 12, kernel, 1, se_ratio, activation, 1)

    return mobilenet_v3.MobileNetV3(
        stack,
        24,
        name="mobilenetv3-rescaling",
        input_shape=SHAPE,
        weights=None,
        classes=CLASSES,
        include_preprocessing=True,
    )


def efficientnet():
    block = {
        "num_repeat": 1,
        "input_filters": 8,
        "output_filters": 8,
        "strides": 1,
        "se_ratio": 0.25,
    }
    blocks = [
        {**block, "kernel_size": 3, "expand_ratio": 2, "conv_type": 1, "se_ratio": 0},
        {**block, "kernel_size": 3, "expand_ratio": 3, "conv_type": 0, "strides": 2, "num_repeat": 2},
    ]
    return efficientnet_v2.EfficientNetV2(
        1.0,
        1.0,
        SIZE,
        blocks_args=blocks,
        min_depth=8,
        name="efficientnetv2",
        weights=None,
        input_shape=SHAPE,
        classes=CLASSES,
        include_preprocessing=False,
    )


# Network, exporter, opset (keras' own choice is 0).
EXPORTS = [
    (vgg, "keras", 0),
    (vgg, "tf2onnx", 11),
    (resnet_v1, "keras", 0),
    (resnet_v1, "nchw", 13),
    (mobilenet_v3_with_rescaling, "keras", 0),
    (efficientnet, "tf2onnx", 18),
]


def randomize(model):
    """Initial weights are too regular: zeros and ones."""
    for weight in model.weights:
        name = weight.path.rsplit("/", 1)[-1]
        shape = weight.shape
        if name == "gamma" or name == "moving_variance":
            weight.assign(np.random.uniform(0.5, 1.5, shape))
        elif len(shape) == 1:
            weight.assign(np.random.uniform(-0.2, 0.2, shape))
        else:
            fan_in = np.prod(shape[:-1]) if shape[-1] > 1 else shape[0] * shape[1]
            weight.assign(np.random.normal(0, (2 / fan_in) ** 0.5, shape))


def main(folder):
    image = synthetic_input()
    for make, exporter, opset in EXPORTS:
        keras.utils.set_random_seed(3)
        np.random.seed(3)
        model = make()
        randomize(model)
        # This one takes grey levels.
        fed = (image + 1) * 128 if "rescaling" in model.name else image
        outputs = model(fed, training=False).numpy()
        file = folder / f"{model.name.lower()}-{exporter}{f'-{opset}' if opset else ''}.onnx"
        if exporter == "keras":
            model.export(file, format="onnx", verbose=False)
        else:
            signature = (tf.TensorSpec((None, *SHAPE), tf.float32, name="input"),)
            function = tf.function(
                lambda x, model=model: model(x, training=False), input_signature=signature
            )
            tf2onnx.convert.from_function(
                function,
                input_signature=signature,
                opset=opset,
                inputs_as_nchw=["input"] if exporter == "nchw" else None,
                output_path=file,
            )
        file.with_suffix(".tsv").write_text(
            "".join(f"{value:.9g}\n" for value in outputs.flatten())
        )
        print(file.name, file.stat().st_size, outputs.round(3).tolist())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
