"""Two supports compared up to null sets: whether one lies in the other, whether they meet."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import torch

from divkit.distributions.boxes import cells, lies_within_one, overlap
from divkit.distributions.finite.points import all_among, any_among
from divkit.distributions.support import (
    Atoms,
    Blocks,
    Boxes,
    MeasuredSet,
    Singular,
    Support,
    Unknown,
    is_discrete,
    own_dimension,
)


def share_measure(a: Support, b: Support) -> bool:
    """Whether the densities of two laws refer to one measure, as far as supports say.

    >>> share_measure(Atoms(((0.0,),)), Boxes((((0.0, 1.0),),)))
    False
    """
    if isinstance(a, Singular) or isinstance(b, Singular):
        return False
    if isinstance(a, Blocks) and isinstance(b, Blocks) and _aligned(a, b):
        return all(itertools.starmap(share_measure, zip(a.parts, b.parts, strict=True)))
    if is_discrete(a) or is_discrete(b):
        return is_discrete(a) == is_discrete(b)
    if isinstance(a, MeasuredSet):
        return a.shares_measure(b)
    parts = itertools.chain(*(s.parts if isinstance(s, Blocks) else (s,) for s in (a, b)))
    return a == b or all(isinstance(part, Boxes | Unknown) for part in parts)


def difference_is_null(a: Support, b: Support) -> bool | None:
    """Whether a lies in b up to a null set (of either kind); None where that is not known.

    >>> difference_is_null(Boxes((((0.0, 1.0),),)), Boxes((((0.0, 2.0),),)))
    True
    """
    if isinstance(a, Blocks) and isinstance(b, Blocks) and _aligned(a, b):
        return _over(all, a, b, difference_is_null)
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return None
    if isinstance(a, Boxes) and isinstance(b, Boxes):
        return all(
            lies_within_one(cell, b.boxes) for box in a.boxes for cell in cells(box, b.boxes)
        )
    if isinstance(a, Atoms) and isinstance(b, Atoms):
        return all_among(a.points, b.points)
    if are_disjoint(a, b):
        return False
    if isinstance(a, MeasuredSet):
        return True if a == b else a.inside(b)
    if isinstance(a, Atoms) and isinstance(b, MeasuredSet):
        return bool(b.contains(torch.tensor(a.points)).all())
    if isinstance(b, MeasuredSet):
        return b.encloses(a)
    return None  # a singular law may share atoms, or a surface, with the other


def are_disjoint(a: Support, b: Support) -> bool | None:
    """Whether a and b meet in a null set only; None where that is not known.

    >>> are_disjoint(Boxes((((0.0, 1.0),),)), Boxes((((1.0, 2.0),),)))
    True
    """
    if isinstance(a, Blocks) and isinstance(b, Blocks) and _aligned(a, b):
        return _over(any, a, b, are_disjoint)
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return None
    if isinstance(a, Boxes) and isinstance(b, Boxes):
        return not any(overlap(u, v) for u in a.boxes for v in b.boxes)
    if isinstance(a, Atoms) and isinstance(b, Atoms):
        return not any_among(a.points, b.points)
    sizes = own_dimension(a), own_dimension(b)
    if None not in sizes and sizes[0] != sizes[1]:
        return True  # the smaller set is a null set of the law on the larger one
    for one, other in ((a, b), (b, a)):
        if isinstance(one, MeasuredSet):
            return _apart(one, other)
        if isinstance(one, Singular) and isinstance(other, Boxes):
            return True  # a law with a density and one without are mutually singular
    return None


def _over(
    join: Callable[[Iterable[bool]], bool],
    a: Blocks,
    b: Blocks,
    ask: Callable[[Support, Support], bool | None],
) -> bool | None:
    """Join the answers of the blocks; None where those that are known do not decide."""
    answers = [ask(x, y) for x, y in zip(a.parts, b.parts, strict=True)]
    outcomes = {
        join(unknown if told is None else told for told in answers) for unknown in (False, True)
    }
    return outcomes.pop() if len(outcomes) == 1 else None


def _apart(manifold: MeasuredSet, other: Support) -> bool | None:
    told = False if manifold == other else manifold.apart(other)
    if told is None and isinstance(other, Atoms):
        return not bool(manifold.contains(torch.tensor(other.points)).any())
    return told


def _aligned(a: Blocks, b: Blocks) -> bool:
    return [part.dim for part in a.parts] == [part.dim for part in b.parts]
