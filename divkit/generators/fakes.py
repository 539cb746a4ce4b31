"""A generator's points with the way back to its parameters, written out or by autograd."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, runtime_checkable

import torch

from divkit.critics.model import Pull
from divkit.generators.generator import Generator
from divkit.rng import as_generator
from divkit.types import Tensor


@runtime_checkable
class Pulled(Protocol):
    """A generator of evenly weighted points that knows its own derivative."""

    def pullback(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Pull]:
        """Points (..., n, d), and the map of slopes u (..., n, d) to ∂(Σ u·x)/∂θ (..., P)."""
        ...


@dataclass(frozen=True, eq=False)
class Fakes:
    """Points x (E, m, d) with weights (E, m), and the slope in θ of Σ u·x + Σ v·w.

    `even` tells that every weight is 1/m and does not depend on θ: v may be None then.
    """

    x: Tensor
    weight: Tensor
    even: bool
    back: Callable[[Tensor, Tensor | None], Tensor]


Push = Callable[[Tensor, Tensor], Fakes]
"""(θ, z) -> the fakes that noise z (E, n, k) becomes."""


def pushing(generator: Generator) -> Push:
    """The way to a generator's fakes: its own derivative, or autograd's."""
    if isinstance(generator, Pulled):
        return partial(_pulled, generator)
    return partial(_followed, generator)


def require_even(generator: Generator, n: int, game: str) -> None:
    """Check that n fakes are n points of equal weight, as pairs and packs need them.

    Raises
    ------
    ValueError
        If they are not: a mixture weighs its points, a finite law gives its atoms.
    """
    fakes = pushing(generator)(generator.start(as_generator(0)), generator.draw(n, 0))
    if not fakes.even or fakes.x.shape[-2] != n:
        raise ValueError(
            f"{game} needs {n} fakes of equal weight beside {n} real points; {generator!r} "
            f"weighs its {fakes.x.shape[-2]} points otherwise. Use pack=1 and a game that does "
            f"not compare pairs, as 'gan' with penalties r1 and r2."
        )


def require_as_many(generator: Generator, n: int, what: str) -> None:
    """Check that n draws of noise are n fakes, as what is drawn beside them needs it.

    Raises
    ------
    ValueError
        If they are not: a finite law gives its atoms.
    """
    fakes = pushing(generator)(generator.start(as_generator(0)), generator.draw(n, 0))
    if fakes.x.shape[-2] != n:
        raise ValueError(
            f"{what} needs {n} fakes beside {n} real points; {generator!r} gives "
            f"{fakes.x.shape[-2]}. Leave it out."
        )


def _pulled(generator: Pulled, theta: Tensor, z: Tensor) -> Fakes:
    x, back = generator.pullback(theta, z)
    weight = x.new_full((x.shape[-2],), 1 / x.shape[-2])
    return Fakes(x, weight, True, lambda u, v: back(u))


def _followed(generator: Generator, theta: Tensor, z: Tensor) -> Fakes:
    with torch.enable_grad():
        free = theta.detach().requires_grad_(True)
        x, weight = generator.push(free, z)

    def followed(u: Tensor, v: Tensor | None) -> Tensor:
        ends = [(x, u)] if v is None else [(x, u), (weight, v)]
        ends = [(end, slope) for end, slope in ends if end.requires_grad]
        heads, slopes = zip(*ends, strict=True)
        return torch.autograd.grad(heads, free, slopes, materialize_grads=True)[0]

    even = not weight.requires_grad and bool((weight == 1 / weight.shape[-1]).all())
    return Fakes(x.detach(), weight.detach(), even, followed)
