"""Golden losses and gradients of whole small networks: PyTorch's, in double precision.

The networks are those of test/graph/networks/architectures.ts, layer by layer, and their weights come from the same
generator as there (see `numbers`), so that only losses and gradients need to be kept.

Run from the repository's root: python oracles/small_networks.py (needs torch; writes test/golden/networks/).
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

OUT = Path(__file__).parent.parent / "test/golden/networks"
EPSILON = 1e-3


def numbers(name, shape, low, high):
    """A linear congruential generator (Numerical Recipes), seeded with the FNV-1a hash of the name."""
    state = 0x811C9DC5
    for byte in name.encode():
        state = ((state ^ byte) * 0x01000193) % 2**32
    values = []
    for _ in range(math.prod(shape)):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(low + (high - low) * (state >> 8) / 2**24)
    return torch.from_numpy(np.float32(values).astype(np.float64).reshape(shape))


class Layers:
    def __init__(self, batch_statistics):
        self.batch_statistics = batch_statistics
        self.trained = {}

    def weight(self, name, shape, low, high):
        self.trained[name] = numbers(name, shape, low, high).requires_grad_()
        return self.trained[name]

    def conv(self, name, x, filters, size, stride=1, groups=1, pads=None, bias=False):
        height, width = size
        depth = x.shape[1] // groups
        reach = math.sqrt(1.5 / (depth * height * width))
        kernel = self.weight(f"{name}.kernel", [filters, depth, height, width], -reach, reach)
        top, left, bottom, right = pads or (height // 2, width // 2, height // 2, width // 2)
        b = self.weight(f"{name}.bias", [filters], 0, 1) if bias else None
        return F.conv2d(F.pad(x, (left, right, top, bottom)), kernel, b, stride, groups=groups)

    def norm(self, name, x):
        shape = [x.shape[1]]
        scale = self.weight(f"{name}.scale", shape, 0.5, 1.5)
        centre = self.weight(f"{name}.centre", shape, 0.25, 1.25)
        if self.batch_statistics:
            return F.batch_norm(x, None, None, scale, centre, training=True, eps=EPSILON)
        mean = numbers(f"{name}.mean", shape, -0.25, 0.25)
        variance = numbers(f"{name}.variance", shape, 0.5, 1.5)
        return F.batch_norm(x, mean, variance, scale, centre, eps=EPSILON)

    def unit(self, name, x, filters, size, activation, **options):
        return activation(self.norm(f"{name}.bn", self.conv(name, x, filters, size, **options)))

    def head(self, x, classes):
        kernel = self.weight("head.kernel", [classes, x.shape[1]], -0.5, 0.5)
        return F.linear(x.mean((2, 3)), kernel, self.weight("head.bias", [classes], 0, 1))


def linear(x):
    return x


def residual(layers, x):
    x = layers.unit("stem", x, 6, (3, 3), torch.relu)
    x = F.max_pool2d(x, 3, 2, 1)
    y = layers.unit("a.1", x, 6, (3, 3), torch.relu)
    x = torch.relu(x + layers.unit("a.2", y, 6, (3, 3), linear))
    y = layers.unit("b.1", x, 4, (1, 1), torch.relu)
    y = layers.unit("b.2", y, 4, (3, 3), torch.relu, stride=2, groups=2)
    y = layers.unit("b.3", y, 8, (1, 1), linear)
    x = torch.relu(y + layers.unit("b.shortcut", x, 8, (1, 1), linear, stride=2))
    return layers.head(x, 3)


def dense(layers, x):
    def grow(name, x):
        y = layers.conv(f"{name}.1", torch.relu(layers.norm(f"{name}.1.bn", x)), 6, (1, 1))
        y = layers.conv(f"{name}.2", torch.relu(layers.norm(f"{name}.2.bn", y)), 3, (3, 3))
        return torch.cat([x, y], 1)

    x = layers.unit("stem", x, 4, (3, 3), torch.relu)
    x = grow("a.2", grow("a.1", x))
    x = layers.conv("transition", torch.relu(layers.norm("transition.bn", x)), 5, (1, 1))
    x = F.avg_pool2d(x, 2)
    x = grow("b.2", grow("b.1", x))
    return layers.head(torch.relu(layers.norm("last", x)), 3)


def inverted(layers, x, activation, inner, gate, narrow):
    """Inverted residuals with squeeze and excitation; `inner` and `gate` are the latter's, `narrow` the first block's."""

    def block(name, x, filters, size, stride, activation, pads=None):
        y = layers.unit(f"{name}.expand", x, 8, (1, 1), activation)
        y = layers.unit(f"{name}.depthwise", y, 8, size, activation, stride=stride, groups=8, pads=pads)
        squeezed = y.mean((2, 3), True)
        squeezed = inner(layers.conv(f"{name}.squeeze", squeezed, 2, (1, 1), bias=True))
        y = y * gate(layers.conv(f"{name}.excite", squeezed, 8, (1, 1), bias=True))
        y = layers.unit(f"{name}.project", y, filters, (1, 1), linear)
        return x + y if y.shape == x.shape else y

    x = layers.unit("stem", x, 4, (3, 3), activation, stride=2, pads=(0, 0, 1, 1))
    x = block("a", x, 4, (3, 3), 1, narrow)
    x = block("b", x, 6, (5, 5), 2, activation, pads=(1, 1, 2, 2))
    return layers.head(layers.unit("last", x, 10, (1, 1), activation), 3)


def efficient(layers, x):
    return inverted(layers, x, F.silu, F.silu, torch.sigmoid, F.silu)


def mobile(layers, x):
    return inverted(layers, x, F.hardswish, torch.relu, F.hardsigmoid, F.relu6)


def inception(layers, x):
    x = layers.unit("stem", x, 4, (3, 3), torch.relu)
    two = layers.unit("a.2.1", x, 3, (1, 1), torch.relu)
    three = layers.unit("a.3.1", x, 3, (1, 1), torch.relu)
    three = layers.unit("a.3.2", three, 3, (1, 3), torch.relu)
    pooled = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
    x = torch.cat(
        [
            layers.unit("a.1", x, 3, (1, 1), torch.relu),
            layers.unit("a.2.2", two, 4, (3, 3), torch.relu),
            layers.unit("a.3.3", three, 3, (3, 1), torch.relu),
            layers.unit("a.4", pooled, 2, (1, 1), torch.relu),
        ],
        1,
    )
    reduced = layers.unit("b.1", x, 4, (3, 3), torch.relu, stride=2, pads=(0, 0, 0, 0))
    x = torch.cat([reduced, F.max_pool2d(x, 3, 2), F.avg_pool2d(x, 3, 2, count_include_pad=True)], 1)
    return layers.head(x, 3)


def softmax_loss(logits, labels):
    targets = torch.tensor(labels)
    return F.cross_entropy(logits, targets, reduction="none")


def sigmoid_loss(logits, labels):
    """Several classes at once: a sample of label k has the classes 0 … k."""
    targets = torch.tensor([[float(k <= label) for k in range(3)] for label in labels]).double()
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(1)


def golden(network, loss, batch_statistics):
    layers = Layers(batch_statistics)
    images = numbers("images", [4, 3, 12, 12], -1, 1).requires_grad_()
    logits = network(layers, images)
    weights = torch.tensor([0.25, 0.25, 0.5, 1], dtype=torch.float64)
    total = (loss(logits, [0, 2, 1, 1]) * weights).sum()
    total.backward()
    gradients = {"images": images.grad[:1, :, ::4, ::4]} | {name: w.grad for name, w in layers.trained.items()}
    return {
        "logits": rounded(logits),
        "loss": total.item(),
        "gradients": {name: rounded(gradient) for name, gradient in gradients.items()},
    }


def rounded(x):
    return [float(f"{v:.6g}") for v in x.flatten().tolist()]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    losses = {inception: sigmoid_loss}
    for network in [residual, dense, efficient, mobile, inception]:
        for mode in ["frozen", "batch"]:
            values = golden(network, losses.get(network, softmax_loss), mode == "batch")
            path = OUT / f"{network.__name__}-{mode}.json"
            path.write_text(json.dumps(values, separators=(",", ":")) + "\n")


main()
