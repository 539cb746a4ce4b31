"""The cards of the home page: what each command shows."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

from matplotlib.figure import Figure
from sklearn.datasets import load_iris

import divkit
from divkit.bench.board import Standing
from divkit.bench.limit import Limit
from divkit.plots import draw_column, draw_standings
from divkit.plots.paper import curve_figure
from pictures.checks import of_check

SIZE = (4.6, 3.2)
RESULTS = Path(__file__).parents[3] / "benchmarks" / "results" / "standings.json"
SHOWN = ("auto", "knn", "scipy gaussian_kde", "sklearn boosting", "histogram")


def verified() -> Figure:
    """`divkit verify --report`: both sides of the identity, as the page shows them."""
    figure = of_check("gan-identity")
    figure.set_size_inches(SIZE)
    return figure


def benchmark() -> Figure:
    """`divkit bench report`: how far estimators are from the efficiency bound."""
    rows = [row for row in json.loads(RESULTS.read_text(encoding="utf-8")) if _on_card(row)]
    standings = [_standing(row) for row in rows]
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = draw_standings(figure.subplots(), standings, order=SHOWN)
    axes.set_title("JSD of a ring of eight and a normal law")
    return figure


def _on_card(row: dict[str, object]) -> bool:
    place = row["problem"], row["divergence"]
    return place == ("ring8_vs_matched_normal", "js") and row["estimator"] in SHOWN


def _standing(row: dict[str, object]) -> Standing:
    kept = {each.name for each in fields(Standing)} - {"limit", "covered", "below", "codes"}
    numbers = {k: float("nan") if v == "nan" else v for k, v in row.items() if k in kept}
    limit = {k: float("nan") if v == "nan" else v for k, v in row["limit"].items()}
    return Standing(**numbers, limit=Limit(**limit))


def curve() -> Figure:
    """`divkit curve`: three divergences along a family."""
    found = divkit.curve(
        "normal(0, 1)", "student(t)", ["js", "kl", "tv"], over={"t": "0.5:100:log"}
    )
    return curve_figure(found, width=117)


def compared() -> Figure:
    """`divkit compare --report`: a column of two tables, as the page shows it."""
    rows, kind = load_iris(return_X_y=True)
    figure = Figure(figsize=SIZE, layout="constrained")
    draw_column(figure.subplots(), rows[kind == 1, 3], rows[kind == 2, 3], "petal width (cm)")
    return figure
