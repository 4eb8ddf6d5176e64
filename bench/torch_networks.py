"""The measured networks in PyTorch: ONNX files run node by node, and torchvision's with seeded random weights.

    python bench/torch_networks.py NAME FOLDER      → FOLDER/NAME.onnx and FOLDER/NAME.pt, with the same weights
"""

import collections
import inspect
import math
import pathlib
import sys
import typing
import warnings

import torch
import torch.nn.functional as F


class Network(typing.NamedTuple):
    """Images float32 [N,3,H,W] → pooled features [N,C], and its parameters by what they are."""

    forward: typing.Callable[[torch.Tensor], torch.Tensor]
    scales: list
    centres: list
    others: list
    """Kernels and biases."""


def load(path: str, layout: torch.memory_format, device: str = "cpu") -> Network:
    """The network of an ONNX file; torchvision's own module where its weights lie beside the file."""
    weights = pathlib.Path(path).with_suffix(".pt")
    if weights.exists():
        return torchvision_network(weights, layout, device)
    return onnx_network(path, layout, device)


# --- torchvision -----------------------------------------------------------------------------------------------------


def build(name: str) -> torch.nn.Module:
    import torchvision

    network = getattr(torchvision.models, name)(weights=None)
    network.aux_logits, network.AuxLogits = False, None  # Inception's second head, which only its own training uses.
    return network


def torchvision_network(weights: pathlib.Path, layout: torch.memory_format, device: str) -> Network:
    network = build(weights.stem)
    network.load_state_dict(torch.load(weights))
    top = "fc" if hasattr(network, "fc") else "classifier"
    setattr(network, top, torch.nn.Identity())
    network.to(device, memory_format=layout).eval()
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    scales, centres = [norm.weight for norm in norms], [norm.bias for norm in norms]
    normal = {id(parameter) for parameter in scales + centres}
    others = [parameter for parameter in network.parameters() if id(parameter) not in normal]
    return Network(network, scales, centres, others)


def export(name: str, folder: pathlib.Path) -> None:
    """Seeded random weights, with the moving statistics that they lead to on such images as the benchmark's, and with no
    branch dropped, so that nothing explodes or vanishes."""
    torch.manual_seed(0)
    network = build(name).train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
        if type(module).__name__ == "StochasticDepth":
            module.eval()
    mean, deviation = ([[[0.485]], [[0.456]], [[0.406]]], [[[0.229]], [[0.224]], [[0.225]]])
    with torch.no_grad():
        network((torch.rand(16, 3, 160, 160) - torch.tensor(mean)) / torch.tensor(deviation))
    network.eval()
    torch.save(network.state_dict(), folder / f"{name}.pt")
    options = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    torch.onnx.export(
        network,
        (torch.randn(1, 3, 224, 224),),
        str(folder / f"{name}.onnx"),
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        input_names=["images"],
        output_names=["logits"],
        dynamic_axes={"images": {0: "batch", 2: "height", 3: "width"}, "logits": {0: "batch"}},
        opset_version=13,
        **options,
    )


# --- ONNX ------------------------------------------------------------------------------------------------------------


class Step(typing.NamedTuple):
    function: typing.Callable
    inputs: list
    output: str
    finished: list
    """Names of the values that nothing reads after this step."""


def onnx_network(path: str, layout: torch.memory_format, device: str) -> Network:
    """Written as one would by hand: x·sigmoid(x) is silu, and ReLU works in place where no gradient needs its input."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(path).graph
    weights = {}
    for tensor in graph.initializer:
        weight = torch.from_numpy(numpy_helper.to_array(tensor).copy()).to(device)
        weights[tensor.name] = weight.contiguous(memory_format=layout) if weight.dim() == 4 else weight
    norms = [node for node in graph.node if node.op_type == "BatchNormalization"]
    statistics = {name for node in norms for name in node.input[3:5]}
    scales = [weights[node.input[1]] for node in norms]
    centres = [weights[node.input[2]] for node in norms]
    normal = {name for node in norms for name in node.input[1:3]}
    others = [weight for name, weight in weights.items() if name not in normal | statistics]
    steps = plan(graph, weights)

    def forward(images: torch.Tensor) -> torch.Tensor:
        values = {graph.input[0].name: images}
        for function, inputs, output, finished in steps:
            values[output] = function(*(values[name] for name in inputs))
            for name in finished:
                del values[name]
        return values[graph.output[0].name].mean((2, 3))

    return Network(forward, scales, centres, others)


def plan(graph, weights) -> list:
    readers = collections.Counter(name for node in graph.node for name in node.input)
    makers = {node.output[0]: node for node in graph.node}

    def is_swish(node) -> bool:
        """x · Sigmoid(x), with nobody else reading the sigmoid."""
        if node.op_type != "Mul":
            return False
        x, gate = node.input
        sigmoid = makers.get(gate)
        return (
            sigmoid is not None
            and sigmoid.op_type == "Sigmoid"
            and sigmoid.input[0] == x
            and readers[gate] == 1
        )

    swishes = {node.output[0] for node in graph.node if is_swish(node)}
    inside_swish = {makers[name].input[1] for name in swishes}

    def function_of(node):
        if node.output[0] in swishes:
            return F.silu
        if node.op_type == "Relu":
            maker = makers.get(node.input[0])
            # The gradients of these need their inputs, not their output.
            overwritable = maker is not None and maker.op_type in ("Conv", "BatchNormalization", "Add")
            return F.relu_ if overwritable and readers[node.input[0]] == 1 else F.relu
        return functions[node.op_type](node, weights)

    nodes = [node for node in graph.node if node.output[0] not in inside_swish]
    inputs = [
        [node.input[0]] if node.output[0] in swishes else [name for name in node.input if name not in weights]
        for node in nodes
    ]
    last = {name: i for i, names in enumerate(inputs) for name in names}
    return [
        Step(function_of(node), names, node.output[0], [name for name in set(names) if last[name] == i])
        for i, (node, names) in enumerate(zip(nodes, inputs))
    ]


def attributes(node) -> dict:
    from onnx import helper

    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def convolution(node, weights):
    given = attributes(node)
    kernel = weights[node.input[1]]
    bias = weights[node.input[2]] if len(node.input) > 2 else None
    strides, dilations = given.get("strides", [1, 1]), given.get("dilations", [1, 1])
    groups, auto_pad = given.get("group", 1), given.get("auto_pad", b"NOTSET").decode()
    if auto_pad not in ("NOTSET", "SAME_UPPER"):
        raise NotImplementedError(f"auto_pad {auto_pad} of {node.output[0]}")

    def padding(sizes) -> list:
        """[top, left, bottom, right]"""
        if auto_pad == "NOTSET":
            return given.get("pads", [0, 0, 0, 0])
        spans = [(k - 1) * d + 1 for k, d in zip(kernel.shape[2:], dilations)]
        totals = [max((math.ceil(n / s) - 1) * s + k - n, 0) for n, s, k in zip(sizes, strides, spans)]
        return [total // 2 for total in totals] + [total - total // 2 for total in totals]

    def apply(x):
        top, left, bottom, right = padding(x.shape[2:])
        if (top, left) == (bottom, right):
            return F.conv2d(x, kernel, bias, strides, (top, left), dilations, groups)
        return F.conv2d(F.pad(x, (left, right, top, bottom)), kernel, bias, strides, 0, dilations, groups)

    return apply


def batch_norm(node, weights):
    scale, centre, mean, variance = (weights[name] for name in node.input[1:])
    epsilon = attributes(node).get("epsilon", 1e-5)
    return lambda x: F.batch_norm(x, mean, variance, scale, centre, training=False, eps=epsilon)


functions = {
    "Conv": convolution,
    "BatchNormalization": batch_norm,
    "Add": lambda node, weights: torch.add,
    "Mul": lambda node, weights: torch.mul,
    "Sigmoid": lambda node, weights: torch.sigmoid,
    "GlobalAveragePool": lambda node, weights: lambda x: F.adaptive_avg_pool2d(x, 1),
}


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    export(sys.argv[1], pathlib.Path(sys.argv[2]))
