"""`auto` beside scikit-learn's histogram gradient boosting at 10⁴ to 10⁶ rows, in one run.

    python benchmarks/auto_at_size.py [--sizes 10000 100000 …] [--dim 10] [--seeds 1]

JSD of a normal law AR(.5) and N(0, I). The classifier is fitted to four fifths of the rows at a
time, five folds, and read by the dual value at its held-out log odds. Processor seconds, memory,
and the error of both against the truth, the oracle's on the same rows beside it.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_predict

import divkit
from divkit.bench.measured import measured
from divkit.problems import autoregressive
from divkit.problems.catalogue import normal


def boosted(x: np.ndarray, y: np.ndarray) -> float:
    rows, labels = np.concatenate([x, y]), np.repeat([1, 0], [len(x), len(y)])
    odds = cross_val_predict(
        HistGradientBoostingClassifier(random_state=0), rows, labels, cv=5,
        method="decision_function",
    )  # fmt: skip
    return js(odds[: len(x)], odds[len(x) :])


def js(at_x: np.ndarray, at_y: np.ndarray) -> float:
    """The dual value of the JSD at log ratios."""
    return float(
        math.log(2) - 0.5 * (np.logaddexp(0, -at_x).mean() + np.logaddexp(0, at_y).mean())
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--dim", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=1)
    given = parser.parse_args()
    p = normal(autoregressive(given.dim, 0.5))
    q = normal(np.eye(given.dim))
    truth = divkit.js_divergence(p, q).value
    print("n       seed  estimator  value     error/truth's oracle  stated   CPU s   GiB")
    for n in given.sizes:
        for seed in range(given.seeds):
            x, y = p.sample(n, 2 * seed).numpy(), q.sample(n, 2 * seed + 1).numpy()
            ratio = [np.asarray(p.log_prob(s) - q.log_prob(s)) for s in (x, y)]
            best = js(*ratio) - truth
            auto, seconds, memory = measured(lambda x=x, y=y: divkit.estimate(x, y, "js"))
            row(n, seed, "auto", auto.value - truth, best, auto.error, seconds, memory)
            theirs, seconds, memory = measured(lambda x=x, y=y: boosted(x, y))
            row(n, seed, "boosting", theirs - truth, best, math.nan, seconds, memory)


def row(
    n: int,
    seed: int,
    name: str,
    error: float,
    best: float,
    stated: float,
    s: float,
    memory: int | None,
) -> None:
    gib = math.nan if memory is None else memory / 2**30
    words = f"{n:<8d}{seed:<6d}{name:<10s} {error:+.5f}  {best:+.5f}  {stated:.5f}"
    print(f"{words}  {s:7.1f}  {gib:.2f}", flush=True)


if __name__ == "__main__":
    main()
