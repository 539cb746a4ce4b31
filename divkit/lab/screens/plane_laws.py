"""Laws of the plane by name, or drawn by hand: a row of at most 64 normals along the strokes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from divkit.distributions.base import Law

STROKES = "strokes"
TARGETS = ("ring8-wide", "ring8", "grid25", "spiral", "moons", "checkerboard", STROKES)
MOST_NORMALS = 64
_MARGIN, _DRAWS = 0.22, 4000


def target_text(name: str, strokes: Sequence[float], width: float) -> str:
    """Return a target by its name, or strokes (x, y, x, y, …) as a mixture in words.

    Raises
    ------
    ValueError
        If the strokes are no pairs, or none or too many of them.
    """
    if name not in {STROKES}:
        return name
    places = list(zip(strokes[::2], strokes[1::2], strict=False))
    if len(strokes) % 2 or not 1 <= len(places) <= MOST_NORMALS:
        raise ValueError(
            f"strokes must be 1 to {MOST_NORMALS} places, as [x, y, x, y, …]; got {len(strokes)} "
            "numbers."
        )
    var, share = width**2, 1 / len(places)
    each = f"[[{var!r}, 0], [0, {var!r}]]"
    if len(places) == 1:
        return f"mvnormal([{places[0][0]!r}, {places[0][1]!r}], {each})"
    parts = (f"{share!r}: mvnormal([{x!r}, {y!r}], {each})" for x, y in places)
    return f"mixture({', '.join(parts)})"


def square_of(p: Law) -> tuple[float, float, float, float]:
    """Return a square (x low, x high, y low, y high) that holds nearly all of a law."""
    low, high = np.quantile(p.sample(_DRAWS, 0).numpy(), (0.002, 0.998), axis=0)
    middle, half = (low + high) / 2, float((high - low).max()) / 2 * (1 + 2 * _MARGIN)
    x, y = (float(each) for each in middle)
    return x - half, x + half, y - half, y + half
