"""Golden layouts of real files of weights: which of a network's weights lies where, in the words of each library.

Run from the repository's root: python oracles/weights_layouts.py keras|tf_keras|torch [FOLDER] (needs tensorflow with keras and tf_keras,
or torch, torchvision and timm; writes test/golden/weights/layouts-*.json, and keeps the files themselves in FOLDER if given).
Every weight is filled with its own number, so that it is recognised wherever it has gone.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parent.parent / "test/golden/weights"
# Those whose layouts differ; all are written to FOLDER.
KEPT = {
    "keras": ["inceptionv3.weights.h5", "resnet50v2.h5", "mobilenetv2, nested.h5", "efficientnetb0.weights.h5"],
    "tf_keras": [
        "inceptionv3.h5",
        "inceptionv3.weights.h5",
        "resnet50v2.weights.h5",
        "densenet121.h5",
        "mobilenetv3-small.h5",
        "mobilenetv3-small.weights.h5",
    ],
}
KINDS = {
    "kernel": "kernel",
    "depthwise_kernel": "kernel",
    "bias": "bias",
    "gamma": "scale",
    "beta": "centre",
    "moving_mean": "mean",
    "moving_variance": "variance",
}


def keras_layouts(keras, folder):
    """{case: layout} of models whose layers got other names or numbers than in a fresh session."""
    apps, h5py = keras.applications, __import__("h5py")
    legacy = keras.__name__ == "tf_keras"
    cases = {
        "inceptionv3": (apps.InceptionV3, {"include_top": False}),
        "resnet50v2": (apps.ResNet50V2, {"classes": 5}),
        "densenet121": (apps.DenseNet121, {"classes": 5}),
        "mobilenetv3-small": (apps.MobileNetV3Small, {"classes": 5}),
        "mobilenetv2": (apps.MobileNetV2, {"classes": 5}),
        "efficientnetb0": (apps.EfficientNetB0, {"classes": 5}),
    }
    layouts = {}
    apps.InceptionV3(weights=None)  # so that the next one's layers are numbered further
    for name, (build, options) in cases.items():
        fresh = build(weights=None, **options)
        # What an unnamed layer would be called in a fresh session.
        first = {}
        for layer in fresh.layers:
            base, _, number = layer.name.rpartition("_")
            if name == "inceptionv3" and layer.name.startswith(("conv2d", "batch_normalization")):
                base, number = (base, int(number)) if number.isdigit() else (layer.name, 0)
                first[base] = min(first.get(base, 10**9), number)
        numbers = {}
        for layer in fresh.layers:
            for variable in layer.weights:
                kind = variable.name.split("/")[-1].split(":")[0]
                own = layer.name
                base, _, number = own.rpartition("_")
                if base in first:
                    place = int(number) - first[base]
                    own = base if place == 0 else f"{base}_{place}"
                numbers[len(numbers)] = f"{own}.{KINDS.get(kind, kind)}"
                variable.assign(np.full(variable.shape, len(numbers) - 1, dtype=np.float32))
        nested = keras.Sequential([keras.Input((None, None, 3)), fresh]) if name == "mobilenetv2" else None
        for suffix in [".weights.h5", ".h5"]:
            path = folder / f"{keras.__name__}-{name}{suffix}"
            fresh.save_weights(path) if suffix == ".weights.h5" or legacy else fresh.save(path)
            layouts[f"{name}{suffix}"] = {"layers": listed(h5py.File(path), numbers)}
        if nested is not None:
            path = folder / f"{keras.__name__}-nested.h5"
            nested.save(path)
            layouts[f"{name}, nested.h5"] = {"layers": listed(h5py.File(path), numbers)}
    return layouts


def listed(file, numbers):
    """[[path, shape, weight]] in the file's own order where it has one."""
    rows = []

    def add(path, dataset):
        value = float(np.asarray(dataset).reshape(-1)[0])
        rows.append([path, list(dataset.shape), numbers.get(int(value), "")])

    root = file["model_weights"] if "model_weights" in file else file
    if "layer_names" in root.attrs:
        for layer in root.attrs["layer_names"]:
            for weight in root[layer].attrs["weight_names"]:
                add(f"{layer}|{weight}", root[layer][weight])
    else:

        def visit(path, dataset):
            if hasattr(dataset, "shape") and not path.startswith("optimizer"):
                add(f"{dataset.parent.attrs.get('name', '')}|{path}", dataset)

        file.visititems(visit)
    return rows


def torch_layouts(folder):
    import timm
    import torch
    from torchvision import models

    def numbered(model):
        state, names = model.state_dict(), []
        for i, (name, tensor) in enumerate(state.items()):
            tensor.fill_(i)
            names.append(name)
        return state, names

    def own(name, norms):
        layer, _, kind = name.rpartition(".")
        common = {"weight": "scale", "bias": "centre"} if layer in norms else {"weight": "kernel"}
        return f"{layer}." + {**common, "running_mean": "mean", "running_var": "variance"}.get(kind, kind)

    layouts = {}

    def keep(case, state, truth):
        torch.save(state, folder / f"{case}.pth")
        rows = [[key, list(value.shape), truth[int(value.reshape(-1)[0])]] for key, value in state.items()]
        layouts[case] = {"layers": rows}

    def truths(names):
        norms = {name.rpartition(".")[0] for name in names if name.endswith("running_mean")}
        return [own(name, norms) for name in names]

    state, names = numbered(models.resnet18(num_classes=5))
    keep("resnet18, data parallel", {f"module.{k}": v for k, v in state.items()}, truths(names))
    keep("resnet18, lightning", {f"model.backbone.{k}": v for k, v in state.items()}, truths(names))
    model = models.resnet18(num_classes=5)
    state, names = numbered(model)
    keep("resnet18, children", torch.nn.Sequential(*list(model.children())[:-1]).state_dict(), truths(names))
    state, names = numbered(models.resnet34(num_classes=5))
    keep("resnet34", state, truths(names))
    state, names = numbered(models.densenet121(num_classes=5))
    early = {k.replace(".norm1", ".norm.1").replace(".norm2", ".norm.2").replace(".conv1", ".conv.1").replace(".conv2", ".conv.2"): v for k, v in state.items()}
    keep("densenet121, early names", early, truths(names))

    # timm's own names say nothing of ours: the truth is in order, of the same network elsewhere.
    for case, build in {"mobilenetv2_100": models.mobilenet_v2, "efficientnet_b0": models.efficientnet_b0}.items():
        there, names = numbered(build(num_classes=5))
        theirs, their_names = numbered(timm.create_model(case, num_classes=5))
        assert [tuple(v.shape) for v in there.values()] == [tuple(v.shape) for v in theirs.values()], case
        ordered = {name: theirs[name] for name in sorted(their_names)}
        keep(f"{case}, timm", ordered, truths(names))
    return layouts


def main(library, folder=None):
    with tempfile.TemporaryDirectory() as temporary:
        files = Path(folder or temporary)
        files.mkdir(exist_ok=True)
        if library == "torch":
            layouts = torch_layouts(files)
        else:
            os.environ["TF_USE_LEGACY_KERAS"] = "1" if library == "tf_keras" else "0"
            layouts = keras_layouts(__import__(library), files)
    GOLDEN.mkdir(exist_ok=True)
    layouts = {case: layouts[case] for case in KEPT.get(library, layouts)}
    for case, layout in layouts.items():
        print(case, len(layout["layers"]), layout["layers"][0], layout["layers"][-1])
    text = ",\n".join(f"{json.dumps(case)}: {json.dumps(layout['layers'], separators=(',', ':'))}" for case, layout in layouts.items())
    (GOLDEN / f"layouts-{library}.json").write_text("{\n" + text + "\n}\n")


main(*sys.argv[1:])
