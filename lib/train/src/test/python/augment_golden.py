"""Golden values of dev.graft.augment: what Keras, SciPy, Pillow and torchvision make of a small picture.

Run from the project's root, with numpy, scipy and Pillow 13 or later:

    python lib/train/src/test/python/augment_golden.py

photo.bin     a synthetic picture of 24 x 16 pixels, [height, width, 3]
cases.tsv     what was done: operation, its numbers, fill
expected.bin  the results in the order of cases.tsv, [height, width, 3] each

The affine cases restate apply_affine_transform of Keras 2.15 (keras/src/preprocessing/image.py): the
same matrices in the same order, scipy.ndimage.affine_transform with order=1 for each channel. There is
one difference: Keras hands height and width to transform_matrix_offset_center, where its matrices want
width and height; for square pictures that is the same. Keras keeps floats; they are rounded here.
"""

import pathlib

import numpy as np
from PIL import Image, ImageEnhance
from scipy import ndimage

OUT = pathlib.Path(__file__).parent.parent / "resources" / "dev" / "graft" / "augment"
WIDTH, HEIGHT = 24, 16


def picture():
    """Ramps, an edge and some noise; not from 0 to 255, so that a channel shift meets its bounds."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    rgb = np.stack([255 * x / (WIDTH - 1), 255 * y / (HEIGHT - 1), 128 + 100 * np.sin((x + 2 * y) / 3)], axis=-1)
    rgb[HEIGHT // 3 : HEIGHT // 2, WIDTH // 4 :] = [230, 20, 30]
    rgb[0, :8] = np.arange(8)[:, None] * 30  # greys
    noise = np.random.default_rng(42).normal(0, 12, rgb.shape)
    noise[0, :8] = 0
    return np.clip(rgb + noise, 7, 241).astype(np.uint8)


def rounded(values):
    return np.floor(values + 0.5).astype(np.uint8)


def affine(rgb, rotation, shift_x, shift_y, shear, zoom_x, zoom_y, mode, cval):
    theta, slant = np.deg2rad(rotation), np.deg2rad(shear)
    matrix = np.array([[np.cos(theta), -np.sin(theta), 0], [np.sin(theta), np.cos(theta), 0], [0, 0, 1]])
    matrix = matrix @ np.array([[1, 0, shift_x], [0, 1, shift_y], [0, 0, 1]])
    matrix = matrix @ np.array([[1, -np.sin(slant), 0], [0, np.cos(slant), 0], [0, 0, 1]])
    matrix = matrix @ np.diag([zoom_x, zoom_y, 1])
    middle_x, middle_y = WIDTH / 2 - 0.5, HEIGHT / 2 - 0.5
    offset = np.array([[1, 0, middle_x], [0, 1, middle_y], [0, 0, 1]])
    reset = np.array([[1, 0, -middle_x], [0, 1, -middle_y], [0, 0, 1]])
    matrix = offset @ matrix @ reset
    matrix[:, [0, 1]] = matrix[:, [1, 0]]  # from x, y to SciPy's row, column
    matrix[[0, 1]] = matrix[[1, 0]]
    channels = [
        ndimage.affine_transform(channel, matrix[:2, :2], matrix[:2, 2], order=1, mode=mode, cval=cval)
        for channel in np.moveaxis(rgb.astype(np.float32), -1, 0)
    ]
    return rounded(np.stack(channels, axis=-1))


def channel_shift(rgb, levels):
    """Keras' apply_channel_shift."""
    return rounded(np.clip(rgb.astype(np.float32) + levels, rgb.min(), rgb.max()))


def brightness(rgb, factor):
    """Keras' apply_brightness_shift(scale=False), torchvision's adjust_brightness of a PIL image."""
    return np.asarray(ImageEnhance.Brightness(Image.fromarray(rgb)).enhance(factor))


def contrast(rgb, factor):
    """torchvision's adjust_contrast of a PIL image."""
    return np.asarray(ImageEnhance.Contrast(Image.fromarray(rgb)).enhance(factor))


def saturation(rgb, factor):
    """torchvision's adjust_saturation of a PIL image."""
    return np.asarray(ImageEnhance.Color(Image.fromarray(rgb)).enhance(factor))


def hue(rgb, turn):
    """torchvision's adjust_hue of a uint8 tensor: _functional_tensor.py with numpy."""
    rgb = rgb.astype(np.float32) / 255
    r, g, b = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    v, low = rgb.max(-1), rgb.min(-1)
    gray = v == low
    chroma = np.where(gray, 1, v - low)
    s = (v - low) / np.where(gray, 1, v)
    rc, gc, bc = (v - r) / chroma, (v - g) / chroma, (v - b) / chroma
    h = np.where(v == r, bc - gc, np.where(v == g, 2 + rc - bc, 4 + gc - rc))
    h = np.fmod(h / 6 + 1, 1)
    h = ((h + np.float32(turn)) % 1).astype(np.float32)
    i = np.floor(h * 6)
    f = h * 6 - i
    i = i.astype(int) % 6
    p, q, t = (np.clip(x, 0, 1) for x in (v * (1 - s), v * (1 - s * f), v * (1 - s * (1 - f))))
    result = np.stack(
        [np.choose(i, [v, q, p, p, t, v]), np.choose(i, [t, v, v, q, p, p]), np.choose(i, [p, p, t, v, v, q])], axis=-1
    )
    return (result * np.float32(255 + 1 - 1e-3)).astype(np.uint8)  # convert_image_dtype


def crop(rgb, left, top, width, height):
    """torchvision's resized_crop of a PIL image."""
    part = Image.fromarray(rgb).crop((left, top, left + width, top + height))
    return np.asarray(part.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))


def cases():
    modes = [("nearest", 0), ("constant", 0), ("constant", 128), ("reflect", 0), ("wrap", 0)]
    for mode, cval in modes:
        for numbers in (
            (30, 0, 0, 0, 1, 1),
            (-135, 0, 0, 0, 1, 1),
            (0, 3, 0, 0, 1, 1),
            (0, 2.4, -3.6, 0, 1, 1),
            (0, -31.3, 57.7, 0, 1, 1),  # far outside: the photo repeats several times
            (0, 0, 0, 20, 1, 1),
            (0, 0, 0, -60, 1, 1),
            (0, 0, 0, 0, 0.6, 0.8),
            (0, 0, 0, 0, 1.7, 3.3),
            (15, -1.3, 2.2, 10, 0.85, 1.2),
        ):
            yield "affine", numbers, (mode, cval), affine
    for levels in (-40.3, 12, 25.5):
        yield "channel_shift", (levels,), (), channel_shift
    for factor in (0, 0.3, 0.8, 1, 1.25, 3):
        yield "brightness", (factor,), (), brightness
        yield "contrast", (factor,), (), contrast
        yield "saturation", (factor,), (), saturation
    for turn in (-0.5, -0.11, 0, 0.05, 0.27, 0.5):
        yield "hue", (turn,), (), hue
    for box in ((0, 0, 24, 16), (5, 3, 11, 13), (20, 0, 4, 5), (7, 15, 1, 1)):
        yield "crop", box, (), crop


OUT.mkdir(parents=True, exist_ok=True)
photo = picture()
(OUT / "photo.bin").write_bytes(photo.tobytes())
lines, expected = [], b""
for operation, numbers, fill, function in cases():
    lines.append("\t".join([operation, " ".join(map(str, numbers)), "/".join(map(str, fill))]))
    expected += function(photo, *numbers, *fill).tobytes()
(OUT / "cases.tsv").write_text("\n".join(lines) + "\n")
(OUT / "expected.bin").write_bytes(expected)
