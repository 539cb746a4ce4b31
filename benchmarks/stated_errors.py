"""Stated errors against 80-bit truth: wrapped laws at extreme parameters.

    python benchmarks/stated_errors.py [--cases 300] [--seed 0] [--family NAME]

Continuous laws of SciPy and PyTorch (and divkit's own) against affine copies of themselves, other
shapes, the normal law of the same moments and wide laws, by KL, JS, squared Hellinger distance
and W1. The truth comes from densities written out here, in 80-bit floats with constants and
special functions from mpmath, by composite Gauss-Legendre between quantiles and on steps that
halve towards every end; W1 of a copy that is shifted is the shift, of one that is stretched about
the end of its support the mean. Counted are values that miss their stated errors.
"""

from __future__ import annotations

import argparse
import math
import sys
import warnings
from collections import Counter

import numpy as np
import torch
from stated_densities import LONG
from stated_families import FAMILIES
from stated_truth import Side, truth

from divkit.exact.api import divergence

ROWS = ("kl", "kl", "js", "hellinger2", "w1")
PLACES = ((0.0, 1.0), (0.0, 1.0), (1e8, 1.0), (-3.0, 1e-5), (2.0, 7.0))


def draw(seed: int, only: str | None) -> tuple[Side, Side, str, str, str]:
    """(p, q, row, library, kind of partner)."""
    rng = np.random.default_rng(seed)
    name = only or str(rng.choice(list(FAMILIES)))
    family = FAMILIES[name]
    shapes = family.shapes[rng.integers(len(family.shapes))]
    loc, scale = PLACES[rng.integers(len(PLACES))]
    row = str(rng.choice(ROWS))
    library = str(rng.choice(["scipy", "scipy", "torch"]))
    if library == "torch":
        loc = 0.0
    p = Side(name, shapes, loc, scale)
    kinds = ["stretched", "shifted", "shape", "normal", "cauchy"]
    kind = str(rng.choice(["stretched", "shifted"] if row == "w1" else kinds))
    if kind == "stretched":
        q = Side(name, shapes, loc, scale * 1.25)
    elif kind == "shifted":
        q = Side(name, shapes, loc + 0.5 * scale, scale)
    elif kind == "shape":
        q = Side(name, family.shapes[rng.integers(len(family.shapes))], loc, scale)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            mean, sd = (float(x) for x in (p.law("scipy").mean(), p.law("scipy").std()))
        if not (math.isfinite(mean) and math.isfinite(sd) and sd > 0):
            mean, sd = p.loc, p.scale
        q = Side("norm" if kind == "normal" else "cauchy", (), mean, sd)
    return (
        (p, q, row, library, kind)
        if rng.random() < 0.5 or row == "w1"
        else (q, p, row, library, kind)
    )


def run(seed: int, only: str | None) -> tuple[str, float, str]:
    """Outcome, excess over the stated error as a ratio, description."""
    p, q, row, library, kind = draw(seed, only)
    words = f"seed {seed}: {row} {library} {kind} {p} {q}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = divergence(p.law(library), q.law(library), row)
        except (ValueError, ArithmeticError) as refusal:
            return "refused", 0.0, f"{words}: {str(refusal)[:150]}"
        if getattr(found, "one_sided", None) or math.isinf(found.error):
            return "flagged", 0.0, words
        if math.isinf(found.value):
            return "infinite, with its proof", 0.0, words
        right = truth(p, q, row, kind)
    if right is None:
        return "no formula", 0.0, words
    value, bound = right
    miss = abs(LONG(found.value) - value)
    off = float(found.value - value)
    text = f"{words}\n  {found.value!r} ± {found.error:.3g}, off {off:.3g}, ± {float(bound):.1g}"
    if not bound <= max(0.5 * found.error, 1e-25):
        return "truth not good enough", 0.0, text
    ratio = float(max(miss - bound, 0) / found.error) if found.error else float(miss > 1e-300)
    if ratio > 1:
        return "silent", ratio, text
    return "right", ratio, text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--family", choices=sorted(FAMILIES), default=None)
    options = parser.parse_args()
    torch.set_num_threads(1)
    tally: Counter[str] = Counter()
    worst = 0.0
    for seed in range(options.seed, options.seed + options.cases):
        outcome, ratio, text = run(seed, options.family)
        tally[outcome] += 1
        worst = max(worst, ratio)
        if outcome not in ("right", "no formula", "infinite, with its proof"):
            print(f"{outcome}: {text}", flush=True)
    for name, number in sorted(tally.items()):
        print(f"{name:>26}: {number}")
    print(f"largest |value − truth| / error: {worst:.3g}")
    return 1 if tally["silent"] else 0


if __name__ == "__main__":
    sys.exit(main())
