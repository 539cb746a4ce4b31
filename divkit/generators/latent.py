r"""Grids for a standard normal code, and the mixtures of Gaussians that they make of a decoder.

The trapezoid rule of step h on (−8, 8) integrates a smooth function against N(0, 1) with an error
that falls like e^{−2π²(w/h)²} for features of width w; what lies beyond 8 has mass 1e-15. A
Gaussian decoder of noise s blurs everything to width s in x, so that the grid is fine enough once
neighbouring codes decode to within s/2 of each other (error about 1e-13 of the highest density).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from divkit.distributions.base import Feature, Law
from divkit.generators.generator import UnknownLawError
from divkit.types import FloatArray, Tensor

REACH = 8.0
_MOST = 2**20
_GRID = 2**17
_CHUNK = 2**22
_SHOWN = 64


def normal_grid(code: int, count: int) -> tuple[Tensor, Tensor]:
    """Even nodes over (−8, 8)^code with the weights of N(0, I), which sum to 1.

    Raises
    ------
    ValueError
        If there would be more than a million nodes, or fewer than two along an axis.
    """
    if count < 2 or count**code > _MOST:
        raise ValueError(
            f"a grid needs 2 points along each axis and at most {_MOST} in all; got {count} along "
            f"{code} axes."
        )
    line = torch.linspace(-REACH, REACH, count, dtype=torch.float64)
    mass = torch.softmax(-0.5 * line**2, dim=0)
    z = torch.cartesian_prod(*[line] * code).reshape(-1, code)
    weight = torch.cartesian_prod(*[mass] * code).reshape(-1, code).prod(dim=1)
    return z, weight


def normal_lattice(code: int, count: int) -> tuple[Tensor, Tensor]:
    """Codes of equal mass under N(0, I): a lattice in the unit cube by powers of 1/φ, φ^k = φ + 1.

    Where a function of the code jumps, a sum over it errs far less than one over as large a grid;
    in the plane φ is the golden ratio (Niederreiter 1992, chapter 3).
    """
    phi = 2.0
    for _ in range(64):
        phi = (1 + phi) ** (1 / max(code, 2))
    index = torch.arange(count, dtype=torch.float64)
    rows = [(index + 0.5) / count]
    rows += [(index / phi**k + 0.5 / count) % 1 for k in range(1, code)]
    z = torch.special.ndtri(torch.stack(rows, dim=-1))
    return z, torch.full((count,), 1 / count, dtype=torch.float64)


def finer_codes(code: int, count: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Codes with weights to sum over: a grid, one twice as fine, then lattices of up to 2¹⁸."""
    for along in (count, 2 * count):
        if along**code <= _GRID:
            yield normal_grid(code, along)
    for size in (2**14, 2**16, 2**18):
        yield normal_lattice(code, size)


def finest_grid(
    code: int, decode: Callable[[Tensor], Tensor], step: float
) -> tuple[Tensor, Tensor]:
    """The first of ever finer grids whose neighbours decode to within `step` of each other.

    Raises
    ------
    ValueError
        If a million points are not enough.
    """
    count = 128 if code == 1 else 32
    while count**code <= _MOST:
        z, weight = normal_grid(code, count)
        if largest_jump(decode(z).unflatten(0, (count,) * code), code) <= step:
            return z, weight
        count *= 2
    raise UnknownLawError(
        f"no grid of {_MOST} codes resolves a decoder with noise of scale {2 * step:.3g}: its law "
        f"is too sharp to be summed. Give it more noise."
    )


def largest_jump(places: Tensor, code: int) -> float:
    """The largest distance between neighbours of a grid of points (count, …, d)."""
    steps = (places.diff(dim=axis) for axis in range(code))
    return max(float(torch.linalg.vector_norm(step, dim=-1).max()) for step in steps)


@dataclass(frozen=True, eq=False, repr=False)
class LatentMixture(Law):
    """Σ_j w_j N(μ_j, s²I): a Gaussian decoder's law, summed over a grid of codes.

    Attributes
    ----------
    places, weight : μ (m, d) and w (m,), which sum to 1.
    scale : s.
    """

    places: Tensor
    weight: Tensor
    scale: float

    def __repr__(self) -> str:
        return f"LatentMixture({len(self.weight)} codes in R^{self.dim}, scale {self.scale:.6g})"

    @property
    def dim(self) -> int:
        """Coordinates of a point."""
        return self.places.shape[1]

    @property
    def features(self) -> tuple[Feature, ...]:
        """Places of mean mass, at equal steps of the distribution function over the codes."""
        levels = (torch.arange(_SHOWN, dtype=torch.float64) + 0.5) / _SHOWN
        at = torch.searchsorted(self.weight.cumsum(0), levels).clamp(max=len(self.weight) - 1)
        scale = (self.scale,) * self.dim
        return tuple(Feature(tuple(place), scale) for place in self.places[at].tolist())

    def _log_prob(self, x: Tensor) -> Tensor:
        rows = max(1, _CHUNK // len(self.weight))
        return torch.cat([self._of_rows(part) for part in x.split(rows)])

    def _of_rows(self, x: Tensor) -> Tensor:
        square = sum((x[:, k, None] - self.places[:, k]) ** 2 for k in range(self.dim))
        logs = self.weight.log() - 0.5 * square / self.scale**2  # (rows, m)
        constant = math.log(self.scale) + 0.5 * math.log(2 * math.pi)
        return torch.logsumexp(logs, dim=1) - self.dim * constant

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        which = rng.choice(len(self.weight), size=n, p=self.weight.numpy())
        noise = self.scale * rng.normal(size=(n, self.dim))
        return np.asarray(self.places.numpy()[which] + noise)
