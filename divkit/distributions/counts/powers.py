r"""Laws of counts that fall like powers: Zipf's, the logarithmic law, Yule and Simon's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from flint import arb

from divkit.distributions.ball_precision import own_precision
from divkit.distributions.base import finite, positive
from divkit.distributions.counts.chance import Chance, ball, chance, exactly, log_chance
from divkit.distributions.counts.checks import whole
from divkit.distributions.counts.ratio import Ratio, ratio, rising
from divkit.distributions.counts.rational import RationalLaw
from divkit.distributions.logarithms import ball_of
from divkit.types import Ball, FloatArray


@dataclass(frozen=True)
class Zipf(RationalLaw):
    """P(k) = k^{−a}/ζ(a), k = 1, 2, …, a > 1: the zeta law.

    Raises
    ------
    ValueError
        If a is not above 1 and finite.

    See Also
    --------
    divkit.Zipfian : cut off.
    divkit.Pareto : with a density.

    Examples
    --------
    >>> import numpy as np
    >>> from divkit import kl_divergence
    >>> np.exp(Zipf(2.0).log_prob([1, 2, 3])).round(6)
    array([0.607927, 0.151982, 0.067547])
    >>> round(kl_divergence(Zipf(2.0), Zipf(1.5)).value, 9)
    0.177579104
    """

    a: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "a", finite("a", self.a))
        if self.a <= 1:
            raise ValueError(f"a must be above 1, or Σ k^(−a) diverges; got {self.a!r}.")

    @cached_property
    def ratio(self) -> Ratio:
        """(k/(k + 1))^a."""
        return ratio(Fraction(0), [rising(0, self.a), rising(1, -Fraction(self.a))])

    def log_first(self) -> Ball:
        """−log ζ(a)."""
        return -arb(self.a).zeta().log()

    @property
    def ends(self) -> tuple[float, float]:
        """From 1."""
        return 1, math.inf

    @property
    def center(self) -> tuple[float, float]:
        """1."""
        return 1.0, 1.0

    def _moment(self, order: int) -> float:
        return zeta_quotient(self.a, order) if self.a > order + 1 else math.inf

    @property
    def mean(self) -> FloatArray:
        """ζ(a − 1)/ζ(a); inf where a ≤ 2."""
        return np.array([self._moment(1)])

    @property
    def covariance(self) -> FloatArray:
        """ζ(a − 2)/ζ(a) − mean²; inf where a ≤ 3."""
        second = self._moment(2)
        return np.array([[second - self._moment(1) ** 2 if math.isfinite(second) else second]])


def zeta_quotient(a: float, order: int) -> float:
    """ζ(a − order)/ζ(a)."""
    with own_precision(96):
        return float((arb(a) - order).zeta() / arb(a).zeta())


@dataclass(frozen=True)
class Zipfian(RationalLaw):
    """P(k) ∝ k^{−a}, k = 1 … count, a ≥ 0: Zipf's law cut off.

    Raises
    ------
    ValueError
        If a is negative or not finite, or count not whole and at least 1.

    See Also
    --------
    divkit.Zipf : without an end.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(Zipfian(1.0, 3).log_prob([1, 2, 3])).round(6)
    array([0.545455, 0.272727, 0.181818])
    """

    a: float
    count: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "a", finite("a", self.a))
        object.__setattr__(self, "count", whole("count", self.count, 1))
        if self.a < 0:
            raise ValueError(f"a must be at least 0; got {self.a!r}.")

    @cached_property
    def ratio(self) -> Ratio:
        """(k/(k + 1))^a."""
        return ratio(Fraction(0), [rising(0, self.a), rising(1, -Fraction(self.a))])

    def log_first(self) -> Ball:
        """−log H, H = Σ k^{−a} = ζ(a, 1) − ζ(a, count + 1)."""
        return -self._power_sum(arb(self.a)).log()

    def _power_sum(self, a: Ball) -> Ball:
        if a == 1:
            return arb(self.count + 1).digamma() + arb.const_euler()
        return a.zeta(arb(1)) - a.zeta(arb(self.count + 1))

    @property
    def ends(self) -> tuple[float, float]:
        """From 1 to `count`."""
        return 1, self.count

    @property
    def center(self) -> tuple[float, float]:
        """1."""
        return 1.0, 1.0

    def _moment(self, order: int) -> float:
        with own_precision(128):
            return float(self._power_sum(arb(self.a) - order) / self._power_sum(arb(self.a)))

    @property
    def mean(self) -> FloatArray:
        """Σ k^{1−a}/Σ k^{−a}."""
        return np.array([self._moment(1)])

    @property
    def covariance(self) -> FloatArray:
        """Σ k^{2−a}/Σ k^{−a} − mean²."""
        return np.array([[self._moment(2) - self._moment(1) ** 2]])


@dataclass(frozen=True)
class Logarithmic(RationalLaw):
    """P(k) = −p^k/(k log(1 − p)), k = 1, 2, …: the log-series law (Fisher 1943).

    Raises
    ------
    ValueError
        If p is not in (0, 1).

    See Also
    --------
    divkit.NegativeBinomial : whose limit it is.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(Logarithmic(0.5).log_prob([1, 2, 3])).round(6)
    array([0.721348, 0.180337, 0.060112])
    """

    p: Chance

    def __post_init__(self) -> None:
        object.__setattr__(self, "p", chance("p", self.p))

    @cached_property
    def ratio(self) -> Ratio:
        """p k/(k + 1)."""
        return ratio(log_chance(exactly(self.p)), [rising(0), rising(1, -1)])

    def log_first(self) -> Ball:
        """log p − log(−log(1 − p))."""
        return ball(exactly(self.p)).log() - self._log_odds().log()

    def _log_odds(self) -> Ball:
        """−log(1 − p), which is p where p is tiny."""
        return -(-ball(exactly(self.p))).log1p()

    @property
    def ends(self) -> tuple[float, float]:
        """From 1."""
        return 1, math.inf

    @property
    def center(self) -> tuple[float, float]:
        """1, and where e^{−k(1 − p)} begins to fall."""
        return 1.0, max(1.0, 1 / float(1 - exactly(self.p)))

    @property
    def _gain(self) -> float:
        with own_precision(96):
            return 1 / float(self._log_odds())

    @property
    def mean(self) -> FloatArray:
        """−p/((1 − p) log(1 − p))."""
        rest = float(1 - exactly(self.p))
        return np.array([self._gain * float(self.p) / rest])

    @property
    def covariance(self) -> FloatArray:
        """With c = −1/log(1 − p): c p (1 − c p)/(1 − p)²."""
        rest, p = float(1 - exactly(self.p)), float(self.p)
        return np.array([[self._gain * p * (1 - self._gain * p) / rest**2]])


@dataclass(frozen=True)
class YuleSimon(RationalLaw):
    """P(k) = alpha B(k, alpha + 1), k = 1, 2, …, which falls like k^{−alpha−1} (Simon 1955).

    Raises
    ------
    ValueError
        If alpha is not positive and finite.

    See Also
    --------
    divkit.Zipf : of another falling power.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(YuleSimon(2.0).log_prob([1, 2, 3])).round(6)
    array([0.666667, 0.166667, 0.066667])
    """

    alpha: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha", positive("alpha", self.alpha))

    @cached_property
    def ratio(self) -> Ratio:
        """k/(k + 1 + alpha)."""
        return ratio(Fraction(0), [rising(0), rising(1 + Fraction(self.alpha), -1)])

    def log_first(self) -> Ball:
        """log alpha/(alpha + 1)."""
        alpha = ball_of(Fraction(self.alpha))
        return (alpha / (alpha + 1)).log()

    @property
    def ends(self) -> tuple[float, float]:
        """From 1."""
        return 1, math.inf

    @property
    def center(self) -> tuple[float, float]:
        """1."""
        return 1.0, 1.0

    @property
    def mean(self) -> FloatArray:
        """alpha/(alpha − 1); inf where alpha ≤ 1."""
        alpha = self.alpha
        return np.array([alpha / (alpha - 1) if alpha > 1 else math.inf])

    @property
    def covariance(self) -> FloatArray:
        """alpha²/((alpha − 1)²(alpha − 2)); inf where alpha ≤ 2."""
        a = self.alpha
        return np.array([[a**2 / ((a - 1) ** 2 * (a - 2)) if a > 2 else math.inf]])
