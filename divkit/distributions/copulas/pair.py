r"""Copulas of two coordinates, on their normal scores.

A copula C of (U, V) is given by its density c and the conditional law h(u | v) = P(U ≤ u | V = v),
each as a function of scores: a = Φ⁻¹(u), b = Φ⁻¹(v), and Φ⁻¹ h(u | v) is the score of U given V,
again standard normal (Joe 2014, chapter 3; Aas, Czado, Frigessi, Bakken 2009). A rotation turns
signs of scores: with c(1 − u, v) the score of the first given the second is −h(−a, b).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch

from divkit.types import Tensor


class PairCopula(ABC):
    """A copula of two coordinates that is the same when they are exchanged, or a rotated one.

    >>> from divkit.distributions import ClaytonPair
    >>> ClaytonPair(2.0).tau
    0.5
    """

    @property
    @abstractmethod
    def words(self) -> str:
        """Its family in a word or two."""

    @property
    @abstractmethod
    def tau(self) -> float:
        """Kendall's rank correlation τ."""

    @property
    def swapped(self) -> PairCopula:
        """The copula of the coordinates in the other order."""
        return self

    @abstractmethod
    def log_density(self, a: Tensor, b: Tensor) -> Tensor:
        """Log density in nats of the copula at Φ(a), Φ(b), scores (n,)."""

    @abstractmethod
    def given(self, a: Tensor, b: Tensor) -> Tensor:
        """Scores (n,) of the first coordinate given the second, at scores a and b."""

    @abstractmethod
    def inverse(self, w: Tensor, b: Tensor) -> Tensor:
        """The a (n,) of `given(a, b)` = w."""


@dataclass(frozen=True)
class IndependentPair(PairCopula):
    """Coordinates that are independent: c = 1.

    >>> import torch
    >>> IndependentPair().log_density(torch.zeros(2), torch.ones(2)).tolist()
    [0.0, 0.0]
    """

    words = "independent"

    @property
    def tau(self) -> float:
        """Kendall's τ = 0."""
        return 0.0

    def log_density(self, a: Tensor, b: Tensor) -> Tensor:
        """Return zeros."""
        del b
        return torch.zeros_like(a)

    def given(self, a: Tensor, b: Tensor) -> Tensor:
        """Return a."""
        del b
        return a

    def inverse(self, w: Tensor, b: Tensor) -> Tensor:
        """Return w."""
        del b
        return w


@dataclass(frozen=True)
class FlippedPair(PairCopula):
    """A copula with the first coordinate, the second or both turned to 1 − u.

    Parameters
    ----------
    pair : the copula that is turned.
    first, second : whether a coordinate is.

    Examples
    --------
    >>> from divkit.distributions import ClaytonPair
    >>> FlippedPair(ClaytonPair(2.0), first=True, second=False).tau
    -0.5
    """

    pair: PairCopula
    first: bool
    second: bool

    @property
    def words(self) -> str:
        """Its family and the angle of the rotation."""
        turned = {(True, True): 180, (True, False): 90, (False, True): 270}
        angle = turned.get((self.first, self.second))
        return self.pair.words + (f" {angle}°" if angle else "")

    @property
    def tau(self) -> float:
        """Kendall's τ, of the other sign where one coordinate is turned."""
        return -self.pair.tau if self.first != self.second else self.pair.tau

    @property
    def swapped(self) -> PairCopula:
        """The copula of the coordinates in the other order."""
        return FlippedPair(self.pair.swapped, self.second, self.first)

    def log_density(self, a: Tensor, b: Tensor) -> Tensor:
        """Log density in nats at scores (n,)."""
        return self.pair.log_density(*self._turned(a, b))

    def given(self, a: Tensor, b: Tensor) -> Tensor:
        """Scores (n,) of the first coordinate given the second."""
        found = self.pair.given(*self._turned(a, b))
        return -found if self.first else found

    def inverse(self, w: Tensor, b: Tensor) -> Tensor:
        """The a (n,) of `given(a, b)` = w."""
        found = self.pair.inverse(*self._turned(w, b))
        return -found if self.first else found

    def _turned(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        return (-a if self.first else a), (-b if self.second else b)
