"""Plug-in divergences by stacked densities beside kernel logistic regression, and their mean.

Problems are those of the benchmark of estimators (`estimator_suites.py`), the samples too. For
each: the root mean squared error over the efficiency bound, on common samples
(`divkit.bench.limit`), and how many intervals hold the truth. The mean has half the sum of both
values, and the ends of both intervals averaged. Rows go to a ledger, a rerun does what is missing;
the table to results/plug_in_densities.md.

    python benchmarks/plug_in_densities.py [--seeds N] [--n N] [--ledger FILE]
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
from estimator_suites import JS, JS_HARD, STACKED

from divkit.bench.board import Standing, standing
from divkit.bench.cells import Row, Suite
from divkit.bench.engine import Processes
from divkit.bench.ledger import Ledger
from divkit.bench.runner import run_suite

RESULTS = Path(__file__).parent / "results" / "plug_in_densities.md"
OUT = Path(__file__).parent.parent / "out"
STACK, RIVAL, MEAN = STACKED, "kernel_logistic", "mean of both"


def mean_of(rows: Sequence[Row]) -> list[Row]:
    """The mean of both estimates, on draws where there are two."""
    by_seed: dict[int, list[Row]] = {}
    for row in rows:
        if not row.failure:
            by_seed.setdefault(row.cell.seed, []).append(row)
    return [
        replace(
            pair[0],
            cell=replace(pair[0].cell, estimator=MEAN),
            value=sum(r.value for r in pair) / 2,
            error=sum(r.error for r in pair) / 2,
            low=sum(r.low for r in pair) / 2,
            high=sum(r.high for r in pair) / 2,
            seconds=sum(r.seconds for r in pair),
        )
        for pair in by_seed.values()
        if len(pair) == 2
    ]


def line(found: Standing) -> str:
    held = f"{found.covered.hits}/{found.covered.of}"
    cells = (found.problem, found.estimator, found.n, found.seeds, found.failures,
             f"{found.truth:.4f}", f"{found.bias:+.4f}", f"{found.rmse:.4f}",
             f"{found.ratio:.2f}", held, f"{found.seconds:.1f}")  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


def table(path: Path) -> str:
    ledger = Ledger(path)
    rows, found = ledger.rows(), []

    def problem(row: Row) -> tuple[str, str, int]:
        return row.cell.problem, row.cell.divergence, row.cell.n

    for key, group in groupby(sorted(rows, key=problem), key=problem):
        members = list(group)
        truth = ledger.truth(*key[:2])
        assert truth is not None
        for name in (STACK, RIVAL):
            found.append(standing([r for r in members if r.cell.estimator == name], truth))
        if both := mean_of(members):
            found.append(standing(both, truth))
    ledger.close()
    lines = ["# Plug-in divergences by stacked densities", "",
             "By plug_in_densities.py. JSD in nats; the ratio is that of the error to the"
             " efficiency bound on common samples, CPU seconds are those of an estimate.", "",
             "| problem | estimator | n | seeds | failures | truth | bias | RMSE | ratio |"
             " intervals that hold | CPU s |", "|---|---|" + "---:|" * 9,
             *map(line, found), ""]  # fmt: skip
    for name in (STACK, RIVAL, MEAN):
        own = [each.ratio for each in found if each.estimator == name]
        known = [ratio for ratio in own if math.isfinite(ratio) and ratio > 0]
        geometric = math.exp(np.mean(np.log(known))) if known else math.nan
        held = sum(e.covered.hits for e in found if e.estimator == name)
        given = sum(e.covered.of for e in found if e.estimator == name)
        lines.append(f"- {name}: geometric mean of the ratios {geometric:.2f} over {len(known)}"
                     f" problems, {held} of {given} intervals hold.")  # fmt: skip
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--ledger", type=Path, default=OUT / "plug_in_densities.sqlite")
    asked = parser.parse_args()
    asked.ledger.parent.mkdir(parents=True, exist_ok=True)
    for seeds in range(1, asked.seeds + 1):
        suite = Suite((*JS, *JS_HARD), (STACK, RIVAL), ((asked.n, seeds),))
        run_suite(suite, asked.ledger, engine=Processes(1), keep_old=True)
        RESULTS.write_text(table(asked.ledger), encoding="utf-8")


if __name__ == "__main__":
    main()
