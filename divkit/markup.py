"""Pieces of HTML that notebooks show: a table, notes under it, a thumbnail of a density.

Everything is escaped; numbers are written by the caller. Plain tables take a notebook's own style,
dark or light, and the thumbnail is drawn in the colour of its text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Protocol, runtime_checkable


@runtime_checkable
class InHtml(Protocol):
    """An object that notebooks show as HTML."""

    def _repr_html_(self) -> str: ...


_WIDTH, _HEIGHT = 240, 60
_MARGIN = 3


def table(header: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> str:
    """Return a table of texts.

    >>> table(["name"], [["a < b"]])
    '<table><thead><tr><th>name</th></tr></thead><tbody><tr><td>a &lt; b</td></tr></tbody></table>'
    """
    caption = f"<caption>{escape(title)}</caption>" if title else ""
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def facts(pairs: Iterable[tuple[str, str]], title: str = "") -> str:
    """Return a table of names and what is said of each."""
    return table(["", ""], pairs, title).replace("<thead><tr><th></th><th></th></tr></thead>", "")


def notes(lines: Iterable[str], word: str = "warning") -> str:
    """Return paragraphs, each after a word in bold."""
    return "".join(f"<p><b>{escape(word)}</b>: {escape(line)}</p>" for line in lines)


def number(value: float, digits: int = 12) -> str:
    """Return a number as text."""
    return f"{value:.{digits}g}"


def curve(x: Sequence[float], y: Sequence[float], words: str) -> str:
    """Return a line above its baseline, as SVG; heights that are not finite leave gaps.

    Parameters
    ----------
    x, y : places and heights (n,).
    words : what it shows, for those who do not see it.
    """
    points = _placed(x, y)
    path, started = "", False
    for a, b in points:
        seen = math.isfinite(b)
        path += f"{'L' if started else 'M'}{a:.1f} {b:.1f}" if seen else ""
        started = seen
    line = f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="1.5"/>'
    return _svg(line, x, words)


def stems(x: Sequence[float], y: Sequence[float], words: str) -> str:
    """Return a stem for each atom, as SVG."""
    floor = _HEIGHT - _MARGIN
    lines = "".join(
        f'<path d="M{a:.1f} {floor}L{a:.1f} {b:.1f}" stroke="currentColor" stroke-width="2"/>'
        for a, b in _placed(x, y)
    )
    return _svg(lines, x, words)


def _placed(x: Sequence[float], y: Sequence[float]) -> list[tuple[float, float]]:
    left, width = min(x), (max(x) - min(x)) or 1.0
    top = max((h for h in y if math.isfinite(h)), default=1.0) or 1.0
    inner, height = _WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN
    return [
        (_MARGIN + inner * (a - left) / width, _MARGIN + height * (1 - b / top))
        for a, b in zip(x, y, strict=True)
    ]


def _svg(inside: str, x: Sequence[float], words: str) -> str:
    floor = _HEIGHT - _MARGIN
    base = f'<path d="M0 {floor}H{_WIDTH}" stroke="currentColor" stroke-width="0.5"/>'
    text = (
        '<text y="{y}" x="{x}" font-size="10" fill="currentColor" text-anchor="{side}">{t}</text>'
    )
    ends = text.format(y=_HEIGHT + 9, x=0, side="start", t=f"{min(x):.3g}")
    ends += text.format(y=_HEIGHT + 9, x=_WIDTH, side="end", t=f"{max(x):.3g}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT + 12}" '
        f'role="img" aria-label="{escape(words)}">{base}{inside}{ends}</svg>'
    )
