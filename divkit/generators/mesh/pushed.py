"""Common parts of the laws of maps of noise, in the plane and on the line."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import Protocol

import numpy as np

from divkit.distributions.base import Feature, Law
from divkit.generators.mesh.noise import Noise
from divkit.types import FloatArray, Tensor


class NoiseMap(Protocol):
    """G, with its Jacobian."""

    def __call__(self, z: FloatArray) -> FloatArray:
        """Points (n, d) of noise (n, k)."""
        ...

    def jet(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Points (n, d), and the Jacobian (n, d, k)."""
        ...


class PushedNoise(Law):
    """The law of G(z), known by where noise goes: drawn by pushing noise."""

    push: NoiseMap

    @property
    @abstractmethod
    def noise(self) -> Noise:
        """The law of z."""

    @abstractmethod
    def drawn(self, n: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Draws (n, d) with their log density (n,), +∞ where they are of singular mass."""

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Where most of it lies: its mean and standard deviations."""
        x = self.sample(4096, 0).numpy()
        return (Feature(tuple(x.mean(axis=0).tolist()), tuple(x.std(axis=0).tolist())),)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self.push(self.noise.law.sample(n, rng).numpy())


def require_tolerance(tolerance: float) -> None:
    """Raise a ValueError unless an error may be wanted that large."""
    if not 0 < tolerance <= 0.1:
        raise ValueError(f"tolerance must be in (0, 0.1]; got {tolerance!r}.")
