"""Random pairs of laws of counts against mpmath's direct sums: how many values are silent?

Families are drawn with ordinary and with extreme parameters, alone, moved to other lattices, and
mixed, with finite laws too. The truth is a direct sum of probabilities, each from its formula in
log-gammas, over the counts that hold all but e^−110 of both laws. A value is silent if it misses
the truth by more than its stated error without being one-sided, of infinite error, or refused.

    python benchmarks/counts_random.py --cases 300 --seed 0
"""

from __future__ import annotations

import argparse
import math
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
from counts_families import LIGHT, Drawn, Rng, gamma, log, size
from mpmath import mpf

import divkit
from divkit.distributions import (
    Affine,
    BetaNegativeBinomial,
    FiniteLaw,
    Lattice,
    Law,
    Poisson,
    YuleSimon,
    Zipf,
    mixture,
    transformed,
)

DIGITS = 40
MOST_TERMS = 40_000
SLOW = 10.0
KINDS = (
    "kl",
    "reverse_kl",
    "js",
    "weighted_js(0.2)",
    "tv",
    "hellinger2",
    "chi2",
    "renyi(0.5)",
    "renyi(1.5)",
    "alpha(-0.5)",
    "w1",
    "gan",
)


@dataclass(frozen=True)
class Point:
    """A law as points of the line with their probabilities; where it goes on are its `edges`."""

    law: Law
    mass: dict[Fraction, Any]
    edges: frozenset[Fraction] = frozenset()


def spread_out(drawn: Drawn, shift: Fraction, factor: Fraction) -> dict[Fraction, Any]:
    """The points of shift + factor·K with their probabilities."""
    low, high = drawn.reach
    return {
        shift + factor * k: mpmath.exp(drawn.log_mass(k)) for k in range(int(low), int(high) + 1)
    }


def edges_of(drawn: Drawn, shift: Fraction, factor: Fraction) -> frozenset[Fraction]:
    """The ends of the points where the law goes on beyond."""
    pairs = zip(drawn.reach, drawn.law.ends, strict=True)  # type: ignore[attr-defined]
    return frozenset(shift + factor * int(end) for end, own in pairs if end != own)


def placed(drawn: Drawn, law: Law, shift: Fraction, factor: Fraction) -> Point:
    """The law of shift + factor·K as points."""
    return Point(law, spread_out(drawn, shift, factor), edges_of(drawn, shift, factor))


def moved(rng: Rng, drawn: Drawn) -> Point:
    """The law as it is, or an affine image of it."""
    if rng.random() < 0.7:
        return moved_nowhere(drawn)
    shift = float(rng.choice([0.0, 1.0, -3.0, 0.5, 0.1]))
    factor = float(rng.choice([1.0, 2.0, 0.5, -1.0, 3.0]))
    image = transformed(drawn.law, Affine(shift, factor))
    return placed(drawn, image, Fraction(shift), Fraction(factor))


def law(rng: Rng) -> Point:
    """A law, an image, or a mixture with another one or a point."""
    drawn = LIGHT[rng.integers(len(LIGHT))](rng)
    whole = moved(rng, drawn)
    if rng.random() < 0.75:
        return whole
    weight = float(rng.choice([0.5, 0.25, 1e-6, 0.999]))
    if rng.random() < 0.5:
        other = Point(
            FiniteLaw([0.0, 4.0], [0.5, 0.5]), {Fraction(0): mpf(0.5), Fraction(4): mpf(0.5)}
        )
    else:
        other = moved(rng, LIGHT[rng.integers(len(LIGHT))](rng))
    total = mpf(weight) + mpf(1 - weight)
    mass = {x: mpf(weight) / total * m for x, m in whole.mass.items()}
    for x, m in other.mass.items():
        mass[x] = mass.get(x, mpf(0)) + mpf(1 - weight) / total * m
    both = mixture([weight, 1 - weight], [whole.law, other.law])
    return Point(both, mass, whole.edges | other.edges)


def near(rng: Rng) -> tuple[Point, Point]:
    """Two laws of one family whose parameters nearly agree."""
    rate, step = size(rng, -1, 4), size(rng, -12, -3)
    pair = []
    for r in (rate, rate * (1 + step)):
        m = mpf(r)
        root = math.sqrt(r)
        reach = max(0, math.floor(r - 18 * root - 20)), math.ceil(r + 18 * root + 120)
        pair.append(Drawn(Poisson(r), lambda k, m=m: k * log(m) - m - gamma(mpf(k) + 1), reach))
    return tuple(moved_nowhere(each) for each in pair)  # type: ignore[return-value]


def moved_nowhere(drawn: Drawn) -> Point:
    """The law as it is."""
    return placed(drawn, drawn.law, Fraction(0), Fraction(1))


def term(kind: str, p: Any, q: Any) -> Any:
    """The term of a divergence at a point; None where it is infinite."""
    if kind in ("kl", "chi2", "renyi(1.5)") and q == 0:
        return None if p else mpf(0)
    if kind in ("reverse_kl", "alpha(-0.5)") and p == 0:
        return None if q else mpf(0)
    match kind:
        case "kl":
            return p * log(p / q) if p else mpf(0)
        case "reverse_kl":
            return q * log(q / p) if q else mpf(0)
        case "js" | "weighted_js(0.2)" | "gan":
            share = mpf(0.2) if kind == "weighted_js(0.2)" else mpf(0.5)
            m = share * p + (1 - share) * q
            return sum(w * x * log(x / m) for w, x in ((share, p), (1 - share, q)) if x)
        case "tv":
            return abs(p - q) / 2
        case "hellinger2" | "renyi(0.5)":
            return mpmath.sqrt(p * q)
        case "chi2":
            return (p - q) ** 2 / q
        case "renyi(1.5)":
            return p * mpmath.sqrt(p / q)
    return q * mpmath.sqrt(q / p)


def truth_of(kind: str, p: Point, q: Point) -> Any:
    """The divergence of two laws by direct sums; None where the sums do not show it."""
    places = sorted({*p.mass, *q.mass})
    pairs = [(p.mass.get(x, mpf(0)), q.mass.get(x, mpf(0))) for x in places]
    if kind == "w1":
        lead, total = mpf(0), mpf(0)
        for (a, b), x, y in zip(pairs[:-1], places[:-1], places[1:], strict=True):
            lead += a - b
            total += abs(lead) * mpf((y - x).numerator) / (y - x).denominator
        return total
    terms = [term(kind, a, b) for a, b in pairs]
    if None in terms:
        return None  # beyond a reach, or infinite: decided by `expected`
    total = mpmath.fsum(terms)
    ends = (t for x, t in zip(places, terms, strict=True) if x in p.edges | q.edges)
    if any(abs(t) > mpf(10) ** -22 * abs(total) for t in ends):
        return None  # what lies beyond may matter
    match kind:
        case "hellinger2":
            return 1 - total
        case "renyi(0.5)":
            return -2 * log(total) if total else mpmath.inf
        case "renyi(1.5)":
            return 2 * log(total)
        case "alpha(-0.5)":
            return (total - 1) / mpf(0.75)
        case "gan":
            return -2 * log(mpf(2)) + 2 * total
    return total


def endless(law: Law) -> int:
    """The number of sides on which a law has atoms without end."""
    support = law.support
    return sum(map(math.isinf, support.ends)) if isinstance(support, Lattice) else 0


def verdict(result: Any, truth: Any, sides: tuple[int, int] = (0, 0)) -> str:
    """Whether a value is right, flagged or silent.

    A sum that ends somewhere does not show an infinity of the tails: of two endless laws one is
    "untold", and `tests/exact/test_sums_of_counts.py` decides such cases by hand; where one law
    ends and the other does not, it is plain.
    """
    if result.one_sided is not None or math.isinf(result.error):
        return "flagged"
    if math.isinf(result.value):
        shown = truth is None or mpmath.isinf(truth) or sides[0] != sides[1]
        return "infinite" if shown else "untold" if any(sides) else "silent"
    if truth is None:
        return "beyond"  # the direct sum is too short for this one
    slack = mpf(10) ** (6 - DIGITS // 2) * (1 + abs(truth)) * mpf(10) ** -14
    errors = 6 if result.is_estimate else 1  # of lattices that no common one joins: drawn
    missed = abs(mpf(result.value) - truth)
    return "right" if missed <= errors * result.error + slack else "silent"


def search(cases: int, seed: int, show: Callable[[str], None] = print) -> Counter[str]:
    """Count the verdicts over all cases and a few divergences each."""
    found: Counter[str] = Counter()
    with mpmath.workdps(DIGITS):
        for case in range(cases):
            rng = np.random.default_rng([seed, case])
            p, q = near(rng) if rng.random() < 0.1 else (law(rng), law(rng))
            if len(p.mass) + len(q.mass) > MOST_TERMS:
                found["too long"] += 1
                continue
            for kind in rng.permutation(KINDS)[:4].tolist():
                outcome, words = judged(p, q, kind)
                found[outcome] += 1
                if outcome in ("silent", "crash", "slow"):
                    show(f"case {case}: {kind}: {outcome}: {words}")
                    show(f"  p = {p.law!r}\n  q = {q.law!r}")
    return found


def judged(p: Point, q: Point, kind: str) -> tuple[str, str]:
    """The verdict on one divergence of one pair, with words."""
    start = time.process_time()
    try:
        result = divkit.divergence(p.law, q.law, kind)
    except ValueError as refusal:
        return "refused", str(refusal)
    except Exception as fault:
        return "crash", f"{type(fault).__name__}: {fault}"
    if time.process_time() - start > SLOW:
        return "slow", f"{time.process_time() - start:.1f} s"
    truth = truth_of(kind, p, q)
    words = f"{result!r} against {'None' if truth is None else mpmath.nstr(truth, 20)}"
    return verdict(result, truth, (endless(p.law), endless(q.law))), words


def heavy(seed: int, cases: int, show: Callable[[str], None] = print) -> Counter[str]:
    """Tails like powers: KL and H² of Zipf laws by zeta functions, others by two names."""
    found: Counter[str] = Counter()
    with mpmath.workdps(DIGITS):
        for case in range(cases):
            rng = np.random.default_rng([seed, 1, case])
            a, b = (1 + size(rng, -1, 0.7) for _ in range(2))
            truth = _zipf_kl(mpf(a), mpf(b))
            result = divkit.divergence(Zipf(a), Zipf(b), "kl", method="summation")
            found[verdict(result, truth)] += 1
            rho = mpmath.zeta((mpf(a) + mpf(b)) / 2) / mpmath.sqrt(mpmath.zeta(a) * mpmath.zeta(b))
            squared = divkit.divergence(Zipf(a), Zipf(b), "hellinger2", method="summation")
            found[verdict(squared, 1 - rho)] += 1
            if "silent" in (verdict(result, truth), verdict(squared, 1 - rho)):
                show(f"heavy {case}: Zipf({a!r}), Zipf({b!r}): {result!r}, {squared!r}")
            alpha = size(rng, 0, 0.7)
            yule, same = YuleSimon(alpha), BetaNegativeBinomial(1.0, alpha, 1.0)
            shifted = transformed(same, Affine(1.0, 1.0))
            twin = divkit.divergence(yule, shifted, "tv")
            found["right" if twin.value <= twin.error else "silent"] += 1
    return found


def _zipf_kl(a: Any, b: Any) -> Any:
    mean = -mpmath.zeta(a, derivative=1) / mpmath.zeta(a)
    return (b - a) * mean + log(mpmath.zeta(b) / mpmath.zeta(a))


def main() -> int:
    """Run the search and print the counts; status 1 if anything is silent."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    found = search(options.cases, options.seed) + heavy(options.seed, options.cases // 10)
    print(f"{options.cases} pairs, seed {options.seed}:")
    for outcome, count in sorted(found.items()):
        print(f"  {outcome:8} {count}")
    return 1 if found["silent"] or found["crash"] else 0


if __name__ == "__main__":
    sys.exit(main())
