"""`divkit.compare` on real tables: classes that differ, random halvings of a class that do not.

    python benchmarks/compare_real_data.py [--halvings 500] [--output FILE]

1. Four data sets of scikit-learn, split by class (digits: 3 against 8 on 8 principal components of
   all digits): the p-value of the permutation test (999 shuffles) and the JSD with its interval.
2. One class of each is halved at random 500 times. If rows are independent, the test's level is
   exact: a test at level α rejects at most as often as a binomial count, up to chance. Rejections
   are counted at 5 % and 10 %, with the count that chance exceeds with probability 1e-6.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA

import divkit
from divkit.comparison import permutation_test
from divkit.samples import two_samples
from divkit.types import FloatArray

LEVELS = (0.05, 0.1)
FALSE_ALARM = 1e-6


def tables() -> dict[str, tuple[FloatArray, FloatArray]]:
    """Two classes of each data set."""
    found = {}
    for name, load, first, second in (
        ("iris, versicolor against virginica", load_iris, 1, 2),
        ("wine, 0 against 1", load_wine, 0, 1),
        ("breast cancer, benign against malignant", load_breast_cancer, 1, 0),
    ):
        rows, kind = load(return_X_y=True)
        found[name] = rows[kind == first], rows[kind == second]
    rows, kind = load_digits(return_X_y=True)
    parts = PCA(8, random_state=0).fit_transform(rows)
    found["digits, 3 against 8, 8 components"] = parts[kind == 3], parts[kind == 8]
    return found


def classes(x: FloatArray, y: FloatArray) -> dict[str, object]:
    """The two classes compared."""
    found = divkit.compare(x, y, ("js",))
    js = found.divergences[0]
    return {
        "n": len(x),
        "m": len(y),
        "d": x.shape[1],
        "p_value": found.test.p_value,
        "differ": found.differ,
        "js": js.value,
        "interval": list(js.interval),
        "seconds": round(found.seconds, 2),
    }


def halves(x: FloatArray, halvings: int) -> dict[str, object]:
    """Rejections among random halvings of one class."""
    p_values = []
    for k in range(halvings):
        order = np.random.default_rng(k).permutation(len(x))
        half = len(x) // 2
        pair = two_samples(x[order[:half]], x[order[half:]])
        p_values.append(permutation_test(pair, permutations=199, rng=k).p_value)
    counts = {f"{a:g}": int((np.array(p_values) <= a).sum()) for a in LEVELS}
    most = {f"{a:g}": int(stats.binom.isf(FALSE_ALARM, halvings, a)) for a in LEVELS}
    return {
        "halvings": halvings,
        "rejections": counts,
        "most": most,
        "kept": all(counts[a] <= most[a] for a in counts),
    }


def main() -> None:
    """Run both parts and print or store the rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--halvings", type=int, default=500)
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    rows = {
        name: {"classes": classes(x, y), "halves": halves(x, given.halvings)}
        for name, (x, y) in tables().items()
    }
    text = json.dumps(rows, indent=2)
    print(text)
    if given.output:
        given.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
