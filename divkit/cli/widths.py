"""The width of a verb's figure: one option, checked before any work."""

from __future__ import annotations

from typing import Any

from divkit.choices import Names, choice
from divkit.cli.options import require_of_use

WIDTHS = Names(("divkit.plots.style:WIDTHS",))
HELP = "Of the figure: single (a column, 86 mm), one-and-a-half, double, screen, or mm."


def width_choice() -> Any:
    """Return the field of --figure-width, which is --width where that word is free."""
    return choice("screen", HELP, flags=("--width", "--figure-width"), takes=WIDTHS)


def figure_width_choice() -> Any:
    """Return the field of --figure-width beside a --width of something else."""
    return choice("screen", HELP, takes=WIDTHS)


def require_width(asked: Any, drawn: bool) -> None:
    """Refuse a width that is none, and one without a figure that is drawn.

    Raises
    ------
    ValueError
        If it is so.
    """
    from divkit.plots.style import width_of

    width_of(asked.width)
    if not drawn:
        require_of_use(asked, ("width",), "--figure")
