"""The KL by neighbours at n = 10⁵, d = 5 against two bare cKDTree searches, in one run.

CPU seconds of one thread; the median of alternating repetitions. Printed, and kept in
results/knn_against_trees.json.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from divkit.divergences import KL
from divkit.estimators.neighbours.method import NearestNeighbour

POINTS, DIM, K, REPETITIONS = 100_000, 5, 5, 5
RESULTS = Path(__file__).parent / "results" / "knn_against_trees.json"


def bare(x: np.ndarray, y: np.ndarray) -> float:
    """Two trees, two searches, and the formula."""
    own = cKDTree(x).query(x, K + 1)[0][:, -1]
    other = cKDTree(y).query(x, K)[0][:, -1]
    return float(x.shape[1] * np.log(other / own).mean() + np.log(len(y) / (len(x) - 1)))


def seconds(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(POINTS, DIM)), rng.normal(size=(POINTS, DIM)) + 0.3
    ours, bares = [], []
    for _ in range(REPETITIONS):
        bares.append(seconds(lambda: bare(x, y)))
        ours.append(seconds(lambda: NearestNeighbour(k=K)(x, y, KL)))
    row = {
        "points": POINTS,
        "dim": DIM,
        "k": K,
        "bare": float(np.median(bares)),
        "divkit": float(np.median(ours)),
        "ratio": float(np.median(ours) / np.median(bares)),
        "value": NearestNeighbour(k=K)(x, y, KL).value,
        "bare_value": bare(x, y),
        "truth": 0.5 * DIM * 0.09,
        "clock": "CPU seconds of one process, one thread",
    }
    RESULTS.write_text(json.dumps(row, indent=1) + "\n")
    print(json.dumps(row, indent=1))


if __name__ == "__main__":
    main()
