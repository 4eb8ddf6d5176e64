"""Golden values and gradients of convolutions, pooling, batch normalisation, padding and resizing: PyTorch's, in
double precision.

Run from the repository's root: python oracles/spatial_ops.py (needs torch; writes test/golden/spatial/).
Inputs are not stored: both sides draw them from the same generator (`draw` here, `drawn` in the test).
"""

import json
from itertools import count
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

OUT = Path(__file__).parent.parent / "test/golden/spatial"


def draw(shape, seed, low, high):
    """Numerical Recipes' linear congruential generator; its upper 16 bits, so that float32 holds every number."""
    state, numbers = seed, []
    for _ in range(int(np.prod(shape))):
        state = (state * 1664525 + 1013904223) % 2**32
        numbers.append((state >> 16) / 2**16)
    numbers = (low + (high - low) * np.array(numbers)).astype(np.float32)
    return torch.tensor(numbers, dtype=torch.float64).reshape(shape)


def digits(x):
    return {"shape": list(x.shape), "data": [float(f"{v:.7g}") for v in x.detach().flatten().tolist()]}


def case(title, function, inputs, **attributes):
    """`inputs`: shapes, or (shape, low, high); by default from −1 to 1."""
    seeds = count(1)
    described = [(s, -1, 1) if isinstance(s[0], int) else s for s in inputs]
    described = [{"shape": s, "low": low, "high": high, "seed": next(seeds)} for s, low, high in described]
    leaves = [draw(**d).requires_grad_() for d in described]
    y = function(*leaves, **attributes)
    direction = {"shape": y.shape, "low": -1, "high": 1, "seed": next(seeds)}
    gradients = torch.autograd.grad((y * draw(**direction)).sum(), leaves, allow_unused=True)
    return {
        "title": title,
        "attributes": attributes,
        "inputs": described,
        "direction": direction,
        "output": digits(y),
        "gradients": [g if g is None else digits(g) for g in gradients],
    }


def write(op, *cases):
    OUT.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(c, separators=(",", ":"), ensure_ascii=False) for c in cases)
    (OUT / f"{op}.json").write_text(f"[\n{lines}\n]\n")


def around(x, pads, **how):
    top, left, bottom, right = pads
    return F.pad(x, (left, right, top, bottom), **how)


def conv(x, kernel, bias=None, strides=(1, 1), pads=(0, 0, 0, 0), dilations=(1, 1), groups=1):
    return F.conv2d(around(x, pads), kernel, bias, strides, 0, dilations, groups)


def max_pool(x, kernel, strides, pads=(0, 0, 0, 0), dilations=(1, 1)):
    return F.max_pool2d(around(x, pads, value=-torch.inf), kernel, strides, 0, dilations)


def average_pool(x, kernel, strides, pads=(0, 0, 0, 0), countIncludePad=False):
    sums = F.avg_pool2d(around(x, pads), kernel, strides)
    if countIncludePad:
        return sums
    ones = torch.ones(1, 1, *x.shape[2:], dtype=x.dtype)
    return sums / F.avg_pool2d(around(ones, pads), kernel, strides)


def batch_norm(x, scale, centre, mean, variance, epsilon):
    return F.batch_norm(x, mean.detach(), variance.detach(), scale, centre, False, 0, epsilon)


def batch_norm_training(x, scale, centre, epsilon):
    return F.batch_norm(x, None, None, scale, centre, True, 0, epsilon)


def pad(x, pads, mode, value=0):
    rank = x.dim()
    order = [n for axis in reversed(range(rank)) for n in (pads[axis], pads[axis + rank])]
    if mode == "constant":
        return F.pad(x, order, value=value)
    return F.pad(x, order[:4], mode={"edge": "replicate"}.get(mode, mode))


def resize(x, size=None, scales=None, coordinates="asymmetric", rounding="floor"):
    mode = "nearest" if coordinates == "asymmetric" else "nearest-exact"
    return F.interpolate(x, size, scales and list(scales), mode=mode)



def main():
    window = dict(strides=[2, 2], pads=[1, 1, 1, 1])
    write(
        "conv",
        case("3×3, same size", conv, [(2, 3, 5, 4), (4, 3, 3, 3)], pads=[1, 1, 1, 1]),
        case("3×3 with bias, no padding", conv, [(2, 2, 5, 4), (3, 2, 3, 3), (3,)]),
        case("1×1", conv, [(2, 3, 4, 3), (5, 3, 1, 1), (5,)]),
        case("1×1, stride 2, even size: the last row and column are never seen", conv, [(2, 3, 6, 4), (4, 3, 1, 1)], strides=[2, 2]),
        case("1×1, stride 2, odd size", conv, [(1, 3, 7, 5), (4, 3, 1, 1)], strides=[2, 2]),
        case("1×1, stride 3, size 5", conv, [(1, 2, 5, 5), (2, 2, 1, 1)], strides=[3, 3]),
        case("3×3, stride 2, even size", conv, [(2, 3, 6, 8), (4, 3, 3, 3)], **window),
        case("3×3, stride 2, odd size", conv, [(2, 3, 7, 5), (4, 3, 3, 3)], **window),
        case("3×3, stride 2, TensorFlow's SAME for an even size", conv, [(1, 3, 6, 6), (4, 3, 3, 3)], strides=[2, 2], pads=[0, 0, 1, 1]),
        case("7×7, stride 2, odd size", conv, [(1, 3, 11, 9), (2, 3, 7, 7)], strides=[2, 2], pads=[3, 3, 3, 3]),
        case("unequal kernel, strides and padding", conv, [(2, 2, 9, 8), (3, 2, 2, 5), (3,)], strides=[3, 1], pads=[2, 0, 1, 3]),
        case("dilated", conv, [(1, 2, 8, 9), (3, 2, 3, 3)], pads=[2, 2, 2, 2], dilations=[2, 2]),
        case("dilated, strided", conv, [(1, 2, 10, 9), (3, 2, 3, 2)], strides=[2, 3], pads=[3, 1, 2, 1], dilations=[2, 3]),
        case("padded by more than the kernel", conv, [(1, 2, 3, 3), (2, 2, 2, 2)], pads=[3, 0, 1, 2]),
        case("groups", conv, [(2, 4, 5, 5), (6, 2, 3, 3), (6,)], pads=[1, 1, 1, 1], groups=2),
        case("groups, stride 2, odd size", conv, [(2, 4, 7, 5), (6, 2, 3, 3)], groups=2, **window),
        case("groups, dilated, strided, padded unequally", conv, [(2, 6, 9, 8), (3, 2, 3, 2)], groups=3, strides=[2, 1], dilations=[2, 3], pads=[1, 2, 2, 0]),
        case("depthwise 3×3", conv, [(2, 5, 5, 4), (5, 1, 3, 3), (5,)], pads=[1, 1, 1, 1], groups=5),
        case("depthwise 3×3, stride 2, even size", conv, [(2, 4, 6, 6), (4, 1, 3, 3)], groups=4, **window),
        case("depthwise 3×3, stride 2, odd size", conv, [(2, 4, 7, 5), (4, 1, 3, 3)], groups=4, **window),
        case("depthwise 3×3, stride 2, SAME for an even size", conv, [(2, 4, 6, 8), (4, 1, 3, 3)], groups=4, strides=[2, 2], pads=[0, 0, 1, 1]),
        case("depthwise 5×5, stride 2, SAME for an even size", conv, [(1, 3, 8, 6), (3, 1, 5, 5)], groups=3, strides=[2, 2], pads=[1, 1, 2, 2]),
        case("depthwise 5×5, stride 2, odd size", conv, [(1, 3, 9, 7), (3, 1, 5, 5)], groups=3, strides=[2, 2], pads=[2, 2, 2, 2]),
        case("depthwise 7×7", conv, [(1, 2, 8, 7), (2, 1, 7, 7)], groups=2, pads=[3, 3, 3, 3]),
        case("depthwise 1×1, stride 2, even size", conv, [(1, 3, 6, 6), (3, 1, 1, 1)], groups=3, strides=[2, 2]),
        case("depthwise 1×1, stride 2, odd size", conv, [(1, 3, 5, 7), (3, 1, 1, 1)], groups=3, strides=[2, 2]),
        case("depthwise, two filters per channel, stride 2", conv, [(2, 3, 7, 6), (6, 1, 3, 3)], groups=3, **window),
        case("enough channels for a blocked layout", conv, [(1, 16, 4, 3), (16, 16, 3, 3)], pads=[1, 1, 1, 1]),
        case("enough channels for a blocked layout, stride 2", conv, [(1, 16, 5, 4), (16, 16, 3, 3)], **window),
        case("enough channels for a blocked layout, depthwise, stride 2", conv, [(1, 16, 6, 5), (16, 1, 3, 3)], groups=16, **window),
    )
    write(
        "maxPool",
        case("2×2", max_pool, [(2, 2, 4, 6)], kernel=[2, 2], strides=[2, 2]),
        case("3×3, stride 2: windows overlap", max_pool, [(2, 2, 7, 6)], kernel=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        case("the rest of a stride", max_pool, [(1, 2, 7, 8)], kernel=[2, 3], strides=[2, 3]),
        case("padded at the end, as with ceil mode", max_pool, [(1, 2, 6, 6)], kernel=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1]),
        case("dilated", max_pool, [(1, 2, 7, 7)], kernel=[3, 2], strides=[1, 2], pads=[1, 0, 1, 0], dilations=[2, 3]),
        case("ties: all equal", max_pool, [((1, 2, 6, 5), 1, 1)], kernel=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        case("ties: all zero, same size", max_pool, [((1, 1, 4, 4), 0, 0)], kernel=[3, 3], strides=[1, 1], pads=[1, 1, 1, 1]),
    )
    write("globalMaxPool", case("random", lambda x: x.amax((2, 3), True), [(2, 3, 4, 5)]))
    write("globalAveragePool", case("random", lambda x: x.mean((2, 3), True), [(2, 3, 4, 5)]))
    write(
        "averagePool",
        case("2×2 tiles", average_pool, [(2, 2, 4, 6)], kernel=[2, 2], strides=[2, 2]),
        case("2×2, odd size", average_pool, [(2, 2, 5, 7)], kernel=[2, 2], strides=[2, 2]),
        case("3×3, same size, padding not counted", average_pool, [(1, 2, 5, 4)], kernel=[3, 3], strides=[1, 1], pads=[1, 1, 1, 1]),
        case("3×3, same size, padding counted", average_pool, [(1, 2, 5, 4)], kernel=[3, 3], strides=[1, 1], pads=[1, 1, 1, 1], countIncludePad=True),
        case("overlapping, padded unequally", average_pool, [(2, 2, 8, 7)], kernel=[3, 4], strides=[2, 3], pads=[0, 1, 1, 2]),
        case("overlapping, padded unequally, counted", average_pool, [(2, 2, 8, 7)], kernel=[3, 4], strides=[2, 3], pads=[0, 1, 1, 2], countIncludePad=True),
        case("stride beyond the kernel", average_pool, [(1, 2, 7, 8)], kernel=[2, 2], strides=[3, 3]),
    )
    per_channel = [((3,), 0.5, 2), (3,)]
    statistics = [(3,), ((3,), 0.1, 4)]
    far = [((3,), 300, 301), ((3,), 0.5, 1.5)]
    write(
        "batchNormalization",
        case("images", batch_norm, [(2, 3, 4, 3), *per_channel, *statistics], epsilon=1e-3),
        case("features", batch_norm, [(5, 3), *per_channel, *statistics], epsilon=1e-5),
        case("negative and zero scale", batch_norm, [(2, 3, 4, 3), ((3,), -1, 0), (3,), *statistics], epsilon=1e-5),
        case("mean far from 0", batch_norm, [((2, 3, 16, 16), 298, 303), *per_channel, *far], epsilon=1e-5),
    )
    write(
        "batchNormalizationTraining",
        case("images", batch_norm_training, [(2, 3, 4, 3), *per_channel], epsilon=1e-3),
        case("features", batch_norm_training, [(7, 3), *per_channel], epsilon=1e-5),
        case("mean far from 0", batch_norm_training, [((2, 3, 12, 12), 298, 303), *per_channel], epsilon=1e-5),
        case("variance far below epsilon", batch_norm_training, [((2, 3, 4, 4), -1e-3, 1e-3), *per_channel], epsilon=1e-3),
    )
    write(
        "pad",
        case("constant", pad, [(2, 2, 3, 3)], pads=[0, 1, 2, 0, 1, 0, 0, 3], mode="constant", value=0.5),
        case("cut off and added", pad, [(2, 2, 4, 5)], pads=[0, 0, -1, 2, 0, 0, 1, -2], mode="constant"),
        case("reflect", pad, [(1, 2, 4, 3)], pads=[0, 0, 3, 1, 0, 0, 2, 2], mode="reflect"),
        case("edge", pad, [(1, 2, 4, 3)], pads=[0, 0, 5, 1, 0, 0, 0, 2], mode="edge"),
        case("edge of sequences", pad, [(1, 2, 4)], pads=[0, 0, 3, 0, 0, 2], mode="edge"),
    )
    exact = dict(coordinates="half_pixel", rounding="round_prefer_ceil")
    write(
        "resizeNearest",
        case("twice as large", resize, [(2, 2, 3, 4)], scales=[2, 2]),
        case("three and two times", resize, [(1, 2, 3, 4)], size=[9, 8]),
        case("by an odd factor", resize, [(1, 2, 3, 5)], size=[7, 8]),
        case("scale rounded down", resize, [(1, 2, 5, 7)], scales=[1.5, 1.3]),
        case("smaller", resize, [(1, 2, 7, 6)], size=[3, 4]),
        case("pixel centres", resize, [(1, 2, 5, 6)], size=[8, 4], **exact),
        case("pixel centres, twice as large", resize, [(1, 2, 3, 4)], size=[6, 8], **exact),
    )


main()
