r"""Pair copulas of the normal and of Student's law.

Normal of correlation ρ: the score of the first given the second is (a − ρb)/√(1 − ρ²). Student's
of ν degrees of freedom, with x, y the Student quantiles of Φ(a), Φ(b): given y,

    (x − ρy) √((ν + 1)/((1 − ρ²)(ν + y²)))

has Student's law of ν + 1 degrees of freedom (Joe 2014, section 4.13). For both τ = (2/π) asin ρ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from divkit.distributions.base import finite, positive
from divkit.distributions.copulas.pair import PairCopula
from divkit.distributions.copulas.scores import log_root, score_of_student, student_of_score
from divkit.types import Tensor


@dataclass(frozen=True)
class NormalPair(PairCopula):
    """The copula of two normal coordinates of correlation `rho`, in (−1, 1).

    Raises
    ------
    ValueError
        If it is not.

    Examples
    --------
    >>> round(NormalPair(0.5).tau, 6)
    0.333333
    """

    rho: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "rho", correlation(self.rho))

    words = "normal"

    @property
    def tau(self) -> float:
        """Kendall's τ."""
        return 2 / math.pi * math.asin(self.rho)

    def log_density(self, a: Tensor, b: Tensor) -> Tensor:
        """−½ log(1 − ρ²) − ((a − ρb)²/(1 − ρ²) − a²)/2."""
        free = _free(self.rho)
        square = (self.rho * a) ** 2 + (self.rho * b) ** 2 - 2 * self.rho * a * b
        return -0.5 * math.log(free) - 0.5 * square / free

    def given(self, a: Tensor, b: Tensor) -> Tensor:
        """(a − ρb)/√(1 − ρ²)."""
        return (a - self.rho * b) / math.sqrt(_free(self.rho))

    def inverse(self, w: Tensor, b: Tensor) -> Tensor:
        """√(1 − ρ²) w + ρb."""
        return math.sqrt(_free(self.rho)) * w + self.rho * b


@dataclass(frozen=True)
class StudentPair(PairCopula):
    """The copula of two Student coordinates.

    Parameters
    ----------
    df : degrees of freedom ν > 0.
    rho : correlation in (−1, 1).

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    >>> import torch
    >>> zero = torch.zeros(1, dtype=torch.float64)
    >>> round(float(StudentPair(4.0, 0.5).log_density(zero, zero)[0]), 6)
    0.267622
    """

    df: float
    rho: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "df", positive("df", self.df))
        object.__setattr__(self, "rho", correlation(self.rho))

    words = "Student"

    @property
    def tau(self) -> float:
        """Kendall's τ."""
        return 2 / math.pi * math.asin(self.rho)

    def log_density(self, a: Tensor, b: Tensor) -> Tensor:
        """The bivariate density less both margins'."""
        x, y = student_of_score(a, self.df), student_of_score(b, self.df)
        nu, free = self.df, _free(self.rho)
        level = math.lgamma(0.5 * nu + 1) + math.lgamma(0.5 * nu) - 2 * math.lgamma(0.5 * nu + 0.5)
        along = torch.hypot((x - self.rho * y) / math.sqrt(free), y)
        own = (nu + 1) * (log_root(x, nu) + log_root(y, nu))
        return level - 0.5 * math.log(free) + own - (nu + 2) * log_root(along, nu)

    def given(self, a: Tensor, b: Tensor) -> Tensor:
        """Scores of the first given the second."""
        x, y = student_of_score(a, self.df), student_of_score(b, self.df)
        return score_of_student((x - self.rho * y) / self._spread(y), self.df + 1)

    def inverse(self, w: Tensor, b: Tensor) -> Tensor:
        """The a of `given(a, b)` = w."""
        y = student_of_score(b, self.df)
        x = student_of_score(w, self.df + 1) * self._spread(y) + self.rho * y
        return score_of_student(x, self.df)

    def _spread(self, y: Tensor) -> Tensor:
        """√((1 − ρ²)(ν + y²)/(ν + 1))."""
        root = torch.hypot(y, torch.full_like(y, math.sqrt(self.df)))
        return root * math.sqrt(_free(self.rho) / (self.df + 1))


def correlation(value: float) -> float:
    """Return a correlation as a float.

    Raises
    ------
    ValueError
        If it is not in (−1, 1).
    """
    rho = finite("rho", value)
    if not -1 < rho < 1:
        raise ValueError(f"rho must be in (-1, 1); got {value!r}.")
    return rho


def _free(rho: float) -> float:
    """1 − ρ²."""
    return (1 - rho) * (1 + rho)
