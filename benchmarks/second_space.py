"""Second roads in the plane and in space: NumPy's and SciPy's densities, nothing of divkit's.

- Pairs of normal laws: KL, H² and χ² from the eigenvalues of Σ_p⁻¹Σ_q; coordinates in which the
  two do not differ drop out, and of those that differ alike the radius is sufficient.
- Two statistics or fewer: the trapezoidal rule on a grid, which converges geometrically where
  densities are smooth (Trefethen, Weideman 2014), at two steps; what they differ by is the error.
- More: the mean over draws of (p + q)/2, with its standard error.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import linalg, spatial, special, stats
from second_line import KINDS, Found, OnTheLine, Road, counted, term

Logs = tuple[np.ndarray, np.ndarray]
DRAWS = 10_000_000
_BLOCK = 250_000


@dataclass(frozen=True)
class Axis:
    """A coordinate's grid: nodes, and log p and log q with respect to it, each (K,)."""

    at: Callable[[np.ndarray], Logs]
    low: float
    high: float

    def logs(self, count: int) -> tuple[Logs, float]:
        """Log densities at so many nodes, and the step."""
        nodes, step = np.linspace(self.low, self.high, count, retstep=True)
        with np.errstate(all="ignore"):
            return self.at(nodes), float(step)


@dataclass(frozen=True)
class Atoms:
    """A coordinate of counts, in place of a grid: log probabilities of both laws (K,)."""

    u: np.ndarray
    v: np.ndarray

    def logs(self, count: int) -> tuple[Logs, float]:
        """All of them, whatever the number of nodes elsewhere."""
        del count
        return (self.u, self.v), 1.0


def independent(one: Axis | Atoms, other: Axis | Atoms) -> Callable[[int], tuple[Logs, float]]:
    """The grid of two independent coordinates."""

    def grid(count: int) -> tuple[Logs, float]:
        ((a, b), h), ((c, d), k) = one.logs(count), other.logs(count)
        return (np.add.outer(a, c), np.add.outer(b, d)), h * k

    return grid


@dataclass(frozen=True)
class Trapezoid:
    """The rule at steps h and 2h/3."""

    grid: Callable[[int], tuple[Logs, float]]
    count: int

    def __call__(self, kind: str) -> Found | None:
        """Return the value and its error."""
        return self._found.get(kind)

    @cached_property
    def _found(self) -> Mapping[str, Found]:
        (_, rough), (lacks, fine) = (self._sums(n) for n in (2 * self.count // 3, self.count))
        slack = 4 * abs(fine - rough) + lacks * (1 + abs(fine)) + 1e-11 * np.maximum(1, abs(fine))
        return dict(zip(KINDS, zip(fine.tolist(), slack.tolist(), strict=True), strict=True))

    def _sums(self, count: int) -> tuple[float, np.ndarray]:
        """What either law lacks of mass 1, and the values of all kinds."""
        (u, v), cell = self.grid(count)
        lacks = max(abs(float(np.exp(logs).sum()) * cell - 1) for logs in (u, v))
        with np.errstate(over="ignore"):
            found = [np.nan_to_num(term(kind, u, v), posinf=np.nan).sum() for kind in KINDS]
        return lacks, cell * np.array(found)


@dataclass(frozen=True)
class Drawn:
    """Means over draws of (p + q)/2 of the log densities (p's, q's) of what a sampler draws."""

    sample: Callable[[bool, int, np.random.Generator], Logs]
    draws: int = DRAWS

    def __call__(self, kind: str) -> Found | None:
        """Return the mean and its standard error."""
        return self._found.get(kind)

    @cached_property
    def _found(self) -> Mapping[str, Found]:
        rng, blocks = np.random.default_rng(20), max(1, self.draws // (2 * _BLOCK))
        sums = np.zeros((2, 2, len(KINDS)))
        for _ in range(blocks):
            for side, of_p in enumerate((True, False)):
                u, v = self.sample(of_p, _BLOCK, rng)
                middle = np.logaddexp(u, v) - math.log(2)
                terms = np.array([term(kind, u - middle, v - middle) for kind in KINDS])
                sums[side] += terms.sum(axis=1), (terms**2).sum(axis=1)
        mean, square = sums.transpose(1, 0, 2) / (blocks * _BLOCK)
        value = mean.mean(axis=0)
        error = 0.5 * np.sqrt(((square - mean**2) / (blocks * _BLOCK)).sum(axis=0))
        return dict(zip(KINDS, zip(value.tolist(), error.tolist(), strict=True), strict=True))


@dataclass(frozen=True)
class FormulaFirst:
    """Closed forms by kind, and another road for what has none."""

    forms: Mapping[str, Found]
    rest: Road

    def __call__(self, kind: str) -> Found | None:
        """Return the value and its error."""
        return self.forms[kind] if kind in self.forms else self.rest(kind)


def gaussians(mean_p: Any, cov_p: Any, mean_q: Any, cov_q: Any) -> Road:
    """The road of two normal laws."""
    a, b = np.asarray(cov_p, dtype=float), np.asarray(cov_q, dtype=float)
    ratio, axes = linalg.eigh(b, a)  # variances of q where those of p are 1
    gap = axes.T @ (np.broadcast_to(mean_q, len(a)) - np.broadcast_to(mean_p, len(a)))
    where = np.flatnonzero((abs(ratio - 1) > 1e-9) | (abs(gap) > 1e-9))
    ratio, gap = ratio[where], gap[where]
    if np.allclose(ratio, 1, rtol=0, atol=1e-9):  # a shift
        return OnTheLine(stats.norm(), stats.norm(float(np.sqrt(gap @ gap))))
    forms = _gaussian_forms(ratio, gap)
    moved = abs(gap) > 1e-9
    groups: list[tuple[float, int]] = []
    for r in sorted(ratio[~moved]):
        if groups and abs(r - groups[-1][0]) < 1e-9:
            groups[-1] = groups[-1][0], groups[-1][1] + 1
        else:
            groups.append((float(r), 1))
    statistics = [_radius(r, k) for r, k in groups]
    statistics += [
        shifted_normal(float(r), float(g)) for r, g in zip(ratio[moved], gap[moved], strict=True)
    ]
    if len(statistics) == 1:
        rest: Road = Trapezoid(statistics[0].logs, 60_000)
    elif len(statistics) == 2:
        rest = Trapezoid(independent(*statistics), 1800)
    else:
        rest = Drawn(_normal_draws(ratio, gap, len(where)), min(DRAWS, 400_000_000 // len(where)))
    return FormulaFirst(forms, rest)


def _gaussian_forms(ratio: np.ndarray, gap: np.ndarray) -> Mapping[str, Found]:
    """KL, H² and χ² of N(0, I) and N(gap, diag ratio)."""
    kl = 0.5 * float((1 / ratio - 1 + gap**2 / ratio + np.log(ratio)).sum())
    back = 0.5 * float((ratio - 1 + gap**2 - np.log(ratio)).sum())
    mid = 0.5 * (1 + ratio)
    affinity = math.exp(
        float((0.25 * np.log(ratio) - 0.5 * np.log(mid) - gap**2 / (8 * mid)).sum())
    )
    forms = {"kl": kl, "reverse_kl": back, "hellinger2": 1 - affinity}
    s = 2 - 1 / ratio  # ∫ p²/q converges where 2 > 1/ratio
    if (s > 0).all():
        log = 0.5 * (np.log(ratio) - np.log(s)) + 0.5 * (gap**2 / ratio + (gap / ratio) ** 2 / s)
        forms["chi2"] = math.expm1(float(log.sum()))
    return {kind: (value, 1e-12 * max(1.0, abs(value))) for kind, value in forms.items()}


def _radius(ratio: float, k: int) -> Axis:
    """log |z| of k coordinates of unit variance under p and of variance `ratio` under q."""

    def at(t: np.ndarray) -> Logs:
        logs = [
            stats.chi2(k, scale=s).logpdf(np.exp(2 * t)) + math.log(2) + 2 * t
            for s in (1.0, ratio)
        ]
        return logs[0], logs[1]

    wide, narrow = max(1.0, ratio), min(1.0, ratio)
    low = 0.5 * math.log(stats.chi2(k, scale=narrow).ppf(1e-18))
    return Axis(at, low, 0.5 * math.log(stats.chi2(k, scale=wide).isf(1e-18)))


def shifted_normal(ratio: float, gap: float) -> Axis:
    """A coordinate that is N(0, 1) under p and N(gap, ratio) under q."""

    def at(x: np.ndarray) -> Logs:
        return stats.norm().logpdf(x), stats.norm(gap, math.sqrt(ratio)).logpdf(x)

    reach = 9 * max(1.0, math.sqrt(ratio))
    return Axis(at, min(0.0, gap) - reach, max(0.0, gap) + reach)


def _normal_draws(ratio: np.ndarray, gap: np.ndarray, dim: int) -> Any:
    root, level = np.sqrt(ratio), -0.5 * float(np.log(ratio).sum())

    def sample(of_p: bool, rows: int, rng: np.random.Generator) -> Logs:
        z = rng.standard_normal((rows, dim))
        if of_p:
            return -0.5 * np.einsum("ij,ij->i", z, z), level - 0.5 * (((z - gap) / root) ** 2).sum(
                axis=1
            )
        x = gap + root * z
        return -0.5 * np.einsum("ij,ij->i", x, x), level - 0.5 * np.einsum("ij,ij->i", z, z)

    return sample


def products(parts: Sequence[tuple[Any, Any, int]], draws: int) -> Road:
    """Products of laws of the line, (p, q, copies), by their values on the line."""

    def sample(of_p: bool, rows: int, rng: np.random.Generator) -> Logs:
        u, v = np.zeros(rows), np.zeros(rows)
        for p, q, copies in parts:
            x = (p if of_p else q).rvs(size=(copies, rows), random_state=rng)
            log = "logpmf" if isinstance(p.dist, stats.rv_discrete) else "logpdf"
            u += getattr(p, log)(x).sum(axis=0)
            v += getattr(q, log)(x).sum(axis=0)
        return u, v

    lines = [(_on_its_own(p, q), copies) for p, q, copies in parts]
    return FormulaFirst(product_forms(lines), Drawn(sample, draws))


def product_forms(parts: Sequence[tuple[Road, int]]) -> Mapping[str, Found]:
    """KL, H² and χ² of a product, from roads of its factors and their numbers of copies."""
    same = (lambda v: v, lambda total: total)
    maps = {
        "kl": same, "reverse_kl": same, "chi2": (math.log1p, math.expm1),
        "hellinger2": (lambda v: math.log1p(-v), lambda total: -math.expm1(total)),
    }  # fmt: skip
    forms = {}
    for kind, (into, back) in maps.items():
        found = [(road(kind), copies) for road, copies in parts]
        known = [(each, copies) for each, copies in found if each is not None]
        value = back(math.fsum(copies * into(each[0]) for each, copies in known))
        error = math.fsum(copies * each[1] for each, copies in known)
        forms[kind] = value, error * (1 + value)
    return forms


def _on_its_own(p: Any, q: Any) -> Road:
    discrete = isinstance(p.dist, stats.rv_discrete)
    return counted(p, q, 0, 80) if discrete else OnTheLine(p, q)


def plane(
    p: Callable[..., np.ndarray], q: Callable[..., np.ndarray], reach: float, count: int = 1200
) -> Road:
    """The road of two log densities of the plane, functions of the nodes of both axes."""

    def grid(nodes: int) -> tuple[Logs, float]:
        ticks, step = np.linspace(-reach, reach, nodes, retstep=True)
        return (p(ticks, ticks), q(ticks, ticks)), float(step) ** 2

    return Trapezoid(grid, count)


def blobs(centres: Any, sd: float, weights: Any = None) -> Callable[..., np.ndarray]:
    """Log density of round Gaussians at centres (K, 2)."""
    places = np.asarray(centres, dtype=float)
    shares = np.full(len(places), 1 / len(places)) if weights is None else np.asarray(weights)
    tree, near = spatial.cKDTree(places), [*range(1, min(100, len(places)) + 1)]

    def log(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        a, b = ((t[:, None] - places[:, k]) / sd for k, t in enumerate((x, y)))
        with np.errstate(divide="ignore"):
            out = np.log((np.exp(-0.5 * a * a) * shares) @ np.exp(-0.5 * b * b).T)
        lost = np.argwhere(out < -600)  # where the product underflows: the nearest alone count
        for some in np.array_split(lost, max(1, len(lost) // 20_000)):
            rows = np.stack([x[some[:, 0]], y[some[:, 1]]], axis=1)
            away, which = tree.query(rows, k=near)
            logs = special.logsumexp(-0.5 * (away / sd) ** 2, b=shares[which], axis=1)
            out[some[:, 0], some[:, 1]] = logs
        return np.asarray(out - math.log(2 * math.pi * sd * sd))

    return log


def round_normal(variance: float) -> Callable[..., np.ndarray]:
    """Log density of N(0, variance·I) in the plane."""
    return blobs([[0.0, 0.0]], math.sqrt(variance))


def full_normal(cov: Any) -> Callable[..., np.ndarray]:
    """Log density of N(0, cov) in the plane."""
    (a, b), (_, d) = np.linalg.inv(cov)
    level = -math.log(2 * math.pi) - 0.5 * math.log(np.linalg.det(cov))
    return lambda x, y: level - 0.5 * (a * x[:, None] ** 2 + 2 * b * np.outer(x, y) + d * y**2)


def rings(modes: int, radius: float = 2.0, turn: float = 0.0) -> np.ndarray:
    """Points on a circle."""
    angle = turn + 2 * math.pi * np.arange(modes) / modes
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def squares(side: int) -> list[tuple[float, float]]:
    """Points of a grid two apart around 0."""
    ticks = [2.0 * k - (side - 1) for k in range(side)]
    return list(itertools.product(ticks, ticks))


def arcs(count: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Points of two half moons, with weights."""
    t, weight = np.polynomial.legendre.leggauss(count)
    angle = 0.5 * math.pi * (1 + t)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.concatenate([upper, [1.0, 0.5] - upper]), np.tile(weight / 4, 2)


def arms(
    number: int, turns: float, radius: float = 3.0, count: int = 300
) -> tuple[np.ndarray, np.ndarray]:
    """Points of spiral arms radius·√t(cos, sin)(2π turns √t), t uniform, with weights."""
    t, weight = np.polynomial.legendre.leggauss(count)
    s = 0.5 * (1 + t)
    points, shares = [], []
    for k in range(number):
        angle = 2 * math.pi * (turns * s + k / number)
        points.append(radius * s[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1))
        shares.append(s * weight / number)  # dt = 2 s ds
    return np.concatenate(points), np.concatenate(shares)


def covariance(points: np.ndarray, shares: np.ndarray, sd: float) -> np.ndarray:
    """Of blobs at points."""
    centre = shares @ points
    return sd * sd * np.eye(2) + (points - centre).T @ ((points - centre) * shares[:, None])
