"""Protocols of classes of critics: logits and their derivatives as functions of a flat vector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch

from divkit.critics.points import Members, WeightedPoints
from divkit.types import Tensor

Pull: TypeAlias = Callable[[Tensor], Tensor]
"""u (..., n) ↦ Jᵀu (..., P), the gradient of Σ u·f."""


class Model(Protocol):
    """A critic class bound to a problem: its inputs are centred and scaled, its size is known.

    Leading dimensions of `theta` are members of an ensemble: theta (..., P) and x (..., n, d) give
    logits (..., n) and a Jacobian (..., n, P).

    >>> import numpy as np
    >>> from divkit import critics
    >>> x = torch.linspace(-1, 1, 5, dtype=torch.float64)[:, None]
    >>> model: Model = critics.Polynomial(degree=2).bind(critics.from_samples(x, x + 1))
    >>> model.logits(model.start(np.random.default_rng(0)), x).shape
    torch.Size([5])
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
        """Logits (..., n) and their Jacobian J in theta (..., n, P), which may be broadcast."""
        ...

    def pullback(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Pull]:
        """Logits (..., n), and the map u ↦ Jᵀu (..., P) that needs no J."""
        ...

    def member(self, at: Members) -> Model:
        """The model of one of stacked problems, or of some; itself where they are not stacked."""
        ...


class WithInner:
    """A model that has the parameters of another one."""

    inner: Any

    @property
    def size(self) -> int:
        """Number of parameters P."""
        return int(self.inner.size)

    def start(self, rng: np.random.Generator) -> Tensor:
        """A random start (P,)."""
        start: Tensor = self.inner.start(rng)
        return start


class CriticClass(Protocol):
    """A frozen description of a class of critics.

    >>> from divkit.critics import critic_class
    >>> critic_class("spline")
    Spline(knots=12)
    """

    def bind(self, points: WeightedPoints) -> Model:
        """Fit what does not train (centres, scales, knots) to the points."""
        ...


@dataclass(frozen=True, eq=False)
class Standardiser:
    """(x − centre)/spread in x's precision; one centre for all or, (E, 1, d), for each member."""

    centre: Tensor
    spread: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """Standardised points (..., n, d)."""
        return (x - self.centre.to(x.dtype)) / self.spread.to(x.dtype)

    def member(self, at: Members) -> Standardiser:
        """The scale of one problem, or of some."""
        if self.centre.ndim == 1:
            return self
        if isinstance(at, int):
            return Standardiser(self.centre[at, 0], self.spread[at, 0])
        return Standardiser(self.centre[at], self.spread[at])


class Features(Protocol):
    """A fixed map of points (..., n, d) to features (..., n, P)."""

    @property
    def size(self) -> int:
        """Number of features P."""
        ...

    def __call__(self, x: Tensor) -> Tensor:
        """Features of points."""
        ...

    def member(self, at: Members) -> Features:
        """The features of one problem, or of some."""
        ...


@dataclass(frozen=True, eq=False)
class LinearModel:
    """A critic that is linear in its parameters: features (..., n, P) times theta."""

    features: Features

    @property
    def size(self) -> int:
        """Number of features."""
        return self.features.size

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

    def pullback(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Pull]:
        """The features are computed once."""
        logits, phi = self.linearise(theta, x)
        return logits, lambda u: (phi.mT @ u[..., None])[..., 0]

    def member(self, at: Members) -> LinearModel:
        """The model of one problem, or of some."""
        return LinearModel(self.features.member(at))


@dataclass(frozen=True, eq=False, repr=False)
class TrainedCritic:
    """A critic after training: points -> logits, log p − log q.

    Attributes
    ----------
    model, theta : the bound class and its parameters (P,).
    label : the class it belongs to, for printing.

    Examples
    --------
    >>> import torch
    >>> from divkit import critics
    >>> points = critics.training_points("normal(0, 1)", "normal(1, 1)")
    >>> critic = critics.train(points, critic="linear").critic
    >>> critic(torch.tensor([[1.0]], dtype=torch.float64)).round(decimals=6)
    tensor([-0.5000], dtype=torch.float64)
    """

    model: Model
    theta: Tensor
    label: str = "critic"

    def __call__(self, x: Tensor) -> Tensor:
        """Logits (n,) at points (n, d), on the device of the points."""
        return self.model.logits(self.theta, x.to(self.theta.device)).to(x.device)

    def discriminator(self, x: Tensor) -> Tensor:
        """D(x) = σ(logit), (n,)."""
        return torch.sigmoid(self(x))

    def __repr__(self) -> str:
        return f"TrainedCritic({self.label}, {self.model.size} parameters)"

    def to_dict(self) -> dict[str, Any]:
        """The class and the number of parameters, ready for JSON."""
        return {"class": self.label, "parameters": self.model.size}
