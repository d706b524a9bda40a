"""Prints the goldens of UpdaterTest: weights after ten steps of torch.optim, in float64.

    pip install torch
    python torch_optimizers.py > ../resources/dev/graft/optimize/torch-optimizers.tsv
"""

import math

import torch

WEIGHTS, STEPS, RATE, DECAY = 5, 10, 0.01, 0.1
OPTIMIZERS = {
    "adam": lambda w: torch.optim.Adam(w, RATE, weight_decay=DECAY),
    "adamw": lambda w: torch.optim.AdamW(w, RATE, weight_decay=DECAY),
    "sgd": lambda w: torch.optim.SGD(w, RATE, momentum=0.9, nesterov=True, weight_decay=DECAY),
    "rmsprop": lambda w: torch.optim.RMSprop(w, RATE, alpha=0.9, weight_decay=DECAY),
}

for name, make in OPTIMIZERS.items():
    weight = torch.tensor([math.cos(i) for i in range(WEIGHTS)], dtype=torch.float64)
    optimizer = make([weight])
    for step in range(STEPS):
        weight.grad = torch.tensor([math.sin(7 * step + 3 * i) for i in range(WEIGHTS)], dtype=torch.float64)
        optimizer.step()
    print(name, *(f"{value:.9f}" for value in weight.tolist()), sep="\t")
