r"""Poisson laws, and Skellam's of the difference of two."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from flint import arb

from divkit.distributions.ball_precision import own_precision
from divkit.distributions.base import positive
from divkit.distributions.counts.gammas import Sized, deviance
from divkit.distributions.counts.law import CountLaw
from divkit.distributions.counts.ratio import Between, Ratio, ratio, rising
from divkit.distributions.counts.rational import RationalLaw
from divkit.distributions.finite.log_weights import UNIT
from divkit.distributions.logarithms import ball_of, log_of
from divkit.types import Ball, FloatArray

_DIRECT = 2000
_MOST_DRAWN = 1e18
_DEBYE = (
    (3 / 24, -5 / 24),
    (81 / 1152, -462 / 1152, 385 / 1152),
    (30375 / 414720, -369603 / 414720, 765765 / 414720, -425425 / 414720),
    (
        4465125 / 39813120,
        -94121676 / 39813120,
        349922430 / 39813120,
        -446185740 / 39813120,
        185910725 / 39813120,
    ),
)
"""Debye's polynomials of I_ν(x) in t² = ν²/s², to be divided by s, s², …, s² = ν² + x²."""


@dataclass(frozen=True)
class Poisson(RationalLaw):
    """P(k) = e^{−rate} rate^k / k!, k = 0, 1, … (Johnson, Kemp, Kotz 2005, equation 4.1).

    Raises
    ------
    ValueError
        If rate is not positive and finite.

    See Also
    --------
    divkit.Skellam : the difference of two.
    divkit.NegativeBinomial : of a larger variance.
    divkit.count_law : counts of your own.

    Examples
    --------
    >>> float(Poisson(3.0).log_prob([0.0])[0])
    -3.0
    """

    rate: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", positive("rate", self.rate))

    @cached_property
    def ratio(self) -> Ratio:
        """rate/(k + 1)."""
        return ratio(log_of(Fraction(self.rate)), [rising(1, -1)])

    def log_first(self) -> Ball:
        """−rate."""
        return -arb(self.rate)

    @property
    def ends(self) -> tuple[float, float]:
        """From 0."""
        return 0, math.inf

    @property
    def center(self) -> tuple[float, float]:
        """Mode and standard deviation."""
        return math.floor(self.rate), max(1.0, math.sqrt(self.rate))

    @property
    def mean(self) -> FloatArray:
        """The rate."""
        return np.array([self.rate])

    @property
    def covariance(self) -> FloatArray:
        """The rate."""
        return np.array([[self.rate]])

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return poisson_draws(np.full(n, self.rate), rng)


def poisson_draws(rates: FloatArray, rng: np.random.Generator) -> FloatArray:
    """A Poisson count of each rate; above 1e18 a normal one, off by less than its rounding."""
    large = rates >= _MOST_DRAWN
    counts = rng.poisson(np.where(large, 0.0, rates)).astype(np.float64)
    if large.any():
        normal = rates[large] + np.sqrt(rates[large]) * rng.standard_normal(int(large.sum()))
        counts[large] = np.rint(normal)
    return counts


@dataclass(frozen=True)
class Skellam(CountLaw):
    r"""The difference of two independent Poisson counts, of rates `first` and `second`.

    P(k) = e^{−μ−ν} (μ/ν)^{k/2} I_k(2√(μν)) (Skellam 1946). With s = √(k² + 4μν), a = (s + k)/2 and
    b = (s − k)/2 Debye's expansion is two deviances, which keep their digits:

        log P(k) = −[a log(a/μ) − a + μ] − [b log(b/ν) − b + ν] − ½ log 2πs + log(1 + …/s).

    Where s < 2000, it is Bessel's function in balls.

    Raises
    ------
    ValueError
        If a rate is not positive and finite.

    See Also
    --------
    divkit.Poisson : each of the two.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(Skellam(2.0, 1.0).log_prob([-1, 0, 1])).round(6)
    array([0.119232, 0.211712, 0.238463])
    """

    first: float
    second: float

    def __post_init__(self) -> None:
        for name in ("first", "second"):
            object.__setattr__(self, name, positive(name, getattr(self, name)))

    @property
    def ends(self) -> tuple[float, float]:
        """All whole numbers."""
        return -math.inf, math.inf

    @property
    def center(self) -> tuple[float, float]:
        """Mean and standard deviation."""
        return round(self.first - self.second), max(1.0, math.sqrt(self.first + self.second))

    def _rates(self, side: int) -> tuple[Fraction, Fraction]:
        rates = Fraction(self.first), Fraction(self.second)
        return rates if side > 0 else rates[::-1]

    def asymptote(self, side: int) -> Ratio:
        """That of the Poisson law on this side: I_k(x) ~ (x/2)^k/k!."""
        return ratio(log_of(self._rates(side)[0]), [rising(1, -1)])

    def between(self, side: int) -> Between:
        """μ/(v + 1 + √(μν)) ≤ r ≤ μ/(v + 1) for v ≥ 0 (Amos 1974, equation 9)."""
        mine, other = self._rates(side)
        root = Fraction(math.nextafter(math.sqrt(mine) * math.sqrt(other) * (1 + 1e-15), math.inf))
        log = log_of(mine)
        return Between(ratio(log, [rising(1 + root, -1)]), ratio(log, [rising(1, -1)]), 0)

    @cached_property
    def _near(self) -> tuple[FloatArray, FloatArray]:
        """log P(k) for |k| ≤ 2000: I_{k+1}/I_k by backward recurrence in balls, then products."""
        with own_precision(256):
            mu, nu = arb(self.first), arb(self.second)
            x = 2 * (mu * nu).sqrt()
            quotients, quotient = [], arb(0).union(arb(1))
            for k in range(_DIRECT + 200, -1, -1):  # I_{k+1}/I_k = 1/(2(k+1)/x + I_{k+2}/I_{k+1})
                quotient = 1 / (2 * (k + 1) / x + quotient)
                quotients.append(quotient)
            log, tilt = -mu - nu + _log_bessel(x), (mu / nu).log() / 2
            logs, product = [log], arb(1)
            for quotient in reversed(quotients[-_DIRECT:]):
                product *= quotient
                logs.append(log + product.log())
            down = [b - k * tilt for k, b in enumerate(logs)]
            up = [b + k * tilt for k, b in enumerate(logs)]
            balls = [*down[:0:-1], *up]
            values = np.array([float(b) for b in balls])
            wide = np.array([float(b.rad()) for b in balls])
        return values, 2 * UNIT * np.abs(values) + 2 * wide + 1e-300

    def _log_pmf(self, k: FloatArray) -> Sized:
        root = 2 * math.sqrt(self.first) * math.sqrt(self.second)
        near = np.hypot(k, root) < _DIRECT
        out, errors = np.empty_like(k), np.empty_like(k)
        if near.any():
            logs, slips = self._near
            at = k[near].astype(np.int64) + _DIRECT
            out[near], errors[near] = logs[at], slips[at]
        if not near.all():
            far = self._expanded(k[~near], root)
            out[~near], errors[~near] = far.value, far.error
        return Sized(out, errors)

    def _expanded(self, k: FloatArray, root: float) -> Sized:
        s, total = np.hypot(k, root), self.first + self.second
        gap = (k - self.first) + self.second
        slip = UNIT * (np.abs(k - self.first) + np.abs(gap))
        base = self.first - self.second
        up = 0.5 * gap * (1 + (k + base) / (s + total))  # a − μ
        down = 0.5 * gap * (-1 + (k + base) / (s + total))  # b − ν
        large = 0.5 * (np.abs(k) + s)  # the larger of a and b, whose product is μν
        small = 0.25 * root * root / large
        a, b = np.where(k >= 0, large, small), np.where(k >= 0, small, large)
        parts = [deviance(a, self.first, up), deviance(b, self.second, down)]
        steep = 2 * np.abs(np.log(a / self.first))
        t2, series = np.square(k / s), np.zeros_like(k)
        for order, polynomial in enumerate(_DEBYE, start=1):
            series = series + np.polynomial.polynomial.polyval(t2, polynomial) / s**order
        half = 0.5 * np.log(2 * math.pi * s)
        value = -(parts[0] + parts[1]) - half + np.log1p(series)
        error = UNIT * (40 * (parts[0] + parts[1]) + 4 * np.abs(half) + 4) + slip * steep
        return Sized(value, error + 2 / s**5)

    @property
    def mean(self) -> FloatArray:
        """The difference of the rates."""
        return np.array([self.first - self.second])

    @property
    def covariance(self) -> FloatArray:
        """The sum of the rates."""
        return np.array([[self.first + self.second]])

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        first, second = (Poisson(rate)._sample(n, rng) for rate in (self.first, self.second))
        return first - second


def _log_bessel(x: Ball) -> Ball:
    """log I_0(x)."""
    return x.bessel_i(ball_of(0), scaled=True).log() + x
