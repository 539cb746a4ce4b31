"""Ridges of log densities: a random search for values that miss their stated errors.

    python benchmarks/ridges_random.py [--cases 600] [--seed 0] [--beside js,kl,tv,hellinger2]

With `--beside` the divergence is computed together with these, on panels in common.

A wide law against a mixture of 2 to 6 narrow components, of one family or several, whose scales
lie anywhere down to 1e-7 of the wide one's and whose weights down to 1e-6. Where one component
takes over from another, far out in the tails of both, the log density has a kink a millionth of
any scale wide. The mixture is given as divkit's own, nested, as an affine or an exponential image
(with the wide law's), as a callable that names its peaks but no kink, or in a batch.

The truth comes from other code: 80-bit floats, kinks and layers found by bisection on these
densities, composite Gauss-Legendre with 40 nodes between them, whose distance from the same with
28 nodes is granted to it. A value is silent if it misses the truth by more than its error.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import torch

from divkit.distributions.base import Law1D
from divkit.distributions.callable.custom import law as law_of
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.families.heavy import StudentT
from divkit.distributions.families.location_scale import Laplace, Logistic
from divkit.distributions.families.normal import Normal
from divkit.distributions.maps.scalar import Affine, Exp
from divkit.exact.api import divergence
from divkit.exact.batch.api import divergence_batch
from divkit.exact.batch.laws import NormalBatch, NormalMixtureBatch

LONG = np.longdouble
WAYS = ("own", "own", "nested", "affine", "exp", "callable", "batch")
ROWS = ("kl", "kl", "kl", "reverse_kl", "jeffreys", "js", "hellinger2", "tv", "alpha(0.3)",
        "renyi(0.5)", "triangular")  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One component: weight, family, location, scale, degrees of freedom."""

    weight: float
    family: str
    loc: float
    scale: float
    df: float

    def law(self) -> Law1D:
        """The component as divkit's own law."""
        if self.family == "student":
            return StudentT(self.df, self.loc, self.scale)
        return {"normal": Normal, "laplace": Laplace, "logistic": Logistic}[self.family](
            self.loc, self.scale
        )

    def log_density(self, anchor: float, offset: np.ndarray) -> np.ndarray:
        """Log of weight · density at anchor + offset, in the precision of the offsets."""
        kind = offset.dtype.type
        z = np.abs(((kind(anchor) - kind(self.loc)) + offset) / kind(self.scale))
        level = np.log(kind(self.weight)) - np.log(kind(self.scale))
        if self.family == "normal":
            return level - z * z / 2 - np.log(2 * kind(_PI)) / 2
        if self.family == "laplace":
            return level - z - np.log(kind(2))
        if self.family == "logistic":
            return level - z - 2 * np.log1p(np.exp(-z))
        nu = kind(self.df)
        return level + kind(_student_constant(self.df)) - (nu + 1) / 2 * np.log1p(z * z / nu)


_PI = LONG(mpmath.nstr(mpmath.mp.pi, 15)) + LONG("3.2384626433832795e-15")


@lru_cache
def _student_constant(df: float) -> Any:
    with mpmath.workdps(30):
        nu = mpmath.mpf(df)
        value = (
            mpmath.loggamma((nu + 1) / 2)
            - mpmath.loggamma(nu / 2)
            - mpmath.log(nu * mpmath.pi) / 2
        )
        return LONG(mpmath.nstr(value, 25))


def log_mixture(parts: list[Part], anchor: float, offset: np.ndarray) -> np.ndarray:
    """log Σ weight · density at anchor + offset."""
    logs = np.stack([part.log_density(anchor, offset) for part in parts])
    top = logs.max(axis=0)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        return top + np.log(np.exp(logs - top).sum(axis=0))


@lru_cache
def legendre(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on [−1, 1] in 80 bits, by Newton's method from NumPy's."""
    x = np.polynomial.legendre.leggauss(n)[0].astype(LONG)
    for _ in range(3):
        before, value = np.ones_like(x), x.copy()
        for k in range(2, n + 1):
            before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / LONG(k)
        slope = n * (x * value - before) / (x * x - 1)
        x = x - value / slope
    return x, 2 / ((1 - x * x) * slope * slope)


Curve = Callable[[float, np.ndarray], np.ndarray]


def crossings(curves: list[Curve], anchor: float, grid: np.ndarray) -> np.ndarray:
    """Where the largest of several curves changes, bisected until floats end; with its layers."""
    found: list[Any] = []
    top = np.stack([curve(anchor, grid) for curve in curves]).argmax(axis=0)
    for k in np.flatnonzero(top[1:] != top[:-1]):
        stack = [(grid[k], grid[k + 1], top[k], top[k + 1], 0)]
        while stack:
            a, b, i, j, depth = stack.pop()
            middle = (a + b) / 2
            if depth > 90 or not a < middle < b:
                found += [a, *_layers(curves[i], curves[j], anchor, a)]
                continue
            there = np.array([middle])
            m = int(np.stack([curve(anchor, there) for curve in curves])[:, 0].argmax())
            if m != i:
                stack.append((a, middle, i, m, depth + 1))
            if m != j:
                stack.append((middle, b, m, j, depth + 1))
    return np.array(found, dtype=LONG)


def _layers(f: Curve, g: Curve, anchor: float, at: Any) -> list[Any]:
    """Steps of 2^k/|f' − g'| from a crossing, to both sides."""
    step = max(abs(at) * LONG(2.0**-35), LONG(1e-30))
    ends = np.array([at - step, at + step])
    gap = f(anchor, ends) - g(anchor, ends)
    width = 2 * step / max(abs(gap[1] - gap[0]), LONG(1e-300))
    return [at + side * width * LONG(2) ** k for k in range(-1, 12) for side in (-1, 1)]


def truth_of(p: list[Part], q: list[Part], row: str) -> tuple[float, float]:
    """The divergence and a bound of its error."""
    centers = sorted({part.loc for part in (*p, *q)})
    values: list[list[Any]] = [[], []]
    for k, anchor in enumerate(centers):
        low = (LONG(centers[k - 1]) - LONG(anchor)) / 2 if k else -LONG(math.inf)
        high = (
            (LONG(centers[k + 1]) - LONG(anchor)) / 2 if k + 1 < len(centers) else LONG(math.inf)
        )
        knots = _knots(p, q, anchor, low, high)
        for rows, n in zip(values, (40, 28), strict=True):
            nodes, weights = legendre(n)
            left, right = knots[:-1, None], knots[1:, None]
            x = (left + right) / 2 + (right - left) / 2 * nodes
            f = integrand(row, log_mixture(p, anchor, x), log_mixture(q, anchor, x))
            rows.append(((right - left)[:, 0] / 2) * (f @ weights))
    best, other = (np.concatenate(rows) for rows in values)
    value, bound = best.sum(), np.abs(best - other).sum() + LONG(2e-18) * np.abs(best).sum()
    if row.startswith("renyi"):
        return float(-2 * np.log(value)), float(2 * bound / value) + 2e-16 * abs(float(value))
    return float(value), float(bound) + 1.2e-16 * float(abs(value))


def _knots(p: list[Part], q: list[Part], anchor: float, low: Any, high: Any) -> np.ndarray:
    """Ends of panels as offsets from an anchor, within its territory."""
    parts = [*p, *q]
    far = 400 if any(part.family == "student" for part in parts) else 12
    widest = max(part.scale for part in parts)
    points = [np.array([end for end in (low, high) if np.isfinite(end)], dtype=LONG)]
    for part in parts:
        most = int(np.log2(widest / part.scale)) + far
        steps = LONG(part.scale) * LONG(2) ** np.arange(-2, most, dtype=LONG)
        at = LONG(part.loc) - LONG(anchor)
        points.append(np.concatenate([[at], at - steps, at + steps]))
    knots = _inside(points, low, high)
    sides = [[part.log_density for part in side] for side in (p, q) if len(side) > 1]
    for curves in (*sides, [lambda a, x: log_mixture(p, a, x), lambda a, x: log_mixture(q, a, x)]):
        knots = _inside([knots, crossings(curves, anchor, knots)], low, high)
    return knots


def _inside(points: list[np.ndarray], low: Any, high: Any) -> np.ndarray:
    knots = np.unique(np.concatenate(points))
    knots = knots[(knots >= low) & (knots <= high)]
    apart = np.diff(knots) > 4e-19 * np.abs(knots[1:])
    return np.asarray(knots[np.concatenate([[True], apart])])


def integrand(row: str, lp: np.ndarray, lq: np.ndarray) -> np.ndarray:
    """Of the divergence, in its plain form; non-negative where that costs nothing."""
    p, q = np.exp(lp), np.exp(lq)
    with np.errstate(invalid="ignore"):
        gap = np.where((p > 0) | (q > 0), lp - lq, 0)
    safe = np.clip(gap, -11000, 11000)
    if row == "kl":
        return np.where(p > 0, p * gap, 0)
    if row == "reverse_kl":
        return np.where(q > 0, -q * gap, 0)
    if row == "jeffreys":
        return np.where(p > 0, p * gap, 0) - np.where(q > 0, q * gap, 0)
    if row == "tv":
        return np.abs(p - q) / 2
    if row == "hellinger2":
        return (np.sqrt(p) - np.sqrt(q)) ** 2 / 2
    if row == "triangular":
        return np.where(p + q > 0, (p - q) ** 2 / np.where(p + q > 0, p + q, 1), 0)
    if row == "js":
        soft = np.log1p(np.exp(-np.abs(safe)))
        low_p = np.log(LONG(2)) - soft - np.maximum(-safe, 0)
        low_q = np.log(LONG(2)) - soft - np.maximum(safe, 0)
        return (p * low_p + q * low_q) / 2
    if row == "alpha(0.3)":  # [1 − ∫ p^α q^(1−α)]/[α(1−α)], as ∫ of αp + (1−α)q − p^α q^(1−α)
        return (
            (LONG(0.3) * p + LONG(1 - 0.3) * q - _power(lp, lq, LONG(0.3)))
            / LONG(0.3)
            / LONG(1 - 0.3)
        )
    return _power(lp, lq, LONG(0.5))


def _power(lp: np.ndarray, lq: np.ndarray, order: Any) -> np.ndarray:
    there = np.isfinite(lp) & np.isfinite(lq)
    return np.where(there, np.exp(np.where(there, order * lp + (1 - order) * lq, 0)), 0)


class Cases:
    """Random cases, each from its own seed."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def draw(self) -> tuple[list[Part], list[Part], str, str]:
        """(wide, narrow parts, row, way)."""
        rng = self.rng
        row, way = str(rng.choice(ROWS)), str(rng.choice(WAYS))
        families = ["normal", "laplace", "logistic", "student"]
        mixed = rng.random() < 0.3 and way != "batch"
        base = "normal" if way == "batch" or rng.random() < 0.5 else str(rng.choice(families))
        wide_family = "normal" if way == "batch" else str(rng.choice(families))
        wide = Part(
            1.0,
            wide_family,
            float(rng.normal(0, 2)),
            float(np.exp(rng.uniform(-1, 2))),
            float(rng.choice([2.5, 4.0, 9.0])),
        )
        count = int(rng.integers(2, 7))
        weights = (
            10.0 ** rng.uniform(-6, 0, count)
            if rng.random() < 0.5
            else rng.dirichlet(np.ones(count))
        )
        weights = weights / weights.sum()
        parts = [
            Part(
                float(w),
                str(rng.choice(families)) if mixed else base,
                float(wide.loc + 1.5 * wide.scale * rng.normal()),
                float(wide.scale * 10.0 ** rng.uniform(-7, -0.3)),
                float(rng.choice([1.0, 3.0, 6.0])),
            )
            for w in weights
        ]
        return [wide], parts, row, way


def laws(p: list[Part], q: list[Part], way: str) -> tuple[Law1D, Law1D]:
    """The pair, given in that way."""
    wide, parts = p[0].law(), [part.law() for part in q]
    weights = [part.weight for part in q]
    plain: Any = mixture(weights, parts, normalize=True)
    if way == "nested" and len(parts) > 2:
        rest = sum(weights[1:])
        inner = mixture([w / rest for w in weights[1:]], parts[1:], normalize=True)
        return wide, mixture([weights[0], rest], [parts[0], inner], normalize=True)
    if way == "affine":
        return transformed(wide, Affine(3.0, -2.0)), transformed(plain, Affine(3.0, -2.0))
    if way == "exp":
        return transformed(wide, Exp()), transformed(plain, Exp())
    if way == "callable":
        total = math.fsum(weights)
        scaled = [Part(part.weight / total, *list(vars(part).values())[1:]) for part in q]
        peaks = [(part.loc, part.scale) for part in q]
        return wide, law_of(lambda x: log_mixture(scaled, 0.0, x), features=peaks)
    return wide, plain


def value_of(
    p: list[Part], q: list[Part], row: str, way: str, beside: Sequence[str]
) -> tuple[float, float, bool]:
    """Value, error, and whether the value is flagged."""
    if way == "batch":
        column = [
            np.array([[getattr(part, key) for part in q]]) for key in ("weight", "loc", "scale")
        ]
        column[0] = column[0] / column[0].sum()
        wide = NormalBatch(np.array([p[0].loc]), np.array([p[0].scale]))
        both = divergence_batch(wide, NormalMixtureBatch(*column), row)
        value, error = float(both.value[0]), float(both.error[0])
        return value, error, math.isinf(error)
    found = divergence(*laws(p, q, way), [*beside, row])[-1]
    sided = getattr(found, "one_sided", None) is not None
    return found.value, found.error, sided or math.isinf(found.error)


def run(seed: int, beside: Sequence[str] = ()) -> tuple[str, float, str]:
    """Outcome, excess over the stated error (as a ratio), and a description."""
    p, q, row, way = Cases(seed).draw()
    words = f"seed {seed}: {row} {way} {p} {q}"
    try:
        value, error, flagged = value_of(p, q, row, way, beside)
    except (ValueError, ArithmeticError) as refusal:
        return "refused", 0.0, f"{words}\n  {str(refusal)[:200]}"
    if flagged:
        return "flagged", 0.0, words
    if math.isinf(value):
        return "infinite, with its proof", 0.0, words
    truth, bound = truth_of(p, q, row)
    if not bound <= max(error, 1e-300):
        return "truth not good enough", 0.0, words
    ratio = max(abs(value - truth) - bound, 0.0) / error if error else float(value != truth)
    text = f"{words}\n  {value!r} ± {error:.3g}, truth {truth!r} ± {bound:.2g}"
    if ratio > 1:
        return "silent", ratio, text
    wide = error > 1e-10 * max(1.0, abs(value))
    return "right, error above 1e-10" if wide else "right", ratio, text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--beside", default="", help="kinds on the same panels")
    options = parser.parse_args()
    beside = [name for name in options.beside.split(",") if name]
    torch.set_num_threads(1)
    tally: Counter[str] = Counter()
    worst, start = 0.0, time.process_time()
    for seed in range(options.seed, options.seed + options.cases):
        outcome, ratio, text = run(seed, beside)
        tally[outcome] += 1
        worst = max(worst, ratio)
        if outcome not in ("right", "infinite, with its proof"):
            print(f"{outcome}: {text}", flush=True)
    for name, number in sorted(tally.items()):
        print(f"{name:>26}: {number}")
    print(f"largest |value − truth| / error: {worst:.3g}")
    print(f"CPU: {time.process_time() - start:.0f} s")
    return 1 if tally["silent"] else 0


if __name__ == "__main__":
    sys.exit(main())
