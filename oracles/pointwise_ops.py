"""Golden values and gradients of the elementwise, shape, matrix and loss operators: PyTorch's, in double precision.

Run from the repository's root: python oracles/pointwise_ops.py (needs torch; writes test/golden/pointwise/).
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

OUT = Path(__file__).parent.parent / "test/golden/pointwise"


def random(*shape, low=-3.0, high=3.0):
    """Numbers with three decimals, so that the files stay small; rounded to float32, as the graph sees them."""
    x = torch.rand(shape, dtype=torch.float64) * (high - low) + low
    return x.mul(1000).round().div(1000).float().double()


def fixed(*values):
    return torch.tensor(values, dtype=torch.float64).float().double()


def packed(x):
    return {"shape": list(x.shape), "data": [float(f"{v:.8g}") for v in x.flatten().tolist()]}


def case(title, function, inputs, **attributes):
    leaves = [x.clone().requires_grad_() for x in inputs]
    outputs = function(*leaves, **attributes)
    outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
    directions = [random(*y.shape) for y in outputs]
    sum((y * d).sum() for y, d in zip(outputs, directions)).backward()
    return {
        "title": title,
        "attributes": attributes,
        "inputs": [packed(x) for x in inputs],
        "outputs": [packed(y.detach()) for y in outputs],
        "directions": [packed(d) for d in directions],
        "gradients": [packed(x.grad) for x in leaves],
    }


def write(op, *cases):
    OUT.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    (OUT / f"{op}.json").write_text(f"[\n{lines}\n]\n")


def strided(x, starts, ends, axes, steps):
    """ONNX's slice, which unlike PyTorch's may go backwards."""
    for start, end, axis, step in zip(starts, ends, axes, steps):
        index = range(x.shape[axis])[slice(start, None if end < -x.shape[axis] else end, step)]
        x = x.index_select(axis, torch.tensor(list(index)))
    return x


def cross_entropy(terms, weights):
    return (terms * weights).sum(), terms


def main():
    torch.manual_seed(0)
    edges = fixed(-1e4, -200, -3, -1, -1e-6, 0, 1e-6, 1, 3, 6, 200, 1e4)
    broadcasts = [
        ("same shape", (2, 3), (2, 3)),
        ("right repeated along inner and outer axes", (2, 3, 4), (3, 1)),
        ("left repeated", (4,), (2, 3, 4)),
        ("both repeated", (2, 1, 4), (3, 1)),
        ("scalar right", (2, 3), ()),
        ("per channel and per image", (2, 3, 2, 2), (2, 3, 1, 1)),
    ]
    for op, function in {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div}.items():
        low = 0.5 if op == "div" else -3
        write(op, *(case(t, function, [random(*a), random(*b, low=low)]) for t, a, b in broadcasts))

    unary = {
        "neg": torch.neg,
        "relu": torch.relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "softplus": lambda x: -F.logsigmoid(-x),
        "erf": torch.erf,
        "swish": F.silu,
        "hardSwish": F.hardswish,
    }
    for op, function in unary.items():
        write(op, case("random", function, [random(2, 7)]), case("edges", function, [edges]))
    write("exp", case("random", torch.exp, [random(2, 7)]), case("far", torch.exp, [fixed(-200, -20, 0, 20)]))
    positive = fixed(1e-4, 0.5, 1, 2, 1e4)
    write("log", case("positive", torch.log, [positive]))
    write("sqrt", case("positive", torch.sqrt, [positive]))

    def pow(x, exponent):
        return x**exponent

    write(
        "pow",
        case("square", pow, [random(7)], exponent=2),
        case("cube", pow, [random(7)], exponent=3),
        case("square root", pow, [positive], exponent=0.5),
        case("reciprocal", pow, [positive], exponent=-1),
        case("zero", pow, [fixed(-1, 0, 2)], exponent=0),
        case("square at 0", pow, [fixed(0, -0.0)], exponent=2),
    )

    def clip(x, min=None, max=None):
        # hardtanh's gradient is 0 at the limits, unlike clamp's.
        return F.hardtanh(x, -1e38 if min is None else min, 1e38 if max is None else max)

    write(
        "clip",
        case("relu6", clip, [random(2, 7, low=-9, high=9)], min=0, max=6),
        case("relu6 at its edges", clip, [edges], min=0, max=6),
        case("below only", clip, [random(7)], min=-0.7),
        case("above only", clip, [random(7)], max=0.3),
        case("at inexact limits", clip, [fixed(-0.1, 0.3, 0.1)], min=-0.1, max=0.3),
    )

    def leaky_relu(x, alpha):
        return F.leaky_relu(x, alpha)

    def elu(x, alpha):
        return F.elu(x, alpha)

    def hard_sigmoid(x, alpha, beta):
        return F.hardtanh(alpha * x + beta, 0, 1)

    def gelu(x, approximate):
        return F.gelu(x, approximate=approximate)

    write("leakyRelu", *(case(t, leaky_relu, [x], alpha=0.01) for t, x in [("random", random(7)), ("edges", edges)]))
    write("elu", *(case(f"alpha {a}", elu, [x], alpha=a) for a in (1, 0.3, 2) for x in (random(7), edges)))
    write(
        "hardSigmoid",
        case("PyTorch's", hard_sigmoid, [random(2, 7, low=-5, high=5)], alpha=1 / 6, beta=0.5),
        case("Keras'", hard_sigmoid, [random(2, 7, low=-5, high=5)], alpha=0.2, beta=0.5),
        case("edges", hard_sigmoid, [edges], alpha=0.25, beta=0.25),
    )
    write("gelu", *(case(f"{t}, {a}", gelu, [x], approximate=a) for a in ("none", "tanh")
                    for t, x in [("random", random(2, 7)), ("edges", fixed(-200, -9, -1, 0, 1, 9, 200))]))
    write(
        "prelu",
        case("slope per channel", lambda x, s: torch.where(x > 0, x, x * s), [random(2, 3, 2, 2), random(3, 1, 1)]),
        case("one slope", lambda x, s: torch.where(x > 0, x, x * s), [random(2, 3), random(1)]),
        case("slope per element, and at 0", lambda x, s: torch.where(x > 0, x, x * s), [fixed(-1, 0, 1), random(3)]),
    )

    write(
        "slice",
        case("a window", strided, [random(4, 5)], starts=[1, 2], ends=[3, 5], axes=[0, 1], steps=[1, 1]),
        case("negative and too large", strided, [random(4, 5)], starts=[-9, -3], ends=[-1, 99], axes=[0, 1], steps=[1, 1]),
        case("reversed", strided, [random(2, 5)], starts=[-1], ends=[-99], axes=[1], steps=[-1]),
        case("every second, both ways", strided, [random(5, 6)], starts=[1, 4], ends=[5, 0], axes=[0, 1], steps=[2, -2]),
        case("every third, not ending at the edge", strided, [random(2, 7)], starts=[0], ends=[7], axes=[-1], steps=[3]),
        case("every second with a rest", strided, [random(1, 2, 6, 5)], starts=[0, 0], ends=[6, 5], axes=[2, 3], steps=[2, 2]),
    )
    write(
        "transpose",
        case("matrix", lambda x, permutation: x.permute(permutation), [random(2, 3)], permutation=[1, 0]),
        case("to channels last", lambda x, permutation: x.permute(permutation), [random(2, 3, 2, 2)], permutation=[0, 2, 3, 1]),
    )
    write(
        "concat",
        case("channels", lambda *x, axis: torch.cat(x, axis), [random(2, c, 2) for c in (1, 3, 2)], axis=1),
        case("last axis", lambda *x, axis: torch.cat(x, axis), [random(2, 1), random(2, 3)], axis=-1),
    )
    write("split", case("channels", lambda x, axis, sizes: torch.split(x, sizes, axis), [random(2, 6, 2)], axis=1, sizes=[1, 3, 2]))
    matrices = [("plain", (2, 3), (3, 4)), ("batched", (2, 2, 3), (2, 3, 2)), ("right repeated", (2, 2, 3), (3, 4)),
                ("left repeated", (2, 3), (2, 3, 2)), ("both repeated", (2, 1, 2, 3), (3, 3, 1))]
    write("matmul", *(case(t, torch.matmul, [random(*a), random(*b)]) for t, a, b in matrices))

    def gemm(a, b, c=None, transA=False, transB=False, alpha=1, beta=1):
        y = alpha * (a.T if transA else a) @ (b.T if transB else b)
        return y if c is None else y + beta * c

    write(
        "gemm",
        *(case(f"transA {ta}, transB {tb}", gemm, [random(*((3, 2) if ta else (2, 3))), random(*((4, 3) if tb else (3, 4)))],
               transA=ta, transB=tb, alpha=0.5) for ta in (False, True) for tb in (False, True)),
        case("dense layer", gemm, [random(2, 3), random(4, 3), random(4)], transB=True),
        case("scaled column", gemm, [random(2, 3), random(3, 4), random(2, 1)], alpha=2, beta=-0.5),
        case("scalar", gemm, [random(2, 3), random(3, 4), random()]),
    )

    axes = [("spatial", (2, 3, 2, 3), [2, 3]), ("outer", (2, 3, 2), [0, -1]), ("all", (2, 3), [0, 1]), ("size 1", (2, 1), [1])]
    write("reduceSum", *(case(t, lambda x, axes: x.sum(axes, True), [random(*s)], axes=a) for t, s, a in axes))
    write("reduceMean", *(case(t, lambda x, axes: x.mean(axes, True), [random(*s)], axes=a) for t, s, a in axes))
    write(
        "reduceMax",
        *(case(t, lambda x, axes: x.amax(axes, True), [random(*s)], axes=a) for t, s, a in axes),
        case("ties share", lambda x, axes: x.amax(axes, True), [fixed(1, 3, 3, 2)], axes=[0]),
    )
    large = fixed(-1e4, 0, 1e4, 50, -50, 49).reshape(2, 3)
    for op, function in {"softmax": torch.softmax, "logSoftmax": torch.log_softmax}.items():
        write(op, *(case(t, lambda x, axis: function(x, axis), [x], axis=a)
                    for t, x, a in [("last axis", random(2, 4), -1), ("channels", random(2, 3, 2), 1), ("large", large, 1)]))

    def sigmoid_cross_entropy(z, t, w):
        terms = F.binary_cross_entropy_with_logits(z, t, reduction="none").mean(1)
        return cross_entropy(terms, w)

    def softmax_cross_entropy(z, t, w):
        return cross_entropy(F.cross_entropy(z, t, reduction="none"), w)

    one_hot = torch.eye(3, dtype=torch.float64)
    write(
        "sigmoidCrossEntropy",
        case("one class", sigmoid_cross_entropy, [random(4, 1), fixed(0, 1, 1, 0).reshape(4, 1), fixed(0.25, 0.25, 0.5, 1)]),
        case("several classes", sigmoid_cross_entropy, [random(3, 2), fixed(0, 1, 1, 1, 0, 0.3).reshape(3, 2), random(3)]),
        case("large", sigmoid_cross_entropy, [large, fixed(0, 1, 1, 0, 0, 1).reshape(2, 3), fixed(1, 0.5)]),
    )
    write(
        "softmaxCrossEntropy",
        case("one-hot", softmax_cross_entropy, [random(4, 3), one_hot[[0, 2, 1, 1]], fixed(0.25, 0.25, 0.5, 1)]),
        case("soft", softmax_cross_entropy, [random(2, 3), fixed(0.2, 0.5, 0.3, 0, 0.1, 0.9).reshape(2, 3), random(2)]),
        case("large", softmax_cross_entropy, [large, one_hot[[0, 1]], fixed(1, 0.5)]),
    )


main()
