"""Figures and formulas as SVG that lives in the page: its colours are the page's own.

Matplotlib writes fixed colours; they are replaced by the page's variables, so that one drawing
serves light and dark. Ids are prefixed, since all drawings share one document.
"""

from __future__ import annotations

import io
import re

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from divkit.plots.evidence import draw_evidence
from divkit.plots.formula import outline
from divkit.plots.style import INK, SERIES
from divkit.report.numbers import text
from divkit.theory import CheckResult

_EM = 20.0
_AXES = (0.13, 0.15, 0.85, 0.75)


def formula_svg(tex: str) -> str:
    """A formula as outlines, 1.3 em high letters, with its TeX as the accessible name."""
    shape = outline(tex)
    pad = 2.0
    box = f"{shape.left - pad:.1f} {shape.top - pad:.1f} {shape.width + 2 * pad:.1f}"
    height = shape.height + 2 * pad
    width = 1.3 * (shape.width + 2 * pad) / _EM
    return (
        f'<svg role="img" aria-label="{text(tex)}" style="width:{width:.2f}em" '
        f'viewBox="{box} {height:.1f}"><path d="{shape.path}"/></svg>'
    )


def figure_svg(result: CheckResult) -> str:
    """A check's figure."""
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": result.id}):
        figure = Figure(figsize=(6.4, 3.6))
        FigureCanvasSVG(figure)
        draw_evidence(result, figure.add_axes(_AXES))
        return themed(figure, result.id)


def themed(figure: Figure, id: str) -> str:
    """A figure as SVG in the colours of the page; `id` sets its names apart from others'."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = svg.replace(INK, "currentColor")
    for k, colour in enumerate(SERIES):
        svg = svg.replace(colour, f"var(--series-{k})")
    prefix = f"{id}-"
    svg = re.sub(r'\bid="', f'id="{prefix}', svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}", svg)
    title = text(f"Figure of {id}")
    return re.sub(r"<svg ", f'<svg role="img" aria-label="{title}" ', svg, count=1)
