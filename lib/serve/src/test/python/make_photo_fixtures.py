"""Makes the photo fixtures of graft-serve with Pillow: what PhotoReader and Resize must reproduce.

Run from the project's root, with Pillow 13 or later (13.0 changed the order of
the passes of some resizes, see Resampler) and numpy:

    python lib/serve/src/test/python/make_photo_fixtures.py

encoded/NAME.EXT     a synthetic picture of 24 x 16 pixels in one way of storing it
encoded/NAME.EXT.rgb how Pillow shows it: upright, over white, RGB, [height, width, 3]
resize/NAME.rgb     a synthetic source; its size is in cases.tsv
resize/cases.tsv    source, its size, target size, fit, filter, where the result begins
resize/expected.bin all results of Pillow, [height, width, 3] each
"""

import io
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageFile, ImageOps

HERE = pathlib.Path(__file__).parent.parent / "resources" / "dev" / "graft" / "photo"
RANDOM = np.random.default_rng(42)
ImageFile.LOAD_TRUNCATED_IMAGES = True  # of the JPEGs without end marker, which have all their data


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
    folder = HERE / "encoded"
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
    few_colours(folder, rgb)
    jpeg_ends(folder)
    tiff_layouts(folder, rgba)
    raw_profiles(folder, rgb, exif)
    (folder / "rgb16.png").write_bytes(png16(np.asarray(rgb).astype(np.uint16) * 256 + 77, color=2))
    (folder / "interlaced.png").write_bytes(interlaced(np.asarray(rgb)))
    for path in sorted(folder.iterdir()):
        if path.suffix != ".rgb":
            with Image.open(path) as image:
                (folder / (path.name + ".rgb")).write_bytes(shown(image).tobytes())


def few_colours(folder, rgb):
    """Lossless WebP packs 2, 4 or 8 indices in a pixel where there are at most 16, 4 or 2 colours."""
    for colours in (1, 2, 4, 5, 16, 17):
        rgb.quantize(colours).convert("RGB").save(folder / f"lossless_{colours}_colours.webp", lossless=True)


def jpeg_ends(folder):
    """What follows the last byte of a picture's data, or says that it does, need not be right."""
    jpeg = (folder / "rgb420.jpg").read_bytes()
    data = jpeg[:-2]
    (folder / "no_end.jpg").write_bytes(data)
    (folder / "zeros_for_end.jpg").write_bytes(data + bytes(3))
    scan = jpeg.index(b"\xff\xda")
    length = struct.unpack(">H", jpeg[scan + 2 : scan + 4])[0]
    (folder / "scan_of_nothing.jpg").write_bytes(jpeg[: scan + length - 1] + bytes(3) + jpeg[scan + 2 + length :])
    progressive = (folder / "progressive.jpg").read_bytes()
    (folder / "progressive_no_end.jpg").write_bytes(progressive[:-2])


def tiff(tags, strips):
    """A little-endian TIFF of one page; tags: number -> list of shorts."""
    tags = {**tags, 273: [0] * len(strips), 279: [len(s) for s in strips]}
    start = 8 + 2 + 12 * len(tags) + 4
    lists, body, offsets = b"", b"", []
    room = sum(4 * len(v) for v in tags.values())
    for strip in strips:
        offsets.append(start + room + len(body))
        body += strip
    directory = struct.pack("<H", len(tags))
    for tag, values in sorted(tags.items()):
        long = tag in (273, 279)
        values = offsets if tag == 273 else values
        packed = struct.pack(f"<{len(values)}{'I' if long else 'H'}", *values)
        if len(packed) > 4:
            where = start + len(lists)
            lists += packed
            packed = struct.pack("<I", where)
        directory += struct.pack("<HHI", tag, 4 if long else 3, len(values)) + packed.ljust(4, b"\0")
    return b"II*\0" + struct.pack("<I", 8) + directory + bytes(4) + lists.ljust(room, b"\0") + body


def tiff_layouts(folder, rgba):
    """Strips whose last is shorter, JPEG of four samples, and a fourth sample that no tag explains."""
    pixels = np.asarray(rgba)
    page = {256: [24], 257: [16], 258: [8] * 4, 259: [1], 262: [2], 277: [4], 278: [7]}
    strips = [pixels[y : y + 7].tobytes() for y in range(0, 16, 7)]
    (folder / "rgba_untagged.tif").write_bytes(tiff(page, strips))
    deflated = [zlib.compress(s) for s in strips]
    (folder / "rgba_deflate_strips.tif").write_bytes(tiff({**page, 259: [8], 338: [2]}, deflated))
    opaque = [pixels[y : y + 7, :, :3].tobytes() for y in range(0, 16, 7)]
    (folder / "short_last_strip.tif").write_bytes(tiff({**page, 258: [8] * 3, 277: [3]}, opaque))
    rgba.save(folder / "rgba_jpeg.tif", compression="jpeg")
    rgba.convert("RGB").convert("CMYK").save(folder / "cmyk_jpeg.tif", compression="jpeg")
    for fax in ("group3", "tiff_ccitt"):
        rgba.convert("1").save(folder / f"{fax}.tif", compression=fax, tiffinfo={278: 7})


def raw_profiles(folder, rgb, exif):
    """EXIF data as ImageMagick wrote them before PNG had a chunk for them."""
    data = exif.tobytes()
    digits = data.hex()
    lines = "\n".join(digits[i : i + 72] for i in range(0, len(digits), 72))
    text = f"\nexif\n{len(data):8}\n{lines}\n".encode()
    plain = (folder / "rgb.png").read_bytes()
    keyword = b"Raw profile type exif\0"
    for name, profile in {
        "profile_turned.png": chunk(b"tEXt", keyword + text),
        "packed_profile_turned.png": chunk(b"zTXt", keyword + b"\0" + zlib.compress(text)),
    }.items():
        (folder / name).write_bytes(plain[:33] + profile + plain[33:])


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
    gray = Image.open(HERE / "encoded" / "rgb.png").convert("L").resize((10, 7), Image.Resampling.BILINEAR)
    (folder / "gray_10x7.rgb").write_bytes(gray.convert("RGB").tobytes())
    (folder / "cases.tsv").write_text("\n".join(lines) + "\n")
    (folder / "expected.bin").write_bytes(expected.getvalue())


if __name__ == "__main__":
    decode_fixtures()
    resize_fixtures()
