"""Makes the photo fixtures of graft-serve with Pillow: what PhotoReader and Resize must reproduce.

Run from the project's root, with Pillow 13 or later (13.0 changed the order of
the passes of some resizes, see Resampler) and numpy:

    python lib/serve/src/test/python/make_photo_fixtures.py

decode/NAME.EXT     a synthetic picture of 24 x 16 pixels in one way of storing it
decode/NAME.EXT.rgb how Pillow shows it: upright, over white, RGB, [height, width, 3]
resize/NAME.rgb     a synthetic source; its size is in cases.tsv
resize/cases.tsv    source, its size, target size, fit, filter, where the result begins
resize/expected.bin all results of Pillow, [height, width, 3] each
"""

import io
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent.parent / "resources" / "dev" / "graft" / "photo"
RANDOM = np.random.default_rng(42)


def picture(width, height):
    """Ramps, an edge and some noise: smooth and sharp places for every filter."""
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack(
        [255 * x / max(1, width - 1), 255 * y / max(1, height - 1), 128 + 100 * np.sin((x + 2 * y) / 3)], axis=-1
    )
    rgb[height // 3 : height // 2, width // 4 :] = [250, 10, 30]
    return np.clip(rgb + RANDOM.normal(0, 12, rgb.shape), 0, 255).astype(np.uint8)


def shown(image):
    image = ImageOps.exif_transpose(image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))


def decode_fixtures():
    folder = HERE / "decode"
    folder.mkdir(parents=True, exist_ok=True)
    rgb = Image.fromarray(picture(24, 16))
    rgba = rgb.copy()
    rgba.putalpha(Image.fromarray(np.linspace(0, 255, 24 * 16).astype(np.uint8).reshape(16, 24)))
    exif = Image.Exif()
    exif[274] = 6

    def save(name, image, **options):
        image.save(folder / name, **options)

    save("rgb420.jpg", rgb, quality=85)
    save("rgb444.jpg", rgb, quality=95, subsampling=0)
    save("rgb422_turned.jpg", rgb, quality=85, subsampling=1, exif=exif)
    save("progressive.jpg", rgb, quality=85, progressive=True)
    save("gray.jpg", rgb.convert("L"), quality=85)
    save("cmyk.jpg", rgb.convert("CMYK"), quality=85)
    save("rgb.png", rgb)
    save("rgb_turned.png", rgb, exif=exif)
    save("rgba.png", rgba)
    save("gray.png", rgb.convert("L"))
    save("gray_alpha.png", rgba.convert("LA"))
    save("bilevel.png", rgb.convert("1"))
    save("palette.png", rgb.quantize(13))
    save("palette_clear.png", rgb.quantize(60), transparency=3)
    save("gray_clear.png", rgb.convert("L").point(lambda v: v & 0xF0), transparency=0x60)
    save("palette.gif", rgb.quantize(60))
    save("clear.gif", rgb.quantize(60), transparency=3)
    save("animated.gif", rgb.quantize(60), save_all=True, append_images=[rgb.rotate(180).quantize(60)])
    save("rgb.bmp", rgb)
    save("palette.bmp", rgb.quantize(60))
    save("bilevel.bmp", rgb.convert("1"))
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        save(f"rgb_{compression}.tif", rgb, compression=compression)
    save("rgb_jpeg.tif", rgb, compression="jpeg")
    save("group4.tif", rgb.convert("1"), compression="group4")
    save("cmyk.tif", rgb.convert("CMYK"))
    save("rgba.tif", rgba, compression="tiff_lzw")
    save("palette.tif", rgb.quantize(60))
    save("turned.tif", rgb, tiffinfo={274: 8})
    save("lossless.webp", rgb, lossless=True)
    save("lossless_alpha.webp", rgba, lossless=True, exact=True)
    save("lossless_turned.webp", rgb, lossless=True, exif=exif)
    save("lossy.webp", rgb, quality=80)
    save("lossy_alpha.webp", rgba, quality=60)
    (folder / "rgb16.png").write_bytes(png16(np.asarray(rgb).astype(np.uint16) * 256 + 77, color=2))
    (folder / "interlaced.png").write_bytes(interlaced(np.asarray(rgb)))
    for path in sorted(folder.iterdir()):
        if path.suffix != ".rgb":
            with Image.open(path) as image:
                (folder / (path.name + ".rgb")).write_bytes(shown(image).tobytes())


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, depth, color, interlace, rows):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def png16(samples, color):
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    return png(samples.shape[1], samples.shape[0], 16, color, 0, rows)


def interlaced(rgb):
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = b"".join(b"\0" + row.tobytes() for x, y, dx, dy in passes for row in rgb[y::dy, x::dx])
    return png(rgb.shape[1], rgb.shape[0], 8, 2, 1, rows)


FILTERS = {
    "NEAREST": Image.Resampling.NEAREST,
    "BILINEAR": Image.Resampling.BILINEAR,
    "BICUBIC": Image.Resampling.BICUBIC,
    "LANCZOS": Image.Resampling.LANCZOS,
}


def resize_fixtures():
    folder = HERE / "resize"
    folder.mkdir(parents=True, exist_ok=True)
    expected = io.BytesIO()
    lines = ["source\twidth\theight\ttarget_width\ttarget_height\tfit\tfilter\toffset"]
    for name, size in {"wide": (37, 23), "tall": (9, 40), "pixel": (1, 1)}.items():
        source = Image.fromarray(picture(*size))
        (folder / f"{name}.rgb").write_bytes(source.tobytes())
        for target in ((10, 10), (12, 19), (31, 14), size):
            for label, resample in FILTERS.items():
                for fit, result in {
                    "STRETCH": source.resize(target, resample),
                    "CROP": ImageOps.fit(source, target, resample),
                    "PAD": ImageOps.pad(source, target, resample, color="black"),
                }.items():
                    lines.append("\t".join(map(str, [name, *size, *target, fit, label, expected.tell()])))
                    expected.write(result.tobytes())
    gray = Image.open(HERE / "decode" / "rgb.png").convert("L").resize((10, 7), Image.Resampling.BILINEAR)
    (folder / "gray_10x7.rgb").write_bytes(gray.convert("RGB").tobytes())
    (folder / "cases.tsv").write_text("\n".join(lines) + "\n")
    (folder / "expected.bin").write_bytes(expected.getvalue())


decode_fixtures()
resize_fixtures()
