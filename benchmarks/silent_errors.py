"""How honest are the errors? Quadrature against independent truth on random pairs.

    python benchmarks/silent_errors.py [pairs] [first seed]

Truth comes by roads that share no quadrature with the engine: enclosures in ball arithmetic for
JS, KL and H², closed forms in balls within a family, and for TV the crossings of the densities,
found on a dense grid and polished by Brent, between which ∫(p − q) is a difference of
distribution functions. A silent error is a value that is off by more than its stated error and the
truth's.
"""

from __future__ import annotations

import itertools
import math
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import brentq

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "exact"))

from line_pairs import RandomPairs

from divkit.distributions.base import Law1D
from divkit.distributions.support import edges
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
from divkit.exact.certified import Certified
from divkit.exact.closed_form import ClosedForm
from divkit.exact.method import NotApplicableError
from divkit.exact.quadrature import Quadrature
from divkit.exact.symbolic import Symbolic

ROWS: tuple[Divergence, ...] = (
    JS, KL, REVERSE_KL, HELLINGER2, TV, JEFFREYS, PEARSON, NEYMAN, BHATTACHARYYA, alpha(0.3),
    renyi(1.5),
)  # fmt: skip
Truth = tuple[float, float, str]


def truth_of(p: Law1D, q: Law1D, row: Divergence) -> Truth | None:
    """A value, a bound of its error and the road it came by; None where there is none."""
    for method in (ClosedForm(), Certified(digits=17)):
        try:
            found = method(p, q, row)
        except NotApplicableError:
            continue
        return found.value, found.error, type(method).__name__
    return tv_by_crossings(p, q) if row is TV else None


def tv_by_crossings(p: Law1D, q: Law1D) -> Truth:
    """½ Σ |Δ(F − G)| between the crossings of p and q; scipy's functions are good to 1e-14."""
    points = grid(p, q)
    with np.errstate(invalid="ignore"):
        gap = log_ratio(p, q, points)
    found = [
        brentq(lambda x: float(log_ratio(p, q, np.array([x]))[0]), a, b, xtol=1e-300, rtol=1e-15)
        for (a, b), (u, v) in zip(itertools.pairwise(points), itertools.pairwise(gap), strict=True)
        if u * v < 0 and math.isfinite(u) and math.isfinite(v)
    ]
    corners = [x for law in (p, q) for x in (*law.kinks, *edges(law.support))]
    cuts = np.array(sorted({*found, *corners}))
    f, g, s, t = p.cdf(cuts), q.cdf(cuts), p.sf(cuts), q.sf(cuts)
    lead = np.where(f + g > 1, t - s, f - g)
    return 0.5 * float(np.abs(np.diff([0.0, *lead, 0.0])).sum()), 3e-14 * (1 + len(cuts)), "cdf"


def log_ratio(p: Law1D, q: Law1D, x: np.ndarray) -> np.ndarray:
    t = torch.from_numpy(x)
    lp, lq = (np.maximum(law._log_prob_at(0.0, t).numpy(), -1e290) for law in (p, q))
    return lp - lq


def grid(p: Law1D, q: Law1D) -> np.ndarray:
    """Dense points around every feature, in units of its scale, evenly in arsinh."""
    steps = np.sinh(np.linspace(-25, 25, 8001))
    marks = [f.center[0] + f.scale[0] * steps for law in (p, q) for f in law.features]
    corners = [x for law in (p, q) for x in (*law.kinks, *edges(law.support))]
    ends = [np.nextafter(x, side) for x in corners for side in (-np.inf, np.inf)]
    return np.unique(np.concatenate([*marks, ends]))


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
