"""Makes the fixtures of ExportsTest that PyTorch's two exporters write.

    python export_torch.py ../resources/dev/graft/exports

Made with Python 3.11, torch 2.8.0, torchvision 0.23.0, timm 1.0.31, onnx 1.23.2, onnxscript 0.7.2.
The networks are those of torchvision and timm with few layers and channels and random weights;
fixtures must be small. NAME.onnx is what the exporter wrote, without documentation strings and
stack traces; NAME.tsv has the outputs for the input of synthetic_input, computed by PyTorch.
"""

import functools
import pathlib
import sys

import onnx
import timm
import torch
import torchvision.models as tv
from torch import nn
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.efficientnet import FusedMBConvConfig, MBConvConfig
from torchvision.models.mobilenetv3 import InvertedResidualConfig
from torchvision.models.squeezenet import Fire

CLASSES = 5
IMAGES = 2


def synthetic_input(size):
    """Two images of slanted stripes, -1 to 1 in steps of 1/64: exact in float32, as in Java."""
    values = [
        ((1 + 4 * n) * x + (3 - n) * y + 40 * c + x * y // 8) % 129 / 64 - 1
        for n in range(IMAGES)
        for c in range(3)
        for y in range(size)
        for x in range(size)
    ]
    return torch.tensor(values).reshape(IMAGES, 3, size, size)


class Vgg(tv.VGG):
    """torchvision's, with classifier layers of its form but not of its size."""

    def __init__(self):
        nn.Module.__init__(self)
        self.features = tv.vgg.make_layers([6, "M", 8, "M"], batch_norm=True)
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(8 * 49, 12), nn.ReLU(True), nn.Dropout(), nn.Linear(12, CLASSES)
        )


class SqueezeNet(nn.Module):
    """The layers of torchvision's, whose channels cannot be chosen."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2),
            nn.ReLU(True),
            nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(8, 4, 8, 8),
            Fire(16, 4, 8, 8),
            nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(16, 4, 12, 12),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Conv2d(24, CLASSES, 1), nn.ReLU(True), nn.AdaptiveAvgPool2d((1, 1))
        )

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


class OldActivations(nn.Module):
    """What older and rarer networks use: other activations, normalisations and paddings."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(3, 6, 3, stride=2),
            nn.PReLU(6),
            nn.GroupNorm(2, 6),
            nn.Conv2d(6, 6, 3, padding=1, padding_mode="replicate", groups=3),
            nn.InstanceNorm2d(6, affine=True),
            nn.LeakyReLU(0.2),
            nn.Conv2d(6, 8, 1),
            nn.ELU(),
            nn.AvgPool2d(3, 2, padding=1),
            nn.Conv2d(8, 8, 3),
            nn.Mish(),
            nn.Conv2d(8, 8, 1),
            nn.SELU(),
            nn.Conv2d(8, 8, 1),
            nn.GELU(approximate="tanh"),
        )
        self.classifier = nn.Sequential(nn.Linear(8, CLASSES), nn.LogSoftmax(1))

    def forward(self, x):
        return self.classifier(self.layers(x).amax((2, 3)))


def mobilenet_v3():
    block = functools.partial(InvertedResidualConfig, width_mult=1.0)
    return tv.MobileNetV3(
        [
            block(8, 3, 8, 8, True, "RE", 2, 1),
            block(8, 3, 16, 12, False, "RE", 2, 1),
            block(12, 5, 16, 12, True, "HS", 1, 1),
        ],
        24,
        num_classes=CLASSES,
    )


def efficientnet():
    return tv.EfficientNet(
        [MBConvConfig(1, 3, 1, 8, 8, 1), MBConvConfig(3, 5, 2, 8, 12, 2)],
        dropout=0.2,
        num_classes=CLASSES,
        last_channel=24,
    )


def efficientnet_v2():
    return tv.EfficientNet(
        [FusedMBConvConfig(2, 3, 1, 8, 8, 1), MBConvConfig(3, 3, 2, 8, 12, 2)],
        dropout=0.2,
        num_classes=CLASSES,
        last_channel=24,
    )


def convnext():
    return tv.ConvNeXt(
        [CNBlockConfig(6, 8, 1), CNBlockConfig(8, 12, 1), CNBlockConfig(12, None, 1)],
        num_classes=CLASSES,
        layer_scale=0.5,
    )


NETWORKS = {
    "vgg": (28, Vgg),
    "resnet": (
        32,
        lambda: timm.models.resnet.ResNet(
            timm.models.resnet.Bottleneck,
            [1, 1, 1, 1],
            channels=(2, 4, 6, 8),
            stem_width=6,
            num_classes=CLASSES,
        ),
    ),
    "mobilenetv2": (
        32,
        lambda: tv.MobileNetV2(
            num_classes=CLASSES,
            inverted_residual_setting=[[1, 8, 1, 1], [3, 8, 2, 2], [3, 12, 1, 2]],
            round_nearest=4,
        ),
    ),
    "mobilenetv3": (32, mobilenet_v3),
    "efficientnet": (32, efficientnet),
    "efficientnetv2": (32, efficientnet_v2),
    "squeezenet": (32, SqueezeNet),
    "densenet": (
        32,
        lambda: tv.DenseNet(
            growth_rate=4,
            block_config=(2, 2),
            num_init_features=8,
            bn_size=2,
            num_classes=CLASSES,
        ),
    ),
    "shufflenet": (
        32,
        lambda: tv.ShuffleNetV2([1, 1, 1], [8, 8, 12, 16, 24], num_classes=CLASSES),
    ),
    "convnext": (32, convnext),
    "vit": (
        32,
        lambda: tv.VisionTransformer(
            image_size=32,
            patch_size=8,
            num_layers=2,
            num_heads=2,
            hidden_dim=12,
            mlp_dim=16,
            num_classes=CLASSES,
        ),
    ),
    "timm-vit": (
        32,
        lambda: timm.models.vision_transformer.VisionTransformer(
            img_size=32,
            patch_size=8,
            embed_dim=12,
            depth=2,
            num_heads=2,
            mlp_ratio=2,
            init_values=0.5,
            class_token=False,
            global_pool="avg",
            num_classes=CLASSES,
        ),
    ),
    "swin": (
        32,
        lambda: tv.SwinTransformer(
            patch_size=[4, 4],
            embed_dim=8,
            depths=[2],
            num_heads=[2],
            window_size=[4, 4],
            num_classes=CLASSES,
        ),
    ),
    "old": (24, OldActivations),
}

# Exporter, opset and network. The older exporter writes TorchScript's names, the newer ones fx's.
EXPORTS = [
    ("script", 11, "vgg"),
    ("script", 9, "squeezenet"),
    ("script", 17, "resnet"),
    ("dynamo", 18, "resnet"),
    ("script", 12, "mobilenetv2"),
    ("script", 13, "mobilenetv3"),
    ("dynamo", 18, "mobilenetv3"),
    ("script", 16, "efficientnet"),
    ("dynamo", 20, "efficientnetv2"),
    ("script", 17, "densenet"),
    ("script", 14, "shufflenet"),
    ("script", 15, "convnext"),
    ("script", 17, "convnext"),
    ("dynamo", 21, "convnext"),
    ("script", 17, "vit"),
    ("dynamo", 18, "vit"),
    ("dynamo", 23, "vit"),
    ("script", 14, "timm-vit"),
    ("dynamo", 18, "timm-vit"),
    ("dynamo", 18, "swin"),
    ("script", 11, "old"),
    ("dynamo", 21, "old"),
]


def randomize(network):
    """Initial weights are too small to see the input, and alike, so that exporters merge them."""
    for name, parameter in network.named_parameters():
        if parameter.dim() > 1:
            fan_in = parameter[0].numel() if parameter.shape[0] > 1 else 8
            nn.init.normal_(parameter, std=(2 / fan_in) ** 0.5)
        elif name.endswith("bias"):
            nn.init.uniform_(parameter, -0.2, 0.2)
        else:
            nn.init.uniform_(parameter, 0.5, 1.5)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.2, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 1.5)


def strip(file):
    model = onnx.load(file)
    model.ClearField("doc_string")
    model.graph.ClearField("doc_string")
    model.graph.ClearField("metadata_props")
    for part in [*model.graph.node, *model.graph.value_info, *model.graph.initializer]:
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    for value in [*model.graph.input, *model.graph.output]:
        value.ClearField("metadata_props")
    onnx.save(model, file)


def main(folder):
    for exporter, opset, name in EXPORTS:
        size, make = NETWORKS[name]
        torch.manual_seed(3)
        network = make().eval()
        randomize(network)
        image = synthetic_input(size)
        file = folder / f"{name}-{exporter}-{opset}.onnx"
        names = {"input_names": ["input"], "output_names": ["logits"]}
        if exporter == "script":
            torch.onnx.export(
                network,
                (image,),
                file,
                opset_version=opset,
                dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}},
                dynamo=False,
                **names,
            )
        else:
            torch.onnx.export(
                network,
                (image,),
                file,
                opset_version=opset,
                dynamic_shapes=({0: torch.export.Dim("N")},),
                dynamo=True,
                external_data=False,
                verbose=False,
                **names,
            )
        strip(file)
        with torch.no_grad():
            logits = network(image).flatten().tolist()
        file.with_suffix(".tsv").write_text("".join(f"{value:.9g}\n" for value in logits))
        print(file.name, file.stat().st_size, [round(value, 3) for value in logits])


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
