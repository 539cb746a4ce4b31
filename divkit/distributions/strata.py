"""The support of laws with atoms in some coordinates and a density in the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import torch

from divkit.distributions.null_sets import are_disjoint, difference_is_null, share_measure
from divkit.distributions.support import (
    Atoms,
    Blocks,
    Boxes,
    Lattice,
    MeasuredSet,
    Support,
    product,
)
from divkit.types import Tensor

Place: TypeAlias = tuple[float | None, ...]
"""A value for each coordinate that is at an atom, None for one that has a density."""


def free(place: Place) -> tuple[int, ...]:
    """Return the coordinates that have a density."""
    return tuple(k for k, value in enumerate(place) if value is None)


def fixed(place: Place) -> tuple[int, ...]:
    """Return the coordinates that are at atoms."""
    return tuple(k for k, value in enumerate(place) if value is not None)


@dataclass(frozen=True)
class Strata(MeasuredSet):
    """A union of strata {x : x_A = a} of several dimensions, each with Lebesgue's measure on it.

    `strata` holds each one's place and the support of its free coordinates, None of a point. Those
    of different places meet in null sets of each other's laws.

    >>> from divkit.distributions.support import Boxes
    >>> both = Strata((((0.0,), None), ((None,), Boxes((((0.0, 1.0),),)))))
    >>> both.dim, both.intrinsic, both.graded
    (1, 1, True)
    """

    strata: tuple[tuple[Place, Support | None], ...]

    @property
    def dim(self) -> int:
        """See `MeasuredSet`."""
        return len(self.strata[0][0])

    @property
    def intrinsic(self) -> int:
        """The dimension of the largest strata."""
        return max(len(free(place)) for place, _ in self.strata)

    @property
    def graded(self) -> bool:
        """Whether strata have several dimensions."""
        return len({len(free(place)) for place, _ in self.strata}) > 1

    @property
    def words(self) -> str:
        """See `MeasuredSet`."""
        points = sum(not free(place) for place, _ in self.strata)
        return f"of {points} atoms and {len(self.strata) - points} strata with densities"

    @cached_property
    def by_place(self) -> Mapping[Place, Support | None]:
        """Return the support of the free coordinates at each place."""
        return dict(self.strata)

    def contains(self, x: Tensor) -> Tensor:
        """See `MeasuredSet`."""
        held = torch.zeros(len(x), dtype=torch.bool, device=x.device)
        for place, inner in self.strata:
            own = on_place(x, place)
            if isinstance(inner, Boxes | MeasuredSet):
                own &= inner.contains(x[:, list(free(place))])
            held |= own
        return held & ~x.isnan().any(dim=1)

    def shares_measure(self, other: Support) -> bool:
        """Whether another one has the same places, and one measure at each."""
        if not isinstance(other, Strata) or self.by_place.keys() != other.by_place.keys():
            return False
        pairs = [(inner, other.by_place[place]) for place, inner in self.strata]
        return all(a is b if a is None or b is None else share_measure(a, b) for a, b in pairs)

    def inside(self, other: Support) -> bool | None:
        """See `MeasuredSet`; the other may be of any dimension."""
        theirs = strata_of(other)
        if theirs is None:
            return None
        found: list[bool | None] = []
        for place, inner in self.strata:
            if place not in theirs.by_place:
                return False
            outer = theirs.by_place[place]
            both = inner is not None and outer is not None
            found.append(difference_is_null(inner, outer) if both else True)  # type: ignore[arg-type]  # both are there
        return False if False in found else None if None in found else True

    def apart(self, other: Support) -> bool | None:
        """See `MeasuredSet`; the other may be of any dimension."""
        theirs = strata_of(other)
        if theirs is None:
            return None
        found: list[bool | None] = []
        for place in self.by_place.keys() & theirs.by_place.keys():
            inner, outer = self.by_place[place], theirs.by_place[place]
            both = inner is not None and outer is not None
            found.append(are_disjoint(inner, outer) if both else False)  # type: ignore[arg-type]  # both are there
        return False if False in found else None if None in found else True

    def encloses(self, other: Support) -> bool | None:
        """See `MeasuredSet`."""
        theirs = strata_of(other)
        return None if theirs is None else theirs.inside(self)


def on_place(x: Tensor, place: Place) -> Tensor:
    """Whether each row of x (n, d) has the place's values in the fixed coordinates, (n,) bool."""
    values = x.new_tensor([place[k] for k in fixed(place)])
    return (x[:, list(fixed(place))] == values).all(dim=1)


def strata_of(support: Support) -> Strata | None:
    """Return any support as strata, where it is known, and finitely many."""
    match support:
        case Strata():
            return support
        case Atoms():
            return Strata(tuple((atom, None) for atom in support.atoms))
        case Boxes():
            return Strata((((None,) * support.dim, support),))
        case Blocks():
            return _joined([strata_of(part) for part in support.parts])
        case Lattice():
            return None
    return None


def _joined(parts: list[Strata | None]) -> Strata | None:
    """The strata of independent blocks."""
    made: list[tuple[Place, tuple[Support, ...]]] = [((), ())]
    for part in parts:
        if part is None:
            return None
        made = [
            (place + more, held + (() if inner is None else (inner,)))
            for place, held in made
            for more, inner in part.strata
        ]
    return Strata(tuple((place, product(held) if held else None) for place, held in made))
