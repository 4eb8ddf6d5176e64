"""Golden parameter lists and outputs of the architectures that follow Keras: keras.applications', with seeded weights.

Run from the repository's root: python oracles/architectures_keras.py [NAME... | initial] (needs tensorflow and keras 3; writes
test/golden/architectures/).
"""

import sys

import keras
import numpy as np
import tensorflow as tf
from architectures_shared import SIZES, kept, pixels, spread, uneven, weight, write, write_initial
from keras import applications as apps
from keras.src.applications import efficientnet

KINDS = {
    "kernel": "kernel",
    "bias": "bias",
    "gamma": "scale",
    "beta": "centre",
    "moving_mean": "mean",
    "moving_variance": "variance",
}
MODELS = {
    "densenet121": (apps.DenseNet121, {}, apps.densenet),
    "densenet169": (apps.DenseNet169, {}, apps.densenet),
    "resnet50v2": (apps.ResNet50V2, {}, apps.resnet_v2),
    "inceptionv3": (apps.InceptionV3, {}, apps.inception_v3),
    "mobilenet": (apps.MobileNet, {}, apps.mobilenet),
    "mobilenet-0.75": (apps.MobileNet, {"alpha": 0.75}, apps.mobilenet),
    "mobilenet-0.5": (apps.MobileNet, {"alpha": 0.5}, apps.mobilenet),
    "mobilenet-0.25": (apps.MobileNet, {"alpha": 0.25}, apps.mobilenet),
    "mobilenetv2": (apps.MobileNetV2, {}, apps.mobilenet_v2),
    "mobilenetv2-1.4": (apps.MobileNetV2, {"alpha": 1.4}, apps.mobilenet_v2),
    "mobilenetv2-0.5": (apps.MobileNetV2, {"alpha": 0.5}, apps.mobilenet_v2),
    "mobilenetv2-0.35": (apps.MobileNetV2, {"alpha": 0.35}, apps.mobilenet_v2),
    "mobilenetv3-small": (apps.MobileNetV3Small, {}, apps.mobilenet_v3),
    "mobilenetv3-large": (apps.MobileNetV3Large, {}, apps.mobilenet_v3),
    # With "imagenet" they get one more rescaling; their weights are replaced all the same.
    **{
        f"efficientnetb{i}": (getattr(apps, f"EfficientNetB{i}"), {"weights": "imagenet"}, apps.efficientnet)
        for i in range(5)
    },
}
# What the published files hold for the Normalization layer, whose "variance" is the deviation.
NORMALIZATION = [
    np.array([0.485, 0.456, 0.406], dtype=np.float32),
    np.array(efficientnet.IMAGENET_STDDEV_RGB, dtype=np.float32),
]

efficientnet.file_utils.get_file = lambda *_, **__: "replaced"
efficientnet.Functional.load_weights = lambda *_, **__: None


def fill(model):
    """Sets the weights; returns their names and shapes."""
    parameters = {}
    for layer in model.layers:
        if layer.name.startswith("normalization"):
            layer.adapt_mean.assign(NORMALIZATION[0])
            layer.adapt_variance.assign(NORMALIZATION[1])
            layer.finalize_state()
            continue
        for variable in layer.weights:
            name = f"{layer.name}.{KINDS[variable.name]}"
            shape = tuple(variable.shape)
            if len(shape) == 4:
                # [height, width, channels, filters], or [height, width, channels, multiplier]
                depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
                height, width, channels, filters = shape
                shape = (channels * filters, 1, height, width) if depthwise else (filters, channels, height, width)
                values = weight(name, shape)
                variable.assign(values.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0)))
            else:
                variable.assign(weight(name, shape))
            parameters[name] = shape
    return parameters


def channels_first(values):
    return values.transpose(0, 3, 1, 2) if values.ndim == 4 else values


def golden_of(name):
    builder, options, module = MODELS[name]
    cases = []
    for height, width in SIZES:
        keras.backend.clear_session()
        shape = (height, width, 3)
        model = builder(**{"weights": None, **options}, include_top=False, input_shape=shape, pooling="avg")
        parameters = fill(model)
        norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
        watched = spread(norms)
        images = pixels(height, width)
        # Rescaling for MobileNetV3 and EfficientNet is inside the model, and this does nothing.
        images = module.preprocess_input(images.copy())[None]
        probe = keras.Model(model.inputs, [model.output, *(layer.output for layer in watched)])
        features, *outputs = [channels_first(np.asarray(value)) for value in probe(images, training=False)]
        case = {"height": height, "width": width, "features": kept(features)}
        case["layers"] = {layer.name: kept(output) for layer, output in zip(watched, outputs)}
        cases.append(case)
    with tf.GradientTape() as tape:
        features = model(images, training=False)
        loss = tf.reduce_sum(features * uneven(features.shape[1]))
    sources = {f"{norm.name}.{KINDS[v.name]}": v for norm in watched for v in norm.trainable_weights}
    gradients = tape.gradient(loss, {key: variable.value for key, variable in sources.items()})
    golden = {
        "count": sum(int(np.prod(variable.shape)) for variable in model.weights),
        "parameters": parameters,
        "cases": cases,
        "gradients": {key: kept(gradient) for key, gradient in gradients.items()},
        "batchNorm": {"epsilon": norms[0].epsilon, "momentum": norms[0].momentum},
    }
    drops = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    if drops:
        golden["dropRates"] = [layer.rate for layer in drops]
        golden["dropped"] = {"height": height, "width": width, "features": kept(features_dropped(model, drops, images))}
    return golden


def features_dropped(model, drops, images):
    """The features with every third residual branch gone and the others as much larger, batch norm as at inference."""
    factors = {layer.name: 0 if i % 3 == 1 else 1 / (1 - layer.rate) for i, layer in enumerate(drops)}
    original = keras.layers.Dropout.call
    keras.layers.Dropout.call = lambda self, inputs, training=False: inputs * factors[self.name]
    try:
        return np.asarray(model(images, training=False))
    finally:
        keras.layers.Dropout.call = original


def initial_kernels(name, count=12):
    """Some of the kernels before any training, from the first to the last, as [height, width, channels, filters]."""
    keras.utils.set_random_seed(1)
    builder, options, _ = MODELS[name]
    model = builder(**{**options, "weights": None}, include_top=False, input_shape=(96, 96, 3))
    kernels = {f"{layer.name}.kernel": v for layer in model.layers for v in layer.weights if v.name == "kernel"}
    names = list(kernels)
    chosen = [names[round(i * (len(names) - 1) / (count - 1))] for i in range(count)]
    return {key: np.asarray(kernels[key]) for key in chosen}


if sys.argv[1:] == ["initial"]:
    names = ("densenet121", "inceptionv3", "efficientnetb0", "mobilenetv3-small")
    write_initial("keras", {name: initial_kernels(name) for name in names})
else:
    for name in sys.argv[1:] or MODELS:
        write(name, golden_of(name))
