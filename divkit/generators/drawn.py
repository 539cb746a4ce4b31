"""Noise that a function draws: a law without a density."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.distributions.support import Unknown
from divkit.generators.generator import standard_normal
from divkit.rng import RandomState, as_generator, seeded
from divkit.types import Tensor


def drawn(call: Callable[[int], Any], n: int, rng: RandomState) -> Tensor:
    """n points of a function that draws them by the global generators, which are put back."""
    seed = int(as_generator(rng).integers(2**62))
    with seeded(seed):
        return torch.as_tensor(call(n)).detach().to("cpu", torch.float64)


@dataclass(frozen=True, eq=False)
class DrawnNoise(Law):
    """Noise of a function that draws n points of it, (n, k); its density is not known.

    Raises
    ------
    ValueError
        If two points are not rows of numbers.
    """

    call: Callable[[int], Any]

    def __post_init__(self) -> None:
        if self.dim < 1:
            raise ValueError(f"noise must draw points (n, k); {self.call!r} drew none.")

    @cached_property
    def dim(self) -> int:
        """Number of coordinates k."""
        shape = tuple(drawn(self.call, 2, 0).shape)
        if len(shape) != 2 or shape[0] != 2:
            raise ValueError(f"noise must draw n points (n, k); noise(2) gave shape {shape}.")
        return shape[1]

    @property
    def support(self) -> Unknown:
        """Not known."""
        return Unknown(self.dim)

    def _log_prob(self, x: Tensor) -> Tensor:
        raise ValueError("noise that a function draws has no density that is known.")

    def _sample(self, n: int, rng: np.random.Generator) -> Tensor:
        return drawn(self.call, n, rng) if n else torch.empty(0, self.dim, dtype=torch.float64)


def noise_law(noise: Any) -> Law:
    """The law of noise: N(0, I) on so many coordinates, a law, or what a function draws.

    Raises
    ------
    TypeError
        If it is none of them.
    """
    if isinstance(noise, int) and not isinstance(noise, bool):
        return standard_normal(noise)
    if callable(noise) and not isinstance(noise, Law):
        return DrawnNoise(noise)
    return as_law(noise)
