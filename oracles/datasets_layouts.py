"""Writes small imitations of data sets as they are downloaded, with the libraries that make the real ones:
PatchCamelyon with h5py, TensorFlow Datasets with tensorflow_datasets, the Keras pair of TFRecords with TensorFlow,
and MedMNIST with NumPy. What is in them goes beside them as JSON.

    python oracles/datasets_layouts.py        # needs h5py, numpy, tensorflow, tensorflow_datasets
"""

import gzip
import json
import pathlib
import shutil

import h5py
import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

OUT = pathlib.Path(__file__).parent.parent / "test/golden/datasets"
rng = np.random.default_rng(7)


def noise(*shape):
    return rng.integers(0, 256, shape, dtype=np.uint8)


def checksum(image):
    """Enough to know an image again: its first pixels and the sum of all."""
    return {"first": image.reshape(-1)[:6].tolist(), "sum": int(image.sum(dtype=np.int64))}


def pcam():
    """One file contiguous, one in compressed chunks, one gzipped as a whole, as Zenodo has them."""
    folder = OUT / "pcam"
    folder.mkdir(parents=True)
    known = {}
    for side, n, options in [
        ("train", 12, dict(chunks=(4, 8, 8, 3), compression="gzip")),
        ("valid", 6, {}),
        ("test", 5, {}),
    ]:
        x = noise(n, 8, 8, 3)
        y = (np.arange(n) % 2).astype(np.uint8).reshape(n, 1, 1, 1)
        known[side] = {"images": [checksum(image) for image in x], "labels": y.reshape(-1).tolist()}
        for part, values in [("x", x), ("y", y)]:
            file = folder / f"camelyonpatch_level_2_split_{side}_{part}.h5"
            with h5py.File(file, "w") as h5:
                h5.create_dataset(part, data=values, **(options if part == "x" else {}))
            if side == "test":
                file.with_suffix(".h5.gz").write_bytes(gzip.compress(file.read_bytes(), mtime=0))
                file.unlink()
    (folder / "known.json").write_text(json.dumps(known))


def keras_pair():
    folder = OUT / "chest-xray-tfrec"
    known = {}
    for side, n in [("train", 9), ("test", 4)]:
        (folder / side).mkdir(parents=True)
        known[side] = []
        with tf.io.TFRecordWriter(str(folder / side / "images.tfrec")) as images, tf.io.TFRecordWriter(
            str(folder / side / "paths.tfrec")
        ) as paths:
            for i in range(n):
                sick = i % 3 > 0
                name = f"person{i // 2}_virus_{i}.jpeg" if sick else f"IM-{i:04}-0001.jpeg"
                path = f"gs://bucket/ChestXRay2017/{side}/{'PNEUMONIA' if sick else 'NORMAL'}/{name}"
                jpeg = tf.io.encode_jpeg(noise(6 + i, 9, 1)).numpy()
                images.write(jpeg)
                paths.write(path.encode())
                known[side].append({"path": path, "bytes": len(jpeg)})
    (folder / "known.json").write_text(json.dumps(known))


class Malaria(tfds.core.GeneratorBasedBuilder):
    """Its name, features and class names are those of the real one."""

    VERSION = tfds.core.Version("1.0.0")
    name = "malaria"

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(),
                    "label": tfds.features.ClassLabel(names=["parasitized", "uninfected"]),
                }
            ),
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        for i in range(20):
            yield i, {"image": noise(5, 4 + i % 3, 3), "label": i % 2}


class Flowers(tfds.core.GeneratorBasedBuilder):
    """Any data set with splits of its own."""

    VERSION = tfds.core.Version("2.1.0")
    name = "flowers"

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    "picture": tfds.features.Image(encoding_format="jpeg"),
                    "kind": tfds.features.ClassLabel(names=["rose", "tulip", "aster"]),
                    "weight": tf.float32,
                }
            ),
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(9), "validation": self._generate_examples(3), "test": self._generate_examples(6)}

    def _generate_examples(self, n):
        for i in range(n):
            yield i, {"picture": noise(5, 6, 3), "kind": i % 3, "weight": float(i)}


def tensorflow_datasets():
    folder = OUT / "tfds"
    for builder in [Malaria, Flowers]:
        made = builder(data_dir=str(folder))
        made.download_and_prepare(file_format="tfrecord")
        split = made.as_dataset(split="train", shuffle_files=False)
        label = "label" if builder is Malaria else "kind"
        image = "image" if builder is Malaria else "picture"
        known = [{**checksum(row[image].numpy()), "label": int(row[label])} for row in split]
        (folder / made.name / "known.json").write_text(json.dumps(known))


def medmnist():
    folder = OUT / "medmnist"
    folder.mkdir(parents=True)
    known = {}

    def write(name, shape, labels, save=np.savez_compressed):
        arrays = {}
        known[name] = {}
        for side, n in [("train", 10), ("val", 5), ("test", 5)]:
            images = noise(n, *shape)
            targets = labels(n)
            arrays |= {f"{side}_images": images, f"{side}_labels": targets}
            known[name][side] = {"images": [checksum(image) for image in images], "labels": targets.tolist()}
        save(folder / f"{name}.npz", **arrays)

    one = lambda classes: lambda n: (np.arange(n) % classes).astype(np.uint8).reshape(n, 1)
    write("breastmnist", (28, 28), one(2))
    write("pathmnist_64", (8, 8, 3), one(9), np.savez)
    write("retinamnist", (12, 12, 3), one(5))
    write("chestmnist", (28, 28), lambda n: (rng.random((n, 14)) < 0.3).astype(np.uint8))
    write("own", (6, 7), lambda n: np.arange(n) % 3)
    write("organmnist3d", (4, 4, 4), one(11))
    write("volumes", (4, 4, 9), one(2))
    (folder / "known.json").write_text(json.dumps(known))


if __name__ == "__main__":
    shutil.rmtree(OUT, ignore_errors=True)
    pcam()
    keras_pair()
    tensorflow_datasets()
    medmnist()
