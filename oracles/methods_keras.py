"""Golden training runs: how the ways of training of the published methods change a small network, step by step, in Keras 2.

Run from the repository's root: python oracles/methods_keras.py (needs tensorflow and tf_keras, the Keras that the study
used; writes test/golden/training/methods.json).

Keras' `fit` sets every phase up as a user of Keras would: `trainable` says what trains, and the base is called either
with training=False (frozen statistics) or without that flag, so that training mode reaches it (batch statistics). Only
FC-BMA, which moves the averages while scale and centre stay, needs a loop of its own.
"""
import json

import numpy as np
import tensorflow as tf
import tf_keras as keras

SIZE, CHANNELS, CLASSES = 8, 4, 3
IMAGES, BATCH, EPOCHS = 37, 8, 2
RATE = 1e-3
EPSILON = 1e-3

random = np.random.default_rng(1)
images = random.integers(0, 256, (IMAGES, SIZE, SIZE, 3)).astype("uint8")
labels = random.integers(0, CLASSES, IMAGES)


def rounded(values):
    return [float(f"{x:.7g}") for x in np.asarray(values, "float64").ravel()]


def initial_weights():
    """Of every layer by name; kernels as [height, width, channels, filters]. Rounded, so that the file holds them all."""
    chance = np.random.default_rng(2)
    draw = lambda low, high, *shape: np.float32(np.round(chance.uniform(low, high, shape), 4))
    weights = {}
    for name, inputs in (("stem", 3), ("block", CHANNELS)):
        weights[name] = [draw(-0.5, 0.5, 3, 3, inputs, CHANNELS)]
        limits = ((0.5, 1.5), (-0.5, 0.5), (-0.2, 0.2), (0.5, 1.5))
        weights[f"{name}.bn"] = [draw(*limit, CHANNELS) for limit in limits]
    weights["head"] = [draw(-1, 1, CHANNELS, CLASSES), draw(-0.1, 0.1, CLASSES)]
    return weights


def base_network(momentum):
    inputs = keras.Input((SIZE, SIZE, 3))

    def layer(name, x, strides):
        x = keras.layers.ZeroPadding2D(1)(x)
        x = keras.layers.Conv2D(CHANNELS, 3, strides, use_bias=False, name=name)(x)
        return keras.layers.BatchNormalization(momentum=momentum, epsilon=EPSILON, name=f"{name}.bn")(x)

    x = stem = keras.layers.ReLU()(layer("stem", inputs, 2))
    x = keras.layers.ReLU()(keras.layers.Add()([layer("block", x, 1), stem]))
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x), name="base")


def build(momentum, frozen):
    keras.backend.clear_session()
    base = base_network(momentum)
    inputs = keras.Input((SIZE, SIZE, 3))
    features = base(inputs, training=False) if frozen else base(inputs)
    head = keras.layers.Dense(CLASSES, name="head")
    model = keras.Model(inputs, head(features))
    for name, values in initial_weights().items():
        (head if name == "head" else base.get_layer(name)).set_weights(values)
    return model, base


def batches():
    for _ in range(EPOCHS):
        for at in range(0, IMAGES, BATCH):
            yield np.float32(images[at : at + BATCH]) / 255, labels[at : at + BATCH]


def state(model, base):
    """All weights but kernels, and of the kernels the sum of squares."""
    values = {}
    for layer in (*base.layers, model.get_layer("head")):
        for variable in layer.weights:
            kind = variable.name.split("/")[-1].split(":")[0]
            numbers = variable.numpy()
            is_kernel = layer.name != "head" and kind == "kernel"
            values[f"{layer.name}/{kind}"] = rounded([np.sum(np.float64(numbers) ** 2)] if is_kernel else numbers)
    return values


def run(trains, frozen, momentum=0.99):
    model, base = build(momentum, frozen)
    optimizer = keras.optimizers.Adam(RATE)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    if trains == "head, the rest in training mode":
        head = model.get_layer("head").trainable_variables

        @tf.function
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = loss_of(y, model(x, training=True))
            optimizer.apply_gradients(zip(tape.gradient(loss, head), head))
            return loss

    else:
        for layer in base.layers:
            is_norm = isinstance(layer, keras.layers.BatchNormalization)
            layer.trainable = trains == "all" or (trains == "bn" and is_norm)
        model.compile(optimizer, loss_of)
        step = model.train_on_batch
    steps = [{"loss": rounded([step(x, y)])[0], "weights": state(model, base)} for x, y in batches()]
    kernels = {name: rounded(base.get_layer(name).get_weights()[0]) for name in ("stem", "block")}
    logits = model.predict(np.float32(images) / 255, verbose=0)
    return {"steps": steps, "kernels": kernels, "logits": rounded(logits)}


def main():
    cases = {
        "head, frozen": run("head", frozen=True),
        "bn+head, frozen": run("bn", frozen=True),
        "all, frozen": run("all", frozen=True),
        "head, batch 0.95": run("head, the rest in training mode", frozen=False, momentum=0.95),
        "bn+head, batch 0.99": run("bn", frozen=False),
        "all, batch 0.99": run("all", frozen=False),
    }
    # A base that does not train is in inference mode even where training mode reaches it: phase one of the BMA methods.
    assert run("head", frozen=False) == cases["head, frozen"]
    golden = {
        "size": SIZE,
        "channels": CHANNELS,
        "classes": CLASSES,
        "batch": BATCH,
        "epochs": EPOCHS,
        "rate": RATE,
        "epsilon": EPSILON,
        "images": images.ravel().tolist(),
        "labels": labels.tolist(),
        "weights": {name: [rounded(v) for v in values] for name, values in initial_weights().items()},
        "cases": cases,
    }
    with open("test/golden/training/methods.json", "w") as file:
        json.dump(golden, file, separators=(",", ":"))


main()
