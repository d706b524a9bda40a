"""Writes device-probe.onnx, a network of one convolution that shows whether a device works.

It does to a photo what the first operators of every Graft model do; each of its outputs is the mean
of the photo's inner pixels and channels: a grey photo of 128 gives 128.

Run with onnx 1.23 and numpy 2.4, from this folder:
    python make_device_probe.py ../../main/resources/dev/graft/engine/device-probe.onnx
"""

import sys

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

nodes = [
    helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
    helper.make_node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]),
    helper.make_node("Conv", ["planes", "weights"], ["convolved"], kernel_shape=[3, 3]),
    helper.make_node("GlobalAveragePool", ["convolved"], ["pooled"]),
    helper.make_node("Flatten", ["pooled"], ["means"]),
]
weights = np.full((4, 3, 3, 3), 1 / 27, np.float32)
graph = helper.make_graph(
    nodes,
    "device-probe",
    [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", 16, 16, 3])],
    [helper.make_tensor_value_info("means", TensorProto.FLOAT, ["N", 4])],
    [numpy_helper.from_array(weights, "weights")],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
checker.check_model(model, full_check=True)
save(model, sys.argv[1])
