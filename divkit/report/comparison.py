"""One self-contained HTML page of two samples compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import zip_longest
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from divkit.comparison import Comparison
from divkit.plots.comparison import (
    MOST_LABELS,
    draw_column,
    draw_dates,
    draw_directions,
    draw_labels,
    draw_ratios,
)
from divkit.plots.style import STYLE
from divkit.report.frame import document, store
from divkit.report.graphics import themed
from divkit.report.numbers import size, text, value
from divkit.types import FloatArray

_FILES = {"x": "A", "y": "B"}
_COLUMNS = 6
"""Columns that are drawn, the most unlike first."""
_SHUFFLED = (
    "Labels shuffled: the same estimates where both samples come from one law and every "
    "divergence is 0, the middle of three shuffles. What they are away from 0 is bias."
)


def write_comparison(
    comparison: Comparison, folder: Path | str, *, names: tuple[str, str] = ("A", "B")
) -> Path:
    """Write the page into a folder, which is made if need be; return its path.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    return store(render_comparison(comparison, names=names), folder)


def render_comparison(comparison: Comparison, *, names: tuple[str, str] = ("A", "B")) -> str:
    """Return the page as text; names and columns are escaped."""
    parts = [
        _head(comparison, names),
        _section("How far apart", _divergences(comparison)),
        _section("Column by column", _features(comparison) + _column_figures(comparison)),
        _section("Along which directions", _contrasts(comparison)) if comparison.contrasts else "",
        _section("Where", _where(comparison)),
        _foot(comparison),
    ]
    return document(f"{names[0]} against {names[1]}", "\n".join(parts))


def _head(comparison: Comparison, names: tuple[str, str]) -> str:
    n, m = len(comparison.pair.x), len(comparison.pair.y)
    warnings = "".join(f"<li>{text(words)}</li>" for words in comparison.warnings)
    return (
        f"<header><h1>{text(names[0])} against {text(names[1])}</h1>\n"
        f'<p class="soft">A: {n} rows of {text(names[0])}. B: {m} rows of {text(names[1])}. '
        f"{comparison.pair.dim} columns.</p>\n"
        f'<div class="banner {"bad" if comparison.differ else "good"}">'
        f"<strong>{text(comparison.verdict)}</strong></div>"
        f"<p>{_test(comparison)}</p>{f'<ul>{warnings}</ul>' if warnings else ''}</header>"
    )


def _test(comparison: Comparison) -> str:
    test = comparison.test
    return (
        f"Permutation test of equal laws, {test.permutations} shuffles of the labels of "
        f"{test.rows[0]} + {test.rows[1]} rows; strongest at {text(test.scale)}. Its level is "
        "exact for every number of rows, if they are independent."
    )


def _section(title: str, body: str) -> str:
    return f"<section><h2>{text(title)}</h2>\n{body}</section>"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """A table whose first `left` columns are words; cells are escaped."""

    def cells(tag: str, entries: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{'' if k < left else ' class=num'}>{text(entry)}</{tag}>"
            for k, entry in enumerate(entries)
        )

    body = "\n".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><thead><tr>{cells("th", header)}</tr></thead>'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _divergences(comparison: Comparison) -> str:
    level = f"{100 * comparison.divergences[0].level:g} %" if comparison.divergences else ""
    rows = zip_longest(comparison.divergences, comparison.cautions, comparison.null)
    table = _table(
        (
            "divergence of A from B",
            "note",
            "estimate",
            "standard error",
            f"{level} from",
            "to",
            "unit",
            "labels shuffled",
        ),
        (
            (
                r.name,
                words,
                value(r.value, 4),
                size(r.error),
                *(value(e, 4) for e in r.interval),
                r.unit,
                "–" if null is None else f"{value(null.value, 3)} ± {size(null.error)}",
            )
            for r, words, null in rows
        ),
        left=2,
    )
    return table + (f'<p class="soft">{text(_SHUFFLED)}</p>' if comparison.null else "")


def _features(comparison: Comparison) -> str:
    return _table(
        ("column", "JSD", "error", "W1 / unit", "unit", "median or mode A", "B", "p-value (Holm)"),
        (
            (
                f.name,
                value(f.js.value, 4),
                size(f.js.error),
                _cell(f.w1, 4),
                _cell(f.unit, 5) + (" days" if f.name in comparison.dates else ""),
                *(_cell(comparison.entry(f.name, m), 5) for m in f.medians),
                value(f.p_value, 3),
            )
            for f in comparison.features
        ),
    )


def _cell(entry: float | str | None, digits: int) -> str:
    """A number, a label as it is, a dash for what labels do not have."""
    if entry is None:
        return "–"
    return entry if isinstance(entry, str) else value(entry, digits)


def _labels(comparison: Comparison) -> list[tuple[str, ...]]:
    """The labels of each column, () for numbers."""
    return [comparison.pair.labels_of(k) for k in range(comparison.pair.dim)]


def _column_figures(comparison: Comparison) -> str:
    drawn = []
    for k, feature in enumerate(comparison.features[:_COLUMNS]):
        at = comparison.columns.index(feature.name)
        x, y = comparison.pair.x[:, at], comparison.pair.y[:, at]
        drawing = _drawing(comparison, at)
        draw = partial(drawing, x=x, y=y, name=feature.name)
        caption = f"JSD {value(feature.js.value, 3)} ± {size(feature.js.error)}"
        drawn.append(_figure(f"column-{k}", (5.0, 2.9), draw, caption))
    return f'<div class="sides">{"".join(drawn)}</div>'


def _drawing(comparison: Comparison, column: int) -> Callable[..., Axes]:
    """Bars of labels, or of the values of a column that has few; else a histogram."""
    pair, name = comparison.pair, comparison.columns[column]
    words, atoms = pair.labels_of(column), pair.atoms
    if words:
        return partial(draw_labels, words=words)
    histogram = draw_dates if name in comparison.dates else draw_column
    if atoms is None or atoms.columns[column].rest:
        return histogram
    values = atoms.columns[column].atoms
    entries = [_cell(comparison.entry(name, float(v)), 6) for v in values]

    def bars(axes: Axes, x: FloatArray, y: FloatArray, name: str) -> Axes:
        a, b = (np.abs(rows[:, None] - values).argmin(axis=1).astype(float) for rows in (x, y))
        return draw_labels(axes, a, b, entries, name, ordered=True)

    return bars if len(values) <= MOST_LABELS else histogram


def _contrasts(comparison: Comparison) -> str:
    table = _table(
        ("direction", "largest weights, standardised columns", "JSD along it", "error"),
        (
            (
                c.kind,
                ", ".join(f"{weight:+.2f} {name}" for name, weight in c.leading(4)),
                value(c.js.value, 4),
                size(c.js.error),
            )
            for c in comparison.contrasts
        ),
        left=2,
    )
    caption = (
        "Directions are chosen on half of the rows; their JSD is estimated on the other half."
    )
    return table + _plane(comparison, caption)


def _plane(comparison: Comparison, caption: str) -> str:
    return _figure("plane", (6.4, 4.6), lambda a: draw_directions(a, comparison), caption)


def _where(comparison: Comparison) -> str:
    rows = _table(
        ("row (from 0)", "log p − log q", *comparison.columns),
        (
            (
                f"{_FILES[e.sample]}[{e.row}]",
                value(e.log_ratio, 3),
                *(
                    _cell(comparison.entry(name, cell), 5)
                    for name, cell in zip(comparison.columns, e.point, strict=True)
                ),
            )
            for e in comparison.extremes
        ),
    )
    caption = "The estimated log ratio at each row, fitted without it. Far apart: easily told."
    if not comparison.differ:
        caption += " The test shows no difference, so that these rows may be chance."
    plane = (
        ""
        if comparison.contrasts or sum(not words for words in _labels(comparison)) < 2
        else _plane(comparison, "The two columns that differ most.")
    )
    return (
        rows + _figure("ratios", (6.4, 3.4), lambda a: draw_ratios(a, comparison), caption) + plane
    )


def _figure(
    id: str, inches: tuple[float, float], draw: Callable[[Axes], Axes], caption: str
) -> str:
    with matplotlib.rc_context({**STYLE, "svg.fonttype": "none", "svg.hashsalt": id}):
        figure = Figure(figsize=inches, layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.add_subplot())
        drawing = themed(figure, id)
    return f"<figure>{drawing}<figcaption>{text(caption)}</figcaption></figure>"


def _foot(comparison: Comparison) -> str:
    return (
        "<footer><p>Estimates from samples, by kernel logistic regression unless another method "
        "was asked for; a value may lie outside the divergence&#x27;s range by chance and is not "
        f"cut. {comparison.seconds:.1f} s.</p></footer>"
    )
