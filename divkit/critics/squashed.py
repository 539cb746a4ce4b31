r"""Critics with bounded outputs: B tanh(f/B) over a class of f.

Where a game's payoffs have no bound, samples can be exploited: at a real point far from every fake
one f'(e^c) may rise without end, and so may what the critic loses elsewhere. Bounded outputs bound
the payoffs; as long as |log p − log q| stays well below B little is given up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from divkit.critics.model import CriticClass, Model, Pull, WithInner
from divkit.critics.points import Members, WeightedPoints
from divkit.types import Tensor


@dataclass(frozen=True)
class Squashed:
    """The class of B tanh(f/B), f of another class.

    Raises
    ------
    ValueError
        If the bound is not positive and finite.

    Examples
    --------
    >>> from divkit.critics import Polynomial
    >>> Squashed(Polynomial(2), bound=4.0)
    Squashed(inner=Polynomial(degree=2), bound=4.0)
    """

    inner: CriticClass
    bound: float = 6.0

    def __post_init__(self) -> None:
        if not 0 < self.bound < math.inf:
            raise ValueError(f"bound must be in (0, inf); got {self.bound!r}.")

    def bind(self, points: WeightedPoints) -> SquashedModel:
        """Bind the inner class."""
        return SquashedModel(self.inner.bind(points), self.bound)


@dataclass(frozen=True, eq=False)
class SquashedModel(WithInner):
    """B tanh(f/B); its derivative is 1 − tanh² times that of f."""

    inner: Model
    bound: float

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """B tanh(f/B), (..., n)."""
        return self.bound * torch.tanh(self.inner.logits(theta, x) / self.bound)

    def linearise(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (..., n) and their Jacobian (..., n, P)."""
        f, jacobian = self.inner.linearise(theta, x)
        t = torch.tanh(f / self.bound)
        return self.bound * t, jacobian * (1 - t * t)[..., None]

    def pullback(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Pull]:
        """Logits (..., n), and the map u ↦ Jᵀu."""
        f, back = self.inner.pullback(theta, x)
        t = torch.tanh(f / self.bound)
        return self.bound * t, lambda u: back(u * (1 - t * t))

    def member(self, at: Members) -> SquashedModel:
        """The model of one of stacked problems, or of some."""
        return SquashedModel(self.inner.member(at), self.bound)
