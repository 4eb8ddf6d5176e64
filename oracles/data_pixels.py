"""Golden pixels for the data room: files as Pillow writes and reads them, PyTorch's resize, Keras' augmentation.

    python oracles/data_pixels.py      → test/golden/data/

Needs numpy, Pillow, torch, onnx and keras.
"""

import base64
import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from PIL import Image

OUT = Path(__file__).parent.parent / "test/golden/data"
random = np.random.default_rng(20210707)


def encoded(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def write_json(name, value):
    (OUT / name).write_text(json.dumps(value) + "\n")


def files():
    """One small file per kind, and the RGB bytes that any reader must find in it."""
    expected = {}

    def keep(name, rgb):
        height, width, _ = rgb.shape
        expected[name] = {"height": height, "width": width, "rgb": encoded(rgb.astype(np.uint8))}

    def save(name, image, rgb=None, **options):
        image.save(OUT / name, **options)
        keep(name, np.asarray(Image.open(OUT / name).convert("RGB")) if rgb is None else rgb)

    height, width = 5, 7
    rgb = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    grey16 = random.integers(0, 65536, (height, width), dtype=np.uint16)
    grey16[0, :6] = [0, 65535, 128, 129, 385, 386]  # the last four lie on either side of 0.5 and 1.5
    from_grey16 = np.repeat(np.round(grey16 / 257)[:, :, None], 3, 2)
    grey = Image.fromarray(rgb[:, :, 0])
    colour = Image.fromarray(rgb)
    bilevel = Image.fromarray(rgb[:, :, 0] > 127)
    palette = colour.quantize(11)
    rgba = random.integers(0, 256, (height, width, 4), dtype=np.uint8)
    on_black = np.round(rgba[:, :, :3] * (rgba[:, :, 3:] / 255))
    grey_alpha = np.repeat(np.round(rgba[:, :, :1] * (rgba[:, :, 3:] / 255)), 3, 2)

    save("rgb.png", colour)
    save("grey.png", grey)
    save("bilevel.png", bilevel)
    save("palette.png", palette)
    save("grey16.png", Image.fromarray(grey16), from_grey16)
    save("rgba.png", Image.fromarray(rgba), on_black)
    save("grey-alpha.png", Image.fromarray(rgba[:, :, [0, 3]], "LA"), grey_alpha)
    save("rgb.tif", colour)
    Image.fromarray((grey16 / 65535).astype(np.float32)).save(OUT / "float32.tif")  # to be refused
    save("lzw.tif", colour, compression="tiff_lzw")
    save("deflate-palette.tif", palette, compression="tiff_adobe_deflate")
    save("bilevel-g4.tif", bilevel, compression="group4")
    save("grey16.tif", Image.fromarray(grey16), from_grey16)
    save("lossless.webp", colour, lossless=True)
    save("rgb24.bmp", colour)
    save("rgbx32.bmp", Image.fromarray(rgba), rgba[:, :, :3])
    save("grey8.bmp", grey)
    save("palette8.bmp", palette)
    save("bilevel.bmp", bilevel)
    two_pages = [colour, grey.convert("RGB")]
    save("two-pages.tif", two_pages[0], rgb, save_all=True, append_images=two_pages[1:])

    # Lossy, so readers may differ by a little: flat colours and gentle slopes.
    slope = np.add.outer(np.arange(24) * 4, np.arange(32) * 3).astype(np.uint8)
    smooth = np.stack([slope, 255 - slope, slope // 2], -1)
    save("rgb.jpg", Image.fromarray(smooth), quality=95, subsampling=0)
    save("progressive.jpg", Image.fromarray(smooth), quality=95, subsampling=0, progressive=True)
    save("grey.jpg", Image.fromarray(slope), quality=95)
    save("cmyk.jpg", Image.fromarray(smooth).convert("CMYK"), quality=98, subsampling=0)
    save("lossy.webp", Image.fromarray(smooth), quality=98)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        name = f"exif{orientation}.jpg"
        Image.fromarray(smooth).save(OUT / name, quality=95, subsampling=0, exif=exif)
        transposed = Image.open(OUT / name)
        # What each orientation asks of a viewer, by the EXIF standard.
        steps = {
            2: [Image.Transpose.FLIP_LEFT_RIGHT],
            3: [Image.Transpose.ROTATE_180],
            4: [Image.Transpose.FLIP_TOP_BOTTOM],
            5: [Image.Transpose.TRANSPOSE],
            6: [Image.Transpose.ROTATE_270],
            7: [Image.Transpose.TRANSVERSE],
            8: [Image.Transpose.ROTATE_90],
        }
        for step in steps.get(orientation, []):
            transposed = transposed.transpose(step)
        keep(name, np.asarray(transposed))
    write_json("files.json", expected)


def resize():
    sizes = [((9, 9), (5, 5)), ((7, 5), (12, 16)), ((8, 6), (8, 11)), ((1, 1), (3, 4)), ((1, 6), (4, 3)), ((23, 31), (7, 9))]
    cases = []
    for (height, width), to in sizes:
        image = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        tensor = torch.from_numpy(image).permute(2, 0, 1)[None].double()
        resized = torch.nn.functional.interpolate(tensor, size=to, mode="bilinear", align_corners=False, antialias=False)
        cases.append(
            {
                "height": height,
                "width": width,
                "rgb": encoded(image),
                "to": to,
                "resized": resized[0].permute(1, 2, 0).round(decimals=5).flatten().tolist(),
            }
        )
    write_json("resize.json", cases)

    nodes = [
        helper.make_node("Cast", ["planes"], ["float"], to=TensorProto.FLOAT),
        helper.make_node(
            "Resize", ["float", "", "", "size"], ["resized"], mode="linear", coordinate_transformation_mode="half_pixel"
        ),
        helper.make_node("Round", ["resized"], ["rounded"]),
    ]
    graph = helper.make_graph(
        nodes,
        "resize",
        [
            helper.make_tensor_value_info("planes", TensorProto.UINT8, [1, 3, "height", "width"]),
            helper.make_tensor_value_info("size", TensorProto.INT64, [4]),
        ],
        [helper.make_tensor_value_info("rounded", TensorProto.FLOAT, [1, 3, "newHeight", "newWidth"])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, OUT / "resize.onnx")


def augmentation():
    """Keras' RandomTranslation and RandomZoom with given draws, and one map composed of flips, shift and zoom."""
    height, width = 9, 12
    image = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    pixels = image.astype("float32")
    cases = []

    def keep(result, **draw):
        neutral = {"flipHorizontal": False, "flipVertical": False, "shiftHeight": 0, "shiftWidth": 0, "zoom": 1}
        values = np.asarray(result).reshape(-1).round(4).tolist()
        cases.append({"draw": {**neutral, **draw}, "pixels": values})

    translation = keras.layers.RandomTranslation(0.9, 0.9)
    for shift_height, shift_width in [(0.1, 0), (-0.1, 0), (0, 0.07), (0.033, -0.1), (0.6, -0.8)]:
        shifts = np.array([[shift_width * width, shift_height * height]], "float32")
        keep(translation.transform_images(pixels, {"translations": shifts}), shiftHeight=shift_height, shiftWidth=shift_width)

    zoom_layer = keras.layers.RandomZoom(0.5)
    for zoom in [0.9, 0.95, 1.03, 1.1, 1.5]:
        zooms = np.array([[zoom]], "float32")
        keep(zoom_layer.transform_images(pixels, {"height_zoom": zooms, "width_zoom": zooms}), zoom=zoom)

    matrix = lambda *rows: np.array(rows, float)
    for flip_x, flip_y, shift_height, shift_width, zoom in [(1, 0, 0.05, -0.08, 1.07), (0, 1, -0.1, 0.1, 0.93), (1, 1, 0.1, 0.1, 1.1)]:
        # Each takes an output position to an input position; the layer that comes last takes its first.
        zooming = matrix(
            [zoom, 0, (width - 1) / 2 * (1 - zoom)], [0, zoom, (height - 1) / 2 * (1 - zoom)], [0, 0, 1]
        )
        shifting = matrix([1, 0, -shift_width * width], [0, 1, -shift_height * height], [0, 0, 1])
        mirroring = matrix(
            [1 - 2 * flip_x, 0, flip_x * (width - 1)], [0, 1 - 2 * flip_y, flip_y * (height - 1)], [0, 0, 1]
        )
        transform = (mirroring @ shifting @ zooming).reshape(-1)[:8].astype("float32")
        keep(
            keras.ops.image.affine_transform(pixels, transform, interpolation="bilinear", fill_mode="reflect").numpy(),
            flipHorizontal=bool(flip_x),
            flipVertical=bool(flip_y),
            shiftHeight=shift_height,
            shiftWidth=shift_width,
            zoom=zoom,
        )
    write_json("augmentation.json", {"height": height, "width": width, "rgb": encoded(image), "cases": cases})


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    files()
    resize()
    augmentation()
