"""Words of a figure brought to the room that they have: wrapped, or a shorter form of them.

Titles and labels of axes do not wrap by themselves, and a label longer than its axes runs out of
the picture, or into a legend. One that is too long takes its short form, if it has one, and then
as many lines as it needs.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

_MARGIN = 0.98
"""The share of the room that words may fill."""
_BESIDE = 1.1
"""The length that a label may have beside its axes, as a share of theirs."""
_BAR = 0.3
"""The width of a bar of colours, as a share of its panel's, is below this."""
_ROUNDS = 2
"""Times that the layout is asked: words that wrap leave the axes less room."""


def fit(figure: Figure, short: Mapping[Text, str]) -> None:
    """Wrap titles and labels that are longer than their room; give `short` forms where they help.

    Call it once all is drawn; the figure must have its final size.
    """
    FigureCanvasAgg(figure)
    for _ in range(_ROUNDS):
        figure.draw_without_rendering()
        for text, room, upright in list(_words(figure)):
            box = text.get_window_extent()
            length = box.height if upright else box.width
            if text.get_text() and length > _MARGIN * room:
                _wrap(text, room / length, short.get(text))


def _wrap(text: Text, share: float, short: str | None) -> None:
    """Put the words in lines of this share of the longest line."""
    lines = text.get_text().split("\n")
    width = max(1, int(_MARGIN * share * max(map(len, lines))))
    words = " ".join(lines) if short is None else short
    text.set_text(textwrap.fill(words, width, break_long_words=False, break_on_hyphens=False))


def _words(figure: Figure) -> Iterator[tuple[Text, float, bool]]:
    """Yield titles and labels, each with the pixels along it, and whether it runs upwards."""
    across = float(figure.bbox.width)
    boxes = [axes.get_window_extent() for axes in figure.axes]
    for axes, box in zip(figure.axes, boxes, strict=True):
        yield axes.yaxis.label, _BESIDE * float(box.height), True
        yield axes.xaxis.label, float(box.width), False
        beside = [o.x0 for o in boxes if o.x0 > box.x1 and o.width > _BAR * box.width]
        for title in _titles(axes):
            yield title, float(min([across, *beside]) - box.x0), False
    for heading in figure.texts:
        yield heading, across, False


def _titles(axes: Axes) -> list[Text]:
    """The titles at the left, in the middle and at the right that have words."""
    said = {axes.get_title(loc=place) for place in ("left", "center", "right")} - {""}
    own = [child for child in axes.get_children() if isinstance(child, Text)]
    return [text for text in own if text.get_text() in said and text not in axes.texts]
