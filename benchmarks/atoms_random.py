"""Random pairs of finite laws, from every adapter, against mpmath: how many values are silent?

Probabilities reach from 1 down to e^−2000, with zeros, ones and denormal floats; counts up to 5000
trials with p down to 1e−300. The truth is summed by mpmath from what the user wrote down: the
numbers handed to a library, not what it made of them. A value is silent if it misses the truth by
more than its stated error without being one-sided, of infinite error, or refused.

    python benchmarks/atoms_random.py --cases 600 --seed 0
"""

from __future__ import annotations

import argparse
import math
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from atoms_cases import ALONE, ON_THE_LINE, Case, near
from atoms_masses import Mass
from atoms_numbers import Rng
from atoms_truth import KINDS, METRICS, Truth
from mpmath import mpf

import divkit

DIGITS = 60
MOST_PAIRED = 60


def verdict(result: Any, truth: Any) -> str:
    """Whether a value is right, flagged or silent."""
    if result.one_sided is not None or math.isinf(result.error):
        low = mpf(result.interval[0]) <= truth * (1 + mpf(10) ** -40)
        return "flagged" if low or result.one_sided is None else "silent"
    if math.isinf(result.value):
        return "right" if mpmath.isinf(truth) else "silent"
    if mpmath.isinf(truth):
        return "silent"
    slack = mpf(10) ** (-DIGITS // 2)  # a root of the truth's own rounding
    return "right" if abs(mpf(result.value) - truth) <= result.error + slack else "silent"


def draw(rng: Rng) -> tuple[str, Case, Case]:
    """Two laws on points of one dimension."""
    k = int(rng.integers(2, 7))
    if rng.random() < 0.1:
        return "near", *near(rng, k)
    if rng.random() < 0.3:
        make = ALONE[rng.integers(len(ALONE))]
        return make.__name__, make(rng, k), make(rng, k)
    first = ON_THE_LINE[rng.integers(len(ON_THE_LINE))]
    other = first if rng.random() < 0.6 else ON_THE_LINE[rng.integers(len(ON_THE_LINE))]
    return f"{first.__name__} / {other.__name__}", first(rng, k), other(rng, k)


def search(cases: int, seed: int, show: Callable[[str], None] = print) -> Counter[str]:
    """Count the verdicts over all cases and divergences."""
    found: Counter[str] = Counter()
    with mpmath.workdps(DIGITS):
        for case in range(cases):
            rng = np.random.default_rng([seed, case])
            name, (p, mass_p), (q, mass_q) = draw(rng)
            for kind, outcome, words in outcomes(p, q, mass_p, mass_q, rng):
                found[outcome] += 1
                if outcome in ("silent", "crash"):
                    show(f"case {case}: {name}: {kind}: {outcome}: {words}")
    return found


def outcomes(p: Any, q: Any, mass_p: Mass, mass_q: Mass, rng: Rng) -> Any:
    """(divergence, verdict, words) of one pair."""
    truth = Truth(mass_p, mass_q)
    small = len(truth.places) <= MOST_PAIRED
    line = small and len(truth.places[0]) == 1
    kinds = KINDS + METRICS if line else list(KINDS)
    kinds = kinds if small else rng.permutation(kinds)[:4].tolist()
    for kind in kinds:
        wanted = truth.of(kind)
        try:
            by_definition = kind == "gan" and rng.random() < 0.5
            result = divkit.gan_value(p, q) if by_definition else divkit.divergence(p, q, kind)
        except ValueError as refusal:
            yield kind, "refused", str(refusal)
            continue
        except Exception as fault:
            yield kind, "crash", f"{type(fault).__name__}: {fault}; p = {p}, q = {q}"
            continue
        words = f"{result!r} against {mpmath.nstr(wanted, 20)}"
        yield kind, verdict(result, wanted), words


def main() -> int:
    """Run the search and print the counts; status 1 if anything is silent."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    found = search(options.cases, options.seed)
    print(f"{options.cases} pairs, seed {options.seed}:")
    for outcome, count in sorted(found.items()):
        print(f"  {outcome:8} {count}")
    return 1 if found["silent"] or found["crash"] else 0


if __name__ == "__main__":
    sys.exit(main())
