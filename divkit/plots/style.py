"""The look of every figure: a context for rc parameters, colours that every eye tells apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes

BLUE, VERMILION, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
ORANGE, SKY = "#e69f00", "#56b4e9"
SERIES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
"""Okabe and Ito's colours, in the order in which series take them."""
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
"""A dash for each colour, so that a print without colour can be read."""
INK, SOFT, GRID = "#101418", "#5b6670", "#dde2e6"
DIVERGING = "RdBu_r"
"""Two-sided scale, white at equality: red where p is denser, blue where q is."""

STYLE: Any = {
    "figure.facecolor": "white",
    "figure.dpi": 110,
    "savefig.dpi": 160,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.9,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "legend.handlelength": 2.4,
    "mathtext.fontset": "dejavusans",
}

MILLIMETRE = 1 / 25.4
WIDTHS: Mapping[str, float] = {
    "single": 86.0,
    "one-and-a-half": 128.0,
    "double": 178.0,
    "screen": 183.0,
}
"""Widths of columns of journals, and of a page on a screen, in mm."""
_NARROW = 130.0
"""Below it letters and lines are small, as captions are."""
_SMALL: Any = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "lines.linewidth": 1.3,
    "lines.markersize": 4,
    "figure.dpi": 220,
    "savefig.dpi": 300,
}
_PAPER: Any = {"figure.constrained_layout.use": True, "pdf.fonttype": 42, "ps.fonttype": 42}
"""Room is made for labels, and letters stay letters in PDF."""
_HEIGHT = 0.62
"""Height of a figure as a share of its width."""


def width_of(width: str | float) -> float:
    """Return a width in mm: a name of `WIDTHS`, or a number of mm.

    Raises
    ------
    ValueError
        If it is neither, or not in 30 to 1,000 mm.

    Examples
    --------
    >>> width_of("single"), width_of("120")
    (86.0, 120.0)
    """
    if width in WIDTHS:
        return WIDTHS[str(width)]
    try:
        millimetres = float(width)
    except ValueError:
        raise ValueError(
            f"width must be {', '.join(WIDTHS)} or a number of mm; got {width!r}."
        ) from None
    if not 30 <= millimetres <= 1000:
        raise ValueError(f"width must be in 30 to 1,000 mm; got {width!r}.")
    return millimetres


def for_width(width: str | float) -> Any:
    """The house's rc parameters, with letters and lines for a figure of this width on paper."""
    millimetres = width_of(width)
    inches = millimetres * MILLIMETRE
    small = _SMALL if millimetres < _NARROW else {}
    return {**STYLE, **small, **_PAPER, "figure.figsize": (inches, _HEIGHT * inches)}


@contextmanager
def style(width: str | float | None = None) -> Iterator[None]:
    """Apply the house style to figures made inside; nothing global is left changed.

    Parameters
    ----------
    width : "single" (86 mm, a column), "one-and-a-half" (128), "double" (178), "screen" (183) or
        mm: figures are made that wide, with letters to match and fonts that journals take in
        PDF; None leaves sizes to the caller.

    Raises
    ------
    ValueError
        If the width is none.

    Examples
    --------
    >>> import matplotlib
    >>> before = matplotlib.rcParams["axes.grid"]
    >>> with style():
    ...     matplotlib.rcParams["axes.grid"]
    True
    >>> matplotlib.rcParams["axes.grid"] == before
    True
    """
    with matplotlib.rc_context(STYLE if width is None else for_width(width)):
        yield


def twin(axes: Axes, colour: str) -> Axes:
    """Return a second vertical axis on the right, its line in the colour of its curve."""
    right = axes.twinx()
    right.grid(visible=False)
    right.spines["right"].set_visible(True)
    right.spines["right"].set_color(colour)
    right.spines["right"].set_linewidth(1.8)
    right.tick_params(axis="y", color=colour)
    return right


def plain(*panels: Axes) -> None:
    """Draw titles, labels and legends as the text they are: names may hold $ or TeX commands.

    Ticks keep theirs, which are matplotlib's own.
    """
    for axes in panels:
        legend = axes.get_legend()
        marked = [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
        for words in (*marked, *(legend.get_texts() if legend else ())):
            words.set_parse_math(False)


_LONGEST = 60


def shown(name: str) -> str:
    """A name as a figure shows it: characters that have no picture replaced, the rest cut.

    >>> len(shown(70 * "c"))
    60
    """
    drawn = "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
    return drawn if len(drawn) <= _LONGEST else drawn[: _LONGEST - 1] + "…"
