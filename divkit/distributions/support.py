"""Where a density is positive, as symbols: what decides KL = ∞ and JSD = log 2 without a sample.

A support is a finite union of axis-aligned boxes, a finite set of atoms, a set of measure zero
(the image of a lower-dimensional prior), or unknown. Two supports compare up to null sets.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import torch

from divkit.types import Tensor

Interval: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[Interval, ...]


@dataclass(frozen=True)
class Boxes:
    """A union of boxes with disjoint interiors; each box is one (low, high) pair a coordinate."""

    boxes: tuple[Box, ...]

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return len(self.boxes[0])

    def contains(self, x: Tensor) -> Tensor:
        """Whether each row of x (n, d) lies in the closed union, as (n,) bool; NaN does not."""
        inside = torch.zeros(x.shape[0], dtype=torch.bool, device=x.device)
        for box in self.boxes:
            low, high = x.new_tensor(box).T
            inside |= ((x >= low) & (x <= high)).all(dim=1)
        return inside


@dataclass(frozen=True)
class Atoms:
    """A finite set of points, each with positive probability."""

    atoms: tuple[tuple[float, ...], ...]

    @cached_property
    def members(self) -> frozenset[tuple[float, ...]]:
        """The points as a set."""
        return frozenset(self.atoms)

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return len(self.atoms[0])


@dataclass(frozen=True)
class Singular:
    """A set of Lebesgue measure zero in R^dim that is not finite; `reason` says why."""

    dim: int
    reason: str


@dataclass(frozen=True)
class Unknown:
    """Nothing is known; the density is to be believed where it is evaluated."""

    dim: int


Support: TypeAlias = Boxes | Atoms | Singular | Unknown


def full_space(dim: int) -> Boxes:
    """R^dim."""
    return Boxes((((-math.inf, math.inf),) * dim,))


def interval(low: float, high: float) -> Boxes:
    """The interval from low to high on the line."""
    return Boxes((((low, high),),))


def product(factors: Iterable[Support]) -> Support:
    """The support of independent coordinates, given each factor's."""
    parts = list(factors)
    dim = sum(part.dim for part in parts)
    if all(isinstance(part, Boxes) for part in parts):
        choices = [part.boxes for part in parts if isinstance(part, Boxes)]
        return Boxes(tuple(tuple(itertools.chain(*pick)) for pick in itertools.product(*choices)))
    if all(isinstance(part, Atoms) for part in parts):
        points = [part.atoms for part in parts if isinstance(part, Atoms)]
        return Atoms(tuple(tuple(itertools.chain(*pick)) for pick in itertools.product(*points)))
    if any(isinstance(part, Unknown) for part in parts):
        return Unknown(dim)
    return Singular(dim, "some coordinates have a density and others do not")


def union(supports: Iterable[Support]) -> Support:
    """The support of a mixture, given the components'."""
    parts = list(dict.fromkeys(supports))
    if len(parts) == 1:
        return parts[0]
    if all(isinstance(part, Atoms) for part in parts):
        atoms = itertools.chain.from_iterable(p.atoms for p in parts if isinstance(p, Atoms))
        return Atoms(tuple(sorted(set(atoms))))
    if not all(isinstance(part, Boxes) for part in parts):
        return Unknown(parts[0].dim)
    boxes = tuple(itertools.chain.from_iterable(p.boxes for p in parts if isinstance(p, Boxes)))
    return _merge(boxes)


def difference_is_null(a: Support, b: Support) -> bool | None:
    """Whether a lies in b up to a null set (of either kind); None where that is not known."""
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return None
    if isinstance(a, Boxes) and isinstance(b, Boxes):
        return all(_covered(cell, b.boxes) for box in a.boxes for cell in _cells(box, b.boxes))
    if isinstance(a, Atoms) and isinstance(b, Atoms):
        return a.atoms == b.atoms or a.members <= b.members
    if not isinstance(a, Boxes) and not isinstance(b, Boxes):
        return None  # a singular law may share atoms, or a surface, with the other
    return False


def are_disjoint(a: Support, b: Support) -> bool | None:
    """Whether a and b meet in a null set only; None where that is not known."""
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return None
    if isinstance(a, Boxes) and isinstance(b, Boxes):
        return not any(_overlap(u, v) for u in a.boxes for v in b.boxes)
    if isinstance(a, Atoms) and isinstance(b, Atoms):
        return a.atoms[0] not in b.members and a.members.isdisjoint(b.members)
    if not isinstance(a, Boxes) and not isinstance(b, Boxes):
        return None
    return True  # a law with a density and one without are mutually singular


def span(support: Boxes) -> tuple[float, float]:
    """Return the least and the greatest end of a support on the line, ±inf where it has none."""
    ends = [end for box in support.boxes for end in box[0]]
    return min(ends), max(ends)


def edges(support: Boxes, axis: int = 0) -> tuple[float, ...]:
    """The finite ends of the boxes along one axis, sorted: density jumps sit there."""
    ends = {end for box in support.boxes for end in box[axis] if math.isfinite(end)}
    return tuple(sorted(ends))


def _overlap(u: Box, v: Box) -> bool:
    return all(max(a, c) < min(b, d) for (a, b), (c, d) in zip(u, v, strict=True))


def _cells(box: Box, others: tuple[Box, ...]) -> Iterable[Box]:
    """Cut `box` along the faces of `others`."""
    axes = []
    for axis, (low, high) in enumerate(box):
        faces = {end for other in others for end in other[axis] if low < end < high}
        cuts = [low, *sorted(faces), high]
        axes.append(list(itertools.pairwise(cuts)))
    return itertools.product(*axes)


def _covered(cell: Box, boxes: tuple[Box, ...]) -> bool:
    return any(
        all(c <= a and b <= d for (a, b), (c, d) in zip(cell, box, strict=True)) for box in boxes
    )


def _merge(boxes: tuple[Box, ...]) -> Boxes:
    """Drop boxes that lie in another one; on the line, join those that touch."""
    keep = [box for box in dict.fromkeys(boxes) if not _inside_another(box, boxes)]
    if len(keep[0]) > 1:
        return Boxes(tuple(keep))
    joined: list[Interval] = []
    for (low, high), *_ in sorted(keep):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return Boxes(tuple((piece,) for piece in joined))


def _inside_another(box: Box, boxes: tuple[Box, ...]) -> bool:
    return any(other != box and _covered(box, (other,)) for other in boxes)


def bounding_box(support: Boxes) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The smallest box around the support, (d, 2), with infinite ends where it has none."""
    ends = np.array(support.boxes)
    return np.stack([ends[..., 0].min(axis=0), ends[..., 1].max(axis=0)], axis=1)
