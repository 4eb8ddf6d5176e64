"""Golden values of the metrics: scikit-learn's, Keras' own AUC, and DeLong's covariance straight from its definition.

Run from the repository's root: python oracles/metrics.py (needs numpy, scikit-learn and keras; writes test/golden/metrics/).
"""

import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np
from sklearn import metrics as sk

OUT = Path(__file__).parent.parent / "test/golden/metrics"


def keras_auc(y, p):
    metric = keras.metrics.AUC()
    metric.update_state(y.astype("float32"), p.astype("float32"))
    return float(metric.result())


def delong_covariance(y, scores):
    """Covariance matrix of AUCs, O(n²), from the definition of the structural components."""
    v10, v01 = [], []
    for s in scores:
        pos, neg = s[y == 1], s[y == 0]
        kernel = (pos[:, None] > neg[None, :]) + 0.5 * (pos[:, None] == neg[None, :])
        v10.append(kernel.mean(1))
        v01.append(kernel.mean(0))
    return np.cov(v10) / (y == 1).sum() + np.cov(v01) / (y == 0).sum()


def calibration_error(y, p, bins=15):
    index = np.minimum((p * bins).astype(int), bins - 1)
    return sum(abs(p[index == b].mean() - y[index == b].mean()) * (index == b).mean() for b in set(index))


def at_threshold(y, p, threshold):
    d = (p >= threshold).astype(int)
    return {
        "threshold": threshold,
        "confusionMatrix": sk.confusion_matrix(y, d, labels=[0, 1]).tolist(),
        "accuracy": sk.accuracy_score(y, d),
        "balancedAccuracy": sk.balanced_accuracy_score(y, d),
        "sensitivity": sk.recall_score(y, d),
        "specificity": sk.recall_score(y, d, pos_label=0),
        "ppv": sk.precision_score(y, d),
        "npv": sk.precision_score(y, d, pos_label=0),
        "f1": sk.f1_score(y, d),
    }


def binary_case(seed, n, digits, separation):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.35).astype(int)
    y[:2] = [0, 1]
    signal = rng.normal(size=n)
    p, q = (np.round(1 / (1 + np.exp(-(separation * (y - 0.5) + signal * 0.7 + rng.normal(size=n)))), digits) for _ in "ab")
    fpr, tpr, _ = sk.roc_curve(y, p, drop_intermediate=False)
    precision, recall, _ = sk.precision_recall_curve(y, p)
    clipped = np.clip(p, 1e-7, 1 - 1e-7)
    return {
        "targets": y.tolist(),
        "probabilities": p.tolist(),
        "other": q.tolist(),
        "auc": sk.roc_auc_score(y, p),
        "otherAuc": sk.roc_auc_score(y, q),
        "covariance": delong_covariance(y, [p, q]).tolist(),
        "kerasAuc": keras_auc(y, p),
        "averagePrecision": sk.average_precision_score(y, p),
        "roc": [fpr.tolist(), tpr.tolist()],
        "precisionRecall": [recall[::-1].tolist(), precision[::-1].tolist()],
        "logLoss": sk.log_loss(y, clipped),
        "brier": sk.brier_score_loss(y, p),
        "calibrationError": calibration_error(y, p),
        "points": [at_threshold(y, p, t) for t in (0.25, 0.5, 0.7)],
    }


def multi_class_case(seed, n, k):
    rng = np.random.default_rng(seed)
    y = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
    z = np.exp(rng.normal(size=(n, k)) + 1.5 * np.eye(k)[y])
    # Multiples of 1/64, so that single and double precision agree on ties.
    p = np.floor(z / z.sum(1, keepdims=True) * 64)
    p[np.arange(n), p.argmax(1)] += 64 - p.sum(1)
    p /= 64
    one_hot, best = np.eye(k)[y], p.argmax(1)
    right = (best == y).astype(float)
    return {
        "classes": k,
        "truth": y.tolist(),
        "probabilities": p.tolist(),
        "auc": sk.roc_auc_score(y, p, multi_class="ovr", average="macro"),
        "perClassAuc": [sk.roc_auc_score(one_hot[:, c], p[:, c]) for c in range(k)],
        "perClassAveragePrecision": [sk.average_precision_score(one_hot[:, c], p[:, c]) for c in range(k)],
        "accuracy": sk.accuracy_score(y, best),
        "balancedAccuracy": sk.balanced_accuracy_score(y, best),
        "confusionMatrix": sk.confusion_matrix(y, best).tolist(),
        "logLoss": float(-np.log(np.clip(p[np.arange(n), y], 1e-7, 1 - 1e-7)).mean()),
        "brier": sk.brier_score_loss(y, p, scale_by_half=False),
        "calibrationError": calibration_error(right, p.max(1)),
    }


def multi_label_case(seed, n, k):
    rng = np.random.default_rng(seed)
    y = (rng.random((n, k)) < [0.2, 0.5, 0.7][:k]).astype(int)
    p = np.round(1 / (1 + np.exp(-(2 * (y - 0.5) + rng.normal(size=(n, k))))), 2)
    return {
        "targets": y.tolist(),
        "probabilities": p.tolist(),
        "auc": sk.roc_auc_score(y, p, average="macro"),
        "averagePrecision": sk.average_precision_score(y, p, average="macro"),
        "accuracy": float(((p >= 0.5) == y).mean()),
        "f1": sk.f1_score(y, (p >= 0.5).astype(int), average=None).tolist(),
        "logLoss": float(np.mean([sk.log_loss(y[:, c], np.clip(p[:, c], 1e-7, 1 - 1e-7)) for c in range(k)])),
        "brier": float(np.mean([sk.brier_score_loss(y[:, c], p[:, c]) for c in range(k)])),
    }


def save(name, value):
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps(value, separators=(",", ":")) + "\n")


save("binary", [binary_case(1, 60, 4, 1.5), binary_case(2, 120, 1, 1.0), binary_case(3, 90, 2, 2.5)])
save("multi-class", [multi_class_case(4, 60, 3), multi_class_case(5, 80, 5)])
save("multi-label", [multi_label_case(6, 70, 3)])
