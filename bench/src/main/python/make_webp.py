"""Makes bench/src/main/resources/dev/graft/bench/photo.webp, which Java cannot write.

usage: python make_webp.py PHOTO.webp

The picture is made as SamplePhotos makes its own. Made with Pillow 13.0.0 and numpy 2.4.6.
"""

import sys

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 1024, 768

random = np.random.default_rng(1)
picture = np.full((HEIGHT, WIDTH, 3), 128, dtype=np.float32)
for k in range(7):
    colours = random.integers(0, 256, (3 << k, 4 << k, 3), dtype=np.uint8)
    smooth = Image.fromarray(colours).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    picture += (np.asarray(smooth, dtype=np.float32) - 128) / (1 << k)
picture += random.normal(0, 4, (HEIGHT, WIDTH, 1)).astype(np.float32)
Image.fromarray(picture.clip(0, 255).round().astype(np.uint8)).save(sys.argv[1], quality=80, method=4)
