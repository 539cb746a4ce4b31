"""The ends of a lattice on which two laws go on for ever, with both tails."""

from __future__ import annotations

import math
from collections.abc import Sequence

from divkit.distributions.base import Law
from divkit.distributions.counts.alignment import NoLatticeError, Placed, align
from divkit.distributions.tails import Tail, heaviest


def lattice_ends(p: Law, q: Law) -> list[tuple[float, Tail, Tail]]:
    """Return ±∞ for each class of a lattice on which both laws go on, with their tails there."""
    try:
        classes = align(p, q).classes
    except NoLatticeError:
        return []
    ends = []
    for found in classes:
        for side in (-1, 1):
            tails = [_heaviest_of(leaves, side) for leaves in (found.p, found.q)]
            if tails[0] is not None and tails[1] is not None:
                ends.append((side * math.inf, tails[0], tails[1]))
    return ends


def _heaviest_of(leaves: Sequence[Placed], side: int) -> Tail | None:
    """The tail of a mixture on a side; None if it ends there, or a leaf's is not known."""
    unending = [leaf for leaf in leaves if math.isinf(leaf.ends[1 if side > 0 else 0])]
    known = [tail for leaf in unending if (tail := leaf.tail(side)) is not None]
    return heaviest(known) if known and len(known) == len(unending) else None
