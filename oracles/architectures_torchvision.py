"""Golden parameter lists and outputs of the architectures that follow torchvision: its own models, with seeded weights.

Run from the repository's root: python oracles/architectures_torchvision.py [NAME... | initial] (needs torch and torchvision;
writes test/golden/architectures/).
"""

import sys

import numpy as np
import torch
from architectures_shared import SIZES, kept, pixels, spread, uneven, weight, write, write_initial
from torchvision import models

MODELS = {
    "resnet18": (models.resnet18, "fc"),
    "resnet34": (models.resnet34, "fc"),
    "resnet50": (models.resnet50, "fc"),
    "densenet121-torchvision": (models.densenet121, "classifier"),
    "densenet169-torchvision": (models.densenet169, "classifier"),
    "mobilenetv2-torchvision": (models.mobilenet_v2, "classifier"),
    "mobilenetv3-small-torchvision": (models.mobilenet_v3_small, "classifier"),
    "mobilenetv3-large-torchvision": (models.mobilenet_v3_large, "classifier"),
    **{f"efficientnetb{i}-torchvision": (getattr(models, f"efficientnet_b{i}"), "classifier") for i in range(5)},
}
NORM_KINDS = {"weight": "scale", "bias": "centre", "running_mean": "mean", "running_var": "variance"}
CONV_KINDS = {"weight": "kernel", "bias": "bias"}
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def fill(model):
    """Sets the weights; returns their names and shapes."""
    parameters = {}
    for layer, module in model.named_modules():
        kinds = NORM_KINDS if isinstance(module, torch.nn.BatchNorm2d) else CONV_KINDS
        if not isinstance(module, (torch.nn.BatchNorm2d, torch.nn.Conv2d)):
            continue
        for kind, ours in kinds.items():
            tensor = getattr(module, kind)
            if tensor is None:
                continue
            name = f"{layer}.{ours}"
            parameters[name] = tuple(tensor.shape)
            with torch.no_grad():
                tensor.copy_(torch.from_numpy(weight(name, tensor.shape)))
    return parameters


def golden_of(name):
    builder, top = MODELS[name]
    model = builder(weights=None).eval()
    setattr(model, top, torch.nn.Identity())
    parameters = fill(model)
    norms = [(layer, module) for layer, module in model.named_modules() if isinstance(module, torch.nn.BatchNorm2d)]
    outputs = {}
    watched = spread(norms)
    for layer, module in watched:
        # ReLU overwrites what it is given.
        module.register_forward_hook(lambda _m, _i, output, layer=layer: outputs.update({layer: output.clone()}))
    cases = []
    for height, width in SIZES:
        images = ((pixels(height, width) / 255 - MEAN) / DEVIATION).astype(np.float32)
        features = model(torch.from_numpy(images.transpose(2, 0, 1)[None].copy()))
        layers = {layer: kept(outputs[layer].detach()) for layer, _ in watched}
        cases.append({"height": height, "width": width, "features": kept(features.detach()), "layers": layers})
    (features * torch.from_numpy(uneven(features.shape[1]))).sum().backward()
    sources = {f"{layer}.{NORM_KINDS[kind]}": t for layer, norm in watched for kind, t in norm.named_parameters()}
    golden = {
        "count": sum(tensor.numel() for key, tensor in model.state_dict().items() if "num_batches" not in key),
        "parameters": parameters,
        "cases": cases,
        "gradients": {key: kept(tensor.grad) for key, tensor in sources.items()},
        "batchNorm": {"epsilon": norms[0][1].eps, "momentum": 1 - norms[0][1].momentum},
    }
    blocks = [module for module in model.modules() if isinstance(module, models.efficientnet.MBConv)]
    drops = [block.stochastic_depth for block in blocks if block.use_res_connect]
    if drops:
        golden["dropRates"] = [drop.p for drop in drops]
        # Every third residual branch gone, the others as much larger.
        for i, drop in enumerate(drops):
            drop.forward = lambda x, factor=0 if i % 3 == 1 else 1 / (1 - drop.p): x * factor
        with torch.no_grad():
            features = model(torch.from_numpy(images.transpose(2, 0, 1)[None].copy()))
        golden["dropped"] = {"height": height, "width": width, "features": kept(features)}
    return golden


def initial_kernels(name, count=12):
    """Some of the kernels before any training, from the first to the last."""
    torch.manual_seed(1)
    modules = [(layer, m) for layer, m in MODELS[name][0]().named_modules() if isinstance(m, torch.nn.Conv2d)]
    chosen = [modules[round(i * (len(modules) - 1) / (count - 1))] for i in range(count)]
    return {f"{layer}.kernel": module.weight.detach().numpy() for layer, module in chosen}


if sys.argv[1:] == ["initial"]:
    names = ("resnet18", "densenet121-torchvision", "mobilenetv2-torchvision", "efficientnetb0-torchvision")
    write_initial("torchvision", {name: initial_kernels(name) for name in names})
else:
    for name in sys.argv[1:] or MODELS:
        write(name, golden_of(name))
