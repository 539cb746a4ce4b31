"""The estimators × the problems × n × seeds, resumed where it stopped; a table and figures.

    python benchmarks/estimators.py [--quick] [--workers N] [--ledger FILE] [--peers FILE]
        [--report DIR]

What is run is in estimator_suites.py. Rows go to the ledger, one a cell; a rerun does only what
is missing. Rows of peers_from_pypi.py are set beside them where its ledger is there. The table
(standings.md, standings.json) and the figures (standings-*.png) go to the report's folder.
"""

from __future__ import annotations

import argparse
import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import groupby
from pathlib import Path

from estimator_suites import FULL, QUICK
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from tqdm import tqdm

from divkit.bench.board import Standing, standings
from divkit.bench.cells import Row, Suite
from divkit.bench.ledger import Ledger
from divkit.bench.run import run_suite
from divkit.bench.truth import Truth
from divkit.plots import draw_standings, style
from divkit.results import jsonable

HERE = Path(__file__).parent
OUT = HERE.parent / "out"
MEASURES = ("common", "bias", "coverage", "seconds")
Key = tuple[str, str, str, int]
COLUMNS = (
    "estimator", "n", "seeds", "RMSE", "median error", "bias", "RMSE/bound, common", "plain",
    "coverage", "flagged", "CPU s", "RMSE/auto",
)  # fmt: skip


def run(suites: Sequence[Suite], ledger: Path, workers: int) -> None:
    """Do what is missing."""
    with tqdm(total=sum(len(tuple(suite.cells())) for suite in suites), unit="cell") as bar:
        for suite in suites:
            done = run_suite(suite, ledger, workers=workers, told=lambda row: bar.update())
            bar.update(len(tuple(suite.cells())) - done)


def collected(paths: Sequence[Path]) -> tuple[list[Row], dict[tuple[str, str], Truth]]:
    """The rows of all ledgers, and the truths of their problems."""
    rows: list[Row] = []
    truths: dict[tuple[str, str], Truth] = {}
    for path in paths:
        ledger = Ledger(path)
        rows += ledger.rows()
        for key in {(row.cell.problem, row.cell.divergence) for row in rows} - set(truths):
            found = ledger.truth(*key)
            if found is not None:
                truths[key] = found
        ledger.close()
    return rows, truths


def against_auto(rows: Sequence[Row], truths: dict[tuple[str, str], Truth]) -> dict[Key, float]:
    """RMSE over that of `auto` on the seeds that both have."""
    wrong = {
        row.cell: row.value - truths[row.cell.problem, row.cell.divergence].value
        for row in rows
        if not row.failure
    }
    squares: dict[Key, list[tuple[float, float]]] = {}
    for cell, error in wrong.items():
        best = wrong.get(replace(cell, estimator="auto"))
        if best is not None:
            key = (cell.problem, cell.divergence, cell.estimator, cell.n)
            squares.setdefault(key, []).append((error**2, best**2))
    return {
        key: math.sqrt(sum(a for a, _ in pairs) / sum(b for _, b in pairs))
        for key, pairs in squares.items()
    }


def problem_of(standing: Standing) -> tuple[str, str]:
    """What a table of its own is about."""
    return standing.divergence, standing.problem


def key_of(standing: Standing) -> Key:
    """Of `against_auto`."""
    return standing.problem, standing.divergence, standing.estimator, standing.n


def text(found: Sequence[Standing], beside: Mapping[Key, float]) -> str:
    """One table a problem, `auto` first, then by RMSE."""
    parts = ["# Estimators\n"]
    for (divergence, problem), members in groupby(sorted(found, key=problem_of), key=problem_of):
        parts.append(f"\n## {divergence.upper()}: {problem}\n")
        parts.append("| " + " | ".join(COLUMNS) + " |")
        parts.append("|" + "---|" * len(COLUMNS))
        rows = list(members)
        for s in sorted(rows, key=lambda s: (s.n, s.estimator != "auto", s.rmse)):
            parts.append(line(s, beside.get(key_of(s))))
    return "\n".join(parts) + "\n"


def line(s: Standing, ratio: float | None) -> str:
    """One row of a table."""
    seeds = f"{s.seeds}" if not s.failures else f"{s.seeds} (+{s.failures} refused)"
    beside = "" if ratio is None or s.estimator == "auto" else f"{ratio:.2f}"
    figures = (
        f"{s.rmse:.4f}",
        f"{s.typical:.4f}",
        f"{s.bias:+.4f}",
        f"{s.common:.2f}",
        f"{s.plain:.2f}",
    )
    covered = "none" if math.isnan(s.coverage) else f"{s.coverage:.2f}"
    cells = (s.estimator, f"{s.n:,}", seeds, *figures, covered, str(s.flagged))
    return "| " + " | ".join([*cells, f"{s.seconds:.2g}", beside]).replace("nan", "–") + " |"


def sheet(
    found: Sequence[Standing], draw: Callable[[Axes, Sequence[Standing]], object], path: Path
) -> None:
    """One panel a problem, four to a row, one legend."""
    groups = [list(g) for _, g in groupby(sorted(found, key=problem_of), key=problem_of)]
    with style():
        tall = -(-len(groups) // 4)
        figure = Figure(figsize=(15, 3.4 * tall + 0.8), layout="constrained")
        panels = figure.subplots(tall, 4, squeeze=False).ravel()
        for axes, members in zip(panels, groups, strict=False):
            draw(axes, members)
            axes.legend().remove()
        for axes in panels[len(groups) :]:
            axes.set_axis_off()
        handles = {
            words: handle
            for axes in panels
            for handle, words in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        figure.legend(handles.values(), handles, loc="outside lower center", ncols=6)
        figure.savefig(path, dpi=110)


def report(ledgers: Sequence[Path], folder: Path) -> None:
    """Write the tables and the figure."""
    rows, truths = collected(ledgers)
    found, beside = standings(rows, truths), against_auto(rows, truths)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "standings.md").write_text(text(found, beside), encoding="utf-8")
    told = [
        jsonable(asdict(s) | {"rmse_over_auto": beside.get(key_of(s), math.nan)}) for s in found
    ]
    (folder / "standings.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    order = list(dict.fromkeys(["auto", *(standing.estimator for standing in found)]))
    for measure in MEASURES:
        draw = partial(draw_standings, measure=measure, order=order)
        sheet(found, draw, folder / f"standings-{measure}.png")


def main() -> None:
    """Run what is missing, then report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few rows and seeds, minutes")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--ledger", type=Path)
    parser.add_argument("--peers", type=Path, default=OUT / "peers.sqlite")
    parser.add_argument("--report", type=Path, default=OUT / "estimators")
    given = parser.parse_args()
    ledger = given.ledger or OUT / f"estimators{'-quick' if given.quick else ''}.sqlite"
    run(QUICK if given.quick else FULL, ledger, given.workers)
    report([ledger, *([given.peers] if given.peers.exists() else [])], given.report)
    print((given.report / "standings.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
