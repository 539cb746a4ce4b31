"""What a class of critics is: logits and their Jacobian as functions of a flat vector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from divkit.critics.points import WeightedPoints
from divkit.types import Tensor


class Model(Protocol):
    """A critic class bound to a problem: its inputs are centred and scaled, its size is known.

    Leading dimensions of `theta` are members of an ensemble: theta (..., P) and x (..., n, d) give
    logits (..., n) and a Jacobian (..., n, P).
    """

    @property
    def size(self) -> int:
        """Number of parameters P."""
        ...

    def start(self, rng: np.random.Generator) -> Tensor:
        """A random start (P,)."""
        ...

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """log p − log q as the critic sees it, (..., n)."""
        ...

    def linearise(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (..., n) and their Jacobian in theta (..., n, P)."""
        ...


class CriticClass(Protocol):
    """A frozen description of a class of critics."""

    def bind(self, points: WeightedPoints) -> Model:
        """Fit what does not train (centres, scales, knots) to the points."""
        ...


@dataclass(frozen=True, eq=False)
class LinearModel:
    """A critic that is linear in its parameters: features (n, P) times theta."""

    features: Callable[[Tensor], Tensor]
    size: int

    def start(self, rng: np.random.Generator) -> Tensor:
        """Zero: D = ½ everywhere, from which a concave objective needs no luck."""
        return torch.zeros(self.size, dtype=torch.float64)

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """features(x) @ theta."""
        return (self.features(x) @ theta[..., None])[..., 0]

    def linearise(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """The Jacobian is the feature matrix."""
        phi = self.features(x)
        return (phi @ theta[..., None])[..., 0], phi


@dataclass(frozen=True, eq=False)
class TrainedCritic:
    """A critic after training: points -> logits, log p − log q."""

    model: Model
    theta: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """Logits (n,) at points (n, d)."""
        return self.model.logits(self.theta, x)

    def discriminator(self, x: Tensor) -> Tensor:
        """D(x) = σ(logit), (n,)."""
        return torch.sigmoid(self(x))
