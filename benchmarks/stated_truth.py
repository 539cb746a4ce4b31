"""Laws at loc + scale·Z, and divergences of two of them in 80-bit floats.

Composite Gauss–Legendre between quantiles and on steps that halve towards every end; W1 of a copy
that is shifted is the shift, of one that is stretched about the end of its support the mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from ridges_random import legendre
from scipy import stats
from stated_densities import LONG, E, log_phi
from stated_families import FAMILIES, INF, SLOW


@dataclass(frozen=True)
class Side:
    """A family with shapes at loc + scale·Z."""

    name: str
    shapes: tuple[float, ...]
    loc: float
    scale: float

    def law(self, library: str) -> Any:
        """The law as an object of that library."""
        if self.name == "norm":
            return stats.norm(self.loc, self.scale)
        if self.name == "cauchy":
            return stats.cauchy(self.loc, self.scale)
        kind = FAMILIES[self.name].torch if self.loc == 0 and library == "torch" else None
        return (
            self._torch(kind)
            if kind
            else getattr(stats, self.name)(*self.shapes, self.loc, self.scale)
        )

    def _torch(self, kind: str) -> Any:
        maker, s = (
            getattr(torch.distributions, kind),
            torch.tensor(self.scale, dtype=torch.float64),
        )
        shapes = [torch.tensor(x, dtype=torch.float64) for x in self.shapes]
        if kind in ("InverseGamma",):
            return maker(shapes[0], s)
        if kind == "Gamma":
            return maker(shapes[0], 1 / s)
        if kind == "HalfNormal":
            return maker(s)
        if kind in ("Gumbel",):
            return maker(torch.zeros_like(s), s)
        if kind == "StudentT":
            return maker(shapes[0], torch.zeros_like(s), s)
        if self.scale == 1:
            return maker(*shapes)
        return getattr(stats, self.name)(*self.shapes, self.loc, self.scale)

    @property
    def support(self) -> tuple[Any, Any]:
        """The ends in units of the standard law."""
        return FAMILIES[self.name].support(*self.shapes) if self.name in FAMILIES else (-INF, INF)

    def log_density(self, origin: Side, z: Any) -> Any:
        """At origin.loc + origin.scale z, in units of 1/origin.scale; −inf off the support."""
        ratio = LONG(origin.scale) / LONG(self.scale)
        y = z * ratio + (LONG(origin.loc) - LONG(self.loc)) / LONG(self.scale)
        low, high = self.support
        inside = (y > low) & (y < high)
        safe = np.where(inside, y, LONG(self.middle))
        if self.name == "norm":
            logs = log_phi(safe)
        elif self.name == "cauchy":
            logs = -np.log(E.pi) - np.log1p(safe * safe)
        else:
            logs = FAMILIES[self.name].log_density(safe, *self.shapes)
        return np.where(inside, logs + np.log(ratio), -INF)

    @property
    def middle(self) -> float:
        """The median of the standard law."""
        return float(getattr(stats, self.name)(*self.shapes).ppf(0.5))

    def knots(self, origin: Side) -> np.ndarray:
        """Quantiles, and steps towards the ends, the origin and infinity, in units of origin."""
        law = getattr(stats, self.name)(*self.shapes)
        levels = [1e-40, 1e-20, 1e-12, 1e-8, 1e-5, 1e-3, 1e-2, 0.1, 0.25, 0.5, 0.75]
        found = np.array([*law.ppf(levels), *law.isf(levels)])
        found = found[np.isfinite(found)].astype(LONG)
        width = max(float(np.ptp(found[np.abs(found) < 1e18])), 1e-300)
        powers = (-9, 3) if self.name in SLOW else (-70, 200)
        steps = LONG(width) * LONG(2) ** np.arange(*powers, dtype=LONG)
        stops = [LONG(end) for end in (*self.support, 0.0, self.middle) if math.isfinite(end)]
        stops += [LONG(shape) for shape in self.shapes if self.name == "triang"]
        grid = [found, *(np.r_[[stop], stop - steps, stop + steps] for stop in stops)]
        y = np.concatenate(grid)
        shift = (LONG(self.loc) - LONG(origin.loc)) / LONG(origin.scale)
        return shift + y * (LONG(self.scale) / LONG(origin.scale))


def integral(f: Callable[[Any], Any], p: Side, q: Side) -> tuple[Any, Any]:
    """∫ f over z = (x − p.loc)/p.scale, and a bound of its error."""
    knots = np.unique(np.concatenate([p.knots(p), q.knots(p)]))
    knots = knots[np.r_[True, np.diff(knots) > 4e-19 * np.abs(knots[1:])]]
    values = []
    for n in (40, 28):
        nodes, weights = legendre(n)
        low, high = knots[:-1, None], knots[1:, None]
        z = (low + high) / 2 + (high - low) / 2 * nodes
        with np.errstate(all="ignore"):
            values.append(((high - low)[:, 0] / 2) * (f(z) @ weights))
    best, other = values
    bound = np.abs(best - other).sum() + LONG(1e-17) * np.abs(best).sum()
    return best.sum(), bound


def truth(p: Side, q: Side, row: str, kind: str) -> tuple[Any, Any] | None:
    """The value and its error; None where this script has no formula."""
    if row == "w1":
        if kind == "shifted":
            return abs(LONG(q.loc) - LONG(p.loc)), LONG(0)
        if p.support[0] < 0:
            return None
        one = Side(p.name, p.shapes, 0.0, 1.0)
        mean, error = integral(lambda z: z * np.exp(one.log_density(one, z)), one, one)
        stretch = abs(LONG(q.scale) - LONG(p.scale))
        return stretch * mean, error * stretch

    def integrand(z: Any) -> Any:
        lp, lq = p.log_density(p, z), q.log_density(p, z)
        u, v = np.exp(lp), np.exp(lq)
        if row == "hellinger2":
            return (np.sqrt(u) - np.sqrt(v)) ** 2 / 2
        if row == "kl":
            return np.where(u > 0, u * (lp - lq), 0)
        middle = np.logaddexp(lp, lq) - np.log(LONG(2))
        return (np.where(u > 0, u * (lp - middle), 0) + np.where(v > 0, v * (lq - middle), 0)) / 2

    return integral(integrand, p, q)
