"""Makes the photos that are classified: JPEG files of 0.2 to 12 megapixels out of photos of any size.

usage: python make_photos.py SOURCE FOLDER COUNT DISTINCT

DISTINCT photos, chosen from SOURCE (at any depth) with a fixed seed, are brought to sizes spread evenly on a
logarithmic scale, given some grain (where a small photo is enlarged there would be no detail, and such a file is
decoded faster than a camera's), and written in quality 90; every eighth is to be turned by its EXIF orientation.
COUNT files are hard links to them, in turn. Prints what it made as JSON.
"""

import json
import os
import random
import sys
from pathlib import Path

import numpy as np
from PIL import Image

SMALLEST, LARGEST = 0.2e6, 12e6
GRAIN = 4  # standard deviation, in grey levels
ORIENTATION = 0x0112


def main():
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    count, distinct = int(sys.argv[3]), int(sys.argv[4])
    names = {".jpg", ".jpeg", ".png", ".webp"}
    photos = sorted(path for path in source.rglob("*") if path.suffix.lower() in names)
    if not photos:
        sys.exit(f"{source}: no photo found")
    draw = random.Random(42)
    grain = np.random.default_rng(42)
    chosen = draw.sample(photos, distinct) if len(photos) >= distinct else draw.choices(photos, k=distinct)
    numbers = list(range(distinct))
    draw.shuffle(numbers)  # so that large and small ones alternate

    folder.mkdir(parents=True)
    made = []
    for i, (number, photo) in enumerate(zip(numbers, chosen)):
        image = Image.open(photo).convert("RGB")
        share = number / max(1, distinct - 1)
        scale = (SMALLEST * (LARGEST / SMALLEST) ** share / (image.width * image.height)) ** 0.5
        size = (round(image.width * scale), round(image.height * scale))
        pixels = np.asarray(image.resize(size, Image.Resampling.BICUBIC), dtype=np.float32)
        pixels = pixels + grain.normal(0, GRAIN, pixels.shape[:2]).astype(np.float32)[..., None]
        image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        exif = Image.Exif()
        if i % 8 == 7:
            exif[ORIENTATION] = 6
        file = folder / f"{i:04}.jpg"
        image.save(file, quality=90, exif=exif)
        made.append((size[0] * size[1], file.stat().st_size))
    for i in range(distinct, count):
        os.link(folder / f"{i % distinct:04}.jpg", folder / f"{i:04}.jpg")

    of_all = [made[i % distinct] for i in range(count)]
    print(
        json.dumps(
            {
                "photos": count,
                "distinct": min(count, distinct),
                "mean_megapixels": sum(pixels for pixels, _ in of_all) / count / 1e6,
                "mean_megabytes": sum(size for _, size in of_all) / count / 1e6,
            }
        )
    )


main()
