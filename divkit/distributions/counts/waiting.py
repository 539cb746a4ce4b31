r"""Laws of how long one waits: geometric, negative binomial, and their kin."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from flint import arb

from divkit.distributions.base import positive
from divkit.distributions.counts.chance import Chance, ball, chance, exactly, log_chance
from divkit.distributions.counts.checks import whole
from divkit.distributions.counts.poisson import poisson_draws
from divkit.distributions.counts.ratio import Ratio, falling, ratio, rising
from divkit.distributions.counts.rational import RationalLaw
from divkit.types import Ball, FloatArray


@dataclass(frozen=True)
class Geometric(RationalLaw):
    """P(k) = p (1 − p)^{k − start}, k = start, …: of trials (start 1) or of failures (start 0).

    Parameters
    ----------
    p : the chance of success, in (0, 1); a float, a Fraction, or `Logit(x)`.
    start : 1 as in SciPy, where the success is counted; 0 as in torch.

    Raises
    ------
    ValueError
        If p is not in (0, 1), or start not whole.

    See Also
    --------
    divkit.NegativeBinomial : the wait for more than one.
    divkit.Exponential : with a density.

    Examples
    --------
    >>> float(Geometric(0.5).log_prob([2.0])[0])
    -1.3862943611198906
    """

    p: Chance
    start: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "p", chance("p", self.p))
        object.__setattr__(self, "start", whole("start", self.start))

    @cached_property
    def ratio(self) -> Ratio:
        """1 − p."""
        return ratio(log_chance(1 - exactly(self.p)), ())

    def log_first(self) -> Ball:
        """log p."""
        return ball(exactly(self.p)).log()

    @property
    def ends(self) -> tuple[float, float]:
        """From `start`."""
        return self.start, math.inf

    @property
    def center(self) -> tuple[float, float]:
        """The first count, and the mean wait."""
        return self.start, max(1.0, 1 / float(self.p))

    @property
    def mean(self) -> FloatArray:
        """start + (1 − p)/p."""
        p = exactly(self.p)
        return np.array([self.start + float(1 - p) / float(p)])

    @property
    def covariance(self) -> FloatArray:
        """(1 − p)/p²."""
        p = exactly(self.p)
        return np.array([[float(1 - p) / float(p) ** 2]])


@dataclass(frozen=True)
class NegativeBinomial(RationalLaw):
    """P(k) = Γ(size + k)/(Γ(size) k!) p^size (1 − p)^k: failures before `size` successes.

    Parameters
    ----------
    size : number of successes, any positive real.
    p : the chance of success, in (0, 1), as in SciPy; torch's `probs` are 1 − p.

    Raises
    ------
    ValueError
        If size is not positive and finite, or p not in (0, 1).

    See Also
    --------
    divkit.Geometric : its case of size 1.
    divkit.BetaNegativeBinomial : with a chance that is drawn.
    divkit.Poisson : its limit.

    Examples
    --------
    >>> round(float(NegativeBinomial(5, 0.3).mean[0]), 12)
    11.666666666667
    """

    size: float
    p: Chance

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", positive("size", self.size))
        object.__setattr__(self, "p", chance("p", self.p))

    @cached_property
    def ratio(self) -> Ratio:
        """(1 − p)(k + size)/(k + 1)."""
        return ratio(log_chance(1 - exactly(self.p)), [rising(self.size), rising(1, -1)])

    def log_first(self) -> Ball:
        """Size · log p."""
        return arb(self.size) * ball(exactly(self.p)).log()

    @property
    def ends(self) -> tuple[float, float]:
        """From 0."""
        return 0, math.inf

    @property
    def _odds(self) -> float:
        p = exactly(self.p)
        return float(1 - p) / float(p)

    @property
    def center(self) -> tuple[float, float]:
        """Mode and standard deviation."""
        mode = max(0.0, math.floor((self.size - 1) * self._odds))
        return mode, max(1.0, math.sqrt(self.size * self._odds / float(self.p)))

    @property
    def mean(self) -> FloatArray:
        """Size · (1 − p)/p."""
        return np.array([self.size * self._odds])

    @property
    def covariance(self) -> FloatArray:
        """Size · (1 − p)/p²."""
        return np.array([[self.size * self._odds / float(self.p)]])

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return poisson_draws(rng.gamma(self.size, self._odds, n), rng)


@dataclass(frozen=True)
class BetaNegativeBinomial(RationalLaw):
    """Failures before `size` successes whose chance is drawn from Beta(a, b): SciPy's betanbinom.

    P(k) = Γ(size + k)/(Γ(size) k!) B(a + size, b + k)/B(a, b), which falls like k^{−a−1}.

    Raises
    ------
    ValueError
        If a parameter is not positive and finite.

    See Also
    --------
    divkit.NegativeBinomial : with a known chance.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(BetaNegativeBinomial(2.0, 3.0, 1.0).log_prob([0, 1, 2])).round(6)
    array([0.6     , 0.2     , 0.085714])
    """

    size: float
    a: float
    b: float

    def __post_init__(self) -> None:
        for name in ("size", "a", "b"):
            object.__setattr__(self, name, positive(name, getattr(self, name)))

    @cached_property
    def ratio(self) -> Ratio:
        """(k + size)(k + b)/((k + 1)(k + a + b + size))."""
        far = Fraction(self.a) + Fraction(self.b) + Fraction(self.size)
        return ratio(
            Fraction(0), [rising(self.size), rising(self.b), rising(1, -1), rising(far, -1)]
        )

    def log_first(self) -> Ball:
        """log B(a + size, b)/B(a, b)."""
        n, a, b = arb(self.size), arb(self.a), arb(self.b)
        return (a + n).lgamma() + (a + b).lgamma() - (a + b + n).lgamma() - a.lgamma()

    @property
    def ends(self) -> tuple[float, float]:
        """From 0."""
        return 0, math.inf

    @property
    def center(self) -> tuple[float, float]:
        """The mode, and a scale that the power law bends at."""
        n, a, b = self.size, self.a, self.b
        mode = max(0.0, math.floor((n * b - a - b - n) / (a + 1)))
        return mode, max(1.0, mode / math.sqrt(1 + min(n, b, a)))

    @property
    def mean(self) -> FloatArray:
        """Size · b/(a − 1); inf where a ≤ 1."""
        return np.array([self.size * self.b / (self.a - 1) if self.a > 1 else math.inf])

    @property
    def covariance(self) -> FloatArray:
        """n b (n + a − 1)(a + b − 1)/((a − 1)²(a − 2)); inf where a ≤ 2."""
        n, a, b = self.size, self.a, self.b
        if a <= 2:
            return np.array([[math.inf]])
        return np.array([[n * b * (n + a - 1) * (a + b - 1) / ((a - 1) ** 2 * (a - 2))]])


@dataclass(frozen=True)
class NegativeHypergeometric(RationalLaw):
    """Good ones drawn from `total` without replacement until `bad` of the others are drawn.

    Raises
    ------
    ValueError
        If a number is not whole, or good + bad exceeds the total.

    See Also
    --------
    divkit.NegativeBinomial : with replacement.
    divkit.Hypergeometric : of a fixed number of draws.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(NegativeHypergeometric(total=5, good=3, bad=1).log_prob([0, 1, 2])).round(6)
    array([0.4, 0.3, 0.2])
    """

    total: int
    good: int
    bad: int

    def __post_init__(self) -> None:
        for name in ("total", "good", "bad"):
            object.__setattr__(self, name, whole(name, getattr(self, name)))
        if self.good + self.bad > self.total:
            raise ValueError(
                f"good + bad must be at most total; got {self.good} + {self.bad} of {self.total}."
            )

    @cached_property
    def ratio(self) -> Ratio:
        """(k + bad)(good − k)/((k + 1)(total − bad − k))."""
        return ratio(
            Fraction(0),
            [
                rising(self.bad),
                falling(self.good),
                rising(1, -1),
                falling(self.total - self.bad, -1),
            ],
        )

    def log_first(self) -> Ball:
        """Of no good one among the first `bad`."""
        total, good, bad = self.total, self.good, self.bad
        up = arb(total - bad + 1).lgamma() + arb(total - good + 1).lgamma()
        return up - arb(total - bad - good + 1).lgamma() - arb(total + 1).lgamma()

    @property
    def ends(self) -> tuple[float, float]:
        """From 0 to `good`, 0 alone where no bad one is asked for."""
        return 0, self.good if self.bad else 0

    @property
    def mean(self) -> FloatArray:
        """Good · bad/(total − good + 1)."""
        return np.array([self.good * self.bad / (self.total - self.good + 1)])

    @property
    def covariance(self) -> FloatArray:
        """Of the negative hypergeometric law (Johnson, Kemp, Kotz 2005, section 6.2.2)."""
        others = self.total - self.good
        share = self.bad / (others + 1)
        spread = self.good * (self.total + 1) / (others + 2)
        return np.array([[spread * share * (1 - share)]])

    @property
    def center(self) -> tuple[float, float]:
        """Mean and standard deviation."""
        return round(float(self.mean[0])), max(1.0, math.sqrt(float(self.covariance[0, 0])))
