"""Golden features and gradients of the built-in network with its committed weights: PyTorch's, in double precision.

Run from the repository's root: python oracles/builtin.py (needs torch and safetensors; writes test/golden/builtin.json).
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file

ROOT = Path(__file__).parent.parent
HEIGHT, WIDTH = 64, 48
EPSILON = 1e-3
# Few enough to keep, from the first layer to the last.
KEPT = ["stem.bn.scale", "block1.shortcut.bn.centre", "block3.conv1.bn.scale", "block6.conv2.bn.centre"]

stored = load_file(ROOT / "assets/petri.safetensors")
weights = {name: torch.from_numpy(values.astype(np.float64)) for name, values in stored.items()}
for name, values in weights.items():
    if not name.endswith((".mean", ".variance")):
        values.requires_grad_()


def conv_norm(name, x, stride):
    kernel = weights[f"{name}.kernel"]
    y = F.conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)
    mean, variance, scale, centre = (weights[f"{name}.bn.{what}"] for what in ("mean", "variance", "scale", "centre"))
    return F.batch_norm(y, mean, variance, scale, centre, False, 0, EPSILON)


def features(x):
    x = F.relu(conv_norm("stem", x, 2))
    block = 0
    while f"block{block}.conv1.kernel" in weights:
        name = f"block{block}"
        changes = f"{name}.shortcut.kernel" in weights
        stride = 2 if changes else 1
        inner = F.relu(conv_norm(f"{name}.conv1", x, stride))
        shortcut = conv_norm(f"{name}.shortcut", x, stride) if changes else x
        x = F.relu(conv_norm(f"{name}.conv2", inner, 1) + shortcut)
        block += 1
    return x.mean((2, 3))


row, column, channel = np.ogrid[:HEIGHT, :WIDTH, :3]
pixels = (row * 7 + column * 13 + channel * 29 + row * column) % 256
images = torch.from_numpy((pixels.transpose(2, 0, 1)[None] - 127.5) / 127.5)

result = features(images)
# An uneven sum, so that every feature's gradient is its own.
loss = (result * torch.cos(torch.arange(result.shape[1], dtype=torch.float64))).sum()
loss.backward()
golden = {
    "height": HEIGHT,
    "width": WIDTH,
    "features": [round(value, 7) for value in result[0].tolist()],
    "gradients": {name: [round(value, 7) for value in weights[name].grad.tolist()] for name in KEPT},
    "kernelGradientNorms": {
        name: round(values.grad.norm().item(), 6) for name, values in weights.items() if name.endswith(".kernel")
    },
}
(ROOT / "test/golden/builtin.json").write_text(json.dumps(golden) + "\n")
