"""Golden values of the paired tests, by SciPy: test/golden/study/paired-tests.json."""

import json
from pathlib import Path

import numpy as np
from scipy import stats

random = np.random.default_rng(3)
cases = []
for n, spread in [(2, 1), (3, 0.5), (3, 2), (6, 1), (12, 1), (36, 4)]:
    differences = np.round(random.normal(0.3, spread, n), 4)
    cases.append(differences.tolist())
ties = [0.1, 0.1, -0.1, 0.2, 0.2, -0.3, 0.4]
golden = []
for differences in cases:
    t = stats.ttest_1samp(differences, 0)
    w = stats.wilcoxon(differences, mode="exact")
    interval = t.confidence_interval()
    golden.append(
        {
            "differences": differences,
            "t": float(t.statistic),
            "tPValue": float(t.pvalue),
            "interval": [float(interval.low), float(interval.high)],
            "w": float(w.statistic),
            "wPValue": float(w.pvalue),
        }
    )
# With ties SciPy's exact mode does not apply: every assignment of signs, one by one.
ranks = stats.rankdata(np.abs(ties))
positive = ranks[np.array(ties) > 0].sum()
sums = [
    sum(rank for i, rank in enumerate(ranks) if signs >> i & 1) for signs in range(2 ** len(ties))
]
extreme = min(positive, ranks.sum() - positive)
tied = {"differences": ties, "w": float(extreme), "wPValue": min(1.0, 2 * sum(s <= extreme for s in sums) / len(sums))}
path = Path(__file__).parent.parent / "test/golden/study/paired-tests.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps({"cases": golden, "tied": tied}) + "\n")
