"""Looks of three kinds of estimators, where a figure writes each one's name beside its mark."""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.lines import Line2D

from divkit.bench.methods import is_ours
from divkit.bench.pairing import BEST
from divkit.plots.style import BLUE, SOFT, VERMILION

_OURS, _OTHERS = "divkit's others", "others"
LOOKS = {BEST: (VERMILION, "D"), _OURS: (BLUE, "o"), _OTHERS: (SOFT, "s")}
"""Colour and mark of a kind."""


def kind_of(estimator: str) -> str:
    """Return `auto`, or whether an estimator is another of divkit's or nobody's of these.

    >>> kind_of("auto"), kind_of("knn(k=3)"), kind_of("R FNN")
    ('auto', "divkit's others", 'others')
    """
    if estimator == BEST:
        return BEST
    return _OURS if is_ours(estimator) else _OTHERS


def handles_of(kinds: Iterable[str]) -> list[Line2D]:
    """Entries of a legend, in the order of `LOOKS`."""
    found = set(kinds)
    return [
        Line2D([], [], color=colour, marker=mark, markersize=4, linestyle="none", label=kind)
        for kind, (colour, mark) in LOOKS.items()
        if kind in found
    ]
