"""Where a density is positive, as symbols: what decides KL = ∞ and JSD = log 2 without a sample.

A support is a finite union of axis-aligned boxes, a finite set of atoms, a manifold with a measure
of its own (a circle, a sphere, a simplex, a lattice), blocks of these, a set of measure zero (the
image of a lower-dimensional prior), or unknown. Two supports compare up to null sets: of two whose
own dimensions differ, the smaller is a null set of the other, whose law has no mass on it.
"""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar, Self, TypeAlias, TypeVar

import numpy as np
import torch

from divkit.distributions.boxes import Box, merged
from divkit.distributions.held import held, hold
from divkit.distributions.progressions import Progression, covered, meet
from divkit.moved import names_of
from divkit.types import FloatArray, Tensor

if not TYPE_CHECKING:
    __getattr__ = names_of(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Boxes:
    """A union of boxes with disjoint interiors; each box is one (low, high) pair a coordinate.

    >>> Boxes((((0.0, 1.0),),)).contains(torch.tensor([[0.5], [2.0]]))
    tensor([ True, False])
    """

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


@held(atoms="points")
@dataclass(frozen=True, eq=False)
class Atoms:
    """A finite set of points, each with positive probability; `points` is their array (K, d).

    >>> Atoms(((0.0,), (1.0,))).dim
    1
    """

    atoms: tuple[tuple[float, ...], ...]
    if TYPE_CHECKING:
        points: ClassVar[FloatArray]

    def __post_init__(self) -> None:
        hold(self, points=np.array(self.atoms, dtype=np.float64))

    @classmethod
    def of(cls, points: FloatArray) -> Self:
        """Return the set of rows of a read-only array, which it holds as it is."""
        made = cls.__new__(cls)
        hold(made, points=points)
        return made

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return int(self.points.shape[1])


@dataclass(frozen=True)
class Singular:
    """A set of Lebesgue measure zero in R^dim that is not finite; `reason` says why.

    >>> Singular(2, "noise in R^1 is pushed into R^2").dim
    2
    """

    dim: int
    reason: str


@dataclass(frozen=True)
class Unknown:
    """Nothing is known; the density is to be believed where it is evaluated.

    >>> Unknown(2).dim
    2
    """

    dim: int


class MeasuredSet(ABC):
    """A set with a reference measure of its own, which densities on it refer to; a frozen value.

    Two of them are the same set if they are equal. One of dimension 0 is a lattice, with the
    counting measure.

    >>> from divkit import VonMises
    >>> circle = VonMises(0, 1).support
    >>> circle.dim, circle.intrinsic
    (1, 1)
    """

    @property
    @abstractmethod
    def dim(self) -> int:
        """Number of coordinates of a point."""

    @property
    @abstractmethod
    def intrinsic(self) -> int:
        """The dimension of the set itself: 1 for a circle, 0 for a lattice."""

    @property
    def graded(self) -> bool:
        """Whether laws on it have mass on parts of smaller dimensions, too."""
        return False

    @property
    @abstractmethod
    def words(self) -> str:
        """The set and its measure, as a reason says them."""

    @abstractmethod
    def contains(self, x: Tensor) -> Tensor:
        """Whether each row of x (n, d) lies in the set, as (n,) bool; NaN does not."""

    def shares_measure(self, other: Support) -> bool:
        """Whether densities on another set refer to this one's measure."""
        return self == other

    def inside(self, other: Support) -> bool | None:
        """Whether it lies in another one of its dimension but for a null set; None: unknown."""
        return None

    def apart(self, other: Support) -> bool | None:
        """Whether it meets another one of its dimension in a null set; None: unknown."""
        return None

    def encloses(self, other: Support) -> bool | None:
        """Whether another set, no `MeasuredSet`, lies in it but for a null set; None: unknown."""
        return None


@dataclass(frozen=True)
class Lattice(MeasuredSet):
    """Countably many points of the line, each with positive probability: progressions' union.

    `atoms` are points beside the progressions; either may be empty, not both.

    >>> from divkit import Poisson
    >>> Poisson(2.0).support.ends
    (0.0, inf)
    """

    pieces: tuple[Progression, ...]
    atoms: tuple[tuple[float, ...], ...] = ()

    @property
    def dim(self) -> int:
        """Always 1."""
        return 1

    @property
    def intrinsic(self) -> int:
        """0: they are atoms."""
        return 0

    @property
    def words(self) -> str:
        """See `MeasuredSet`."""
        return "of counts from {:g} to {:g}".format(*self.ends)

    @cached_property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest point, ±inf where there is none."""
        ends = [piece.ends for piece in self.pieces]
        ends += [(x, x) for (x,) in self.atoms]
        return min(low for low, _ in ends), max(high for _, high in ends)

    def contains(self, x: Tensor) -> Tensor:
        """See `MeasuredSet`; a point may be a few roundings off."""
        points = x[:, 0]
        held = torch.zeros(len(x), dtype=torch.bool, device=x.device)
        for (atom,) in self.atoms:
            held |= points == atom
        for piece in self.pieces:
            held |= piece.contains(points)
        return held

    def holds(self, x: float) -> bool:
        """Whether a point is one of it, exactly."""
        return (x,) in self.atoms or any(piece.index(x) is not None for piece in self.pieces)

    def inside(self, other: Support) -> bool | None:
        """Whether every point is one of another lattice's, or of atoms; None if not decided."""
        if not isinstance(other, Lattice | Atoms):
            return None
        whole = lattice([other])
        if not all(whole.holds(x) for (x,) in self.atoms):
            return False
        points = [Progression(Fraction(x), Fraction(1), 0, 0) for (x,) in whole.atoms]
        found = [covered(piece, [*whole.pieces, *points]) for piece in self.pieces]
        return False if False in found else None if None in found else True

    def apart(self, other: Support) -> bool | None:
        """Whether no point is one of another lattice's."""
        if not isinstance(other, Lattice):
            return None
        for one, far in ((self, other), (other, self)):
            if any(far.holds(x) for (x,) in one.atoms):
                return False
        return all(meet(a, b) is None for a in self.pieces for b in other.pieces)


def lattice(parts: Iterable[Support]) -> Lattice:
    """The union of atoms and lattices on the line; what another one holds is dropped."""
    whole = list(parts)
    pieces = [piece for part in whole if isinstance(part, Lattice) for piece in part.pieces]
    own = dict.fromkeys(pieces)
    kept = [a for a in own if not any(a != b and meet(a, b) == a for b in own)]
    atoms = {atom for part in whole if isinstance(part, Atoms | Lattice) for atom in part.atoms}
    beside = (atom for atom in atoms if all(piece.index(atom[0]) is None for piece in kept))
    return Lattice(tuple(sorted(kept, key=_place)), tuple(sorted(beside)))


@dataclass(frozen=True)
class Blocks:
    """Independent blocks of coordinates, each with a support of its own.

    >>> Blocks((Boxes((((0.0, 1.0),),)), Atoms(((0.0,),)))).dim
    2
    """

    parts: tuple[Support, ...]

    @property
    def dim(self) -> int:
        """Number of coordinates of all blocks."""
        return sum(part.dim for part in self.parts)


Support: TypeAlias = Boxes | Atoms | MeasuredSet | Blocks | Singular | Unknown
_MOST_BOXES, _MOST_ATOMS = 2**12, 2**16
_place = attrgetter("start", "step", "low", "high")


def full_space(dim: int) -> Boxes:
    """R^dim."""
    return Boxes((((-math.inf, math.inf),) * dim,))


def interval(low: float, high: float) -> Boxes:
    """The interval from low to high on the line."""
    return Boxes((((low, high),),))


def product(factors: Iterable[Support]) -> Support:
    """The support of independent coordinates, given each factor's.

    At most 2¹² boxes give boxes, at most 2¹⁶ atoms atoms; anything else stays in blocks.
    """
    parts = list(
        itertools.chain.from_iterable(f.parts if isinstance(f, Blocks) else (f,) for f in factors)
    )
    boxes = [part.boxes for part in parts if isinstance(part, Boxes)]
    atoms = [part.atoms for part in parts if isinstance(part, Atoms)]
    if len(boxes) == len(parts) and math.prod(map(len, boxes)) <= _MOST_BOXES:
        return Boxes(_joined(boxes))
    if len(atoms) == len(parts) and math.prod(map(len, atoms)) <= _MOST_ATOMS:
        return Atoms(_joined(atoms))
    return Blocks(tuple(parts))


def _joined(factors: Iterable[Iterable[tuple[T, ...]]]) -> tuple[tuple[T, ...], ...]:
    """Every choice of one of each factor's, as one long tuple each."""
    return tuple(tuple(itertools.chain(*pick)) for pick in itertools.product(*factors))


def own_dimension(support: Support) -> int | None:
    """The dimension of the set itself, 0 for atoms; None where it is not known."""
    if isinstance(support, Blocks):
        each = [own_dimension(part) for part in support.parts]
        return None if None in each else sum(d for d in each if d is not None)
    if isinstance(support, MeasuredSet):
        return None if support.graded else support.intrinsic
    return {Boxes: support.dim, Atoms: 0}.get(type(support))


def manifolds(support: Support) -> list[MeasuredSet]:
    """The sets with measures of their own, lattices aside, that a support is made of."""
    parts = support.parts if isinstance(support, Blocks) else (support,)
    return [part for part in parts if isinstance(part, MeasuredSet) and part.intrinsic]


def is_discrete(support: Support) -> bool:
    """Whether a law there has atoms alone, so that log_prob is the log of a probability."""
    return own_dimension(support) == 0


def union(supports: Iterable[Support]) -> Support:
    """The support of a mixture, given the components'."""
    parts = list(dict.fromkeys(supports))
    if len(parts) == 1:
        return parts[0]
    if all(isinstance(part, Atoms) for part in parts):
        return Atoms(tuple(sorted({a for p in parts if isinstance(p, Atoms) for a in p.atoms})))
    if all(isinstance(part, Atoms | Lattice) for part in parts):
        return lattice(parts)
    if not all(isinstance(part, Boxes) for part in parts):
        return Unknown(parts[0].dim)
    return Boxes(merged(tuple(b for p in parts if isinstance(p, Boxes) for b in p.boxes)))


def span(support: Boxes) -> tuple[float, float]:
    """Return the least and the greatest end of a support on the line, ±inf where it has none."""
    ends = [end for box in support.boxes for end in box[0]]
    return min(ends), max(ends)


def edges(support: Boxes, axis: int = 0) -> tuple[float, ...]:
    """The finite ends of the boxes along one axis, sorted: density jumps sit there."""
    return tuple(sorted({end for box in support.boxes for end in box[axis] if math.isfinite(end)}))


def bounding_box(support: Boxes) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The smallest box around the support, (d, 2), with infinite ends where it has none."""
    ends = np.array(support.boxes)
    return np.stack([ends[..., 0].min(axis=0), ends[..., 1].max(axis=0)], axis=1)
