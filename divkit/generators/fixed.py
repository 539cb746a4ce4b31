"""A generator of somebody else's, as it is now: nothing to train, a map to be measured."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import nn

from divkit.critics.module_call import module_copy
from divkit.distributions.adapt import as_law, is_read
from divkit.distributions.base import Law
from divkit.generators.conditional import ConditionalGenerator, labelled_noise
from divkit.generators.generator import draws, evenly, standard_normal
from divkit.generators.mesh import Layers, mesh_law
from divkit.generators.mesh.modules import module_layers
from divkit.generators.singular import SingularImage
from divkit.rng import RandomState, as_generator, seeded
from divkit.types import Tensor

Noise: TypeAlias = "int | Law | Callable[[int], Any]"
"""Coordinates of N(0, I), a law, or a function that draws n points of noise."""

_SAME = 1e-9
_NO_PARAMETERS = torch.empty(0, dtype=torch.float64)


def frozen_copy(module: nn.Module) -> nn.Module:
    """A copy in float64 on the CPU and in evaluation mode; the module itself is left alone."""
    return module_copy(module).to("cpu", torch.float64).eval()


@dataclass(frozen=True, eq=False)
class FixedGenerator:
    """x = call(z), whatever makes it, with no parameters of its own.

    The law is known where the noise is a law of one or two coordinates and the call is a chain of
    linear layers and known units (see `ModuleGenerator`), and it is singular where a module
    that draws nothing itself has fewer coordinates of noise than points. What the call draws
    itself follows the noise: the same noise gives the same points.

    Parameters
    ----------
    call : maps noise to points, (n, dim) or any (n, ...) of as many numbers.
    noise : see `Noise`.
    dim : coordinates of a point.

    Raises
    ------
    ValueError
        If noise does not give as many points, it fails on it, or a point depends on what noise
        stands beside its own.
    """

    call: Callable[[Tensor], Any]
    noise: Noise
    dim: int

    def __post_init__(self) -> None:
        noise = self.draw(3, 0)
        two = noise[:2]
        try:
            self.push(_NO_PARAMETERS, two)
        except RuntimeError as fault:
            raise ValueError(
                f"generator failed on noise of shape {tuple(two.shape)} in float64: {fault}. "
                "noise= says what it takes; on a law with labels it takes rows (z, e_y)."
            ) from fault
        self._require_own_points(noise)

    def _require_own_points(self, z: Tensor) -> None:
        """Raise if a point is another beside other noise, where that can be told."""
        if not (isinstance(self.call, nn.Module) or self._draws_nothing):
            return
        one, two = (self._made(z[[0, k]], 0)[0][0] for k in (1, 2))
        if bool(((one - two).abs() > _SAME * (1 + one.abs())).any()):
            raise ValueError(
                "generator makes another point of the same noise beside other noise, as batch "
                "norm does in training mode or without running statistics: its points have no "
                "law of their own. Pass the module, which is measured in evaluation mode; keep "
                "running statistics, or use GroupNorm or LayerNorm."
            )

    @property
    def size(self) -> int:
        """No parameters."""
        return 0

    @cached_property
    def latent(self) -> Law | None:
        """The law of the noise; None where a function draws it."""
        if isinstance(self.noise, Law):
            return self.noise
        return None if callable(self.noise) else standard_normal(self.noise)

    def start(self, rng: np.random.Generator) -> Tensor:
        """Nothing, (0,)."""
        return _NO_PARAMETERS

    def draw(self, n: int, rng: RandomState) -> Tensor:
        """n points of noise; a user's function draws under a random state of its own."""
        if self.latent is not None:
            return draws(self.latent, n, rng)
        with seeded(int(as_generator(rng).integers(2**62))):
            return torch.as_tensor(self.noise(n)).detach().to("cpu", torch.float64)  # type: ignore[operator]

    def push(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """Points (n, dim) in float64, and weights 1/n."""
        return self._made(z, int.from_bytes(hashlib.sha256(z.numpy().tobytes()).digest()[:7]))

    def _made(self, z: Tensor, seed: int) -> tuple[Tensor, Tensor]:
        with torch.no_grad(), seeded(seed):
            made = torch.as_tensor(self.call(z)).detach().to("cpu", torch.float64)
        if made.shape[:1] != z.shape[:1] or made.numel() != len(z) * self.dim:
            raise ValueError(
                f"generator must make {len(z)} points of {self.dim} coordinates of noise of shape "
                f"{tuple(z.shape)}; it made {tuple(made.shape)}."
            )
        x = made.reshape(len(z), self.dim)
        return x, evenly(x)

    def law(self, theta: Tensor) -> Law | None:
        """The law, where it is known."""
        if self.latent is None or not isinstance(self.call, nn.Module):
            return None
        if self.latent.dim < self.dim and self._draws_nothing:
            return SingularImage(self, _NO_PARAMETERS)  # type: ignore[arg-type]  # latent is known
        layers = self.layers(theta) if self.latent.dim <= 2 else None
        return None if layers is None else mesh_law(self.latent, layers)

    def layers(self, theta: Tensor) -> Layers | None:
        """The map that the call is; None where it is no known chain."""
        if not isinstance(self.call, nn.Module):
            return None
        return module_layers(self.call, self.draw(256, 0))

    @cached_property
    def _draws_nothing(self) -> bool:
        """Whether the same noise gives the same points again."""
        z = self.draw(16, 0)
        return torch.equal(self._made(z, 0)[0], self._made(z, 1)[0])


def fixed_generator(
    generator: Any, noise: Noise, dim: int, weights: tuple[float, ...] = ()
) -> FixedGenerator | ConditionalGenerator:
    """A module or a callable as it is now: a module is copied in float64.

    Where labels have weights it makes x (n, dim) of rows (z, e_y).

    Raises
    ------
    TypeError
        If the generator cannot be called, or noise is neither an int, a law nor a function.
    ValueError
        If it does not make points of `dim` coordinates.
    """
    if not callable(generator):
        raise TypeError(f"generator must be a torch module or a function; got {generator!r}.")
    whole = isinstance(noise, int) and not isinstance(noise, bool)
    if not (whole or callable(noise)) and is_read(noise):
        noise = as_law(noise)
    if not (whole or isinstance(noise, Law) or callable(noise)):
        raise TypeError(
            "noise must be a number of coordinates of N(0, I), a law, or a function that draws n "
            f"points; got {noise!r}."
        )
    call = frozen_copy(generator) if isinstance(generator, nn.Module) else generator
    if not weights:
        return FixedGenerator(call, noise, dim)
    rows = FixedGenerator(call, labelled_noise(noise, weights), dim)
    return ConditionalGenerator(rows)  # type: ignore[arg-type]  # it is measured, not trained
