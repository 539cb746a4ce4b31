"""One self-contained HTML page of a fitted density: its members, and figures of every column."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from divkit.density import AutoDensity
from divkit.density.auto.account import shown_members
from divkit.plots.dates import show_dates
from divkit.plots.density_fit import draw_margin, draw_pair, draw_quantiles
from divkit.plots.sheets import sheet
from divkit.plots.style import STYLE, style
from divkit.report.frame import document, store
from divkit.report.graphics import themed
from divkit.report.numbers import text, value
from divkit.types import FloatArray

COLUMNS = 6
"""Columns that are drawn."""
PAIRED = 4
"""Columns whose pairs are drawn."""
_DRAWS = 20_000
_BAND = (
    " About the curve: two standard errors each way, by how far a fifth of the rows moves it; "
    "what the fit is missing in the mean is not in them."
)


def write_density(
    fitted: AutoDensity,
    rows: FloatArray,
    folder: Path | str,
    *,
    names: Sequence[str],
    title: str = "A density",
    dates: Collection[str] = (),
) -> Path:
    """Write the page into a folder, which is made if need be; return its path.

    Parameters
    ----------
    names : of all columns.
    dates : of those that count days from 1970-01-01 on.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    return store(render_density(fitted, rows, names=names, title=title, dates=dates), folder)


def render_density(
    fitted: AutoDensity,
    rows: FloatArray,
    *,
    names: Sequence[str],
    title: str = "A density",
    dates: Collection[str] = (),
) -> str:
    """Return the page as text; names and the title are escaped."""
    notes = "".join(f"<li>{text(note)}</li>" for note in fitted.notes_)
    shown = rows.shape[1] if rows.shape[1] <= COLUMNS else COLUMNS
    more = f"<p>The first {shown} of {rows.shape[1]} columns.</p>" if shown < rows.shape[1] else ""
    drawn = _drawing(figure_of, "density", fitted, rows, names, dates)
    body = (
        f"<header><h1>{text(title)}</h1>"
        f'<p class="soft">{len(rows)} rows, {rows.shape[1]} column{"s" * (rows.shape[1] > 1)}.</p>'
        f"{f'<ul>{notes}</ul>' if notes else ''}</header>\n"
        f"<section><h2>Members</h2>\n{_members(fitted)}</section>\n"
        f"{_account(fitted)}"
        f"<section><h2>Columns</h2>\n{more}{drawn}"
        "<p>Bars are exact binomial intervals of the shares of bins at 95 %; the band holds all "
        "quantiles of the law at once, at 95 % (Dvoretzky, Kiefer, Wolfowitz)."
        f"{_BAND if fitted.support_ is not None else ''}</p></section>"
    )
    if rows.shape[1] > 1:
        drawing = _drawing(pairs_of, "pairs", fitted, rows, names, dates)
        body += f"\n<section><h2>Pairs of columns</h2>\n{drawing}</section>"
    return document(title, body)


def figure_of(
    fitted: AutoDensity,
    rows: FloatArray,
    names: Sequence[str],
    dates: Collection[str] = (),
    *,
    width: str = "screen",
) -> Figure:
    """Return a figure with two axes a column, for the first of them: density and quantiles."""
    count = min(rows.shape[1], COLUMNS)
    drawn, law = fitted.sample(_DRAWS, 0).numpy(), fitted.as_law()
    error = fitted.standard_error if fitted.support_ is not None else None
    with style(width):
        figure = Figure(layout="constrained")
        every = sheet(figure, 2 * count, width)
        for k, axes in enumerate(zip(every[::2], every[1::2], strict=True)):
            draw_margin(axes[0], rows[:, k], drawn[:, k], law, names[k], error)
            draw_quantiles(axes[1], rows[:, k], drawn[:, k], names[k])
            if names[k] in dates:
                for axis in (axes[0].xaxis, axes[1].xaxis, axes[1].yaxis):
                    show_dates(axis)
    return figure


def pairs_of(
    fitted: AutoDensity, rows: FloatArray, names: Sequence[str], dates: Collection[str] = ()
) -> Figure:
    """Return a figure of the first columns, two at a time: the rows, and points of the fit."""
    pairs = list(itertools.combinations(range(min(rows.shape[1], PAIRED)), 2))
    drawn = fitted.sample(_DRAWS, 0).numpy()
    order = np.random.default_rng(0).permutation(len(rows))
    across = min(len(pairs), 2)
    down = -(-len(pairs) // across)
    with style():
        figure = Figure(figsize=(4.2 * across, 3.9 * down), layout="constrained")
        places = figure.subplots(down, across, squeeze=False).flat
        for axes, pair in zip(places, pairs, strict=False):
            both = list(pair)
            draw_pair(axes, rows[order][:, both], drawn[:, both], [names[k] for k in both])
            for axis, k in zip((axes.xaxis, axes.yaxis), both, strict=True):
                if names[k] in dates:
                    show_dates(axis)
    for axes in figure.axes[len(pairs) :]:
        axes.set_axis_off()
    return figure


def _drawing(figure: Callable[..., Figure], salt: str, *of: Any) -> str:
    with matplotlib.rc_context({**STYLE, "svg.fonttype": "none", "svg.hashsalt": salt}):
        made = figure(*of)
        FigureCanvasSVG(made)
        return themed(made, salt)


def _account(fitted: AutoDensity) -> str:
    """The section of what is known beside members and notes; "" where that is nothing."""
    lines = "\n".join(fitted.remarks())
    return f"<section><h2>Account</h2>\n<pre>{text(lines)}</pre></section>\n" if lines else ""


def _members(fitted: AutoDensity) -> str:
    members, more = shown_members(fitted.members_)
    rows = "\n".join(
        f"<tr><td>{text(member.name)}</td><td class=num>{value(member.weight, 4)}</td>"
        f"<td class=num>{value(member.gain, 4)}</td></tr>"
        for member in members
    )
    return (
        '<div class="scroll"><table><thead><tr><th>member</th><th class=num>weight</th>'
        "<th class=num>log likelihood gained by joining</th></tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody></table></div>{f'<p>{more}.</p>' if more else ''}"
    )
