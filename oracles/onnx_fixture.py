"""Saves an ONNX model without its weights, as a small fixture for the importer's tests.

Every weight of more than 64 elements is replaced by a note of how to draw it: external data whose location is
`<low>:<high>`, the limits of a uniform distribution. The tests draw them, seeded by the tensor's name.
"""

import gzip
import math
import pathlib

import onnx

FOLDER = pathlib.Path(__file__).parent.parent / "test" / "golden" / "onnx"
LARGEST_KEPT = 64


def rules(graph):
    """How to draw each initializer: variances around 1, scales near 1, kernels by their fan-in, so that nothing explodes."""
    aliases = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Identity"}
    found = {}
    for node in graph.node:
        roles = {"BatchNormalization": [None, "0.7:1.3", "-0.2:0.2", "-0.2:0.2", "0.5:1.5"]}
        for name, rule in zip(node.input, roles.get(node.op_type, [])):
            if rule:
                found.setdefault(aliases.get(name, name), rule)
    for tensor in graph.initializer:
        fan_in = math.prod(tensor.dims[1:]) if len(tensor.dims) > 1 else 100
        limit = f"{math.sqrt(4.5 / max(fan_in, 1)):.4g}"
        found.setdefault(tensor.name, f"-{limit}:{limit}")
    return found


def strip(model):
    rule = rules(model.graph)
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or math.prod(tensor.dims) <= LARGEST_KEPT:
            continue
        tensor.ClearField("raw_data")
        tensor.ClearField("float_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", rule[tensor.name]
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.ClearField("doc_string")
        node.ClearField("metadata_props")
    model.ClearField("metadata_props")
    model.graph.ClearField("metadata_props")
    return model


def save(name, model):
    """Writes test/golden/onnx/<name>.onnx.gz."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.onnx.gz"
    path.write_bytes(gzip.compress(strip(model).SerializeToString(deterministic=True), mtime=0))
    print(f"{name}: {len(model.graph.node)} nodes, {path.stat().st_size} bytes")
