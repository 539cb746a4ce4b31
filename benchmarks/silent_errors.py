"""Stated errors against true ones: quadrature against independent truth on random pairs.

    python benchmarks/silent_errors.py [pairs] [first seed]

Truth comes by roads that share no quadrature with the engine: enclosures in ball arithmetic for
JS, KL and H², closed forms in balls within a family, and for TV the crossings of the densities,
found on a dense grid and polished by Brent, between which ∫(p − q) is a difference of
distribution functions. A silent error is a value that is off by more than its stated error and the
truth's.
"""

from __future__ import annotations

import math
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "exact"))

from line_pairs import RandomPairs, tv_by_crossings

from divkit.distributions.base import Law1D
from divkit.divergences import (
    BHATTACHARYYA,
    HELLINGER2,
    JEFFREYS,
    JS,
    KL,
    NEYMAN,
    PEARSON,
    REVERSE_KL,
    TV,
    Divergence,
    alpha,
    renyi,
)
from divkit.exact.certified.method import Certified
from divkit.exact.closed_form.method import ClosedForm
from divkit.exact.method import NotApplicableError
from divkit.exact.quadrature.method import Quadrature
from divkit.exact.symbolic import Symbolic

ROWS: tuple[Divergence, ...] = (
    JS, KL, REVERSE_KL, HELLINGER2, TV, JEFFREYS, PEARSON, NEYMAN, BHATTACHARYYA, alpha(0.3),
    renyi(1.5),
)  # fmt: skip
Truth = tuple[float, float, str]


def truth_of(p: Law1D, q: Law1D, row: Divergence) -> Truth | None:
    """A value, a bound of its error and the road it came by; None where there is none."""
    if row is TV:
        return *tv_by_crossings(p, q), "cdf"
    for method in (ClosedForm(), Certified(digits=17)):
        try:
            found = method(p, q, row)
        except NotApplicableError:
            continue
        return found.value, found.error, type(method).__name__
    return None


def is_infinite(p: Law1D, q: Law1D, row: Divergence) -> bool:
    try:
        Symbolic()(p, q, row)
    except NotApplicableError:
        return False
    return True


def main(count: int, first: int) -> int:
    """Compare, print every failure and a summary; return the number of silent errors."""
    tally: Counter[str] = Counter()
    seconds, worst = [], 0.0
    for seed in range(first, first + count):
        p, q = RandomPairs(seed).pair()
        for row in ROWS:
            if is_infinite(p, q, row):
                tally["symbolic"] += 1
                continue
            start = time.process_time()
            got = Quadrature()(p, q, row)
            seconds.append(time.process_time() - start)
            flagged = math.isinf(got.error) or "warning" in got.diagnostics
            tally["flagged"] += flagged
            if got.error > 1e-12 * max(1.0, abs(got.value)) and not flagged:
                tally["error above 1e-12"] += 1
            truth = truth_of(p, q, row)
            if truth is None or flagged:
                tally["without truth"] += truth is None
                continue
            value, bound, road = truth
            tally[f"against {road}"] += 1
            excess = abs(got.value - value) - bound
            worst = max(worst, excess / got.error if got.error else 0.0)
            if excess > got.error:
                tally["silent"] += 1
                print(
                    f"seed {seed}: {row!r} {p!r} {q!r}\n  {got!r}, {road}: {value!r} ± {bound:.2g}"
                )
    for name, number in sorted(tally.items()):
        print(f"{name:>22}: {number}")
    ms = 1e3 * np.array(seconds)
    print(f"largest excess / stated error: {worst:.2g}")
    print(f"CPU a value: median {np.median(ms):.1f} ms, 95% {np.quantile(ms, 0.95):.1f} ms")
    return tally["silent"]


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]] + [300, 0][len(sys.argv) - 1 :]
    raise SystemExit(1 if main(*numbers[:2]) else 0)
