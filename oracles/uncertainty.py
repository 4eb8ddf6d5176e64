"""SciPy's and scikit-learn's intervals, temperatures and exact tests: what src/metrics must equal.

    python oracles/uncertainty.py      → test/golden/metrics/uncertainty.json

Needs numpy, scipy and scikit-learn. The bootstraps draw other samples than ours, so they agree up to the noise of so
many resamples.
"""

import json
from pathlib import Path

import numpy as np
from scipy import optimize, special, stats
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

OUT = Path(__file__).parent.parent / "test/golden/metrics/uncertainty.json"
RESAMPLES = 4000
random = np.random.default_rng(3)


def expected_calibration_error(y, p, bins=15):
    which = np.minimum((p * bins).astype(int), bins - 1)
    return sum(abs((p[which == b] - y[which == b]).sum()) for b in range(bins)) / len(y)


def fast_auc(y, p):
    ranks = stats.rankdata(p)
    positives = y.sum()
    return (ranks[y == 1].sum() - positives * (positives + 1) / 2) / (positives * (len(y) - positives))


def fast_average_precision(y, p):
    order = np.argsort(-p, kind="stable")
    y, p = y[order], p[order]
    last = np.append(np.flatnonzero(np.diff(p)), len(p) - 1)
    found = np.cumsum(y)[last]
    return (np.diff(found, prepend=0) * found / (last + 1)).sum() / y.sum()


METRICS = {
    "auc": fast_auc,
    "averagePrecision": fast_average_precision,
    "brier": lambda y, p: ((p - y) ** 2).mean(),
    "calibrationError": expected_calibration_error,
    "sensitivity": lambda y, p: (p[y == 1] >= 0.5).mean(),
    "ppv": lambda y, p: y[p >= 0.5].mean(),
}


def bootstraps():
    """Patients of several images that resemble each other."""
    patients = 60
    group, targets, scores = [], [], []
    for patient in range(patients):
        ill = random.random() < 0.45
        lean = random.normal(0, 0.9)
        for _ in range(random.integers(1, 6)):
            group.append(patient)
            targets.append(int(ill))
            scores.append(float(special.expit(1.4 * (ill - 0.5) + lean + random.normal(0, 0.6))))
    group, y, p = np.array(group), np.array(targets), np.float32(scores).astype(float)
    # The plain formulas are scikit-learn's, which takes its time.
    assert np.isclose(fast_auc(y, p), roc_auc_score(y, p))
    assert np.isclose(fast_average_precision(y, p), average_precision_score(y, p))
    assert np.isclose(METRICS["brier"](y, p), brier_score_loss(y, p))
    members = [np.flatnonzero(group == g) for g in range(patients)]
    result = {"groups": group.tolist(), "targets": y.tolist(), "probabilities": p.tolist(), "grouped": {}, "alone": {}}
    for name, metric in METRICS.items():
        def of_patients(drawn):
            rows = np.concatenate([members[int(g)] for g in drawn])
            return metric(y[rows], p[rows])

        def of_samples(drawn):
            rows = drawn.astype(int)
            return metric(y[rows], p[rows])

        for key, units, statistic in [("grouped", patients, of_patients), ("alone", len(y), of_samples)]:
            interval = stats.bootstrap(
                (np.arange(units),), statistic, vectorized=False, n_resamples=RESAMPLES, method="BCa", random_state=1
            ).confidence_interval
            result[key][name] = [float(interval.low), float(interval.high)]
    return result


def temperatures():
    cases = []
    n = 200
    z = random.normal(0, 3, n)
    y = (random.random(n) < special.expit(z / 2.2)).astype(int)
    p = np.float32(special.expit(z)).astype(float)
    logits = special.logit(np.clip(p, 1e-7, 1 - 1e-7))

    def binary_loss(log_t):
        scaled = logits / np.exp(log_t)
        return np.sum(np.logaddexp(0, scaled) - y * scaled)

    best = optimize.minimize_scalar(binary_loss, bounds=(-4, 4), method="bounded", options={"xatol": 1e-10})
    t = float(np.exp(best.x))
    cases.append({
        "task": "binary", "classes": ["a", "b"], "targets": y.tolist(), "probabilities": p.tolist(),
        "temperature": t, "scaled": special.expit(logits / t).tolist(),
    })
    z = random.normal(0, 2, (n, 4))
    truth = [int(random.choice(4, p=row)) for row in special.softmax(z / 0.6, axis=1)]
    p = np.float32(special.softmax(z, axis=1)).astype(float)
    logits = np.log(np.maximum(p, 1e-7))
    one_hot = np.eye(4)[truth]

    def loss(log_t):
        return -np.sum(one_hot * special.log_softmax(logits / np.exp(log_t), axis=1))

    best = optimize.minimize_scalar(loss, bounds=(-4, 4), method="bounded", options={"xatol": 1e-10})
    t = float(np.exp(best.x))
    cases.append({
        "task": "multi-class", "classes": ["a", "b", "c", "d"], "targets": one_hot.flatten().tolist(),
        "probabilities": p.flatten().tolist(), "temperature": t,
        "scaled": special.softmax(logits / t, axis=1).flatten().tolist(),
    })
    return cases


def main():
    counts = [(0, 0), (1, 0), (3, 9), (12, 12), (40, 71), (2, 300), (700, 650)]
    expected = {
        "bootstrap": bootstraps(),
        "temperatures": temperatures(),
        "mcNemar": [
            [b, c, 1.0 if b + c == 0 else float(stats.binomtest(b, b + c, 0.5).pvalue)] for b, c in counts
        ],
        "normal": [[z, float(stats.norm.cdf(z))] for z in (-6, -2.5, -0.3, 0, 0.7, 1.959963984540054, 4.2)],
    }
    rounded = json.loads(json.dumps(expected), parse_float=lambda x: float(f"{float(x):.12g}"))
    OUT.write_text(json.dumps(rounded, separators=(",", ":")) + "\n")


main()
