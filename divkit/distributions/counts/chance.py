"""A probability as it was given: a float, a rational such as 1 − p, or log odds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from divkit.distributions.base import finite
from divkit.distributions.exponents import Coefficient
from divkit.distributions.logarithms import ball_of, log_of, softplus_of
from divkit.types import Ball


@dataclass(frozen=True)
class Logit:
    """The probability 1/(1 + e^{−x}).

    Raises
    ------
    ValueError
        If x is not finite.

    Examples
    --------
    >>> from divkit.distributions import Binomial
    >>> Binomial(2, Logit(-800.0)).log_prob([1])
    array([-799.30685282])
    """

    x: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.x):
            raise ValueError(f"log odds must be finite; got {self.x!r}.")
        object.__setattr__(self, "x", float(self.x))

    def __float__(self) -> float:
        small = math.exp(-abs(self.x))
        return 1 / (1 + small) if self.x >= 0 else small / (1 + small)

    def __rsub__(self, one: int) -> Logit:
        """1 − p."""
        return Logit(-self.x)


Chance: TypeAlias = float | Fraction | Logit
"""The types of a parameter that is a probability; 1 − p of a Fraction or a Logit is exact."""


def chance(name: str, p: Chance) -> Chance:
    """Return a probability in (0, 1), or raise a ValueError that names it."""
    if isinstance(p, Logit):
        return p
    if isinstance(p, (str, bytes, complex)):
        raise TypeError(f"{name} must be a real number; got {p!r}.")
    value = p if isinstance(p, Fraction) else finite(name, p)
    if not 0 < value < 1:
        raise ValueError(f"{name} must be in (0, 1); got {p!r}.")
    return value


def exactly(p: Chance) -> Chance:
    """The same probability, of which 1 − p is exact."""
    return p if isinstance(p, Logit) else Fraction(p)


def log_chance(p: Chance) -> Coefficient:
    """log p, exactly."""
    return softplus_of(-Fraction(p.x)) * -1 if isinstance(p, Logit) else log_of(Fraction(p))


def ball(p: Chance) -> Ball:
    """P as a ball."""
    return (
        1 / (1 + ball_of(-Fraction(p.x)).exp()) if isinstance(p, Logit) else ball_of(Fraction(p))
    )
