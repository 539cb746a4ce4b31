"""TeX formulas as outlines, by matplotlib's own mathematics: no TeX, no fonts, no network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath

_SIZE = 20.0
_LETTERS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}
_POINTS = {Path.MOVETO: 1, Path.LINETO: 1, Path.CURVE3: 2, Path.CURVE4: 3}


@dataclass(frozen=True)
class Outline:
    """An SVG path with its extent; y grows downwards, and 20 units are one em."""

    path: str
    left: float
    top: float
    width: float
    height: float


def outline(tex: str) -> Outline:
    r"""Return a formula's outline.

    Raises
    ------
    ValueError
        If matplotlib cannot read the formula; it knows the usual mathematics of TeX, no packages.

    >>> outline(r"\frac{1}{2}").width > 0
    True
    """
    shape = TextPath((0, 0), f"${tex}$", size=_SIZE, prop=FontProperties(math_fontfamily="stix"))
    box = shape.get_extents()
    words, codes, at = [], np.asarray(shape.codes), 0
    while at < len(codes):
        code = int(codes[at])
        if code == Path.CLOSEPOLY:
            words.append("Z")
            at += 1
            continue
        points = np.asarray(shape.vertices)[at : at + _POINTS[code]]  # type: ignore[index]
        words.append(_LETTERS[code] + " ".join(f"{x:.2f} {-y:.2f}" for x, y in points))  # type: ignore[index]
        at += _POINTS[code]  # type: ignore[index]
    return Outline("".join(words), box.x0, -box.y1, box.width, box.height)
