"""What the oracles of architectures have in common: seeded weights and pixels, and how outputs are kept.

The tests compute the same weights from the same formula, so that only names, shapes and outputs need to be stored.
"""

import json
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent.parent / "test/golden/architectures"
# An even square, and an odd oblong, where paddings that are not symmetrical show.
SIZES = [(96, 96), (75, 91)]
KEPT_LAYERS = 5
KEPT_VALUES = 64


def uniform(name, count):
    """Numbers in [0, 1) that depend on a weight's name and their place in it only."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    h = (np.arange(count, dtype=np.uint64) * 0x9E3779B1 + seed) & 0xFFFFFFFF
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        h = ((h ^ (h >> shift)) * factor) & 0xFFFFFFFF
    return h.astype(np.float64) / 2**32


def weight(name, shape):
    """The values of the weight `<layer>.<kind>`; kernels are [filters, channels of a group, height, width]."""
    u = uniform(name, int(np.prod(shape)))
    kind = name.rsplit(".", 1)[1]
    if kind == "kernel":
        u = (2 * u - 1) * np.sqrt(4.5 / np.prod(shape[1:]))
    elif kind in ("scale", "variance"):
        u = 0.5 + u
    else:
        u = (2 * u - 1) * {"bias": 0.1, "centre": 0.3, "mean": 0.2}[kind]
    return u.astype(np.float32).reshape(shape)


def pixels(height, width):
    """[height, width, 3], 0 to 255."""
    row, column, channel = np.ogrid[:height, :width, :3]
    return ((row * 7 + column * 13 + channel * 29 + row * column) % 256).astype(np.float32)


def kept(values):
    """The root mean square of all values, and some of them, evenly spaced."""
    flat = np.asarray(values, dtype=np.float64).reshape(-1)
    count = min(KEPT_VALUES, flat.size)
    places = ((np.arange(count) + 0.5) * flat.size / count).astype(int)
    return {
        "rms": float(f"{np.sqrt(np.mean(flat**2)):.7g}"),
        "values": [float(f"{value:.7g}") for value in flat[places]],
    }


def uneven(count):
    """Factors of the features in the sum whose gradients are kept, so that every feature's is its own."""
    return np.cos(np.arange(count)).astype(np.float32)


def spread(layers):
    """A few of them, from the first to the last."""
    return [layers[round(i * (len(layers) - 1) / (KEPT_LAYERS - 1))] for i in range(KEPT_LAYERS)]


def write(name, golden):
    parameters = ",\n    ".join(json.dumps([key, list(shape)]) for key, shape in golden.pop("parameters").items())
    rest = json.dumps(golden)[1:]
    (FOLDER / f"{name}.json").write_text('{"parameters": [\n    ' + parameters + "],\n" + rest + "\n")
    features = [case["features"]["rms"] for case in golden["cases"]]
    print(name, "features rms", features, {k: v["rms"] for k, v in golden["cases"][0]["layers"].items()})


def write_initial(framework, kernels):
    """What the framework's own random kernels look like: {model: {name: values}}, names and layouts as here."""
    golden = {
        model: {
            name: {
                "count": int(values.size),
                "deviation": float(f"{values.std():.6g}"),
                "most": float(f"{np.abs(values).max():.6g}"),
            }
            for name, values in named.items()
        }
        for model, named in kernels.items()
    }
    (FOLDER / f"initial-{framework}.json").write_text(json.dumps(golden, indent=1) + "\n")
