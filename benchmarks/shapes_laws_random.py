"""Laws on circles, spheres, simplices, matrices, flats and lattices at random: silent numbers?

    python benchmarks/shapes_laws_random.py [--cases 300] [--seed 0] [--family wishart] [--json …]

Each case draws a family, two of its laws and a divergence (KL, JS, H², χ², Rényi, TV), and sets
`divkit.divergence` against truth that shares nothing with it:

- on the circle, sums over 2^18 equidistant angles in 80-bit floats, normalised by themselves;
- on the sphere, Gauss–Jacobi by the trapezoid rule in the plane of both directions;
- of counts, sums over all vectors of SciPy's pmf in mpmath;
- everywhere else textbook formulas in mpmath for KL and affinities, and for the rest means over
  40,000 draws of each law of SciPy's or torch's own densities, with five standard errors.

A case is silent where the value misses by more than its error (four standard errors of an
estimate) and the truth's own. Infinite values are held against what the formula says.
"""

from __future__ import annotations

import argparse
import collections
import json
import math
import os
import time
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import mpmath as mp  # noqa: E402
import numpy as np  # noqa: E402
from shapes_cases import FAMILIES, Case  # noqa: E402

from divkit.exact.api import divergence  # noqa: E402
from divkit.exact.method import NotApplicableError  # noqa: E402

KINDS = ("kl", "js", "hellinger2", "chi2", "renyi(0.7)", "renyi(2)", "tv")
BOUNDED = ("js", "hellinger2", "tv", "renyi(0.7)")


def terms(kind: str, lp: Any, lq: Any) -> Any:
    """The integrand over m = (p + q)/2, from logs with log m taken off."""
    lm = np.logaddexp(lp, lq) - math.log(2)
    a, b = lp - lm, lq - lm
    with np.errstate(invalid="ignore"):
        if kind == "kl":
            return np.where(a > -np.inf, np.exp(a) * (lp - lq), 0.0)
        if kind == "js":
            return 0.5 * sum(np.where(l > -np.inf, np.exp(l) * l, 0.0) for l in (a, b))
        if kind == "hellinger2":
            return 0.5 * (np.exp(a / 2) - np.exp(b / 2)) ** 2
        if kind == "tv":
            return 0.5 * np.abs(np.exp(a) - np.exp(b))
        order = {"chi2": 2.0, "renyi(0.7)": 0.7, "renyi(2)": 2.0}[kind]
        return np.exp(order * a + (1 - order) * b)


def finished(kind: str, value: Any) -> float:
    """From the mean of `terms` to the divergence."""
    if kind == "chi2":
        return float(value - 1)
    if kind.startswith("renyi"):
        order = 0.7 if "0.7" in kind else 2.0
        return float(np.log(value) / (order - 1))
    return float(value)


def summed(kind: str, rule: tuple[Any, Any, Any]) -> tuple[float, float]:
    """By a rule, and by every second node of it where the rule is equidistant."""
    lp, lq, weight = rule
    mass = np.exp(np.logaddexp(lp, lq) - math.log(2)) * weight
    each = mass * terms(kind, lp, lq)
    value = finished(kind, each.sum())
    coarse = finished(kind, 2 * each[::2].sum()) if np.ndim(weight) == 0 else value
    kinks = 20 if kind == "tv" else 1  # where p = q, the rule errs by more than the two differ
    return value, kinks * abs(value - coarse) + 1e-11 * (1 + abs(value))


def averaged(kind: str, logs: tuple[Any, Any, Any, Any]) -> tuple[float, float]:
    """By draws of both laws, with five standard errors."""
    if kind == "kl":
        each = logs[0] - logs[1]
        return float(each.mean()), 5 * float(each.std()) / math.sqrt(len(each))
    parts = terms(kind, logs[0], logs[1]), terms(kind, logs[2], logs[3])
    mean = 0.5 * (parts[0].mean() + parts[1].mean())
    spread = 0.5 * math.sqrt(sum(part.var() / len(part) for part in parts))
    if kind in BOUNDED:  # Bernstein's bound: draws may have missed what is rare
        spread += 4 / len(parts[0])
    value = finished(kind, mean)
    ends = [finished(kind, max(mean + side * 5 * spread, 1e-300)) for side in (-1, 1)]
    return value, max(abs(end - value) for end in ends)


def truth_of(case: Case, kind: str) -> tuple[float, float] | None:
    known = case.formula(kind) if case.formula is not None else None
    if known is not None:
        return float(known), 1e-15 * abs(float(known)) if mp.isfinite(known) else 0.0
    if case.weighted is not None:
        return summed(kind, case.weighted)
    if kind in ("chi2", "renyi(2)") or case.drawn is None:
        return None  # draws do not tell whether a second moment is finite
    return averaged(kind, case.drawn)


def judged(case: Case, kind: str) -> tuple[str, dict[str, Any]]:
    """The verdict of one divergence."""
    truth = truth_of(case, kind)
    start = time.process_time()
    try:
        found = divergence(case.p, case.q, kind)
    except NotApplicableError as refusal:
        return "refused", {"why": str(refusal)[:200]}
    row = {
        "value": found.value, "error": found.error, "method": found.method,
        "seconds": time.process_time() - start, "told": list(found.warnings),
    }  # fmt: skip
    if truth is None:
        return "no truth", row
    row |= {"truth": truth[0], "truth_error": truth[1]}
    if math.isinf(truth[0]) or math.isinf(found.value):
        same = found.value == truth[0] or bool(found.warnings)
        return ("right" if same else "silent"), row
    gap = abs(found.value - truth[0])
    room = (4 if found.is_estimate else 1) * found.error + truth[1]
    row["ratio"] = gap / room if room else 0.0
    if gap <= room:
        return "right", row
    return ("flagged" if found.warnings or found.one_sided else "silent"), row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--family", choices=sorted(FAMILIES), default=None)
    parser.add_argument("--json", type=Path, default=None)
    chosen = parser.parse_args()
    names = [chosen.family] if chosen.family else list(FAMILIES)
    counted: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    rows = []
    for index in range(chosen.cases):
        rng = np.random.default_rng((chosen.seed, index))
        family = names[index % len(names)]
        case = FAMILIES[family](rng)
        kind = KINDS[int(rng.integers(len(KINDS)))]
        verdict, row = judged(case, kind)
        counted[family][verdict] += 1
        rows.append({"case": index, "family": family, "kind": kind, "verdict": verdict, **row})
        if verdict == "silent" or row.get("seconds", 0) > 10:
            print(json.dumps(rows[-1], default=str), flush=True)
    for family, verdicts in counted.items():
        print(f"{family:16}", dict(sorted(verdicts.items())))
    total = sum(counted.values(), collections.Counter())
    print("total           ", dict(sorted(total.items())))
    if chosen.json is not None:
        chosen.json.write_text(json.dumps({"total": total, "rows": rows}, default=str, indent=1))


if __name__ == "__main__":
    main()
