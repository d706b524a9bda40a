"""Makes small photos of the kinds that break image readers, and says of each what a careful reader does.

Run from the project's root, with Pillow 13 or later and numpy:

    python lib/serve/src/test/python/make_hard_photos.py

hard/expected.tsv   path, format, width and height as stored, EXIF orientation or -, mode, decode or reject, note
hard/KIND/NAME      what the rows name; folders: exif jpeg png gif bmp tiff webp heif misnamed broken bomb
"""

import io
import pathlib
import shutil
import struct
import zlib

import numpy as np
from PIL import Image
from PIL.Image import Transpose

from make_photo_fixtures import HERE, chunk, interlaced, png, png16, tiff

FOLDER = HERE / "hard"
ROWS = []
WIDTH, HEIGHT = 48, 32


def add(path, data, size, mode, expect="decode", orientation="-", note="", form=None):
    file = FOLDER / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    form = form or {"jpg": "JPEG", "tif": "TIFF"}.get(file.suffix[1:], file.suffix[1:].upper())
    ROWS.append("\t".join(map(str, [path, form, *size, orientation, mode, expect, note])))


def saved(image, form, **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def ramps(width=WIDTH, height=HEIGHT):
    """No two of its corners are alike, so that a wrong turn shows."""
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([255 * x / (width - 1), 255 * y / (height - 1), 128 + 100 * np.sin((x + 2 * y) / 9)], axis=-1)
    return Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8))


RGB = ramps()
SIZE = RGB.size
RGBA = RGB.copy()
RGBA.putalpha(Image.fromarray(np.linspace(0, 255, WIDTH * HEIGHT).astype(np.uint8).reshape(HEIGHT, WIDTH)))
JPEG = saved(RGB, "JPEG", quality=90, subsampling=0)
PNG = saved(RGB, "PNG")

# exif: each orientation, stored so that it shows the same picture

TURNS = {  # what makes of the upright picture the one that is stored
    2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_90, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_270,
}  # fmt: skip


def exif(orientation, big=False):
    end = ">" if big else "<"
    head = (b"MM\0*" if big else b"II*\0") + struct.pack(end + "I", 8)
    return head + struct.pack(end + "HHHIHHI", 1, 274, 3, 1, orientation, 0, 0)


def segment(number, body):
    return bytes([0xFF, number]) + struct.pack(">H", len(body) + 2) + body


def tagged(jpeg, orientation, big=False):
    return jpeg[:2] + segment(0xE1, b"Exif\0\0" + exif(orientation, big)) + jpeg[2:]


def orientations():
    for shape, upright in {"landscape": RGB, "portrait": ramps(HEIGHT, WIDTH)}.items():
        for orientation in range(9):
            stored = upright.transpose(TURNS[orientation]) if orientation in TURNS else upright
            jpeg = tagged(saved(stored, "JPEG", quality=95, subsampling=0), orientation)
            note = "0 is invalid, treat as 1" if orientation == 0 else f"shown upright it equals {shape}_1.jpg"
            add(f"exif/{shape}_{orientation}.jpg", jpeg, stored.size, "RGB", orientation=orientation, note=note)
    for orientation in (1, 6, 8):
        note = "the same stored pixels in all tag_only files"
        add(f"exif/tag_only_{orientation}.jpg", tagged(JPEG, orientation), SIZE, "RGB", orientation=orientation, note=note)
    add("exif/tag_invalid_99.jpg", tagged(JPEG, 99), SIZE, "RGB", orientation=99, note="ignore it")
    again = saved(RGB, "JPEG", quality=80, subsampling=0)
    add("exif/tag_big_endian_6.jpg", tagged(again, 6, big=True), SIZE, "RGB", orientation=6)
    add("exif/png_exif_chunk_6.png", PNG[:33] + chunk(b"eXIf", exif(6)) + PNG[33:], SIZE, "RGB", orientation=6)
    add("exif/webp_exif_6.webp", saved(RGB, "WEBP", exif=exif(6)), SIZE, "RGB", orientation=6)
    add("exif/tiff_orientation_6.tif", saved(RGB, "TIFF", tiffinfo={274: 6}), SIZE, "RGB", orientation=6)


# jpeg


def mosaic(blocks_across, blocks_down, sampling, precision=8):
    """A JPEG of one colour a block, written by hand: ways of storing that Pillow does not write."""
    bits = ""
    last = [0, 0, 0]
    values = [[40, -300, 200, 90], [-60, 70, 10, 5], [80, -20, 30, -90]]
    for mcu in range(blocks_across * blocks_down):
        for c, (h, v) in enumerate(sampling):
            for block in range(h * v):
                value = values[c][(mcu + block) % 4]
                step, last[c] = value - last[c], value
                length = abs(step).bit_length()
                bits += f"{length:04b}"
                if length:
                    bits += f"{step if step > 0 else step + (1 << length) - 1:0{length}b}"
                bits += "0"  # no other coefficient
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    n = len(sampling)
    width = blocks_across * 8 * max(h for h, v in sampling)
    height = blocks_down * 8 * max(v for h, v in sampling)
    frame = struct.pack(">BHHB", precision, height, width, n)
    frame += b"".join(bytes([c + 1, h << 4 | v, 0]) for c, (h, v) in enumerate(sampling))
    dc = bytes([0x00, 0, 0, 0, 12]) + bytes(12) + bytes(range(12))
    ac = bytes([0x10, 1]) + bytes(15) + b"\0"
    scan = bytes([n]) + b"".join(bytes([c + 1, 0]) for c in range(n)) + b"\0\x3f\0"
    parts = [segment(0xDB, b"\0" + b"\x01" * 64), segment(0xC0 if precision == 8 else 0xC1, frame)]
    parts += [segment(0xC4, dc), segment(0xC4, ac), segment(0xDA, scan)]
    return b"\xff\xd8" + b"".join(parts) + data + b"\xff\xd9", (width, height)


def wide_tables(jpeg):
    """The quantization tables with 16 bits a number."""
    out, at = jpeg[:2], 2
    while jpeg[at + 1] != 0xDA:
        length = struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
        body = jpeg[at + 4 : at + 2 + length]
        if jpeg[at + 1] == 0xDB:
            tables = [body[i : i + 65] for i in range(0, len(body), 65)]
            body = b"".join(bytes([0x10 | t[0]]) + b"".join(b"\0" + t[i : i + 1] for i in range(1, 65)) for t in tables)
        out += segment(jpeg[at + 1], body)
        at += 2 + length
    return out + jpeg[at:]


def jpegs():
    cmyk = saved(RGB.convert("CMYK"), "JPEG", quality=90)
    adobe = cmyk.index(b"Adobe")
    add("jpeg/cmyk_adobe0.jpg", cmyk, SIZE, "CMYK", note="stored inverted")
    add("jpeg/ycck_adobe2.jpg", cmyk[: adobe + 11] + b"\2" + cmyk[adobe + 12 :], SIZE, "YCCK")
    gray = saved(RGB.convert("L"), "JPEG", quality=90)
    add("jpeg/gray.jpg", gray, SIZE, "L")
    add("jpeg/progressive.jpg", saved(RGB, "JPEG", progressive=True), SIZE, "RGB")
    add("jpeg/rgb_not_ycbcr_adobe0.jpg", saved(RGB, "JPEG", keep_rgb=True), SIZE, "RGB")
    add("jpeg/subsampling_444.jpg", JPEG, SIZE, "RGB")
    quarter, size = mosaic(2, 3, [(4, 1), (1, 1), (1, 1)])
    add("jpeg/subsampling_411.jpg", quarter, size, "RGB")
    add("jpeg/restart_markers.jpg", saved(RGB, "JPEG", restart_marker_blocks=2), SIZE, "RGB")
    add("jpeg/one_pixel.jpg", saved(Image.new("RGB", (1, 1), "red"), "JPEG"), (1, 1), "RGB")
    add("jpeg/qtables_16bit.jpg", wide_tables(JPEG), SIZE, "RGB")
    twelve, size = mosaic(2, 2, [(1, 1)], precision=12)
    add("jpeg/twelve_bit.jpg", twelve, size, "L;12", "reject", note="valid, unsupported")
    tables = JPEG.index(b"\xff\xdb")
    add("jpeg/junk_before_marker.jpg", JPEG[:tables] + b"\1\2\3" + JPEG[tables:], SIZE, "RGB")
    frame = gray.index(b"\xff\xc0")
    behind = frame + 2 + struct.unpack(">H", gray[frame + 2 : frame + 4])[0]
    icc = gray[:behind] + segment(0xE2, b"ICC_PROFILE\0\3\2bad") + gray[behind:]
    add("jpeg/icc_after_sof.jpg", icc, SIZE, "L", note="a bad profile; the pixels are fine")
    add("jpeg/truncated_app14.jpg", JPEG[:2] + segment(0xEE, b"Adobe\0d") + JPEG[2:], SIZE, "RGB")
    add("jpeg/trailing_garbage.jpg", JPEG + bytes(range(200)), SIZE, "RGB")


# png


def pngs():
    rgb, rgba = np.asarray(RGB), np.asarray(RGBA)
    wide = lambda samples: samples.astype(np.uint16) * 256 + 77  # noqa: E731
    gray = np.asarray(RGB.convert("L"))[:, :, None]
    add("png/gray_16bit.png", png16(wide(gray), color=0), SIZE, "L;16")
    add("png/rgb_16bit.png", png16(wide(rgb), color=2), SIZE, "RGB;16")
    add("png/rgba_16bit.png", png16(wide(rgba), color=6), SIZE, "RGBA;16")
    add("png/palette_4bit.png", saved(RGB.quantize(13), "PNG"), SIZE, "P;4")
    add("png/palette_8bit.png", saved(RGB.quantize(200), "PNG"), SIZE, "P")
    add("png/gray_1bit.png", saved(RGB.convert("1"), "PNG"), SIZE, "1")
    add("png/gray_alpha.png", saved(RGBA.convert("LA"), "PNG"), SIZE, "LA")
    add("png/rgba.png", saved(RGBA, "PNG"), SIZE, "RGBA", note="alpha ramps from 0 to 255 down the picture")
    add("png/interlaced_rgb.png", interlaced(rgb), SIZE, "RGB")
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    big = wide(rgba).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for x, y, dx, dy in passes for row in big[y::dy, x::dx])
    add("png/interlaced_rgba_16bit.png", png(*SIZE, 16, 6, 1, rows), SIZE, "RGBA;16")
    add("png/palette_trns.png", saved(RGB.quantize(60), "PNG", transparency=3), SIZE, "P")
    add("png/rgb_trns.png", PNG[:33] + chunk(b"tRNS", bytes([0, 0, 0, 0, 0, 128])) + PNG[33:], SIZE, "RGB")
    one = png(1, 1, 1, 3, 1, b"\0\0")
    add("png/interlaced_1x1.png", one[:33] + chunk(b"PLTE", b"\xff\0\0") + one[33:], (1, 1), "P;1")
    frames = dict(save_all=True, append_images=[RGBA.transpose(Transpose.ROTATE_180)])
    add("png/animated.png", saved(RGBA, "PNG", **frames), SIZE, "RGBA", note="2 frames, use the first")
    strip = png(20_000, 1, 8, 2, 0, b"\0" + bytes(range(250)) * 240)
    add("png/strip_20000x1.png", strip, (20_000, 1), "RGB", note="extreme shape")
    large = png(8_000, 6_000, 1, 0, 0, bytes(1_001 * 6_000))
    add("png/big_but_fine_48mp.png", large, (8_000, 6_000), "1", note="must not need gigabytes")
    add("png/idat_after_image_end.png", PNG + chunk(b"IDAT", b"late"), SIZE, "RGB")


# gif, bmp


def gifs():
    few = RGB.quantize(60)
    turned = few.transpose(Transpose.ROTATE_180)
    frames = dict(save_all=True, append_images=[turned, few])
    gif = saved(few, "GIF", interlace=0)
    add("gif/photo.gif", gif, SIZE, "P")
    add("gif/animated.gif", saved(few, "GIF", **frames), SIZE, "P", note="3 frames, use the first")
    add("gif/animated_dispose.gif", saved(few, "GIF", disposal=2, **frames), SIZE, "P", note="3 frames, use the first")
    add("gif/interlaced.gif", saved(few, "GIF", interlace=1), SIZE, "P")
    add("gif/transparent.gif", saved(few, "GIF", transparency=3), SIZE, "P")
    screen = gif[:6] + struct.pack("<HH", 100, 80) + gif[10:]
    note = f"screen 100x80, frame {WIDTH}x{HEIGHT}; width and height given are the screen's"
    add("gif/first_frame_smaller_than_canvas.gif", screen, (100, 80), "P", note=note)


def bmp(bits, compression, data, palette=b"", masks=b"", height=HEIGHT):
    at = 54 + len(masks) + len(palette)
    info = struct.pack("<IiiHHIIiiII", 40, WIDTH, height, 1, bits, compression, len(data), 2835, 2835, len(palette) // 4, 0)
    return b"BM" + struct.pack("<IHHI", at + len(data), 0, 0, at) + info + masks + palette + data


def bmps():
    few = np.asarray(RGB.quantize(16))
    colors = RGB.quantize(16).getpalette()[:48]
    palette = b"".join(bytes([*reversed(colors[i : i + 3]), 0]) for i in range(0, 48, 3))
    upwards = few[::-1]
    rle8 = b"".join(b"".join(bytes([1, p]) for p in row) + b"\0\0" for row in upwards) + b"\0\1"
    rle4 = b"".join(b"".join(bytes([2, a << 4 | b]) for a, b in row.reshape(-1, 2)) + b"\0\0" for row in upwards) + b"\0\1"
    add("bmp/pal4rle.bmp", bmp(4, 2, rle4, palette), SIZE, "P")
    add("bmp/pal8rle.bmp", bmp(8, 1, rle8, palette), SIZE, "P")
    add("bmp/pal8.bmp", bmp(8, 0, upwards.tobytes(), palette), SIZE, "P")
    add("bmp/pal8topdown.bmp", bmp(8, 0, few.tobytes(), palette, height=-HEIGHT), SIZE, "P")
    rgb = np.asarray(RGB)[::-1].astype(np.uint16)
    packed = (rgb[:, :, 0] >> 3 << 11 | rgb[:, :, 1] >> 2 << 5 | rgb[:, :, 2] >> 3).astype("<u2")
    masks = struct.pack("<III", 0xF800, 0x07E0, 0x001F)
    add("bmp/rgb16-565.bmp", bmp(16, 3, packed.tobytes(), masks=masks), SIZE, "RGB")
    add("bmp/rgb24.bmp", saved(RGB, "BMP"), SIZE, "RGB")
    return bmp(13, 0, upwards.tobytes(), palette)


# tiff, webp


def strip_of(image, compression):
    """The one strip of a picture, as Pillow compresses it."""
    data = saved(image, "TIFF", compression=compression)
    with Image.open(io.BytesIO(data)) as page:
        at, length = page.tag_v2[273], page.tag_v2[279]
    assert len(at) == 1
    return data[at[0] : at[0] + length[0]]


def tiled(tags, tiles, size=16):
    """As make_photo_fixtures.tiff, but of tiles: it writes them as strips, whose tags have other numbers."""
    data = tiff({**tags, 322: [size], 323: [size]}, tiles)
    count = struct.unpack("<H", data[8:10])[0]
    entries = [data[10 + 12 * i : 22 + 12 * i] for i in range(count)]
    renamed = {273: 324, 279: 325}
    entries = [struct.pack("<H", renamed.get(n := struct.unpack("<H", e[:2])[0], n)) + e[2:] for e in entries]
    entries.sort(key=lambda e: struct.unpack("<H", e[:2])[0])
    return data[:10] + b"".join(entries) + data[10 + 12 * count :]


def tiles_of(image, size=16):
    return [image.crop((x, y, x + size, y + size)) for y in range(0, HEIGHT, size) for x in range(0, WIDTH, size)]


def tiffs():
    page = {256: [WIDTH], 257: [HEIGHT], 258: [8] * 3, 262: [2], 277: [3]}
    add("tiff/lzw.tif", saved(RGB, "TIFF", compression="tiff_lzw"), SIZE, "RGB")
    add("tiff/deflate.tif", saved(RGB, "TIFF", compression="tiff_adobe_deflate"), SIZE, "RGB")
    add("tiff/cmyk_lzw.tif", saved(RGB.convert("CMYK"), "TIFF", compression="tiff_lzw"), SIZE, "CMYK")
    gray = np.asarray(RGB.convert("L")).astype("<u2") * 257
    add("tiff/gray_16bit.tif", tiff({**page, 258: [16], 259: [1], 262: [1], 277: [1], 278: [HEIGHT]}, [gray.tobytes()]), SIZE, "L;16")
    wide = [(np.asarray(t).astype("<u2") * 257).tobytes() for t in tiles_of(RGB)]
    add("tiff/rgb_16bit_tiled.tif", tiled({**page, 258: [16] * 3, 259: [1]}, wide), SIZE, "RGB;16")
    lzw = [strip_of(t, "tiff_lzw") for t in tiles_of(RGB)]
    add("tiff/tiled_lzw.tif", tiled({**page, 259: [5]}, lzw), SIZE, "RGB")
    ycc = [saved(t, "JPEG", quality=95, subsampling=2) for t in tiles_of(RGB)]
    add("tiff/tiled_ycbcr_jpeg.tif", tiled({**page, 259: [7], 262: [6], 530: [2, 2]}, ycc), SIZE, "RGB")
    add("tiff/packbits.tif", saved(RGB, "TIFF", compression="packbits"), SIZE, "RGB")
    add("tiff/group4_1bit.tif", saved(RGB.convert("1"), "TIFF", compression="group4"), SIZE, "1")
    predictor = saved(RGBA, "TIFF", compression="tiff_lzw", tiffinfo={317: 2})
    add("tiff/rgba_lzw_predictor.tif", predictor, SIZE, "RGBA")
    pages = [RGB.quantize(n) for n in (60, 30, 10)]
    several = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    add("tiff/multipage_palette.tif", several, SIZE, "P", note="3 pages, use the first")


def webps():
    add("webp/lossy.webp", saved(RGB, "WEBP", quality=80), SIZE, "RGB")
    add("webp/lossless.webp", saved(RGB, "WEBP", lossless=True), SIZE, "RGB")
    add("webp/lossy_alpha.webp", saved(RGBA, "WEBP", quality=60), SIZE, "RGBA")
    add("webp/lossless_alpha.webp", saved(RGBA, "WEBP", lossless=True, exact=True), SIZE, "RGBA")
    frames = dict(save_all=True, append_images=[RGBA.transpose(Transpose.ROTATE_180)])
    add("webp/animated.webp", saved(RGBA, "WEBP", **frames), SIZE, "RGBA", note="2 frames, use the first")
    add("webp/icc_and_xmp.webp", saved(RGB, "WEBP", icc_profile=b"no profile", xmp=b"<x/>"), SIZE, "RGB")


# what is to be refused, and names that lie


def refused(bad_bits):
    box = lambda kind, body: struct.pack(">I", len(body) + 8) + kind + body  # noqa: E731
    heic = box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"mdat", bytes(64))
    avif = saved(RGB, "AVIF", quality=30)
    for path, data, form in (("photo.heic", heic, "HEIC"), ("photo.avif", avif, "AVIF"), ("heic_named.jpg", heic, "HEIC")):
        add(f"heif/{path}", data, ("-", "-"), "-", "reject", note="unsupported format", form=form)
    gif = saved(RGB.quantize(60), "GIF")
    webp = saved(RGB, "WEBP", lossless=True)
    for path, data, form, mode in (
        ("png_named.jpg", PNG, "PNG", "RGB"), ("jpeg_named.png", JPEG, "JPEG", "RGB"), ("gif_named.jpeg", gif, "GIF", "P"),
        ("webp_named.jpg", webp, "WEBP", "RGB"), ("jpeg_no_extension", JPEG, "JPEG", "RGB"),
    ):  # fmt: skip
        add(f"misnamed/{path}", data, SIZE, mode, form=form)

    def broken(path, data, size=SIZE, mode="-", form=None, note=""):
        add(f"broken/{path}", data, size, mode, "reject", form=form, note=note)

    for percent in (10, 50, 90, 99):
        broken(f"truncated_{percent}pct.jpg", JPEG[: len(JPEG) * percent // 100], note="ImageIO gives grey rows")
    broken("truncated_in_header.jpg", JPEG[:200])
    progressive = saved(RGB, "JPEG", progressive=True)
    broken("truncated_progressive.jpg", progressive[: progressive.rindex(b"\xff\xda")] + b"\xff\xd9", note="scans are missing")
    broken("truncated_50pct.png", PNG[: len(PNG) // 2])
    data = bytearray(PNG)
    data[len(PNG) // 2] ^= 0x55
    broken("corrupt_idat.png", bytes(data), note="CRC and Adler-32 fail")
    broken("bad_color_type.png", png(*SIZE, 8, 1, 0, bytes(49 * HEIGHT)))
    broken("no_image_data.png", PNG[:33] + chunk(b"IEND", b""))
    broken("bad_signature.png", b"\x88" + PNG[1:], ("-", "-"), form="-")
    broken("bad_header_crc.png", PNG[:29] + bytes(4) + PNG[33:], note="ImageIO does not check the CRC")
    broken("zero_width.png", png(0, 16, 8, 2, 0, bytes(16)), (0, 16))
    broken("truncated.gif", gif[: len(gif) * 2 // 3])
    whole = saved(RGB, "BMP")
    broken("truncated.bmp", whole[: len(whole) // 2])
    broken("bad_bit_count.bmp", bad_bits)
    broken("truncated.webp", webp[: len(webp) // 2])
    lzw = saved(RGB, "TIFF", compression="tiff_lzw")
    broken("truncated.tif", lzw[: len(lzw) // 2])
    nothing = ("-", "-")
    broken("zero_bytes.jpg", b"", nothing, form="-")
    broken("text_inside.jpg", b"This is not a photo.\n" * 9, nothing, form="-")
    broken("html_404.jpg", b"<!DOCTYPE html><html><title>404</title></html>\n", nothing, form="-")
    broken("random_bytes.png", np.random.default_rng(1).bytes(500), nothing, form="-")

    def bomb(path, data, size):
        add(f"bomb/{path}", data, size, "RGB", "reject", note="the header lies or goes too far")

    for path, width, height, depth, color in (
        ("gray8_400mp.png", 20_000, 20_000, 8, 0), ("bilevel_3600mp.png", 60_000, 60_000, 1, 0),
        ("lying_header_2g_x_2g.png", 2**31 - 1, 2**31 - 1, 8, 2),
    ):  # fmt: skip
        bomb(path, png(width, height, depth, color, 0, bytes(9)), (width, height))
    frame = JPEG.index(b"\xff\xc0")
    lying = JPEG[: frame + 5] + struct.pack(">HH", 65_500, 65_500) + JPEG[frame + 9 :]
    bomb("lying_header_65500.jpg", lying, (65_500, 65_500))
    bomb("reallybig.bmp", whole[:18] + struct.pack("<ii", 3_000_000, 2_000_000) + whole[26:], (3_000_000, 2_000_000))
    at = gif.index(b"\x2c", 13 + 3 * 2 ** ((gif[10] & 7) + 1))
    lying = gif[: at + 5] + struct.pack("<HH", 65_535, 13_210) + gif[at + 9 :]
    bomb("lying_frame.gif", lying, SIZE)


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    orientations()
    jpegs()
    pngs()
    gifs()
    bad_bits = bmps()
    tiffs()
    webps()
    refused(bad_bits)
    head = "path\tformat\twidth\theight\texif_orientation\tmode\texpect\tnote\n"
    (FOLDER / "expected.tsv").write_text(head + "\n".join(ROWS) + "\n")
    for row in ROWS:  # Pillow is the judge of what is to be decoded
        path, form, width, height, _, _, expect, _ = row.split("\t")
        if expect == "decode":
            with Image.open(FOLDER / path) as image:
                image.load()
                assert image.format == form and image.size == (int(width), int(height)) or "exif" in path, row
