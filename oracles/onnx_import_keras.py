"""Exports Keras' own networks to ONNX by tf2onnx, with batch norm intact and without their weights.

    TF_USE_LEGACY_KERAS=1 python oracles/onnx_import_keras.py      → test/golden/onnx/keras-<name>.onnx.gz

Needs tensorflow, tf_keras, tf2onnx and onnx. Keras 3 itself takes batch norm apart into multiplications and additions;
Keras 2 (tf_keras) does not, and tf2onnx only folds it into convolutions in the step that is left out here.
"""

import os

os.environ["TF_USE_LEGACY_KERAS"] = "1"

import tensorflow as tf
import tf2onnx
import tf2onnx.optimizer
from onnx_fixture import save

tf2onnx.optimizer._optimizers.pop("remove_back_to_back")

zoo = tf.keras.applications
networks = {
    "keras-mobilenet-v2": (zoo.MobileNetV2(weights=None), 224),
    "keras-mobilenet-v3-small": (zoo.MobileNetV3Small(weights=None), 224),
    "keras-densenet121-no-top": (zoo.DenseNet121(weights=None, include_top=False), 224),
}
for name, (network, size) in networks.items():
    shape = (None, None, None, 3) if name.endswith("no-top") else (None, size, size, 3)
    signature = (tf.TensorSpec(shape, tf.float32, name="images"),)
    model, _ = tf2onnx.convert.from_keras(network, input_signature=signature, opset=13)
    save(name, model)
