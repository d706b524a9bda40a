"""Writes model-v2.onnx, a multi-label Graft model of format 2 that every later Graft must read.

The model says which of red, green and blue a photo has, from its mean colour:
logits = 10 * mean(image / 255) - 5 over the pixels, probabilities = sigmoid(logits).

Run with onnx 1.23 and numpy 2.4:  python make_model_v2.py ../resources/dev/graft/model-v2.onnx
The file in the repository is never to be written again with other contents.
"""

import json
import sys

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

SIZE = 16

nodes = [
    helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
    helper.make_node("ReduceMean", ["float"], ["mean"], axes=[1, 2], keepdims=0),
    helper.make_node("Mul", ["mean", "scale"], ["scaled"]),
    helper.make_node("Add", ["scaled", "bias"], ["logits"]),
    helper.make_node("Sigmoid", ["logits"], ["probabilities"]),
]
graph = helper.make_graph(
    nodes,
    "graft",
    [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", SIZE, SIZE, 3])],
    [
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 3]),
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 3]),
    ],
    [
        numpy_helper.from_array(np.float32(10 / 255), "scale"),
        numpy_helper.from_array(np.float32(-5), "bias"),
    ],
)
model = helper.make_model(
    graph, producer_name="graft", opset_imports=[helper.make_opsetid("", 17)], ir_version=8
)
metadata = {
    "graft.format": 2,
    "graft.task": "multi-label",
    "graft.classes": ["red", "green", "blue"],
    "graft.thresholds": [0.5, 0.25, 0.75],
    "graft.preprocessing": {
        "width": SIZE,
        "height": SIZE,
        "resize": "stretch",
        "filter": "bilinear",
        "orientation": "exif",
        "color": "rgb",
        "background": "white",
    },
    "graft.backbone": {
        "name": "mean-colour",
        "sha256": "0123456789abcdef" * 4,
        "licence": "Apache-2.0",
        "attribution": "The Graft authors",
        "source": "make_model_v2.py",
        "features": "mean",
        "normalization": "RGB / 25.5 - 5",
    },
    "graft.training": {
        "graft_version": "0.1.0",
        "djl_version": "0.35.1",
        "onnxruntime_version": "1.26.0",
        "seed": 42,
        "head": "linear",
        "hyper_parameters": {"epochs": "50", "learning_rate": "0.001"},
        "data": {
            "fingerprint": "fedcba9876543210" * 4,
            "counts": {"red": 10, "green": 11, "blue": 12},
        },
        "metrics": {
            "train": {"n": 17, "loss": 0.25, "accuracy": 1.0, "mean_average_precision": 1.0},
            "validation": {
                "n": 4,
                "loss": 0.5,
                "accuracy": 0.75,
                "mean_average_precision": 0.875,
            },
        },
    },
}
for key, value in metadata.items():
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    model.metadata_props.add(key=key, value=text)
checker.check_model(model, full_check=True)
save(model, sys.argv[1])
