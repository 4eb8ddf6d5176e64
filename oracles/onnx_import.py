"""Exports torchvision networks to ONNX as users do, without their weights: fixtures for the importer's tests.

    python oracles/onnx_import.py [name…]      → test/golden/onnx/<name>.onnx.gz

Needs torch, torchvision, onnx and, for the exports named dynamo, onnxscript.
"""

import io
import sys
import warnings

import onnx
import torch
import torchvision.models as zoo
from onnx_fixture import save
from torchvision.models.convnext import CNBlockConfig


class ChannelAttention(torch.nn.Module):
    """Squeeze-and-excitation written with views, which a fixed-size export turns into fixed shapes."""

    def __init__(self, channels: int):
        super().__init__()
        self.reduce = torch.nn.Linear(channels, channels // 4)
        self.expand = torch.nn.Linear(channels // 4, channels)

    def forward(self, x):
        n, c, _, _ = x.shape
        pooled = torch.nn.functional.adaptive_avg_pool2d(x, 1).view(n, c)
        gate = torch.sigmoid(self.expand(torch.relu(self.reduce(pooled))))
        return x * gate.view(n, c, 1, 1)


class Mixed(torch.nn.Module):
    """Odds and ends in one small classifier: the constructs that the networks of torchvision lack."""

    def __init__(self):
        super().__init__()
        nn = torch.nn
        self.stem = nn.Sequential(nn.Conv2d(3, 12, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(12), nn.PReLU(12))
        self.attention = ChannelAttention(12)
        self.left = nn.Sequential(nn.Conv2d(6, 12, 3, padding=2, dilation=2), nn.BatchNorm2d(12), nn.GELU())
        self.right = nn.Sequential(nn.Conv2d(6, 12, 1), nn.BatchNorm2d(12), nn.LeakyReLU(0.2))
        self.mish = nn.Sequential(nn.Conv2d(24, 16, 1), nn.BatchNorm2d(16), nn.Mish())
        self.layer_scale = nn.Parameter(torch.rand(16, 1, 1))
        self.pool = nn.AvgPool2d(3, 2, 1, ceil_mode=True)
        self.head = nn.Sequential(nn.Linear(16, 32), nn.Hardswish(), nn.Dropout(0.2), nn.Linear(32, 5))

    def forward(self, x):
        x = self.attention(self.stem(x))
        left, right = x.chunk(2, dim=1)
        x = torch.cat([self.left(left), self.right(right)], dim=1)
        x = self.mish(x) * self.layer_scale
        x = torch.nn.functional.interpolate(self.pool(x), scale_factor=2, mode="nearest")
        x = torch.nn.functional.pad(x, (1, 0, 0, 1), mode="reflect")
        return self.head(x.flatten(2).mean(-1))


def small_vgg():
    """VGG reads its last map without pooling it; its dense layers of 120 million weights are made small here."""
    network = zoo.vgg11_bn(weights=None, init_weights=False)
    sizes = [512 * 7 * 7, 16, 16, 10]
    layers = [torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(a, b)) for a, b in zip(sizes, sizes[1:])]
    network.classifier = torch.nn.Sequential(*layers)
    return network


def networks():
    """name → (network, image size, opset, export options). `dynamic` leaves batch, height and width open."""
    random = dict(weights=None)
    return {
        "resnet18-opset9": (zoo.resnet18(**random), 224, 9, {}),
        "resnet18-dynamo": (zoo.resnet18(**random), 224, 20, {"dynamo": True}),
        "mobilenet-v2-opset11": (zoo.mobilenet_v2(**random), 224, 11, {"dynamic": True}),
        "mobilenet-v3-small-opset12": (zoo.mobilenet_v3_small(**random), 224, 12, {}),
        "mobilenet-v3-small-opset17": (zoo.mobilenet_v3_small(**random), 224, 17, {"dynamic": True}),
        "mobilenet-v3-small-dynamo": (zoo.mobilenet_v3_small(**random), 224, 18, {"dynamo": True, "dynamic": True}),
        "densenet121-opset13": (zoo.densenet121(**random), 224, 13, {"dynamic": True}),
        "efficientnet-b0-opset16": (zoo.efficientnet_b0(**random), 224, 16, {"dynamic": True}),
        "efficientnet-b0-dynamo": (zoo.efficientnet_b0(**random), 224, 20, {"dynamo": True}),
        "inception-v3-opset11": (zoo.inception_v3(transform_input=True, init_weights=False, **random), 299, 11, {}),
        "googlenet-opset10": (zoo.googlenet(transform_input=True, init_weights=False, **random), 224, 10, {}),
        "shufflenet-v2-opset9": (zoo.shufflenet_v2_x0_5(**random), 224, 9, {}),
        "shufflenet-v2-opset18": (zoo.shufflenet_v2_x0_5(**random), 224, 18, {"dynamic": True}),
        "mnasnet-opset14": (zoo.mnasnet0_5(**random), 224, 14, {}),
        "regnet-y-400mf-opset15": (zoo.regnet_y_400mf(**random), 224, 15, {"dynamic": True}),
        "vgg11-bn-opset13": (small_vgg(), 224, 13, {}),
        "mixed-opset11": (Mixed(), 64, 11, {}),
        "mixed-opset18": (Mixed(), 64, 18, {"dynamic": True}),
        "mixed-dynamo": (Mixed(), 64, 20, {"dynamo": True}),
        # To be refused:
        "resnet18-folded": (zoo.resnet18(**random), 224, 17, {"folded": True}),
        "squeezenet-opset12": (zoo.squeezenet1_1(**random), 224, 12, {}),
        "convnext-opset17": (zoo.ConvNeXt([CNBlockConfig(32, 64, 1), CNBlockConfig(64, None, 1)]), 224, 17, {}),
        "vit-opset17": (zoo.VisionTransformer(224, 16, 2, 4, 64, 128), 224, 17, {}),
        "vit-opset14": (zoo.VisionTransformer(224, 16, 2, 4, 64, 128), 224, 14, {}),
    }


def export(network, size, opset, dynamo=False, dynamic=False, folded=False):
    images = torch.randn(2 if dynamic else 1, 3, size, size)
    file = io.BytesIO()
    options = dict(input_names=["images"], output_names=["logits"], opset_version=opset)
    if dynamo:
        if dynamic:
            free = torch.export.Dim.DYNAMIC
            options["dynamic_shapes"] = [{0: free, 2: free, 3: free}]
        torch.onnx.export(network.eval(), (images,), dynamo=True, optimize=False, verbose=False, **options).save(file)
    else:
        mode = torch.onnx.TrainingMode.EVAL if folded else torch.onnx.TrainingMode.PRESERVE
        if dynamic:
            options["dynamic_axes"] = {"images": {0: "batch", 2: "height", 3: "width"}, "logits": {0: "batch"}}
        torch.onnx.export(network.eval(), (images,), file, dynamo=False, training=mode, **options)
    return onnx.load_from_string(file.getvalue())


def main(names):
    warnings.filterwarnings("ignore")
    torch.manual_seed(0)
    for name, (network, size, opset, options) in networks().items():
        if not names or name in names:
            save(name, export(network, size, opset, **options))


if __name__ == "__main__":
    main(sys.argv[1:])
