"""Gradients of the two real networks by PyTorch, in double precision, on four chest X-rays.

    python oracles/real_networks.py SHARED      → test/golden/onnx/real-networks.json

SHARED holds weights/*.onnx and data/chest-xray-224. Needs torch, onnx, numpy and pillow. The ONNX file is interpreted
node by node. Of each gradient its norm and its products with three fixed vectors of ±1 are kept: if those agree, so do
the gradients. The pixels' hash is kept as well, to tell apart a wrong gradient and another JPEG decoder.
"""

import hashlib
import json
import pathlib
import sys

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from PIL import Image

OUTPUT = pathlib.Path(__file__).parent.parent / "test" / "golden" / "onnx" / "real-networks.json"
NETWORKS = ["mobilenetv2-imagenet", "efficientnetb4-imagenet"]
IMAGES = [
    ("NORMAL/IM-0001-0001.jpeg", 0),
    ("NORMAL/NORMAL2-IM-0381-0001.jpeg", 0),
    ("PNEUMONIA/person100_bacteria_475.jpeg", 1),
    ("PNEUMONIA/person99_bacteria_474.jpeg", 1),
]
SIZE = 128
EDGE = (224 - SIZE) // 2
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def read_pixels(folder):
    """The middle 128×128 pixels of each image, uint8 [4,128,128]."""
    middle = (EDGE, EDGE, EDGE + SIZE, EDGE + SIZE)
    return np.stack([np.asarray(Image.open(folder / name).convert("L").crop(middle)) for name, _ in IMAGES])


def pair(attributes, name):
    return tuple(attributes.get(name, (1, 1)))


def conv(attributes, x, kernel, bias=None):
    strides, dilations = pair(attributes, "strides"), pair(attributes, "dilations")
    if attributes.get("auto_pad", b"NOTSET") == b"SAME_UPPER":
        pads = []
        for size, length, stride in zip(x.shape[2:], kernel.shape[2:], strides):
            total = max((-(-size // stride) - 1) * stride + length - size, 0)
            pads.append((total // 2, total - total // 2))
        (top, bottom), (left, right) = pads
    else:
        top, left, bottom, right = attributes["pads"]
    x = F.pad(x, (left, right, top, bottom))
    if attributes.get("group", 1) == 1:
        return F.conv2d(x, kernel, bias, strides, 0, dilations)
    return depthwise(x, kernel, strides)


def depthwise(x, kernel, strides):
    """One kernel per channel, as a sum over its elements: PyTorch's own form is very slow in double precision."""
    channels, _, height, width = kernel.shape
    rows, columns = [(size - length) // stride + 1 for size, length, stride in zip(x.shape[2:], (height, width), strides)]
    total = 0
    for i in range(height):
        for j in range(width):
            part = x[:, :, i : i + rows * strides[0] : strides[0], j : j + columns * strides[1] : strides[1]]
            total = total + part[:, :, :rows, :columns] * kernel[:, 0, i, j].view(1, channels, 1, 1)
    return total


def operators(training):
    def batch_norm(attributes, x, scale, centre, mean, variance):
        epsilon = attributes["epsilon"]
        return F.batch_norm(x, mean.clone(), variance.clone(), scale, centre, training=training, eps=epsilon)

    return {
        "Conv": conv,
        "BatchNormalization": batch_norm,
        "Relu": lambda _, x: F.relu(x),
        "Sigmoid": lambda _, x: torch.sigmoid(x),
        "Mul": lambda _, a, b: a * b,
        "Add": lambda _, a, b: a + b,
        "GlobalAveragePool": lambda _, x: x.mean((2, 3), keepdim=True),
    }


def features(model, weights, images, training):
    values = dict(weights, images=images)
    table = operators(training)
    for node in model.graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        values[node.output[0]] = table[node.op_type](attributes, *[values[name] for name in node.input])
    return values[model.graph.output[0].name].mean((2, 3))


def signs(count, which):
    """A fixed vector of ±1: the top bit of a multiplicative hash."""
    i = (np.arange(1, count + 1, dtype=np.uint64) * 2654435761 + which * 2246822519) & 0xFFFFFFFF
    i = ((i ^ (i >> 13)) * 3266489917) & 0xFFFFFFFF
    return np.where(i >> 31, -1.0, 1.0)


def summary(gradient):
    flat = gradient.detach().double().numpy().ravel()
    return [float(f"{x:.7g}") for x in [np.linalg.norm(flat), *(flat @ signs(flat.size, k) for k in range(3))]]


def gradients(model, images, labels, training):
    weights = {t.name: torch.tensor(onnx.numpy_helper.to_array(t), dtype=torch.float64) for t in model.graph.initializer}
    trained = {name: w.requires_grad_() for name, w in weights.items() if "moving_" not in name}
    pooled = features(model, weights, images, training)
    count = pooled.shape[1]
    head = torch.tensor(0.02 * np.sin(0.7 * np.arange(count) + 1)[:, None], requires_grad=True)
    bias = torch.tensor([0.1], dtype=torch.float64, requires_grad=True)
    loss = F.binary_cross_entropy_with_logits((pooled @ head + bias)[:, 0], labels)
    trained = {"classifier.kernel": head, "classifier.bias": bias, **trained}
    results = torch.autograd.grad(loss, list(trained.values()))
    kept = {name: summary(gradient) for name, gradient in zip(trained, results)}
    return {"loss": loss.item(), "gradients": kept}


def main(shared):
    pixels = read_pixels(shared / "data/chest-xray-224/chest_xray/test")
    grey = torch.tensor(pixels, dtype=torch.float64)[:, None] / 255
    mean, std = (torch.tensor(values, dtype=torch.float64).view(1, 3, 1, 1) for values in (MEAN, STD))
    images = (grey - mean) / std
    labels = torch.tensor([label for _, label in IMAGES], dtype=torch.float64)
    result = {"images": IMAGES, "pixels": hashlib.sha256(pixels.tobytes()).hexdigest(), "networks": {}}
    for name in NETWORKS:
        model = onnx.load(shared / "weights" / f"{name}.onnx")
        result["networks"][name] = {
            statistics: gradients(model, images, labels, statistics == "batch") for statistics in ("frozen", "batch")
        }
    OUTPUT.write_text(json.dumps(result, separators=(",", ":")) + "\n")
    print(OUTPUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
