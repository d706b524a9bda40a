"""Golden values of the pretrained backbones: a synthetic photo through numpy in float64.

usage: golden_features.py PRETRAINED_FOLDER OUTPUT_FOLDER
PRETRAINED_FOLDER holds vgg16.onnx and efficientnet-lite0.onnx. Needs numpy and onnx (to read the
files; nothing runs in ONNX Runtime, so that the values are independent of it).

The photo: byte of row y, column x, channel c (RGB) is ((c + 1) x + (3 - c) y + x y / 32) mod 256,
rounded down, 224x224. Preprocessing: Keras' "caffe" for VGG16, (x - 127) / 128 for EfficientNet-Lite0.

Writes NAME-golden.tsv: index into the flattened output (NCHW), value; 150 values evenly spaced among those
that are not 0, 50 evenly spaced among all.
"""

import pathlib
import sys

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view


def photo():
    y, x, c = np.mgrid[0:224, 0:224, 0:3]
    return (((c + 1) * x + (3 - c) * y + x * y // 32) % 256).astype(np.uint8)


def conv(x, weight, bias, strides, pads, group):
    x = np.pad(x, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])))
    windows = sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    windows = windows[:, :, :: strides[0], :: strides[1]]
    if group == 1:
        result = np.tensordot(windows, weight, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)
    else:
        result = np.einsum("nchwij,cij->nchw", windows, weight[:, 0])
    return result + bias[:, None, None]


def run(model, x):
    values = {t.name: onnx.numpy_helper.to_array(t).astype(np.float64) for t in model.graph.initializer}
    values["input"] = x
    for node in model.graph.node:
        given = [values[name] for name in node.input]
        attribute = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Conv":
            result = conv(*given, attribute["strides"], attribute["pads"], attribute["group"])
        elif node.op_type == "Relu":
            result = np.maximum(given[0], 0)
        elif node.op_type == "Clip":
            result = np.clip(*given)
        elif node.op_type == "MaxPool":
            n, c, h, w = given[0].shape
            result = given[0].reshape(n, c, h // 2, 2, w // 2, 2).max(axis=(3, 5))
        elif node.op_type == "Add":
            result = given[0] + given[1]
        elif node.op_type == "Identity":
            result = given[0]
        elif node.op_type == "GlobalAveragePool":
            result = given[0].mean(axis=(2, 3), keepdims=True)
        elif node.op_type == "Flatten":
            result = given[0].reshape(len(given[0]), -1)
        elif node.op_type == "Gemm":
            result = given[0] @ given[1].T + given[2]
        else:
            sys.exit(f"operator {node.op_type} is not known here")
        values[node.output[0]] = result
    return values


def write(path, output):
    flat = output.astype(np.float32).ravel()
    live = np.flatnonzero(flat)
    chosen = set(live[np.linspace(0, len(live) - 1, min(150, len(live))).astype(int)])
    chosen |= set(np.linspace(0, len(flat) - 1, 50).astype(int))
    path.write_text("".join(f"{i}\t{flat[i]!s}\n" for i in sorted(chosen)))
    print(path, len(chosen), "of", len(flat), "largest", abs(flat).max())


pretrained, folder = map(pathlib.Path, sys.argv[1:3])
pixels = photo().astype(np.float64)

vgg = pixels[..., ::-1] - np.array([103.939, 116.779, 123.68])
result = run(onnx.load(pretrained / "vgg16.onnx"), vgg.transpose(2, 0, 1)[None])
write(folder / "vgg16-golden.tsv", result["features"])

lite = (pixels - 127) / 128
result = run(onnx.load(pretrained / "efficientnet-lite0.onnx"), lite.transpose(2, 0, 1)[None])
write(folder / "efficientnet-lite0-golden.tsv", result["features"])
write(folder / "efficientnet-lite0-logits-golden.tsv", result["logits"])
