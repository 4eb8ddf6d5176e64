"""Golden containers for the readers of HDF5 and zip: every element type and layout that is read, by h5py and zipfile.

Run from the repository's root: python oracles/weights_containers.py (needs h5py; writes test/golden/weights/types.hdf5 and archive.zip).
"""

import zipfile
from pathlib import Path

import h5py
import numpy as np

GOLDEN = Path(__file__).parent.parent / "test/golden/weights"
TYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "float64"]


def main():
    with h5py.File(GOLDEN / "types.hdf5", "w") as file:
        for name in TYPES:
            file[f"types/{name}"] = np.arange(6).astype(name).reshape(2, 3)
        file["big-endian"] = np.arange(3, dtype=">f4")
        file["bool"] = np.array([True, False])
        file["scalar"] = 2.5
        file["texts"] = ["α", "beta"]
        file["fixed"] = np.array([b"ab", b"c"])
        file["none"] = np.zeros((0, 3))
        file["pairs"] = np.zeros(3, dtype=[("a", "i4"), ("b", "f4")])
        images = (np.arange(40 * 8 * 8) % 251).astype(np.uint8).reshape(40, 8, 8)
        file.create_dataset("gzip", data=images, chunks=(7, 8, 8), compression="gzip", shuffle=True)
        file.create_dataset("claims", shape=(10**12,), dtype="f4", chunks=(1000,))
        file["dangling"] = h5py.SoftLink("/nowhere")
        file["linked"] = h5py.SoftLink("/types")
        file.attrs["names"] = ["a", "bb"]
        file.attrs["name"] = "héllo"
        file.attrs["number"] = np.int64(3)
        file.attrs["empty"] = h5py.Empty("f")
    with h5py.File(GOLDEN / "circle.hdf5", "w") as file:
        file.create_group("a")["up"] = file["/"]
    with zipfile.ZipFile(GOLDEN / "archive.zip", "w") as archive:
        archive.writestr("stored", bytes(range(256)))
        archive.writestr("deflated", b"x" * 5000, zipfile.ZIP_DEFLATED)
        archive.writestr("bzip2", b"x" * 5000, zipfile.ZIP_BZIP2)
        archive.writestr("empty", b"")
        with archive.open("zip64", "w", force_zip64=True) as entry:
            entry.write(b"zip64")


main()
