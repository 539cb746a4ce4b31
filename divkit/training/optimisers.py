r"""Optimisers of flat vectors θ (E, P): a step takes a slope and a state, and returns new ones.

Nothing is changed in place, so that a state that was yielded stays what it was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import torch

from divkit.plain import require_positive
from divkit.types import Tensor

Moments: TypeAlias = tuple[Tensor, ...]
"""Moments that an optimiser keeps, each (E, P)."""


class Optimiser(Protocol):
    """A frozen description of how a slope becomes a step."""

    @property
    def rate(self) -> float:
        """The step size at the start."""
        ...

    def begin(self, theta: Tensor) -> Moments:
        """Moments before the first step."""
        ...

    def step(
        self, theta: Tensor, slope: Tensor, moments: Moments, count: int, rate: float
    ) -> tuple[Tensor, Moments]:
        """θ after a step down `slope`, the count-th (from 1), at this rate."""
        ...


@dataclass(frozen=True)
class AdamOptimiser:
    """Adam (Kingma, Ba 2015, algorithm 1).

    Raises
    ------
    ValueError
        If the rate is not positive, or a beta not in [0, 1).

    Examples
    --------
    >>> AdamOptimiser(rate=2e-4).betas
    (0.5, 0.999)
    """

    rate: float = 1e-3
    betas: tuple[float, float] = (0.5, 0.999)
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        require_positive("rate", self.rate)
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas must be in [0, 1); got {self.betas!r}.")

    def begin(self, theta: Tensor) -> Moments:
        """Zero means."""
        return torch.zeros_like(theta), torch.zeros_like(theta)

    def step(
        self, theta: Tensor, slope: Tensor, moments: Moments, count: int, rate: float
    ) -> tuple[Tensor, Moments]:
        """One step: −rate·m̂/(√v̂ + ε)."""
        b1, b2 = self.betas
        first = torch.lerp(moments[0], slope, 1 - b1)
        second = torch.mul(moments[1], b2).addcmul_(slope, slope, value=1 - b2)
        root = math.sqrt(1 - b2**count)
        scale = second.sqrt().mul_(1 / root).add_(self.epsilon)
        moved = torch.addcdiv(theta, first, scale, value=-rate / (1 - b1**count))
        return moved, (first, second)


@dataclass(frozen=True)
class SGD:
    """Plain gradient steps, with momentum where it is not 0.

    Raises
    ------
    ValueError
        If the rate is not positive, or momentum not in (−1, 1).

    Examples
    --------
    >>> SGD(rate=0.1)
    SGD(rate=0.1, momentum=0.0)
    """

    rate: float = 1e-2
    momentum: float = 0.0

    def __post_init__(self) -> None:
        require_positive("rate", self.rate)
        if not -1 < self.momentum < 1:
            raise ValueError(f"momentum must be in (−1, 1); got {self.momentum!r}.")

    def begin(self, theta: Tensor) -> Moments:
        """A velocity of zero; nothing without momentum."""
        return (torch.zeros_like(theta),) if self.momentum else ()

    def step(
        self, theta: Tensor, slope: Tensor, moments: Moments, count: int, rate: float
    ) -> tuple[Tensor, Moments]:
        """One step: −rate times the slope, or the velocity."""
        if not moments:
            return torch.add(theta, slope, alpha=-rate), moments
        velocity = torch.add(slope, moments[0], alpha=self.momentum)
        return torch.add(theta, velocity, alpha=-rate), (velocity,)


@dataclass(frozen=True)
class Optimistic:
    """Another optimiser's step twice, less the step before: θ + 2Δ_k − Δ_{k−1}, Δ_0 = Δ_1.

    Where two sides turn about each other the step before tells where the other one goes, so that
    steps spiral in that would flee (Daskalakis et al. 2018, equations 5 and 6, algorithm 1).

    >>> Optimistic(SGD(rate=0.1)).inner
    SGD(rate=0.1, momentum=0.0)
    """

    inner: Optimiser

    @property
    def rate(self) -> float:
        """The step size at the start."""
        return self.inner.rate

    def begin(self, theta: Tensor) -> Moments:
        """The inner moments, and a step before of zero."""
        return (*self.inner.begin(theta), torch.zeros_like(theta))

    def step(
        self, theta: Tensor, slope: Tensor, moments: Moments, count: int, rate: float
    ) -> tuple[Tensor, Moments]:
        """One step; the first is the inner optimiser's."""
        moved, kept = self.inner.step(theta, slope, moments[:-1], count, rate)
        by = moved - theta
        before = by if count == 1 else moments[-1]
        return moved + (by - before), (*kept, by)
