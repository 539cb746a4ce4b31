r"""Expectations under a generator without noise: quadrature in z, with an error that is measured.

E_G f = ∫ p_z(z) f(G(z)) dz on Gauss–Legendre panels between the ends of the latent law. Panels are
halved until neither the value nor its gradient in θ changes by more than a tolerance; the first 64
must show where the integrand varies (a datum far narrower than they are would pass between nodes).

Where f is not smooth at points b, panels end at the noise z_b(θ) that G sends there, and shrink
towards it. They move with θ, as dz_b/dθ = −∂_θG/∂_zG: in each panel f stays smooth, and the
derivative of the sum is that of the integral, with what a jump of f adds at a moving end.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
import torch

from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.mixed import MixedLaw
from divkit.distributions.support import Boxes, edges
from divkit.generators.generator import Generator
from divkit.types import Tensor

_ORDER = 16
_FIRST = 64
_MOST = 2**14
_SEEN = 1024  # cells of noise in which a crossing of a break is looked for
_GRADES = np.concatenate([[0.0], 0.5 ** np.arange(32.0, 0.0, -1.0)])
Line: TypeAlias = Callable[[Law], tuple[Tensor, Tensor]]


class UnresolvedError(ValueError):
    """An integrand over the noise turns too fast for the most panels that are allowed."""


@dataclass(frozen=True, eq=False)
class Slope:
    """E_G f, its gradient in θ (P,), and bounds of the errors of both."""

    value: float
    value_error: float
    gradient: Tensor
    error: float


def breaks_of(law: Law) -> set[float]:
    """Points of the line where a law's density is not smooth: its kinks, and finite ends."""
    if isinstance(law, MixedLaw):
        return set().union(*(breaks_of(s.law) for s in law.strata if s.law is not None))
    ends = edges(law.support) if isinstance(law.support, Boxes) and law.dim == 1 else ()
    return {*ends, *(law.kinks if isinstance(law, Law1D) else ())}


@runtime_checkable
class HasNodes(Protocol):
    """A generator that does not take the nodes of its latent law as they are."""

    def nodes(self, line: Line) -> tuple[Tensor, Tensor]:
        """Noise (n, k), and n times the probability that each node stands for (n,).

        `line` gives both for a law of noise on the line; K copies of a node follow one another.
        """
        ...


def expectation(
    generator: Generator,
    theta: Tensor,
    f: Callable[[Tensor], Tensor],
    *,
    breaks: Sequence[float] = (),
    tolerance: float = 1e-13,
) -> Slope:
    """Return E f(G_θ(z)) and its exact gradient in θ.

    Parameters
    ----------
    generator : with noise on the line, or none.
    theta : parameters (P,).
    f : points (n, d) to numbers (n,), differentiable but at the breaks.
    breaks : points of the line where f has a kink, a jump or a pole.
    tolerance : of the change, relative to the sizes of the terms, at which panels suffice.

    Raises
    ------
    ValueError
        If the noise has more than one coordinate or no end that float64 can see.
    UnresolvedError
        If 16,384 panels do not suffice.
    """
    found = _preimages(generator, theta, breaks)
    before, count = _sum(generator, theta, f, found, _FIRST), _FIRST
    if noiseless(generator):  # the sum is the expectation
        rounding = 16 * sys.float_info.epsilon * before[1]
        return Slope(before[0], rounding, before[2], rounding)
    while count < _MOST:
        count *= 2
        value, size, gradient = _sum(generator, theta, f, found, count)
        moved = float((gradient - before[2]).abs().max())
        changed = abs(value - before[0])
        if moved <= tolerance * (size + float(gradient.abs().max())) and changed <= (
            tolerance * size
        ):
            rounding = 16 * sys.float_info.epsilon * size
            return Slope(value, changed + rounding, gradient, moved + rounding)
        before = (value, size, gradient)
    place = f" at θ = {theta.tolist()}" if len(theta) <= 8 else ""
    raise UnresolvedError(
        f"{generator!r}{place} is not resolved by {_MOST} panels of noise; the integrand turns "
        f"too fast (the data may be much narrower than the generator, or its map may fold)."
    )


def noiseless(generator: Generator) -> bool:
    """Whether the generator draws no noise: its points are its atoms."""
    one = torch.ones(1, dtype=torch.float64)
    return not _nodes(generator, lambda _: (one[:, None], one))[0].shape[-1]


def _nodes(generator: Generator, line: Line) -> tuple[Tensor, Tensor]:
    return generator.nodes(line) if isinstance(generator, HasNodes) else line(generator.latent)


def _sum(
    generator: Generator,
    theta: Tensor,
    f: Callable[[Tensor], Tensor],
    found: _Preimages | None,
    panels: int,
) -> tuple[float, float, Tensor]:
    """Σ, Σ of magnitudes, and gradient; `mass` is each node's, relative to a mean of 1."""
    moved = theta.detach().clone().requires_grad_()
    with torch.enable_grad():
        moving = None if found is None else found.at(moved)
        z, mass = _nodes(generator, _line(panels, moving))
        x, weight = generator.push(moved, z)
        terms = weight * mass * f(x)
        (gradient,) = torch.autograd.grad(terms.sum(), moved)
    return float(terms.sum().detach()), float(terms.abs().sum().detach()), gradient


@dataclass(frozen=True, eq=False)
class _Preimages:
    """Noise z (m,) that copy k (m,) of a generator on the line sends to a break."""

    generator: Generator
    z: Tensor
    copy: Tensor

    def at(self, theta: Tensor) -> Tensor:
        """The same z, with its derivative in θ."""
        z = self.z.clone().requires_grad_()
        x = _sent(self.generator, theta, z).gather(1, self.copy[:, None])[:, 0]
        (slope,) = torch.autograd.grad(x.sum(), z, retain_graph=True)
        return self.z - (x - x.detach()) / slope


def _sent(generator: Generator, theta: Tensor, z: Tensor) -> Tensor:
    """Where noise (n,) goes under each of the generator's K copies, (n, K)."""
    noise, _ = _nodes(generator, lambda _: (z[:, None], torch.ones_like(z)))
    return generator.push(theta, noise)[0].reshape(len(z), -1)


def _preimages(generator: Generator, theta: Tensor, breaks: Sequence[float]) -> _Preimages | None:
    """All that cross a break between two of 1,025 points, by bisection."""
    if not len(breaks) or noiseless(generator):
        return None
    with torch.no_grad():
        theta, grid = theta.detach(), _grid(generator.latent)
        levels = torch.tensor(breaks, dtype=torch.float64)
        above = _sent(generator, theta, grid)[..., None] >= levels
        cell, copy, which = (above[1:] != above[:-1]).nonzero(as_tuple=True)
        if not len(cell):
            return None
        low, high, level = grid[cell], grid[cell + 1], levels[which]
        rising = above[cell + 1, copy, which]
        for _ in range(64):
            middle = 0.5 * (low + high)
            beyond = (_sent(generator, theta, middle)[range(len(cell)), copy] >= level) == rising
            low, high = torch.where(beyond, low, middle), torch.where(beyond, middle, high)
    return _Preimages(generator, high, copy)


def _grid(latent: Law) -> Tensor:
    return torch.linspace(*_ends(latent), _SEEN + 1, dtype=torch.float64)


def _ends(latent: Law) -> tuple[float, float]:
    if not isinstance(latent, Law1D):
        raise ValueError(f"exact gradients need noise on the line; got {latent!r}.")
    low, high = latent.reach
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"exact gradients need noise that ends for float64; got {latent!r}.")
    return low, high


def _line(panels: int, moving: Tensor | None) -> Line:
    """The nodes of a law on the line; panels end at moving points (m,) if there are any."""
    if moving is None:
        return lambda latent: _at_rest(latent, panels)
    return lambda latent: _weighed(latent, *_graded(latent, panels, moving))


@lru_cache(maxsize=32)
def _at_rest(latent: Law, panels: int) -> tuple[Tensor, Tensor]:
    return _weighed(latent, *_graded(latent, panels, torch.empty(0, dtype=torch.float64)))


def _graded(latent: Law, panels: int, moving: Tensor) -> tuple[Tensor, Tensor]:
    """Starts and lengths of panels; towards moving points and breaks of p_z they halve."""
    low, high = _ends(latent)
    own = breaks_of(latent)
    fixed = torch.tensor(sorted({low, *own, high}), dtype=torch.float64)
    near = 8 * sys.float_info.epsilon * (high - low)
    apart = ((moving.detach()[:, None] - fixed).abs() > near).all(dim=1)
    marks = torch.cat([fixed, moving[apart]])
    marks = marks[marks.detach().argsort()]
    soft, starts, lengths = {low, high} - own, [], []
    for first, last in itertools.pairwise(marks):
        whole = float(last.detach() - first.detach())
        even = np.linspace(0, 1, math.ceil(_FIRST * whole / (high - low)) + 1)
        towards = even[1] * _GRADES
        graded = [even]
        graded += [towards] if float(first.detach()) not in soft else []
        graded += [1 - towards] if float(last.detach()) not in soft else []
        share = np.unique(np.concatenate(graded))
        cuts = np.arange(panels // _FIRST) / (panels // _FIRST)
        part = (share[:-1, None] + np.diff(share)[:, None] * cuts).reshape(-1)
        starts.append(first + (last - first) * torch.from_numpy(part))
        size = np.repeat(np.diff(share), len(cuts)) / len(cuts)
        lengths.append((last - first) * torch.from_numpy(size))
    return torch.cat(starts), torch.cat(lengths)


def _weighed(latent: Law, start: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
    """Gauss–Legendre nodes (n, 1) of panels, and n times the probability of each (n,)."""
    xi, share = (torch.from_numpy(a) for a in np.polynomial.legendre.leggauss(_ORDER))
    z = (start[:, None] + 0.5 * length[:, None] * (1 + xi)).reshape(-1, 1)
    mass = (0.5 * length[:, None] * share).reshape(-1)
    seen = mass.detach() * latent.log_prob(z.detach()).exp() > 0
    z, mass = z[seen], mass[seen]
    return z, mass * latent.log_prob(z).exp() * int(seen.sum())
