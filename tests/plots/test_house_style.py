"""Whatever makes a figure of its own makes it in the house's style: no frame, a grid behind."""

import ast
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import divkit
from divkit import density, plots
from divkit.report.density import figure_of, pairs_of

PACKAGE = Path(divkit.__file__).parent
STYLES = ("style", "rc_context")
INSIDE = {"plots/paper.py:_line_figure", "plots/paper.py:_map_figure"}
"""Functions that are called inside a style alone, by the function above them."""


def name_of(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def bare(tree):
    """Functions in which a Figure is made outside every `with style()` of theirs."""
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
        dressed = {
            id(inner)
            for block in ast.walk(function)
            if isinstance(block, ast.With)
            and any(name_of(i.context_expr) in STYLES for i in block.items
                    if isinstance(i.context_expr, ast.Call))
            for inner in ast.walk(block)
        }  # fmt: skip
        made = [
            n for n in ast.walk(function) if isinstance(n, ast.Call) and name_of(n) == "Figure"
        ]
        if any(id(call) not in dressed for call in made):
            yield function.name


def test_every_function_that_makes_a_figure_makes_it_in_the_style():
    found, made = set(), 0
    for folder in ("plots", "report", "cli"):
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            made += "= Figure(" in text
            place = path.relative_to(PACKAGE).as_posix()
            found |= {f"{place}:{name}" for name in bare(ast.parse(text))}
    assert found == INSIDE and made > 8


def test_a_figure_outside_is_found():
    outside = "def f():\n    with open(x):\n        a = Figure()\n"
    inside = "def g():\n    with style():\n        a = Figure()\n"
    assert [*bare(ast.parse(outside + inside))] == ["f"]


def strip():
    p, laws = divkit.Normal(0, 1), [divkit.Normal(2, 1), divkit.Normal(1, 1)]
    return plots.draw_strip(p, laws, [divkit.js_divergence(p, q) for q in laws])


def fitted(draw, columns):
    rows = np.random.default_rng(0).normal(size=(60, columns))
    found = density.AutoDensity().fit(rows)
    return draw(found, rows, [f"column {k}" for k in range(columns)])


@pytest.mark.parametrize(
    "make", [strip, lambda: fitted(figure_of, 1), lambda: fitted(pairs_of, 2)],
    ids=["strip", "density", "pairs"],
)  # fmt: skip
def test_figures_have_no_frame_and_a_grid(make):
    figure = make()
    assert isinstance(figure, Figure)
    seen = [axes for axes in figure.axes if axes.axison and axes.get_label() != "<colorbar>"]
    assert not any(axes.spines["top"].get_visible() for axes in seen)
    assert seen[0].xaxis.get_gridlines()[0].get_visible()
