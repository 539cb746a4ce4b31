"""The estimators × the problems × n × seeds, resumed where it stopped; a table and figures.

    python benchmarks/estimators.py [--quick] [--workers N] [--ledger FILE] [--peers FILE]
        [--report DIR]

What is run is in estimator_suites.py. Rows go to the ledger, one a cell; a rerun does only what
is missing. Rows of peers_from_pypi.py are set beside them where its ledger is there. The table
(estimators.md, estimators.json) and the figures go to the report's folder.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from itertools import groupby
from pathlib import Path

from estimator_suites import FULL, QUICK
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from tqdm import tqdm

from divkit.bench.board import Standing, standings
from divkit.bench.cells import Suite
from divkit.bench.ledger import Ledger
from divkit.bench.run import run_suite
from divkit.plots import draw_standings, style
from divkit.results import jsonable

HERE = Path(__file__).parent
OUT = HERE.parent / "out"
COLUMNS = (
    "estimator", "n", "seeds", "RMSE", "bias", "RMSE/bound, common", "plain", "coverage",
    "flagged", "CPU s", "RMSE/auto",
)  # fmt: skip


def run(suites: Sequence[Suite], ledger: Path, workers: int) -> None:
    """Do what is missing."""
    with tqdm(total=sum(len(tuple(suite.cells())) for suite in suites), unit="cell") as bar:
        for suite in suites:
            done = run_suite(suite, ledger, workers=workers, told=lambda row: bar.update())
            bar.update(len(tuple(suite.cells())) - done)


def collected(paths: Sequence[Path]) -> tuple[Standing, ...]:
    """The standings of the rows of all ledgers."""
    rows, truths = [], {}
    for path in paths:
        ledger = Ledger(path)
        rows += ledger.rows()
        for key in {(row.cell.problem, row.cell.divergence) for row in rows} - set(truths):
            found = ledger.truth(*key)
            if found is not None:
                truths[key] = found
        ledger.close()
    return standings(rows, truths)


def problem_of(standing: Standing) -> tuple[str, str]:
    """What a table of its own is about."""
    return standing.divergence, standing.problem


def text(found: Sequence[Standing]) -> str:
    """One table a problem, `auto` first, then by RMSE."""
    parts = ["# Estimators\n"]
    for (divergence, problem), members in groupby(sorted(found, key=problem_of), key=problem_of):
        parts.append(f"\n## {divergence.upper()}: {problem}\n")
        parts.append("| " + " | ".join(COLUMNS) + " |")
        parts.append("|" + "---|" * len(COLUMNS))
        rows = list(members)
        auto = {s.n: s.rmse for s in rows if s.estimator == "auto"}
        for s in sorted(rows, key=lambda s: (s.n, s.estimator != "auto", s.rmse)):
            parts.append(line(s, auto.get(s.n)))
    return "\n".join(parts) + "\n"


def line(s: Standing, auto: float | None) -> str:
    """One row of a table."""
    seeds = f"{s.seeds}" if not s.failures else f"{s.seeds} (+{s.failures} refused)"
    beside = "" if auto is None or s.estimator == "auto" else f"{s.rmse / auto:.2f}"
    figures = (f"{s.rmse:.4f}", f"{s.bias:+.4f}", f"{s.common:.2f}", f"{s.plain:.2f}")
    covered = f"{s.coverage:.2f}" if s.intervals else "none"
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
    found = collected(ledgers)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "estimators.md").write_text(text(found), encoding="utf-8")
    rows = [jsonable(asdict(standing)) for standing in found]
    (folder / "estimators.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    order = list(dict.fromkeys(["auto", *(standing.estimator for standing in found)]))
    sheet(found, partial(draw_standings, order=order), folder / "estimators.png")


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
    print((given.report / "estimators.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
