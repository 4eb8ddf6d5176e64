"""TensorFlow's side of the benchmark: takes training steps when asked to (see step_answers.py). The ONNX file's
operators are written in TensorFlow's own layout (NHWC) and traced once by tf.function, as Keras does; with XLA and
without it, the faster counts."""

import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy
import onnx
import tensorflow as tf
from onnx import helper, numpy_helper

import step_answers

LEARNING_RATE = 1e-7
# Not TensorFlow's constants: those would start it before it is told how many threads to take.
MEAN = numpy.float32([0.485, 0.456, 0.406]) * 255
STD = numpy.float32([0.229, 0.224, 0.225]) * 255
MODES = {"graph": False, "xla": True}


class Network:
    """Images float32 [N,H,W,3] → pooled features [N,C]."""

    def __init__(self, path: str):
        graph = onnx.load(path).graph
        self.nodes, self.output = [], None
        self.images = graph.input[0].name
        arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self.constants = {}
        for node in graph.node:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
            elif node.op_type == "Identity" and node.input[0] in arrays:
                arrays[node.output[0]] = arrays[node.input[0]]  # Equal weights are stored once.
            elif node.op_type in ("Flatten", "Gemm", "Squeeze", "Dropout"):
                break  # What follows is the classifier's own top.
            else:
                self.nodes.append(node)
        self.weights, self.norms = {}, []
        for node in self.nodes:
            if node.op_type == "Conv":
                groups = attributes(node).get("group", 1)
                kernel = arrays[node.input[1]].transpose(2, 3, 1, 0)
                if groups > 1:  # Depthwise: [H,W,C,1].
                    kernel = kernel.transpose(0, 1, 3, 2)
                self.weights[node.input[1]] = tf.Variable(kernel)
                for name in node.input[2:]:
                    self.weights[name] = tf.Variable(arrays[name])
            if node.op_type == "BatchNormalization":
                self.norms.append(node)
                for name in node.input[1:]:
                    self.weights[name] = tf.Variable(arrays[name])
        statistics = {name for node in self.norms for name in node.input[3:5]}
        normal = {name for node in self.norms for name in node.input[1:3]}
        self.scales = [self.weights[node.input[1]] for node in self.norms]
        self.centres = [self.weights[node.input[2]] for node in self.norms]
        self.others = [weight for name, weight in self.weights.items() if name not in statistics | normal]

    def __call__(self, images: tf.Tensor) -> tf.Tensor:
        values = {self.images: images}
        for node in self.nodes:
            values[node.output[0]] = OPERATORS[node.op_type](self, node, [values.get(name) for name in node.input])
        features = values[self.nodes[-1].output[0]]
        return tf.reduce_mean(features, (1, 2)) if len(features.shape) == 4 else features


def attributes(node) -> dict:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def padded(x, given, window, strides, value=0.0):
    """Explicit padding, and the name of what is left to do."""
    if given.get("auto_pad", b"NOTSET") == b"SAME_UPPER":
        return x, "SAME"
    top, left, bottom, right = given.get("pads", [0, 0, 0, 0])
    if not any((top, left, bottom, right)):
        return x, "VALID"
    same = [max((-(-n // s) - 1) * s + k - n, 0) for n, s, k in zip(x.shape[1:3], strides, window)]
    if (top, left) == tuple(t // 2 for t in same) and (top + bottom, left + right) == tuple(same):
        return x, "SAME"
    return tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]], constant_values=value), "VALID"


def conv(network, node, inputs):
    given = attributes(node)
    kernel = network.weights[node.input[1]]
    strides = given.get("strides", [1, 1])
    x, padding = padded(inputs[0], given, kernel.shape[:2], strides)
    if given.get("group", 1) > 1:
        y = tf.nn.depthwise_conv2d(x, kernel, [1, *strides, 1], padding)
    else:
        y = tf.nn.conv2d(x, kernel, strides, padding)
    return tf.nn.bias_add(y, network.weights[node.input[2]]) if len(node.input) > 2 else y


def batch_norm(network, node, inputs):
    scale, centre, mean, variance = (network.weights[name] for name in node.input[1:5])
    y, *_ = tf.compat.v1.nn.fused_batch_norm(
        inputs[0], scale, centre, mean, variance, attributes(node).get("epsilon", 1e-5), is_training=False
    )
    return y


def pool(function, value):
    def apply(network, node, inputs):
        given = attributes(node)
        window, strides = given["kernel_shape"], given.get("strides", [1, 1])
        x, padding = padded(inputs[0], given, window, strides, value)
        if padding == "SAME" and function is tf.nn.avg_pool2d and given.get("count_include_pad", 0):
            top, left, bottom, right = given["pads"]
            x, padding = tf.pad(inputs[0], [[0, 0], [top, bottom], [left, right], [0, 0]]), "VALID"
        return function(x, window, strides, padding)

    return apply


OPERATORS = {
    "Conv": conv,
    "BatchNormalization": batch_norm,
    "Relu": lambda network, node, inputs: tf.nn.relu(inputs[0]),
    "Clip": lambda network, node, inputs: tf.nn.relu6(inputs[0]),
    "Add": lambda network, node, inputs: inputs[0] + inputs[1],
    "Mul": lambda network, node, inputs: inputs[0] * inputs[1],
    "Sigmoid": lambda network, node, inputs: tf.sigmoid(inputs[0]),
    "Concat": lambda network, node, inputs: tf.concat(inputs, 3),
    "MaxPool": pool(tf.nn.max_pool2d, -float("inf")),
    "AveragePool": pool(tf.nn.avg_pool2d, 0.0),
    "GlobalAveragePool": lambda network, node, inputs: tf.reduce_mean(inputs[0], (1, 2), keepdims=True),
    "ReduceMean": lambda network, node, inputs: tf.reduce_mean(inputs[0], (1, 2), keepdims=True),
}


class Training:
    def __init__(self, case: dict, mode: str):
        self.network = Network(case["model"])
        data = pathlib.Path(case["data"])
        shape = (case["batch"], case["size"], case["size"], 3)
        self.images = tf.constant(numpy.fromfile(data / "images", numpy.uint8).reshape(shape))
        self.targets = tf.constant(numpy.fromfile(data / "targets", numpy.float32).reshape(-1, 1))
        self.kernel = tf.Variable(numpy.fromfile(data / "head", numpy.float32).reshape(-1, 1))
        self.bias = tf.Variable(tf.zeros(1))
        self.trained = [*self.network.scales, *self.network.centres, self.kernel, self.bias]
        if case["method"] == "full":
            self.trained += self.network.others
        self.optimiser = tf.keras.optimizers.Adam(LEARNING_RATE, epsilon=1e-7)
        self.optimiser.build(self.trained)
        self.step = tf.function(self.eager_step, jit_compile=MODES[mode])

    def eager_step(self, images, targets):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.trained)
            features = self.network((tf.cast(images, tf.float32) - MEAN) / STD)
            logits = features @ self.kernel + self.bias
            losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, self.trained)
        self.optimiser.apply(gradients, self.trained)
        scales = gradients[: len(self.network.scales)]
        return loss, tf.sqrt(tf.add_n([tf.reduce_sum(gradient**2) for gradient in scales]))

    def run(self) -> dict:
        loss, self.norm = self.step(self.images, self.targets)
        return {"loss": loss.numpy().item()}

    def probed(self) -> dict:
        trained = sum(int(numpy.prod(weight.shape)) for weight in self.trained)
        return {"gradientNorm": self.norm.numpy().item(), "trained": trained}


if __name__ == "__main__":
    case = step_answers.case()
    tf.config.threading.set_intra_op_parallelism_threads(case["threads"])
    tf.config.threading.set_inter_op_parallelism_threads(1)
    step_answers.serve(step_answers.Answers(lambda mode: Training(case, mode), MODES))
