"""TeX formulas as outlines, by matplotlib's own mathematics: no TeX, no fonts, no network."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from divkit.types import FloatArray

_SIZE = 20.0
_LETTERS: dict[int, str] = {1: "M", 2: "L", 3: "Q", 4: "C"}


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

    Examples
    --------
    >>> outline(r"\frac{1}{2}").width > 0
    True
    """
    shape = TextPath(
        (0, 0), f"${_starred(tex)}$", size=_SIZE, prop=FontProperties(math_fontfamily="stix")
    )
    box = shape.get_extents()
    path = "".join(map(_segment, *zip(*shape.iter_segments(simplify=False), strict=True)))
    left, top = float(box.x0), -float(box.y1)
    return Outline(path, left, top, float(box.width), float(box.height))


def _starred(tex: str) -> str:
    """Brace a star that is a superscript: matplotlib spaces a bare one as a product's."""
    return tex.replace("^*", "^{*}")


def _segment(numbers: FloatArray, code: int) -> str:
    """One command of SVG's path language; y is turned round."""
    if code == Path.CLOSEPOLY:
        return "Z"
    points = " ".join(f"{x:.2f} {-y:.2f}" for x, y in numbers.reshape(-1, 2))
    return _LETTERS[int(code)] + points
