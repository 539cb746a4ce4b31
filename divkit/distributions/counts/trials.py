r"""Laws of successes among finitely many trials."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from flint import arb

from divkit.distributions.ball_precision import own_precision
from divkit.distributions.base import Law, positive
from divkit.distributions.counts.chance import Chance, Logit, ball, chance, exactly, log_chance
from divkit.distributions.counts.checks import whole
from divkit.distributions.counts.ratio import Ratio, falling, ratio, rising
from divkit.distributions.counts.rational import RationalLaw
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.logarithms import log_of
from divkit.types import Ball, FloatArray

_MOST_SUMMED = 2**18


@dataclass(frozen=True)
class Binomial(RationalLaw):
    """P(k) = C(trials, k) p^k (1 − p)^{trials − k}, of any number of trials; see `binomial`.

    Raises
    ------
    ValueError
        If trials is not whole and at least 1, or p not in (0, 1).

    See Also
    --------
    divkit.binomial : the constructor, which gives points and finite laws where they will do.
    divkit.BetaBinomial : with a chance that is drawn.

    Examples
    --------
    >>> import numpy as np
    >>> from divkit import js_divergence
    >>> np.exp(Binomial(2, 0.5).log_prob([0, 1, 2])).round(6)
    array([0.25, 0.5 , 0.25])
    >>> print(f"{js_divergence(Binomial(10, 0.3), Binomial(10, 0.5)):.6f}")
    0.177320
    """

    trials: int
    p: Chance

    def __post_init__(self) -> None:
        object.__setattr__(self, "trials", whole("trials", self.trials, 1))
        object.__setattr__(self, "p", chance("p", self.p))

    @cached_property
    def ratio(self) -> Ratio:
        """p/(1 − p) · (trials − k)/(k + 1)."""
        p = exactly(self.p)
        odds = log_chance(p) + -1 * log_chance(1 - p)
        return ratio(odds, [falling(self.trials), rising(1, -1)])

    def log_first(self) -> Ball:
        """Trials · log(1 − p)."""
        return self.trials * ball(1 - exactly(self.p)).log()

    @property
    def ends(self) -> tuple[float, float]:
        """From 0 to `trials`."""
        return 0, self.trials

    @property
    def center(self) -> tuple[float, float]:
        """Mode and standard deviation."""
        mode = min(float(self.trials), math.floor((self.trials + 1) * float(self.p)))
        return mode, max(1.0, math.sqrt(float(self.covariance[0, 0])))

    @property
    def mean(self) -> FloatArray:
        """Trials · p."""
        return np.array([self.trials * float(self.p)])

    @property
    def covariance(self) -> FloatArray:
        """Trials · p(1 − p)."""
        return np.array([[self.trials * float(self.p) * float(1 - exactly(self.p))]])


def binomial(n: int, p: Chance) -> Law:
    """Return the law of the number of successes in n trials of probability p: 0 and 1 are points.

    Returns
    -------
    FiniteLaw
        On 0, 1, …, n.

    Raises
    ------
    ValueError
        If n is no whole number of at least 0, or p not in [0, 1].

    See Also
    --------
    divkit.Binomial : the class, of any number of trials.
    divkit.bernoulli : of one trial.

    Examples
    --------
    >>> float(binomial(60000, 0.3).mean[0])
    18000.0
    """
    n = whole("n", n)
    if not isinstance(p, Logit) and not 0 <= p <= 1:
        raise ValueError(f"p must be in [0, 1]; got {p!r}.")
    if n == 0 or p in (0, 1):
        return FiniteLaw(((float(n if p == 1 else 0),),), (1.0,))
    return Binomial(n, p)


@dataclass(frozen=True)
class BetaBinomial(RationalLaw):
    """Successes in `trials` trials whose common chance is drawn from Beta(a, b).

    Raises
    ------
    ValueError
        If trials is not whole and at least 1, or a parameter not positive and finite.

    See Also
    --------
    divkit.Binomial : with a known chance.
    divkit.DirichletMultinomial : of more than two kinds.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(BetaBinomial(4, 1.0, 1.0).log_prob([0, 2, 4])).round(6)
    array([0.2, 0.2, 0.2])
    """

    trials: int
    a: float
    b: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "trials", whole("trials", self.trials, 1))
        for name in ("a", "b"):
            object.__setattr__(self, name, positive(name, getattr(self, name)))

    @cached_property
    def ratio(self) -> Ratio:
        """(k + a)(trials − k)/((k + 1)(trials − 1 + b − k))."""
        far = Fraction(self.b) + self.trials - 1
        return ratio(
            Fraction(0), [rising(self.a), falling(self.trials), rising(1, -1), falling(far, -1)]
        )

    def log_first(self) -> Ball:
        """log B(a, b + trials)/B(a, b)."""
        n, a, b = arb(self.trials), arb(self.a), arb(self.b)
        return (b + n).lgamma() + (a + b).lgamma() - (a + b + n).lgamma() - b.lgamma()

    @property
    def ends(self) -> tuple[float, float]:
        """From 0 to `trials`."""
        return 0, self.trials

    @property
    def center(self) -> tuple[float, float]:
        """Mean and standard deviation."""
        return round(float(self.mean[0])), max(1.0, math.sqrt(float(self.covariance[0, 0])))

    @property
    def mean(self) -> FloatArray:
        """Trials · a/(a + b)."""
        return np.array([self.trials * (self.a / (self.a + self.b))])

    @property
    def covariance(self) -> FloatArray:
        """n π (1 − π) (a + b + n)/(a + b + 1), π = a/(a + b)."""
        whole_, n = self.a + self.b, self.trials
        share = self.a / whole_
        return np.array([[n * share * (self.b / whole_) * (whole_ + n) / (whole_ + 1)]])


@dataclass(frozen=True)
class Hypergeometric(RationalLaw):
    """Good ones among `draws` drawn without replacement from `total`; with odds, Fisher's law.

    P(k) ∝ C(good, k) C(total − good, draws − k) odds^k (Johnson, Kemp, Kotz 2005, chapter 6).

    Raises
    ------
    ValueError
        If a number is not whole, good or draws exceed the total, odds are not positive, or a law
        with odds has more than 2^18 atoms.

    See Also
    --------
    divkit.MultivariateHypergeometric : of more than two kinds.
    divkit.Binomial : with replacement.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(Hypergeometric(total=10, good=4, draws=3).log_prob([0, 1, 2, 3])).round(6)
    array([0.166667, 0.5     , 0.3     , 0.033333])
    """

    total: int
    good: int
    draws: int
    odds: float = 1.0

    def __post_init__(self) -> None:
        for name in ("total", "good", "draws"):
            object.__setattr__(self, name, whole(name, getattr(self, name)))
        object.__setattr__(self, "odds", positive("odds", self.odds))
        if max(self.good, self.draws) > self.total:
            raise ValueError(
                f"good and draws must be at most total; got {self.good} and {self.draws} of "
                f"{self.total}."
            )
        low, high = self.ends
        if self.odds != 1 and high - low > _MOST_SUMMED:
            raise ValueError(f"with odds there may be 2^18 atoms; got {high - low + 1:g}.")

    @property
    def _rest(self) -> int:
        return self.total - self.good - self.draws + 1

    @cached_property
    def ratio(self) -> Ratio:
        """odds (good − k)(draws − k)/((k + 1)(total − good − draws + 1 + k))."""
        factors = [falling(self.good), falling(self.draws), rising(1, -1), rising(self._rest, -1)]
        return ratio(log_of(Fraction(self.odds)), factors)

    def log_first(self) -> Ball:
        """From binomial coefficients; with odds, from the sum of all products of ratios."""
        low = int(self.ends[0])
        if self.odds != 1:
            return -self._sum().log()
        bad = self.total - self.good
        parts = ((bad, self.draws - low, 1), (self.good, low, 1), (self.total, self.draws, -1))
        return sum((sign * _log_choices(n, k) for n, k, sign in parts), arb(0))

    def _sum(self) -> Ball:
        low, high = (int(end) for end in self.ends)
        theta, product, total = arb(self.odds), arb(1), arb(1)
        for k in range(low, high):
            product *= self.ratio.ball(k, theta)
            total += product
        return total

    @property
    def ends(self) -> tuple[float, float]:
        """From max(0, draws − the bad ones) to min(good, draws)."""
        return max(0, self.draws - (self.total - self.good)), min(self.good, self.draws)

    @property
    def center(self) -> tuple[float, float]:
        """The mode, where the ratio passes 1, and the spread of a normal law there."""
        with own_precision(64):
            low, high = (int(end) for end in self.ends)
            while low < high:
                middle = (low + high) // 2
                if self.ratio.log_ball(middle) > 0:
                    low = middle + 1
                else:
                    high = middle
        shares = (low + 1, self.good - low + 1, self.draws - low + 1, self._rest + low)
        return float(low), max(1.0, sum(1 / max(part, 1) for part in shares) ** -0.5)

    @property
    def mean(self) -> FloatArray | None:
        """Draws · good/total; not known with odds."""
        return np.array([self.draws * (self.good / self.total)]) if self.odds == 1 else None

    @property
    def covariance(self) -> FloatArray | None:
        """Draws · π(1 − π)(total − draws)/(total − 1), π = good/total; not known with odds."""
        if self.odds != 1 or self.total < 2:
            return None
        share = self.good / self.total
        rest = (self.total - self.draws) / (self.total - 1)
        return np.array([[self.draws * share * (1 - share) * rest]])


def _log_choices(n: int, k: int) -> Ball:
    return arb(n + 1).lgamma() - arb(k + 1).lgamma() - arb(n - k + 1).lgamma()


@dataclass(frozen=True)
class DiscreteUniform(RationalLaw):
    """The law of `count` whole numbers from 0 on, all alike.

    Raises
    ------
    ValueError
        If count is not whole and at least 1.

    See Also
    --------
    divkit.Uniform : with a density.
    divkit.categorical : with any probabilities.

    Examples
    --------
    >>> from divkit import kl_divergence
    >>> kl_divergence(DiscreteUniform(2), DiscreteUniform(4)).value
    0.6931471805599453
    """

    count: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "count", whole("count", self.count, 1))

    @cached_property
    def ratio(self) -> Ratio:
        """1."""
        return ratio(Fraction(0), ())

    def log_first(self) -> Ball:
        """−log count."""
        return -arb(self.count).log()

    @property
    def ends(self) -> tuple[float, float]:
        """From 0 to count − 1."""
        return 0, self.count - 1

    @property
    def center(self) -> tuple[float, float]:
        """The middle, and the width."""
        return (self.count - 1) // 2, float(self.count)

    @property
    def mean(self) -> FloatArray:
        """(count − 1)/2."""
        return np.array([(self.count - 1) / 2])

    @property
    def covariance(self) -> FloatArray:
        """(count² − 1)/12."""
        return np.array([[np.float64(self.count) ** 2 / 12 - 1 / 12]])
