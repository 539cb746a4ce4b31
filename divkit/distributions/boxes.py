"""Axis-aligned boxes: where they meet, how they cut each other, their union without repeats."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TypeAlias

Interval: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[Interval, ...]


def overlap(u: Box, v: Box) -> bool:
    """Whether the interiors meet."""
    return all(max(a, c) < min(b, d) for (a, b), (c, d) in zip(u, v, strict=True))


def cells(box: Box, others: tuple[Box, ...]) -> Iterable[Box]:
    """Cut `box` along the faces of `others`."""
    axes = []
    for axis, (low, high) in enumerate(box):
        faces = {end for other in others for end in other[axis] if low < end < high}
        cuts = [low, *sorted(faces), high]
        axes.append(list(itertools.pairwise(cuts)))
    return itertools.product(*axes)


def lies_within_one(cell: Box, boxes: tuple[Box, ...]) -> bool:
    """Whether a box lies in one of the others."""
    return any(
        all(c <= a and b <= d for (a, b), (c, d) in zip(cell, box, strict=True)) for box in boxes
    )


def merged(boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    """Drop boxes that lie in another one; on the line, join those that touch."""
    keep = [box for box in dict.fromkeys(boxes) if not _inside_another(box, boxes)]
    if len(keep[0]) > 1:
        return tuple(keep)
    joined: list[Interval] = []
    for (low, high), *_ in sorted(keep):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return tuple((piece,) for piece in joined)


def _inside_another(box: Box, boxes: tuple[Box, ...]) -> bool:
    return any(other != box and lies_within_one(box, (other,)) for other in boxes)
