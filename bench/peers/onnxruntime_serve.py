"""Classifies photos with a Graft model file as one does it in Python: onnxruntime and Pillow.

usage: python onnxruntime_serve.py MODEL.onnx FOLDER_OR_PHOTO LABELS.csv plain|threads|draft

plain    reads 8 photos, runs the model on them, and so on: the script that one writes first
threads  as many threads as cores read the next photos while the model runs (Pillow decodes without the
         interpreter's lock): what one makes of it when it is too slow
draft    threads, and JPEGs shrunk while they are decoded (Image.draft), to no less than twice the model's size
"""

import csv
import json
import os
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

BATCH = 8


def main():
    model, source, output, how = sys.argv[1:]
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    classes = json.loads(metadata["graft.classes"])
    wanted = json.loads(metadata["graft.preprocessing"])
    size = (wanted["width"], wanted["height"])

    def pixels(path):
        with Image.open(path) as image:
            if how == "draft":
                image.draft("RGB", (2 * size[0], 2 * size[1]))
            upright = ImageOps.exif_transpose(image.convert("RGB"))
            return np.asarray(upright.resize(size, Image.Resampling.BILINEAR))

    source = Path(source)
    photos = sorted(source.iterdir()) if source.is_dir() else [source]
    with open(output, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "probability"])
        for start, batch in batches(photos, pixels, how):
            (probabilities,) = session.run(["probabilities"], {"image": np.stack(batch)})
            for photo, row in zip(photos[start:], probabilities):
                best = int(row.argmax())
                writer.writerow([photo, classes[best], float(row[best])])


def batches(photos, pixels, how):
    starts = range(0, len(photos), BATCH)
    if how == "plain":
        for start in starts:
            yield start, [pixels(photo) for photo in photos[start : start + BATCH]]
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ThreadPoolExecutor(cores) as pool:
        ahead = deque()
        rest = iter(photos)
        for start in starts:
            while len(ahead) < 3 * BATCH and (photo := next(rest, None)):
                ahead.append(pool.submit(pixels, photo))
            yield start, [ahead.popleft().result() for _ in range(min(BATCH, len(ahead)))]


main()
