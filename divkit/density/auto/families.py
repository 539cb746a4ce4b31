"""Families of one column fitted by maximum likelihood where their support allows it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from divkit.density import likelihood_fits as fits
from divkit.density.auto.recipes import Fit, Recipe
from divkit.density.auto.scales import OnScale, Shifted
from divkit.density.auto.support import Side, Support
from divkit.distributions.adapt.named import weibull as weibull_law
from divkit.distributions.base import Law, Law1D
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.types import FloatArray

REFUSED = 1e-4
"""Chance of a Kolmogorov–Smirnov distance from which a family is refused."""
FEW = 100
"""Rows below which ends cost what their places do in the exponential and the uniform law too."""


@dataclass(frozen=True)
class OnLine:
    """A family on the whole line; `mirrored` fits it to −x."""

    fit: Callable[[FloatArray], Law]
    mirrored: bool = False

    def __call__(self, rows: FloatArray) -> list[Law | OnScale]:
        """Fit the family to rows (n, 1)."""
        return [_fitted(self.fit, rows, Shifted(0.0, -1.0 if self.mirrored else 1.0))]


@dataclass(frozen=True)
class FamilyFromSide:
    """A family on (0, ∞), from one side of the support inwards."""

    fit: Callable[[FloatArray], Law]
    side: Side

    def __call__(self, rows: FloatArray) -> list[Law | OnScale]:
        """Fit the family to rows (n, 1)."""
        return [_fitted(self.fit, rows, Shifted(self.side.place, self.side.inwards))]


@dataclass(frozen=True)
class FamilyBetween:
    """A family on (0, 1), between both sides."""

    fit: Callable[[FloatArray], Law]
    support: Support

    def __call__(self, rows: FloatArray) -> list[Law | OnScale]:
        """Fit the family to rows (n, 1)."""
        low, high = self.support.interval
        return [_fitted(self.fit, rows, Shifted(low, 1 / (high - low)))]


def weibull(u: FloatArray) -> Law:
    """The root k of Σ u^k log u/Σ u^k − 1/k = mean log u; scale (mean u^k)^{1/k}."""
    logs = np.log(u[:, 0])
    middle = float(logs.mean())

    def excess(k: float) -> float:
        return float(special.softmax(k * logs) @ logs) - 1 / k - middle

    unit = 1 / float(logs.std())
    shape = optimize.brentq(excess, 0.05 * unit, 20 * unit, rtol=1e-12)
    scale = math.exp((special.logsumexp(shape * logs) - math.log(len(logs))) / shape)
    return weibull_law(float(shape), scale)


def beta(u: FloatArray) -> Law:
    """Both shapes by the likelihood equations, SciPy's."""
    a, b, _, _ = stats.beta.fit(u, floc=0, fscale=1)
    return Beta(float(a), float(b))


def uniform(u: FloatArray) -> Law:
    """All of (0, 1)."""
    del u
    return Uniform(0.0, 1.0)


_ON_LINE: dict[str, OnLine] = {
    "laplace": OnLine(fits.laplace),
    "logistic": OnLine(fits.logistic),
    "student_t": OnLine(fits.student_t),
    "gumbel": OnLine(fits.gumbel),
    "mirrored gumbel": OnLine(fits.gumbel, mirrored=True),
}
_FROM_SIDE: dict[str, Callable[[FloatArray], Law]] = {
    "exponential": fits.exponential,
    "gamma": fits.gamma,
    "lognormal": fits.lognormal,
    "weibull": weibull,
}
_BETWEEN: dict[str, Callable[[FloatArray], Law]] = {"uniform": uniform, "beta": beta}
_PARAMETERS = {"student_t": 3, "exponential": 1, "uniform": 1}
"""Where there are not two; a uniform law has its ends."""
_WIDER = frozenset({"student_t", "gamma", "weibull", "beta"})
"""Families that hold a plainer one: the normal, the exponential, the uniform."""


def families(support: Support, n: int) -> Iterable[Recipe]:
    """Every family that a support of n rows allows."""
    few = n < FEW
    for name, line in _ON_LINE.items():
        yield _checked(name, name, line)
    for side in support.sides:
        for name, fit in _FROM_SIDE.items():
            yield _checked(
                name, f"{name} {side.words}", FamilyFromSide(fit, side), side.price, few
            )
    if support.bounded:
        for name, fit in _BETWEEN.items():
            words, between = f"{name} between the ends", FamilyBetween(fit, support)
            yield _checked(name, words, between, support.price, few)


def _checked(family: str, name: str, fit: Fit, of_ends: float = 0.0, few: bool = False) -> Recipe:
    """A family that holds a plainer one costs its further parameter, one of two also its ends.

    Of few rows all do: their extremes, which every fold has for ends, are where they would be.
    """
    price, free = 1.0 if family in _WIDER else 0.0, _PARAMETERS.get(family, 2)
    price += 0.0 if free < 2 and not few else of_ends
    return Recipe((name,), fit, (price,), True, (free,), everywhere=isinstance(fit, OnLine))


def refused(law: Law1D, x: FloatArray) -> bool:
    """Whether the largest distance of the distribution functions speaks against the law.

    The parameters were fitted to the same rows, which makes the distance smaller: a law is
    refused less often than stated.
    """
    return bool(stats.kstest(x, law.cdf).pvalue < REFUSED)


def _fitted(fit: Callable[[FloatArray], Law], rows: FloatArray, frame: Shifted) -> Law | OnScale:
    law = fit(frame(rows[:, 0]).z[:, None])
    if frame == Shifted(0.0, 1.0):
        return law
    assert isinstance(law, Law1D)
    return OnScale(law, frame)
