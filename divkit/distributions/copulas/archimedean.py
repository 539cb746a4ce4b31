r"""Archimedean pair copulas on normal scores: Clayton, Gumbel, Frank, Joe.

With x = −log u, y = −log v and their logarithms (the scale of `scores`), everything is a sum of
terms of one sign, so that h near 0 and near 1 keeps its digits (formulas: Joe 2014, chapter 4):

    Clayton:  −log h = (1 + 1/θ) log(1 + A),   A = e^{−θy}(e^{θx} − 1),
    Gumbel:   −log h = y (e^{r/θ} − 1) + (1 − 1/θ) r,   r = log(1 + (x/y)^θ),
    Frank:    logit h = log (1 − e^{−θu}) − log (1 − e^{−θ(1 − u)}) + θ(u − v),
    Joe:      −log h = −log(1 − α) + (1 − 1/θ) log(1 + α(1 − β)/β),   α = (1 − u)^θ, β = (1 − v)^θ.

Those of Clayton and Frank invert in closed form. Gumbel's is convex in θ log(x/y) and Joe's in
log α, so that Newton's steps from the right of the root never pass it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch

from divkit.distributions.base import finite
from divkit.distributions.copulas.pair import PairCopula
from divkit.distributions.copulas.scores import (
    complement,
    double_log,
    level,
    log_expm1,
    log_softplus,
    log_unit_minus_exp,
    score_of_double_log,
    score_of_logs,
    softplus,
)
from divkit.lazy import deferred
from divkit.types import Tensor

special = deferred("scipy.special")

_STEPS, _STILL = 200, 1e-9


@dataclass(frozen=True)
class ArchimedeanPair(PairCopula):
    """A family of one parameter θ, above `least`; at `least` its coordinates are independent.

    Raises
    ------
    ValueError
        If θ is not.
    """

    least: ClassVar[float] = 0.0
    theta: float

    def __post_init__(self) -> None:
        theta = finite("theta", self.theta)
        if theta <= self.least:
            raise ValueError(
                f"theta must be in ({self.least:g}, inf); got {self.theta!r}. At {self.least:g} "
                "coordinates are independent: IndependentPair()."
            )
        object.__setattr__(self, "theta", theta)


@dataclass(frozen=True)
class ClaytonPair(ArchimedeanPair):
    """Clayton's copula (u^{−θ} + v^{−θ} − 1)^{−1/θ}, θ > 0: small values come together.

    Raises
    ------
    ValueError
        If θ is not positive.

    Examples
    --------
    >>> import torch
    >>> zero = torch.zeros(1, dtype=torch.float64)
    >>> round(float(ClaytonPair(2.0).log_density(zero, zero)[0]), 6)  # log 192 − 2.5 log 7
    0.39272
    """

    words = "Clayton"

    @property
    def tau(self) -> float:
        """Kendall's τ = θ/(θ + 2)."""
        return self.theta / (self.theta + 2)

    def log_density(self, a: Tensor, b: Tensor) -> Tensor:
        """log(1 + θ) + (1 + θ)(x + y) − (2 + 1/θ)(θy + log(1 + A))."""
        t, m, k = self.theta, double_log(a), double_log(b)
        total = t * k.exp() + softplus(self._log_ratio(m, k))
        return math.log1p(t) + (1 + t) * (m.exp() + k.exp()) - (2 + 1 / t) * total

    def given(self, a: Tensor, b: Tensor) -> Tensor:
        """Scores of the first given the second."""
        ratio = self._log_ratio(double_log(a), double_log(b))
        return score_of_double_log(math.log1p(1 / self.theta) + log_softplus(ratio))

    def inverse(self, w: Tensor, b: Tensor) -> Tensor:
        """The a of `given(a, b)` = w."""
        ratio = log_expm1(double_log(w) - math.log1p(1 / self.theta))
        rise = ratio + self.theta * double_log(b).exp()
        return score_of_double_log(log_softplus(rise) - math.log(self.theta))

    def _log_ratio(self, m: Tensor, k: Tensor) -> Tensor:
        """Log A."""
        return log_expm1(m + math.log(self.theta)) - self.theta * k.exp()


@dataclass(frozen=True)
class GumbelPair(ArchimedeanPair):
    """Gumbel's copula exp(−((−log u)^θ + (−log v)^θ)^{1/θ}), θ > 1: large values come together.

    Raises
    ------
    ValueError
        If θ is not above 1.

    Examples
    --------
    >>> GumbelPair(2.0).tau
    0.5
    """

    words = "Gumbel"
    least = 1.0

    @property
    def tau(self) -> float:
        """Kendall's τ = 1 − 1/θ."""
        return 1 - 1 / self.theta

    def log_density(self, a: Tensor, b: Tensor) -> Tensor:
        """x − y(e^{r/θ} − 1) + (θ − 1)(log x + log y) + (1 − 2θ) log S + log(S + θ − 1)."""
        t, m, k = self.theta, double_log(a), double_log(b)
        rise = t * (m - k)
        log_s = k + softplus(rise) / t  # S = (x^θ + y^θ)^{1/θ}
        less = (k + log_expm1(log_softplus(rise) - math.log(t))).exp()
        ends = m.exp() - less + (t - 1) * (m + k) + (1 - 2 * t) * log_s
        return ends + torch.logaddexp(log_s, torch.full_like(log_s, math.log(t - 1)))

    def given(self, a: Tensor, b: Tensor) -> Tensor:
        """Scores of the first given the second."""
        k = double_log(b)
        return score_of_double_log(self._double_log(self.theta * (double_log(a) - k), k))

    def inverse(self, w: Tensor, b: Tensor) -> Tensor:
        """The a of `given(a, b)` = w, by Newton's steps in θ log(x/y)."""
        t, k, m = self.theta, double_log(b), double_log(w)
        keep = math.log1p(-1 / t)
        straight = torch.logaddexp(k - math.log(t), torch.full_like(k, keep))
        most = torch.minimum(math.log(t) + log_softplus(m - k), m - straight)  # of log r

        def newton(at: Tensor) -> tuple[Tensor, Tensor]:
            grown = k + softplus(at) / t - math.log(t)
            slope = torch.logaddexp(grown, torch.full_like(k, keep)) - softplus(-at)
            return self._double_log(at, k), slope

        rise = from_the_right(newton, log_expm1(most), m)
        return score_of_double_log(k + rise / t)

    def _double_log(self, rise: Tensor, k: Tensor) -> Tensor:
        """Log(−log h) of rise = θ log(x/y) and k = log y."""
        m = log_softplus(rise)
        grown = k + log_expm1(m - math.log(self.theta))
        return torch.logaddexp(grown, m + math.log1p(-1 / self.theta))


@dataclass(frozen=True)
class FrankPair(ArchimedeanPair):
    """Frank's copula −log(1 + (e^{−θu} − 1)(e^{−θv} − 1)/(e^{−θ} − 1))/θ, θ > 0.

    Extremes of both coordinates come together no more than by chance.

    Raises
    ------
    ValueError
        If θ is not positive. (Negative ones are `FlippedPair` of positive ones.)

    Examples
    --------
    >>> round(FrankPair(5.736283).tau, 6)
    0.5
    """

    words = "Frank"

    @property
    def tau(self) -> float:
        """Kendall's τ = 1 − 4(1 − D(θ))/θ, D(θ) = (1/θ) ∫₀^θ t/(e^t − 1) dt."""
        t = self.theta
        if t < 0.05:  # 1 − D is θ/4 − θ²/36 + θ⁴/3600
            return t / 9 - t**3 / 900
        missing = -math.expm1(-t)
        whole = math.pi**2 / 6 + t * math.log(missing) - float(special.spence(missing))
        return 1 - 4 / t * (1 - whole / t)

    def log_density(self, a: Tensor, b: Tensor) -> Tensor:
        """log θ + log(1 − e^{−θ}) − θ(u + v) − 2 log(e^{−θv}(1 − e^{−θu}) + …)."""
        t, u, v = self.theta, level(a), level(b)
        low, high = self._log_missing(a), self._log_missing(-a)
        below = torch.logaddexp(low - t * v, high - t * u)
        return math.log(-t * math.expm1(-t)) - t * (u + v) - 2 * below

    def given(self, a: Tensor, b: Tensor) -> Tensor:
        """Scores of the first given the second."""
        apart = level(a) - level(b)
        odds = self._log_missing(a) - self._log_missing(-a) + self.theta * apart
        return score_of_logs(-softplus(-odds), -softplus(odds))

    def inverse(self, w: Tensor, b: Tensor) -> Tensor:
        """The a of `given(a, b)` = w."""
        odds = torch.special.log_ndtr(w) - torch.special.log_ndtr(-w)
        return score_of_logs(self._log_level(odds, b), self._log_level(-odds, -b))

    def _log_missing(self, a: Tensor) -> Tensor:
        """log(1 − e^{−θu})."""
        return log_unit_minus_exp(math.log(self.theta) + torch.special.log_ndtr(a))

    def _log_level(self, odds: Tensor, b: Tensor) -> Tensor:
        """Log u of logit h."""
        rise = odds + self.theta * level(b)
        log_e = rise + math.log(-math.expm1(-self.theta)) - softplus(rise - self.theta)
        return log_softplus(log_e) - math.log(self.theta)


@dataclass(frozen=True)
class JoePair(ArchimedeanPair):
    """Joe's copula 1 − (α + β − αβ)^{1/θ}, α = (1 − u)^θ, β = (1 − v)^θ, θ > 1.

    Large values come together, more than in Gumbel's, small ones do not.

    Raises
    ------
    ValueError
        If θ is not above 1.

    Examples
    --------
    >>> round(JoePair(2.856238).tau, 5)
    0.5
    """

    words = "Joe"
    least = 1.0

    @property
    def tau(self) -> float:
        """Kendall's τ = 1 + 2(ψ(2) − ψ(1 + 2/θ))/(2 − θ)."""
        t = self.theta
        if abs(t - 2) < 1e-6:
            return 1 - float(special.polygamma(1, 2))
        return 1 + 2 * float(special.digamma(2) - special.digamma(1 + 2 / t)) / (2 - t)

    def log_density(self, a: Tensor, b: Tensor) -> Tensor:
        """(1/θ − 2) log W − (θ − 1)(x̄ + ȳ) + log(θ − 1 + W), W = α + β − αβ, x̄ = −log(1 − u)."""
        t, m, k = self.theta, double_log(-a), double_log(-b)
        x, y = m.exp(), k.exp()
        log_w = softplus(self._log_odds(k) - t * x) - t * y
        ends = (1 / t - 2) * log_w - (t - 1) * (x + y)
        return ends + torch.logaddexp(log_w, torch.full_like(log_w, math.log(t - 1)))

    def given(self, a: Tensor, b: Tensor) -> Tensor:
        """Scores of the first given the second."""
        m = double_log(-a) + math.log(self.theta)
        return score_of_double_log(self._double_log(m, self._log_odds(double_log(-b))))

    def inverse(self, w: Tensor, b: Tensor) -> Tensor:
        """The a of `given(a, b)` = w, by Newton's steps in log α."""
        odds, m = self._log_odds(double_log(-b)), double_log(w)
        keep = math.log1p(-1 / self.theta)
        far = log_expm1(m - keep) - odds
        start = torch.minimum(log_unit_minus_exp(m), far)

        def newton(at: Tensor) -> tuple[Tensor, Tensor]:
            log_at = (-at).log()
            own = at - log_unit_minus_exp(log_at)
            slope = torch.logaddexp(own, keep - softplus(-(at + odds)))
            return self._double_log(log_at, odds), slope

        at = from_the_right(newton, start, m)
        return -score_of_double_log((-at).log() - math.log(self.theta))

    def _log_odds(self, k: Tensor) -> Tensor:
        """log((1 − β)/β) of k = log ȳ."""
        return log_expm1(k + math.log(self.theta))

    def _double_log(self, m: Tensor, odds: Tensor) -> Tensor:
        """Log(−log h) of m = log(−log α)."""
        joined = log_softplus(odds - m.exp()) + math.log1p(-1 / self.theta)
        return torch.logaddexp(complement(m), joined)


def from_the_right(
    newton: Callable[[Tensor], tuple[Tensor, Tensor]], start: Tensor, target: Tensor
) -> Tensor:
    """Return the root of f = e^target, f convex and rising, from places at or beyond it.

    Parameters
    ----------
    newton : places to log f and log f′.
    start : places (n,) with f ≥ e^target.
    target : (n,).

    Raises
    ------
    ArithmeticError
        If steps do not end.
    """
    at = start
    for _ in range(_STEPS):
        value, slope = newton(at)
        miss = torch.expm1(value - target)
        at = at - miss * (target - slope).exp()
        if bool((miss.abs() <= _STILL).all()):  # the last step has squared it
            return at
    worst = float(miss.abs().max())
    raise ArithmeticError(
        f"Newton's steps to a conditional quantile have not ended: off by {worst:.1e} of log h."
    )
