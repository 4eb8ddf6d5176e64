"""Small DICOM files of synthetic pixels in every encoding that Transfuse reads, and what pydicom makes of them.

    pip install Pillow pydicom pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg pylibjpeg-rle pyjpegls imagecodecs numpy
    python oracles/dicom.py        # writes test/golden/dicom/*.dcm and test/golden/dicom/expected.json

`stored` is the SHA-256 of the stored values as little-endian int32 (float64 for floating-point pixels), `grey` or
`rgb` the 8-bit picture in base64, `tolerance` how far lossy decoders may differ in the picture.
"""

import base64
import hashlib
import json
from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.filewriter import dcmwrite
from pydicom.pixels import (
    apply_color_lut,
    apply_modality_lut,
    apply_voi_lut,
    convert_color_space,
    pixel_array,
)
from pydicom.sequence import Sequence

OUT = Path(__file__).parent.parent / "test" / "golden" / "dicom"
ROWS, COLUMNS = 32, 36  # the least that JPEG 2000 encoders take with their usual levels
JPEG_EXTENDED, JPEG_PROGRESSIVE = "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.55"

random = np.random.default_rng(7)
y, x = np.mgrid[0:ROWS, 0:COLUMNS]
smooth = np.sin(x / 5) + np.cos(y / 4) + 0.1 * random.standard_normal((ROWS, COLUMNS))
smooth = (smooth - smooth.min()) / np.ptp(smooth)

ct = (smooth * 3000 - 200).astype(np.int16)  # stored; rescaled by -1024
ct[:2, :3] = -2000
bytes8 = np.round(smooth * 255).astype(np.uint8)
words12 = np.round(smooth * 4095).astype(np.uint16)
words16 = np.round(smooth * 65535).astype(np.uint16)
rgb8 = np.stack([bytes8, bytes8[::-1], 255 - bytes8[:, ::-1]], axis=-1)

expected = {}


def dataset(**attributes):
    ds = Dataset()
    ds.SOPClassUID = uid.SecondaryCaptureImageStorage
    ds.SOPInstanceUID = "1.2.3.4"
    ds.PatientName = "Synthetic^Pixels"
    ds.PatientID = "SYN-1"
    ds.StudyInstanceUID = "1.2.3"
    ds.Modality = "OT"
    ds.Rows, ds.Columns = ROWS, COLUMNS
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    for name, value in attributes.items():
        setattr(ds, name, value)
    return ds


def describe(ds, pixels, stored=None, high=None):
    """The attributes of native pixels [rows, columns(, 3)] or [frames, …]."""
    size = pixels.dtype.itemsize * 8
    ds.BitsAllocated = size
    ds.BitsStored = stored or size
    ds.HighBit = (ds.BitsStored - 1) if high is None else high
    ds.PixelRepresentation = 1 if pixels.dtype.kind == "i" else 0
    ds.PixelData = pixels.tobytes()
    ds["PixelData"].VR = "OB" if size == 8 else "OW"
    if pixels.shape[-1] == 3:
        ds.SamplesPerPixel = 3
        ds.PlanarConfiguration = 0
        ds.PhotometricInterpretation = "RGB"
    return ds


def write(name, ds, syntax=uid.ExplicitVRLittleEndian, raw=None):
    """Writes the file; `raw` are frames to encapsulate as they are."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.TransferSyntaxUID = uid.UID(syntax)
    ds.file_meta = meta
    if raw is not None:
        ds.PixelData = encapsulate(raw)
        ds["PixelData"].VR = "OB"
    path = OUT / f"{name}.dcm"
    dcmwrite(path, ds, enforce_file_format=True, overwrite=True)
    return path


def half_up(values):
    return np.floor(np.clip(values, 0, 255) + 0.5).astype(np.uint8)


def grey_of(ds, stored, index=0):
    """What pydicom shows of stored values, as 8 bits."""
    values = apply_modality_lut(stored, ds)
    shown = apply_voi_lut(values, ds, index=index)
    if "VOILUTSequence" in ds:
        bits = int(ds.VOILUTSequence[index].LUTDescriptor[2])
        low, high = 0.0, 2.0**bits - 1
    elif "WindowWidth" in ds:
        # The range that pydicom's windows span.
        low, high = (0.0, 2.0**ds.BitsStored - 1)
        if ds.PixelRepresentation:
            low, high = (-(2.0 ** (ds.BitsStored - 1)), 2.0 ** (ds.BitsStored - 1) - 1)
        if "ModalityLUTSequence" in ds:
            low, high = 0.0, 2.0 ** int(ds.ModalityLUTSequence[0].LUTDescriptor[2]) - 1
        elif "RescaleSlope" in ds:
            low, high = (v * ds.RescaleSlope + ds.RescaleIntercept for v in (low, high))
    else:
        raise ValueError("no window")
    return half_up((np.asarray(shown, np.float64) - low) / (high - low) * 255)


def stretch(values, low, high):
    return half_up((values - low) / (high - low) * 255)


def percentile(values, percent):
    ordered = np.sort(values.ravel())
    return ordered[max(0, int(np.ceil(percent / 100 * len(ordered))) - 1)]


def percentiles(values):
    return stretch(values, percentile(values, 0.5), percentile(values, 99.5))


def record(name, stored=None, grey=None, rgb=None, tolerance=0, storedTolerance=0, **options):
    entry = {"rows": ROWS, "columns": COLUMNS, "tolerance": tolerance, **options}
    if stored is not None:
        kind = "<f8" if stored.dtype.kind == "f" else "<i4"
        entry["stored"] = hashlib.sha256(stored.astype(kind).tobytes()).hexdigest()
    pixels = grey if grey is not None else rgb
    entry["grey" if grey is not None else "rgb"] = base64.b64encode(
        np.ascontiguousarray(pixels, np.uint8).tobytes()
    ).decode()
    expected[name] = entry


def ct_dataset():
    return dataset(
        Modality="CT", RescaleSlope="1", RescaleIntercept="-1024", WindowCenter="40", WindowWidth="400",
        PixelPaddingValue=-2000,
    )


def padded_black(grey):
    return np.where(ct == -2000, 0, grey).astype(np.uint8)


def transfer_syntaxes():
    def golden(name, ds, tolerance=0):
        if tolerance == 0:
            record(name, stored=ct, grey=padded_black(grey_of(ds, ct)))
        else:
            decoded = pixel_array(OUT / f"{name}.dcm", raw=True)
            padding = decoded == -2000
            record(name, grey=np.where(padding, 0, grey_of(ds, decoded)), tolerance=tolerance)

    for name, syntax in [
        ("implicit", uid.ImplicitVRLittleEndian),
        ("explicit", uid.ExplicitVRLittleEndian),
        ("deflated", uid.DeflatedExplicitVRLittleEndian),
    ]:
        ds = describe(ct_dataset(), ct)
        write(name, ds, syntax)
        golden(name, ds)
    ds = describe(ct_dataset(), ct)
    ds.PixelData = ct.astype(">i2").tobytes()
    write("big-endian", ds, uid.ExplicitVRBigEndian)
    golden("big-endian", ds)

    as_words = ct.view(np.uint16)
    pydicom_codecs = [
        ("rle", uid.RLELossless, {}),
        ("jpeg-2000", uid.JPEG2000Lossless, {}),
        ("jpeg-ls", uid.JPEGLSLossless, {}),
    ]
    for name, syntax, options in pydicom_codecs:
        ds = describe(ct_dataset(), ct)
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
        ds.compress(syntax, generate_instance_uid=False, **options)
        write(name, ds, syntax)
        golden(name, describe(ct_dataset(), ct))
    for predictor in range(1, 8):
        syntax = uid.JPEGLosslessSV1 if predictor == 1 else uid.JPEGLossless
        name = f"jpeg-lossless-{predictor}"
        frame = imagecodecs.jpeg8_encode(as_words, bitspersample=16, lossless=True, predictor=predictor)
        write(name, describe(ct_dataset(), ct), syntax, [frame])
        golden(name, describe(ct_dataset(), ct))
    # High-throughput frames are unsigned, shifted by an intercept, as the encoder takes them.
    shifted = (ct.astype(np.int32) + 32768).astype(np.uint16)
    for name, syntax in [("htj2k", uid.HTJ2KLossless), ("htj2k-rpcl", uid.HTJ2KLosslessRPCL)]:
        ds = describe(ct_dataset(), shifted)
        ds.RescaleIntercept = str(-1024 - 32768)
        del ds.PixelPaddingValue
        write(name, ds, syntax, [imagecodecs.htj2k_encode(shifted, reversible=True)])
        record(name, stored=shifted, grey=grey_of(ds, shifted))
    ds = describe(ct_dataset(), shifted)
    ds.RescaleIntercept = str(-1024 - 32768)
    del ds.PixelPaddingValue
    write("htj2k-lossy", ds, uid.HTJ2K, [imagecodecs.htj2k_encode(shifted, level=0.0001, reversible=False)])
    decoded = pixel_array(OUT / "htj2k-lossy.dcm", raw=True)
    record("htj2k-lossy", grey=grey_of(ds, decoded), tolerance=2)

    ds = describe(ct_dataset(), ct)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    ds.compress(uid.JPEG2000, j2k_cr=[4], generate_instance_uid=False)
    write("jpeg-2000-lossy", ds, uid.JPEG2000)
    golden("jpeg-2000-lossy", ds, tolerance=2)
    ds = describe(ct_dataset(), ct)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    ds.compress(uid.JPEGLSNearLossless, jls_error=3, generate_instance_uid=False)
    write("jpeg-ls-near", ds, uid.JPEGLSNearLossless)
    golden("jpeg-ls-near", ds, tolerance=1)


def jpegs():
    ds = describe(dataset(), bytes8)
    write("jpeg-baseline", ds, uid.JPEGBaseline8Bit, [imagecodecs.jpeg8_encode(bytes8, level=90)])
    record("jpeg-baseline", grey=pixel_array(OUT / "jpeg-baseline.dcm", raw=True), tolerance=1)

    ds = describe(dataset(WindowCenter="2048", WindowWidth="4096"), words12, stored=12)
    write("jpeg-12", ds, JPEG_EXTENDED, [imagecodecs.jpeg8_encode(words12, level=95, bitspersample=12)])
    decoded = pixel_array(OUT / "jpeg-12.dcm", raw=True)
    record("jpeg-12", grey=grey_of(ds, decoded), tolerance=1)

    for name, subsampling in [("jpeg-444", "444"), ("jpeg-422", "422"), ("jpeg-420", "420")]:
        ds = describe(dataset(), rgb8)
        ds.PhotometricInterpretation = "YBR_FULL" if subsampling == "444" else "YBR_FULL_422"
        frame = imagecodecs.jpeg8_encode(rgb8, level=90, subsampling=subsampling)
        write(name, ds, uid.JPEGBaseline8Bit, [frame])
        record(name, rgb=pixel_array(OUT / f"{name}.dcm"), tolerance=3)
    ds = describe(dataset(), rgb8)
    frame = imagecodecs.jpeg8_encode(rgb8, level=90, colorspace="RGB", outcolorspace="RGB")
    write("jpeg-rgb", ds, uid.JPEGBaseline8Bit, [frame])
    record("jpeg-rgb", rgb=pixel_array(OUT / "jpeg-rgb.dcm", raw=True), tolerance=1)
    ds = describe(dataset(), rgb8)
    frame = imagecodecs.jpeg8_encode(rgb8, lossless=True, predictor=1, colorspace="RGB", outcolorspace="RGB")
    write("jpeg-lossless-rgb", ds, uid.JPEGLosslessSV1, [frame])
    record("jpeg-lossless-rgb", stored=rgb8, rgb=rgb8)
    ds = describe(dataset(), rgb8)
    write("jpeg-ls-rgb", ds, uid.JPEGLSLossless, [imagecodecs.jpegls_encode(rgb8)])
    record("jpeg-ls-rgb", stored=rgb8, rgb=rgb8)
    ds = describe(dataset(), rgb8)
    ds.PhotometricInterpretation = "YBR_RCT"
    frame = imagecodecs.jpeg2k_encode(rgb8, level=0, codecformat="j2k", reversible=True, mct=True)
    write("jpeg-2000-rct", ds, uid.JPEG2000Lossless, [frame])
    record("jpeg-2000-rct", stored=rgb8, rgb=rgb8)
    ds = describe(dataset(), rgb8)
    ds.PhotometricInterpretation = "YBR_ICT"
    frame = imagecodecs.jpeg2k_encode(rgb8, level=40, codecformat="j2k", reversible=False, mct=True)
    write("jpeg-2000-ict", ds, uid.JPEG2000, [frame])
    record("jpeg-2000-ict", rgb=pixel_array(OUT / "jpeg-2000-ict.dcm"), tolerance=3)


def restarts():
    """JPEGs that begin anew within, for the decoder of 12 bits, which does not care that these have 8."""
    for name, mode, pixels in [("grey", "L", bytes8), ("colour", "RGB", rgb8)]:
        for kind, progressive in [("sequential", False), ("progressive", True)]:
            Image.fromarray(pixels, mode).save(
                OUT / f"restarts-{name}-{kind}.jpg", quality=90, progressive=progressive,
                restart_marker_blocks=3, subsampling="4:2:0",
            )


def native_depths():
    # An overlay in the four bits above.
    overlay = (random.integers(0, 16, words12.shape) << 12).astype(np.uint16)
    ds = describe(dataset(WindowCenter="2048", WindowWidth="4096"), words12 | overlay, stored=12)
    write("overlay-bits", ds)
    record("overlay-bits", stored=words12, grey=grey_of(ds, words12))
    # The value in the upper twelve bits, an overlay below.
    ds = describe(
        dataset(WindowCenter="2048", WindowWidth="4096"), (words12 << 4) | (overlay >> 12), stored=12, high=15
    )
    write("high-bit", ds)
    record("high-bit", stored=words12, grey=grey_of(ds, words12))
    signed12 = words12.astype(np.int16) - 2048
    ds = describe(dataset(WindowCenter="0", WindowWidth="4096"), signed12 & 0xFFF, stored=12)
    ds.PixelRepresentation = 1
    write("signed-12", ds)
    record("signed-12", stored=signed12, grey=grey_of(ds, signed12))
    signed8 = (bytes8.astype(np.int16) - 128).astype(np.int8)
    ds = describe(dataset(), signed8)
    write("signed-8", ds)
    record("signed-8", stored=signed8, grey=percentiles(signed8.astype(np.float64)))
    words32 = words16.astype(np.uint32) * 65521
    ds = describe(dataset(), words32)
    write("words-32", ds)
    record("words-32", stored=words32.view(np.int32), grey=percentiles(words32.astype(np.float64)))
    for name, kind, keyword in [
        ("float-32", np.float32, "FloatPixelData"),
        ("float-64", np.float64, "DoubleFloatPixelData"),
    ]:
        values = (smooth * 3.5 - 1).astype(kind)
        ds = describe(dataset(), values)
        del ds.PixelData, ds.BitsStored, ds.HighBit, ds.PixelRepresentation
        setattr(ds, keyword, values.tobytes())
        write(name, ds)
        record(name, stored=values, grey=percentiles(values.astype(np.float64)), tolerance=1)
    # One bit a pixel, frames of 99 pixels, so that the second begins within a byte.
    bits = random.integers(0, 2, (3, 9, 11), dtype=np.uint8)
    ds = dataset(Rows=9, Columns=11, NumberOfFrames="3", BitsAllocated=1, BitsStored=1, HighBit=0)
    ds.PixelRepresentation = 0
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    ds.PixelData = packed + b"\0" * (len(packed) % 2)
    ds["PixelData"].VR = "OB"
    write("one-bit", ds)
    for frame in range(3):
        record("one-bit" if frame == 0 else f"one-bit#{frame}", stored=bits[frame], grey=bits[frame] * 255)
        entry = expected["one-bit" if frame == 0 else f"one-bit#{frame}"]
        entry.update(rows=9, columns=11, frame=frame)
    ds = describe(dataset(), bytes8)
    write("grey-8", ds)
    record("grey-8", stored=bytes8, grey=bytes8)
    # Bytes written as big-endian words: in each word the first pixel comes second.
    ds = describe(dataset(), bytes8)
    ds["PixelData"].VR = "OW"
    ds.PixelData = bytes8.reshape(-1, 2)[:, ::-1].tobytes()
    write("big-endian-bytes", ds, uid.ExplicitVRBigEndian)
    record("big-endian-bytes", stored=bytes8, grey=bytes8)


def colours():
    for name, planar in [("rgb", 0), ("rgb-planar", 1)]:
        ds = describe(dataset(), rgb8)
        ds.PlanarConfiguration = planar
        if planar:
            ds.PixelData = np.ascontiguousarray(rgb8.transpose(2, 0, 1)).tobytes()
        write(name, ds)
        record(name, stored=rgb8, rgb=rgb8)
    rgb16 = rgb8.astype(np.uint16) * 257 - (rgb8 > 9) * np.uint16(40)
    ds = describe(dataset(), rgb16)
    write("rgb-16", ds)
    record("rgb-16", stored=rgb16, rgb=half_up(rgb16 / 65535 * 255))
    ycc = convert_color_space(rgb8, "RGB", "YBR_FULL")
    back = convert_color_space(ycc, "YBR_FULL", "RGB")
    ds = describe(dataset(), ycc)
    ds.PhotometricInterpretation = "YBR_FULL"
    write("ybr-full", ds)
    record("ybr-full", stored=ycc, rgb=back, tolerance=1)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    ds.compress(uid.RLELossless, generate_instance_uid=False)
    write("ybr-rle", ds, uid.RLELossless)
    record("ybr-rle", stored=ycc, rgb=back, tolerance=1)
    pairs = ycc.reshape(ROWS, COLUMNS // 2, 2, 3)
    shared = np.concatenate([pairs[..., 0], pairs[:, :, :1, 1:].reshape(ROWS, COLUMNS // 2, 2)], axis=-1)
    ds = describe(dataset(), ycc)
    ds.PhotometricInterpretation = "YBR_FULL_422"
    ds.PixelData = shared.tobytes()
    write("ybr-422", ds)
    record("ybr-422", rgb=pixel_array(OUT / "ybr-422.dcm"), tolerance=1)

    red, green, blue = (np.arange(256), np.arange(256)[::-1], np.arange(256) * 3 % 256)
    for name, bits in [("palette-8", 8), ("palette-16", 16)]:
        ds = describe(dataset(), bytes8)
        ds.PhotometricInterpretation = "PALETTE COLOR"
        for channel, values in [("Red", red), ("Green", green), ("Blue", blue)]:
            setattr(ds, f"{channel}PaletteColorLookupTableDescriptor", [256, 0, bits])
            kind = np.uint8 if bits == 8 else np.uint16
            table = (values * (1 if bits == 8 else 257)).astype(kind)
            setattr(ds, f"{channel}PaletteColorLookupTableData", table.tobytes())
        write(name, ds)
        shown = apply_color_lut(bytes8, ds)
        record(name, stored=bytes8, rgb=shown if bits == 8 else shown >> 8)
    # A table that begins at 100, in segments: discrete, linear, and the first two again.
    ds = describe(dataset(), bytes8)
    ds.PhotometricInterpretation = "PALETTE COLOR"
    segments = np.array([0, 2, 0, 5000, 1, 62, 60000, 2, 2, 0, 0], np.uint16)
    for channel in ["Red", "Green", "Blue"]:
        setattr(ds, f"{channel}PaletteColorLookupTableDescriptor", [128, 100, 16])
        setattr(ds, f"Segmented{channel}PaletteColorLookupTableData", segments.tobytes())
    write("palette-segmented", ds)
    record("palette-segmented", stored=bytes8, rgb=apply_color_lut(bytes8, ds) >> 8, tolerance=1)


def lookup(first, values, bits):
    item = Dataset()
    item.LUTDescriptor = [len(values), first, bits]
    item.LUTData = np.asarray(values, np.uint16).tobytes()
    item["LUTDescriptor"].VR = "US"
    item["LUTData"].VR = "OW"
    return item


def greys():
    def case(name, ds, pixels, index=0, invert=False, tolerance=0, **options):
        grey = grey_of(ds, pixels, index)
        record(name, grey=255 - grey if invert else grey, tolerance=tolerance, **options)

    ds = describe(dataset(RescaleSlope="0.684", RescaleIntercept="200", WindowCenter="1600", WindowWidth="2800"), words12, stored=12)
    ds.PhotometricInterpretation = "MONOCHROME1"
    write("monochrome-1", ds)
    case("monochrome-1", ds, words12, invert=True)
    for name, function in [("linear", "LINEAR"), ("linear-exact", "LINEAR_EXACT"), ("sigmoid", "SIGMOID")]:
        ds = describe(dataset(WindowCenter="1800.5", WindowWidth="901", VOILUTFunction=function), words12, stored=12)
        write(f"window-{name}", ds)
        case(f"window-{name}", ds, words12)
    ds = describe(dataset(WindowCenter=["1000", "3000"], WindowWidth=["500", "1500"]), words12, stored=12)
    write("two-windows", ds)
    case("two-windows", ds, words12)
    case("two-windows#2", ds, words12, index=1, window="file:2")
    shown = (words12 - (40 - 0.5)) / 399 + 0.5
    record("two-windows#own", grey=half_up(shown * 255), window="40/400")
    whole = words12.astype(np.float64)
    record("two-windows#range", grey=stretch(whole, whole.min(), whole.max()), window="range")
    record("two-windows#percentile", grey=percentiles(whole), window="percentile")
    ds = describe(dataset(), words12, stored=12)
    write("no-window", ds)
    record("no-window", grey=percentiles(whole))

    curve = np.round(np.linspace(0, 1, 3000) ** 2 * 4095)
    ds = describe(dataset(), words12, stored=12)
    ds.VOILUTSequence = Sequence([lookup(500, curve, 12)])
    write("voi-lut", ds)
    case("voi-lut", ds, words12)
    ds = describe(dataset(WindowCenter="30000", WindowWidth="40000"), bytes8)
    ds.ModalityLUTSequence = Sequence([lookup(10, np.round(np.linspace(0, 65535, 200)), 16)])
    write("modality-lut", ds)
    case("modality-lut", ds, bytes8)

    padded = words12.copy()
    padded[:5] = 4000 + (x[:5] % 3).astype(np.uint16)
    ds = describe(dataset(PixelPaddingValue=4000, PixelPaddingRangeLimit=4002), padded, stored=12)
    ds.PhotometricInterpretation = "MONOCHROME1"
    write("padding", ds)
    inside = ~((padded >= 4000) & (padded <= 4002))
    low, high = (percentile(padded[inside].astype(float), percent) for percent in (0.5, 99.5))
    record("padding", stored=padded, grey=np.where(inside, 255 - stretch(padded, low, high), 0))

    # Enhanced objects: each frame's own window, a shared rescale.
    frames = np.stack([words12, words12[::-1]])
    ds = describe(dataset(NumberOfFrames="2"), frames, stored=12)
    shared, rescale = Dataset(), Dataset()
    rescale.RescaleSlope, rescale.RescaleIntercept, rescale.RescaleType = "2", "-100", "US"
    shared.PixelValueTransformationSequence = Sequence([rescale])
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    ds.PerFrameFunctionalGroupsSequence = Sequence()
    windows = [("2000", "3000"), ("5000", "800")]
    for centre, width in windows:
        item, voi = Dataset(), Dataset()
        voi.WindowCenter, voi.WindowWidth = centre, width
        item.FrameVOILUTSequence = Sequence([voi])
        ds.PerFrameFunctionalGroupsSequence.append(item)
    write("enhanced", ds)
    for frame, (centre, width) in enumerate(windows):
        shown = (frames[frame] * 2.0 - 100 - (float(centre) - 0.5)) / (float(width) - 1) + 0.5
        name = "enhanced" if frame == 0 else "enhanced#1"
        record(name, stored=frames[frame], grey=half_up(shown * 255), frame=frame)


def structures():
    raw = (OUT / "grey-8.dcm").read_bytes()
    meta_length = int.from_bytes(raw[140:144], "little")
    (OUT / "no-preamble.dcm").write_bytes(raw[132:])
    (OUT / "bare-explicit.dcm").write_bytes(raw[144 + meta_length:])
    for name in ["no-preamble", "bare-explicit"]:
        record(name, stored=bytes8, grey=bytes8)
    raw = (OUT / "implicit.dcm").read_bytes()
    meta_length = int.from_bytes(raw[140:144], "little")
    (OUT / "bare-implicit.dcm").write_bytes(raw[144 + meta_length:])
    record("bare-implicit", stored=ct, grey=base64_grey("implicit"))
    raw = (OUT / "big-endian.dcm").read_bytes()
    meta_length = int.from_bytes(raw[140:144], "little")
    (OUT / "bare-big-endian.dcm").write_bytes(raw[144 + meta_length:])
    record("bare-big-endian", stored=ct, grey=base64_grey("implicit"))

    frames = [bytes8, bytes8[::-1].copy(), 255 - bytes8]
    encoded = [imagecodecs.jpeg8_encode(frame, level=90) for frame in frames]
    decoded = [imagecodecs.jpeg8_decode(frame) for frame in encoded]
    for name, write_pixels in [
        ("frames-offsets", lambda: encapsulate(encoded, fragments_per_frame=3)),
        ("frames-no-offsets", lambda: encapsulate(encoded, fragments_per_frame=3, has_bot=False)),
    ]:
        ds = describe(dataset(NumberOfFrames="3"), bytes8)
        ds.PixelData = write_pixels()
        write(name, ds, uid.JPEGBaseline8Bit)
        for frame in range(3):
            record(f"{name}#{frame}" if frame else name, grey=decoded[frame], frame=frame, tolerance=1)
    ds = describe(dataset(NumberOfFrames="3"), bytes8)
    ds.PixelData, ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = encapsulate_extended(encoded)
    write("frames-extended", ds, uid.JPEGBaseline8Bit)
    record("frames-extended", grey=decoded[0], frame=0, tolerance=1)
    record("frames-extended#2", grey=decoded[2], frame=2, tolerance=1)
    record("frames-extended#middle", grey=decoded[1], frames="middle", tolerance=1)


def base64_grey(name):
    return np.frombuffer(base64.b64decode(expected[name]["grey"]), np.uint8)


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for group in [transfer_syntaxes, jpegs, restarts, native_depths, colours, greys, structures]:
        group()
    (OUT / "expected.json").write_text(json.dumps(expected, indent=0, sort_keys=True) + "\n")
