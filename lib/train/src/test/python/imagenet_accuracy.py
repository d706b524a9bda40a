"""Top-1 and top-5 of efficientnet-lite0.onnx on labelled ImageNet photos (the figures of its card).

usage: imagenet_accuracy.py MODEL.onnx PHOTOS_FOLDER
PHOTOS_FOLDER holds photos and labels.tsv (file, class_index). Needs numpy, onnxruntime, pillow.
Each photo: shorter side to 256, bicubic, middle 224x224, RGB, (x - 127) / 128.
"""

import csv
import pathlib
import sys

import numpy as np
import onnxruntime
from PIL import Image

model, folder = sys.argv[1], pathlib.Path(sys.argv[2])
session = onnxruntime.InferenceSession(model)
top1 = top5 = n = 0
for row in csv.DictReader(open(folder / "labels.tsv", newline=""), delimiter="\t"):
    photo = Image.open(folder / row["file"]).convert("RGB")
    scale = 256 / min(photo.size)
    photo = photo.resize([round(side * scale) for side in photo.size], Image.BICUBIC)
    left, top = (photo.width - 224) // 2, (photo.height - 224) // 2
    pixels = np.asarray(photo.crop((left, top, left + 224, top + 224)), np.float32)
    image = (pixels.transpose(2, 0, 1)[None] - 127) / 128
    (logits,) = session.run(["logits"], {"input": image})
    best = np.argsort(-logits[0])[:5]
    truth = int(row["class_index"])
    top1 += truth == best[0]
    top5 += truth in best
    n += 1
print(f"n={n} top-1 {top1 / n:.4f} top-5 {top5 / n:.4f}")
