"""Golden values of the multi-label measures, by scikit-learn.

usage: golden_multi_label.py OUTPUT.json      (scikit-learn 1.9, numpy 2.4)

40 photos, 6 labels: two that a model is good at, one at chance, one that all photos have, one that
none has, one that is never given. Probabilities are multiples of 1/32, so that many are equal and
all are exact as floats. The best thresholds are found by trying every one with f1_score.
"""

import json
import sys
from fractions import Fraction

import numpy as np
from sklearn import metrics

N = 40
rng = np.random.default_rng(7)
truth = (rng.random((N, 6)) < [0.5, 0.2, 0.4, 2, -1, 0.3]).astype(int)
noise = rng.random((N, 6))
skill = np.array([0.35, 0.3, 0, 0.3, 0, 0.25])
scores = truth * skill + noise * (1 - skill)
scores[:, 5] *= 0.4
probabilities = np.round(scores * 30 + 1) / 32
thresholds = [0.5, 0.625, 0.5, 0.375, 0.5, 0.75]
given = (probabilities >= thresholds).astype(int)


def average_precision(t, p):
    return metrics.average_precision_score(t, p) if t.any() else None


def mean_average_precision(t, p):
    values = [average_precision(t[:, c], p[:, c]) for c in range(t.shape[1])]
    return float(np.mean([v for v in values if v is not None]))


def best_threshold(t, p):
    if t.all() or not t.any():
        return 0.5
    values = sorted({0.0, *p})
    candidates = [(a + b) / 2 for a, b in zip(values, values[1:])]

    def rank(candidate):
        hits = int((t & (p >= candidate)).sum())
        f1 = Fraction(2 * hits, int((p >= candidate).sum() + t.sum()))
        assert abs(float(f1) - metrics.f1_score(t, p >= candidate, zero_division=0)) < 1e-12
        return f1, -abs(candidate - 0.5), candidate

    return max(candidates, key=rank)


draws = [rng.integers(0, N, N) for _ in range(4000)]
bootstrap = [mean_average_precision(truth[d], probabilities[d]) for d in draws]

logits = np.array([-200, -30, -5, -1, -0.25, 0, 0.5, 2, 16, 200], dtype=np.float64)
targets = [0, 1, 0, 0, 1, 1, 0, 1, 1, 0]
# ln(1 + exp(x)) - x z; metrics.log_loss agrees where the sigmoid does not saturate.
losses = np.logaddexp(0, logits) - logits * targets
middle = slice(2, 8)
assert np.isclose(
    losses[middle].mean(), metrics.log_loss(targets[middle], 1 / (1 + np.exp(-logits[middle])))
)

golden = {
    "truth": truth.tolist(),
    "probabilities": probabilities.tolist(),
    "thresholds": thresholds,
    "average_precision": [
        average_precision(truth[:, c], probabilities[:, c]) for c in range(truth.shape[1])
    ],
    "mean_average_precision": mean_average_precision(truth, probabilities),
    "bootstrap": np.percentile(bootstrap, [2.5, 97.5]).tolist(),
    "precision": metrics.precision_score(truth, given, average=None, zero_division=0).tolist(),
    "recall": metrics.recall_score(truth, given, average=None, zero_division=0).tolist(),
    "f1": metrics.f1_score(truth, given, average=None, zero_division=0).tolist(),
    "micro_f1": metrics.f1_score(truth, given, average="micro"),
    "macro_f1": metrics.f1_score(truth, given, average="macro", zero_division=0),
    "exact_match": metrics.accuracy_score(truth, given),
    "log_loss": metrics.log_loss(truth.ravel(), probabilities.ravel()),
    "best_thresholds": [
        best_threshold(truth[:, c], probabilities[:, c]) for c in range(truth.shape[1])
    ],
    "logits": logits.tolist(),
    "targets": targets,
    "logits_loss": losses.mean(),
}
with open(sys.argv[1], "w", encoding="utf-8") as out:
    out.write("{\n")
    out.write(",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in golden.items()))
    out.write("\n}\n")
