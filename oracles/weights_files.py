"""Golden small files of weights, in every format that is read, by the libraries that write them.

Run from the repository's root: python oracles/weights_files.py keras|tf_keras|torch (needs tensorflow with keras and tf_keras, and
tensorflowjs beside the latter; or torch and safetensors; writes test/golden/weights/). All hold the same small network. Its values are
eighths between −4 and 4, which every element type holds exactly; weights.json has them.
"""

import collections
import json
import os
import sys
import types
import zlib
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parent.parent / "test/golden/weights"
# As Keras lays them out.
SHAPES = {
    "stem": {"kernel": (3, 3, 3, 4)},
    "stem_bn": {"scale": (4,), "centre": (4,), "mean": (4,), "variance": (4,)},
    "depthwise": {"kernel": (3, 3, 4, 1), "bias": (4,)},
    "depthwise_bn": {"centre": (4,), "mean": (4,), "variance": (4,)},
    "pointwise": {"kernel": (1, 1, 4, 6), "bias": (6,)},
    "top": {"kernel": (6, 2), "bias": (2,)},
}


def values(layer, weight):
    shape = SHAPES[layer][weight]
    random = np.random.default_rng(zlib.crc32(f"{layer}.{weight}".encode()))
    return (random.integers(1 if weight == "variance" else -32, 32, shape) / 8).astype(np.float32)


def write_expected():
    expected = {f"{layer}.{weight}": values(layer, weight).ravel().tolist() for layer in SHAPES for weight in SHAPES[layer]}
    (GOLDEN / "weights.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


def keras_model(keras, nested=False):
    layers = keras.layers
    stack = [
        layers.Conv2D(4, 3, use_bias=False, name="stem"),
        layers.BatchNormalization(name="stem_bn"),
        layers.DepthwiseConv2D(3, name="depthwise"),
        layers.BatchNormalization(scale=False, name="depthwise_bn"),
        layers.Conv2D(6, 1, name="pointwise"),
    ]
    images = keras.Input((None, None, 3))
    x = images
    for layer in stack:
        x = layer(x)
    top = layers.Dense(2, name="top")
    pooled = layers.GlobalAveragePooling2D()
    if nested:
        model = keras.Sequential([images, keras.Model(images, x, name="base"), pooled, top])
    else:
        model = keras.Model(images, top(pooled(x)))
    for layer in [*stack, top]:
        layer.set_weights([values(layer.name, weight) for weight in SHAPES[layer.name]])
    return model


def write_keras(keras, name):
    for nested in (False, True):
        model = keras_model(keras, nested)
        case = f"{name}-nested" if nested else name
        model.save(GOLDEN / f"{case}.h5")
        if not nested or name == "keras":
            model.save(GOLDEN / f"{case}.keras")
        if not nested:
            model.save_weights(GOLDEN / f"{case}.weights.h5")
            if name == "tf_keras":
                model.save_weights(GOLDEN / f"{case}-weights-only.h5")
                write_tensorflowjs(model)


def write_tensorflowjs(model):
    # Parts of the package that are not used here want much that is not needed.
    for absent in ("tensorflow_decision_forests", "tensorflow_hub", "jax", "jax.experimental", "jax.experimental.jax2tf"):
        sys.modules[absent] = types.ModuleType(absent)
    from tensorflowjs.converters import keras_h5_conversion as convert

    quantised = {"float16": {"float16": "*"}, "uint16": {"uint16": "*"}, "uint8": {"uint8": "*"}}
    for case, quantisation in {"plain": None, **quantised}.items():
        shards = 512 if case == "plain" else 2**22
        folder = GOLDEN / f"tensorflowjs-{case}"
        convert.save_keras_model(model, str(folder), quantisation, weight_shard_size_bytes=shards)


def write_torch():
    import torch
    from safetensors.torch import save_file

    state = collections.OrderedDict()
    names = {"scale": "weight", "kernel": "weight", "centre": "bias", "bias": "bias", "mean": "running_mean", "variance": "running_var"}
    for layer, weights in SHAPES.items():
        for weight, shape in weights.items():
            array = values(layer, weight)
            if weight == "kernel" and len(shape) == 4:
                array = array.transpose((2, 3, 0, 1) if layer == "depthwise" else (3, 2, 0, 1))
            elif weight == "kernel":
                array = array.T
            state[f"{layer}.{names[weight]}"] = torch.tensor(np.ascontiguousarray(array))
        if layer.endswith("_bn"):
            state[f"{layer}.num_batches_tracked"] = torch.tensor(7)
    state._metadata = collections.OrderedDict([("", {"version": 1})])

    def as_type(dtype):
        return {k: v.to(dtype) if v.is_floating_point() else v for k, v in state.items()}

    class Runs:
        def __reduce__(self):
            return os.system, ("touch executed",)

    class Layer(torch.nn.Conv2d):
        pass

    old = {"_use_new_zipfile_serialization": False}
    optimiser = {"state": {0: {"step": torch.tensor(3.0), "seen": torch.zeros(3, dtype=torch.int32)}}}
    checkpoint = {
        "epoch": 3,
        "best": np.float64(0.5),
        "state_dict": {f"module.{k}": torch.nn.Parameter(v, requires_grad=False) for k, v in state.items()},
        "optimizer": optimiser,
    }
    channels_last = {k: v.to(memory_format=torch.channels_last) if v.dim() == 4 else v for k, v in state.items()}
    for name, content, options in [
        ("zip", state, {}),
        ("legacy", state, old),
        ("protocol5", state, {"pickle_protocol": 5}),
        ("float16", as_type(torch.float16), {}),
        ("bfloat16", as_type(torch.bfloat16), {}),
        ("float64", as_type(torch.float64), old),
        ("channels-last", channels_last, {}),
        ("checkpoint", checkpoint, {}),
        ("checkpoint-legacy", checkpoint, old),
        ("executes", {"x": Runs(), **state}, {}),
        ("executes-legacy", {"x": Runs(), **state}, old),
        ("whole-model", torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3)), {}),
        ("list", [1, 2, 3], {}),
    ]:
        torch.save(content, GOLDEN / f"{name}.pth", **options)
    torch.jit.script(torch.nn.Conv2d(3, 4, 3)).save(GOLDEN / "torchscript.pt")
    save_file(dict(state), GOLDEN / "float32.safetensors")
    save_file(as_type(torch.bfloat16), GOLDEN / "bfloat16.safetensors")
    save_file(as_type(torch.float16), GOLDEN / "float16.safetensors")


def main(library):
    GOLDEN.mkdir(exist_ok=True)
    write_expected()
    if library == "torch":
        write_torch()
    else:
        os.environ["TF_USE_LEGACY_KERAS"] = "1" if library == "tf_keras" else "0"
        write_keras(__import__(library), library)


main(*sys.argv[1:])
