"""The cost of m samples to a critic: the estimation part of the error budget falls as 1/m.

    OMP_NUM_THREADS=1 python benchmarks/estimation_over_m.py [--seeds N] [--output FILE]

`divkit.maximise_value(p, q, critic=…, on=m)` for m = 10² … 10⁵ draws of each law and many seeds:
the mean estimation part V(f_F) − V(f_m), its standard error, the least-squares slope of its
logarithm on log m (−1 in theory), and the largest distance between the sum of the three parts and
the gap that was measured on other nodes.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

import divkit
from divkit.critics import CriticClass, Polynomial, Spline
from divkit.distributions import Normal
from divkit.distributions.base import Law
from divkit.problems import PROBLEMS

SIZES = tuple(round(10 ** (2 + k / 2)) for k in range(7))
SLOPE, SLACK, SUM = -1.0, 0.1, 1e-9


@dataclass(frozen=True)
class Case:
    """A pair of laws and a class of critics."""

    name: str
    p: Law
    q: Law
    critic: CriticClass


MIXTURES = PROBLEMS["mixture3_vs_mixture2"]
CASES = (
    Case("holds the best logit", Normal(0, 1), Normal(1, 1), Polynomial(2)),
    Case("lacks the best logit", Normal(0, 1), Normal(1, 1.5), Polynomial(1)),
    Case("splines on mixtures", MIXTURES.p, MIXTURES.q, Spline(6)),
)


def at_size(case: Case, m: int, seeds: int) -> dict[str, float]:
    """Mean and standard error of the estimation part, and the worst sum of parts."""
    costs, apart = [], []
    for seed in range(seeds):
        found = divkit.maximise_value(case.p, case.q, critic=case.critic, on=m, seed=seed)
        budget = found.diagnostics["budget"]
        costs.append(budget.estimation)
        apart.append(abs(budget.total - budget.gap))
    error = float(np.std(costs, ddof=1)) / math.sqrt(seeds)
    return {"m": m, "mean": float(np.mean(costs)), "error": error, "sum_off_by": max(apart)}


def measure(case: Case, seeds: int) -> dict[str, Any]:
    """All sizes, and the slope."""
    rows = [at_size(case, m, seeds) for m in SIZES]
    m, mean = (np.log([row[key] for row in rows]) for key in ("m", "mean"))
    slope, off = float(np.polyfit(m, mean, 1)[0]), max(row["sum_off_by"] for row in rows)
    print(f"{case.name:<22} {case.critic!r:<22} slope {slope:+.4f}, sums within {off:.1e}")
    for row in rows:
        print(f"    m = {row['m']:>6}: {row['mean']:.4e} ± {row['error']:.1e}", flush=True)
    return {
        "case": case.name,
        "laws": [repr(case.p), repr(case.q)],
        "critic": repr(case.critic),
        "seeds": seeds,
        "slope": slope,
        "sum_off_by": off,
        "sizes": rows,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=64)
    parser.add_argument("--output", type=Path, default=None)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cases = [measure(case, options.seeds) for case in CASES]
    if options.output:
        record = {"versions": {"torch": torch.__version__}, "cases": cases}
        options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    fine = all(abs(c["slope"] - SLOPE) <= SLACK and c["sum_off_by"] <= SUM for c in cases)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
