"""Axes of dates."""

from __future__ import annotations

from matplotlib.axis import Axis
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

_MOST_TICKS = 6


def show_dates(axis: Axis) -> None:
    """Let an axis of days from 1970-01-01 on show dates.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> show_dates(axes.xaxis)
    >>> axes.xaxis.get_major_formatter().format_data_short(19_800.0)
    '2024-03-18 00:00:00'
    """
    places = AutoDateLocator(maxticks=_MOST_TICKS)  # type: ignore[no-untyped-call]
    axis.set_major_locator(places)
    axis.set_major_formatter(ConciseDateFormatter(places))  # type: ignore[no-untyped-call]
