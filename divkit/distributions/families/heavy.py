r"""Power tails on the whole line: Cauchy and Student's t.

log(1 + z²/df) is formed from x − loc and the scale apart, because z² overflows at 1e154 where the
density is still e^{−709}; the constant is rounded once, because log Γ((df+1)/2) − log Γ(df/2)
loses log10(df) digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from divkit.distributions.base import positive
from divkit.distributions.families.location_scale import LocationScale, Standardised
from divkit.distributions.families.numerics import (
    floats,
    log1p_square,
    log_student_constant,
    off_support,
    quiet,
)
from divkit.distributions.tails import LOG, Tail, make
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")

_BEYOND = 1e9  # in units of √df: from there on the tail is a pure power to 1e-18


@dataclass(frozen=True)
class Cauchy(LocationScale):
    """The Cauchy law: log p = −log(1 + z²) − log(π scale), z = (x − loc)/scale; it has no mean.

    Parameters
    ----------
    loc : median, a finite float.
    scale : half of the interquartile range, positive.

    Raises
    ------
    ValueError
        If loc is not finite, or scale not positive.

    See Also
    --------
    divkit.StudentT : which it is at one degree of freedom.
    divkit.Stable : which it is at index 1.

    Examples
    --------
    >>> float(Cauchy(0, 1).log_prob(0.0)[0])
    -1.1447298858494002
    """

    loc: float = 0.0
    scale: float = 1.0

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        distance = (anchor - self.loc) + offset
        inside = distance.isfinite()
        safe = torch.where(inside, distance, 0.0)
        constant = math.log(math.pi) + math.log(self.scale)
        return off_support(inside, -log1p_square(safe, self.scale) - constant)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self.loc + self.scale * rng.standard_cauchy(n)

    @quiet
    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return floats(np.arctan2(self.scale, self.loc - floats(x)) / math.pi)

    @quiet
    def sf(self, x: Any) -> FloatArray:
        """P(X > x), to full relative accuracy in the upper tail."""
        return floats(np.arctan2(self.scale, floats(x) - self.loc) / math.pi)

    @quiet
    def ppf(self, u: Any) -> FloatArray:
        """The quantile function, loc − scale cot(πu)."""
        level = floats(u)
        tail = np.minimum(level, 1.0 - level)
        size = 1.0 / np.tan(math.pi * tail)
        return floats(self.loc + self.scale * np.where(level < 0.5, -size, size))

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """2 log|x| at both ends."""
        tail = make({LOG: Fraction(2)})
        return (tail, tail)

    @property
    def mean(self) -> FloatArray:
        """(nan,): it does not exist."""
        return np.array([math.nan])

    @property
    def covariance(self) -> FloatArray:
        """((nan,),): it does not exist."""
        return np.array([[math.nan]])


@dataclass(frozen=True)
class StudentT(Standardised):
    r"""Student's t: log p = −½(df+1) log(1 + z²/df) + log c(df) − log scale, z = (x − loc)/scale.

    c(df) = Γ((df+1)/2) / (Γ(df/2) √(π df)).

    Parameters
    ----------
    df : degrees of freedom, positive and finite, not necessarily whole.
    loc : median, a finite float.
    scale : positive; the standard deviation is scale √(df/(df−2)) where df > 2.

    Raises
    ------
    ValueError
        If loc is not finite, or df or scale not positive and finite.

    See Also
    --------
    divkit.Cauchy : its case df = 1.
    divkit.Normal : its limit.
    divkit.MultivariateStudentT : on R^d.

    Examples
    --------
    >>> float(StudentT(1, 0, 1).log_prob(0.0)[0])
    -1.1447298858494002
    """

    df: float
    loc: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "df", positive("df", self.df))
        super().__post_init__()

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        distance = (anchor - self.loc) + offset
        inside = distance.isfinite()
        safe = torch.where(inside, distance, 0.0)
        falling = 0.5 * (self.df + 1.0) * log1p_square(safe, self.scale * math.sqrt(self.df))
        peak = log_student_constant(self.df) - math.log(self.scale)
        return off_support(inside, peak - falling)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self.loc + self.scale * rng.standard_t(self.df, n)

    @property
    def _log_power(self) -> float:
        """log c of P(|X| > z)/2 → c z^{−df}, far out."""
        return log_student_constant(self.df) + 0.5 * (self.df - 1) * math.log(self.df)

    def _standard_cdf(self, z: FloatArray) -> Any:
        """In the far tails by its leading power, there exact, where z² would overflow."""
        size = np.abs(z)
        beyond = size > _BEYOND * math.sqrt(self.df)
        tail = np.exp(self._log_power - self.df * np.log(np.where(beyond, size, 1.0)))
        near = special.stdtr(self.df, np.where(beyond, 0.0, z))
        return np.where(beyond, np.where(z < 0, tail, 1.0 - tail), near)

    def _standard_ppf(self, u: FloatArray) -> Any:
        """In the far tails by its leading power, there exact."""
        log_tail = np.asarray(special.xlogy(1.0, np.minimum(u, 1.0 - u)))
        far = np.exp((self._log_power - log_tail) / self.df)  # u = e^{log_power} far^{−df}
        beyond = far > _BEYOND * math.sqrt(self.df)
        near = special.stdtrit(self.df, np.where(beyond, 0.5, u))
        return np.where(beyond, np.where(u < 0.5, -far, far), near)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """(df + 1) log|x| at both ends."""
        tail = make({LOG: Fraction(self.df) + 1})
        return (tail, tail)

    @property
    def mean(self) -> FloatArray:
        """(loc,) where df > 1, else (nan,)."""
        return np.array([self.loc if self.df > 1 else math.nan])

    @property
    def covariance(self) -> FloatArray:
        """((scale² df/(df−2),),) where df > 2, infinite where 1 < df ≤ 2, else NaN."""
        if self.df > 2:
            return np.array([[self.scale**2 * self.df / (self.df - 2)]])
        return np.array([[math.inf if self.df > 1 else math.nan]])
