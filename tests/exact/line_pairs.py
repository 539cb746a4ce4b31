"""Pairs of laws on the line: the 17 of the reference file, and random ones nobody tuned for."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.stats
import torch
from scipy.optimize import brentq

from divkit.distributions.base import Law1D
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.distributions.support import edges

REFERENCE = Path(__file__).parents[1] / "reference" / "divergences_1d.json"

OWN = {
    "normal": Normal,
    "laplace": Laplace,
    "logistic": Logistic,
    "gumbel": Gumbel,
    "cauchy": Cauchy,
    "student": StudentT,
    "uniform": Uniform,
    "expon": Exponential,
    "gamma": Gamma,
    "beta": Beta,
}
SCIPY = {
    "normal": scipy.stats.norm,
    "laplace": scipy.stats.laplace,
    "logistic": scipy.stats.logistic,
    "gumbel": scipy.stats.gumbel_r,
    "cauchy": scipy.stats.cauchy,
    "student": scipy.stats.t,
    "uniform": lambda low, high: scipy.stats.uniform(low, high - low),
    "expon": lambda rate: scipy.stats.expon(scale=1 / rate),
    "gamma": lambda shape, rate: scipy.stats.gamma(shape, scale=1 / rate),
    "beta": scipy.stats.beta,
}


@dataclass(frozen=True)
class ReferencePair:
    name: str
    p: list[Any]
    q: list[Any]
    values: dict[str, str]


def reference_pairs() -> list[ReferencePair]:
    entries = json.loads(REFERENCE.read_text(encoding="utf-8"))["pairs"]
    quantities = ("kl_pq", "kl_qp", "js", "hellinger2", "tv", "gan_value")
    return [
        ReferencePair(e["name"], e["p"], e["q"], {k: e[k] for k in quantities}) for e in entries
    ]


def own_law(spec: list[Any]) -> Law1D:
    family, *numbers = spec
    if family == "mixture":
        weights, means, scales = zip(*(map(float, part) for part in numbers), strict=True)
        return mixture(weights, [Normal(m, s) for m, s in zip(means, scales, strict=True)])
    return OWN[family](*map(float, numbers))


def scipy_law(spec: list[Any]) -> Any:
    family, *numbers = spec
    if family == "mixture":
        weights, means, scales = zip(*(map(float, part) for part in numbers), strict=True)
        parts = [scipy.stats.Normal(mu=m, sigma=s) for m, s in zip(means, scales, strict=True)]
        return scipy.stats.Mixture(parts, weights=weights)
    return SCIPY[family](*map(float, numbers))


class RandomPairs:
    """Families, scales 1e-3 … 1e3, locations to 1e4, mixtures with 0.1% in a width of 1e-3."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def pair(self) -> tuple[Law1D, Law1D]:
        p = self.law()
        q = self.near(p) if self.rng.random() < 0.5 else self.law()
        return (p, q) if self.rng.random() < 0.5 else (q, p)

    def law(self) -> Law1D:
        kind = int(self.rng.integers(14))
        if kind == 12:
            needle = Normal(self._loc(), 1e-3)
            return mixture((0.999, 0.001), (self._family(int(self.rng.integers(12))), needle))
        return self._normals() if kind == 13 else self._family(kind)

    def _normals(self) -> Law1D:
        n = int(self.rng.integers(2, 5))
        loc, scale = self._loc(), self._scale()
        parts = [
            Normal(
                loc + 3 * scale * float(self.rng.normal()), scale * 10 ** self.rng.uniform(-1, 1)
            )
            for _ in range(n)
        ]
        return mixture(self.rng.dirichlet(np.ones(n)).tolist(), parts, normalize=True)

    def _family(self, kind: int) -> Law1D:
        loc, scale = self._loc(), self._scale()
        if kind < 5:
            return (Normal, Laplace, Logistic, Gumbel, Cauchy)[kind](loc, scale)
        if kind == 5:
            return StudentT(self._power(-0.3, 1.5), loc, scale)
        if kind == 6:
            return Uniform(loc, loc + scale)
        if kind == 7:
            return Exponential(scale)
        if kind == 8:
            return Gamma(self._power(-0.7, 2), scale)
        if kind == 9:
            return Beta(self._power(-0.5, 1.5), self._power(-0.5, 1.5))
        if kind == 10:
            return LogNormal(float(self.rng.uniform(-3, 3)), self._power(-1, 0.5))
        return Pareto(self._power(-0.3, 1), scale)

    def near(self, p: Law1D) -> Law1D:
        """A law that overlaps with p, sometimes by a lot."""
        factor = math.exp(0.7 * self.rng.normal())
        if hasattr(p, "loc"):
            shift = float(self.rng.normal() * self.rng.choice([1e-6, 0.1, 1.0, 5.0]))
            return dataclasses.replace(p, loc=p.loc + p.scale * shift, scale=p.scale * factor)
        if isinstance(p, Uniform):
            width = p.high - p.low
            low, high = (0.3 * width * self.rng.normal(), width * abs(self.rng.normal()))
            return Uniform(p.low + low, p.high + high)
        if isinstance(p, Exponential):
            return Exponential(p.rate * factor)
        if isinstance(p, Gamma):
            return Gamma(p.shape * math.exp(0.2 * self.rng.normal()), p.rate * factor)
        if isinstance(p, Beta):
            return Beta(p.a * factor, p.b * math.exp(0.3 * self.rng.normal()))
        if isinstance(p, LogNormal):
            return LogNormal(p.mu + p.sigma * float(self.rng.normal()), p.sigma * factor)
        if isinstance(p, Pareto):
            return Pareto(p.alpha * factor, p.scale * float(self.rng.choice([1.0, 0.5, 1.2])))
        mark = p.features[int(self.rng.integers(len(p.features)))]
        family = (Normal, Laplace, Cauchy, Logistic)[int(self.rng.integers(4))]
        return family(mark.center[0], mark.scale[0] * factor)

    def _scale(self) -> float:
        return self._power(-3, 3)

    def _loc(self) -> float:
        return float(self.rng.choice([-1, 1])) * self._power(-2, 4)

    def _power(self, low: float, high: float) -> float:
        return float(10 ** self.rng.uniform(low, high))


def tv_by_crossings(p: Law1D, q: Law1D) -> tuple[float, float]:
    """½ Σ |Δ(F − G)| between the crossings of p and q, and a bound of its error.

    Crossings are found on a dense grid and polished by Brent; distribution functions are taken to
    be good to 3e-14. No integral of a density is formed.
    """
    points = grid(p, q)
    with np.errstate(invalid="ignore"):
        gap = log_ratio(p, q, points)
    found = [
        brentq(
            lambda x: float(log_ratio(p, q, np.array([x]))[0]),
            a,
            b,
            xtol=1e-300,
            rtol=1e-15,
            maxiter=5000,
        )
        for (a, b), (u, v) in zip(itertools.pairwise(points), itertools.pairwise(gap), strict=True)
        if (u < 0 < v or v < 0 < u) and math.isfinite(u) and math.isfinite(v)
    ]
    corners = [x for law in (p, q) for x in (*law.kinks, *edges(law.support))]
    cuts = np.array(sorted({*found, *corners}))
    f, g, s, t = p.cdf(cuts), q.cdf(cuts), p.sf(cuts), q.sf(cuts)
    lead = np.where(f + g > 1, t - s, f - g)
    return 0.5 * float(np.abs(np.diff([0.0, *lead, 0.0])).sum()), 3e-14 * (1 + len(cuts))


def log_ratio(p: Law1D, q: Law1D, x: np.ndarray) -> np.ndarray:
    t = torch.from_numpy(x)
    lp, lq = (np.maximum(law.log_prob_at(0.0, t).numpy(), -1e290) for law in (p, q))
    return lp - lq


def grid(p: Law1D, q: Law1D) -> np.ndarray:
    """Dense points around every feature, in units of its scale, evenly in arsinh."""
    steps = np.sinh(np.linspace(-25, 25, 8001))
    marks = [f.center[0] + f.scale[0] * steps for law in (p, q) for f in law.features]
    corners = [x for law in (p, q) for x in (*law.kinks, *edges(law.support))]
    ends = [np.nextafter(x, side) for x in corners for side in (-np.inf, np.inf)]
    return np.unique(np.concatenate([*marks, ends]))
