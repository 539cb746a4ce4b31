"""The benchmark's report: tables in Markdown and JSON, and a sheet of figures a measure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from divkit.bench.board import Standing, standings
from divkit.bench.cells import Row
from divkit.bench.ledger import Ledger
from divkit.bench.pairing import Key, PairedRatio, paired
from divkit.bench.tables import leaderboard
from divkit.bench.truth import ProblemTruth
from divkit.plain import jsonable
from divkit.plots.bench import Measure
from divkit.plots.bench_sheet import draw_sheet
from divkit.plots.saving import save
from divkit.storage import write_whole

_MEASURES: tuple[Measure, ...] = ("common", "bias", "coverage", "seconds")


def write_standings(ledgers: Sequence[Path], folder: Path) -> Path:
    """Write standings.md, standings.json and a figure a measure; return the first's path.

    Parameters
    ----------
    ledgers : of `divkit bench run` or of other packages on the same draws; where two hold rows of
        a cell, the first counts.
    folder : is made if need be.

    Raises
    ------
    ValueError
        If a file is no ledger, or there is no row in any.
    OSError
        If a ledger is not there, or the folder cannot be written.
    """
    rows, truths = collected(ledgers)
    members, ratios = standings(rows, truths), paired(rows, truths)
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "standings.md"
    write_whole(page, leaderboard(members, ratios))
    text = json.dumps(as_records(members, ratios), indent=1, allow_nan=False, ensure_ascii=False)
    write_whole(folder / "standings.json", text + "\n")
    for measure in _MEASURES:
        save(draw_sheet(members, measure), folder / f"standings-{measure}.png")
    return page


def collected(paths: Sequence[Path]) -> tuple[list[Row], dict[tuple[str, str], ProblemTruth]]:
    """The rows of all ledgers, and the truths of their problems."""
    rows: dict[object, Row] = {}
    truths: dict[tuple[str, str], ProblemTruth] = {}
    for path in paths:
        ledger = Ledger(path)
        for row in ledger.rows():
            rows.setdefault(row.cell, row)
        for key in {(row.cell.problem, row.cell.divergence) for row in rows.values()}:
            truth = ledger.truth(*key)
            if truth is not None:
                truths.setdefault(key, truth)
        ledger.close()
    if not rows:
        raise ValueError(f"there is no row in {', '.join(map(str, paths))}.")
    return list(rows.values()), truths


def as_records(members: Sequence[Standing], ratios: Mapping[Key, PairedRatio]) -> list[Any]:
    """The standings as plain values for JSON, with coverage and the ratio to `auto`."""
    records = []
    for s in members:
        pair = ratios.get((s.problem, s.divergence, s.estimator, s.n))
        record = asdict(s) | {
            "coverage": s.covered.share,
            "coverage_interval": s.covered.interval(),
            "against_auto": asdict(pair) if pair else None,
        }
        records.append(jsonable(record))
    return records
