"""Golden logits and features of the shared MobileNetV1 files, by Keras.

Run from the repository's root: python oracles/weights_mobilenet.py FOLDER (the folder of the .h5 files; needs tensorflow with tf_keras;
writes test/golden/weights/mobilenet-0.25.json).
"""

import json
import sys
from pathlib import Path

import numpy as np
import tf_keras as keras

SIZE = 224


def pixels(seed):
    """[224, 224, 3], 0 to 255: stripes and rings, by a formula that the test repeats."""
    row, column, channel = np.ogrid[:SIZE, :SIZE, :3]
    return ((row * (3 + seed) + column * 5 + channel * 41 + row * column // (7 + seed)) % 256).astype(np.float32)


def main(folder):
    images = np.stack([pixels(seed) for seed in range(3)]) / 127.5 - 1
    whole = keras.models.load_model(Path(folder) / "mobilenet_v1_0.25_224.h5", compile=False)
    logits = keras.Model(whole.input, whole.get_layer("conv_preds").output)
    base = keras.applications.MobileNet(alpha=0.25, include_top=False, weights=None, pooling="avg")
    base.load_weights(Path(folder) / "mobilenet_2_5_224_tf_no_top.h5")
    golden = {
        "logits": np.asarray(logits(images)).reshape(3, -1).tolist(),
        "features": np.asarray(base(images)).tolist(),
    }
    rounded = {key: [[float(f"{x:.7g}") for x in row] for row in rows] for key, rows in golden.items()}
    path = Path(__file__).parent.parent / "test/golden/weights/mobilenet-0.25.json"
    path.write_text(json.dumps(rounded, separators=(",", ":")) + "\n")
    print({key: np.abs(rows).max() for key, rows in golden.items()})


main(*sys.argv[1:])
