"""The benchmark's report: tables in Markdown and JSON, and a sheet of figures a measure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from divkit.bench.board import Standing, standings
from divkit.bench.cells import Row
from divkit.bench.counts import Count
from divkit.bench.ledger import Ledger
from divkit.bench.limit import Limit
from divkit.bench.pairing import BEST, Key, PairedRatio, paired
from divkit.bench.tables import leaderboard
from divkit.bench.truth import ProblemTruth
from divkit.plain import jsonable
from divkit.plots.bench import Measure
from divkit.plots.bench_sheet import draw_sheet
from divkit.plots.saving import save
from divkit.storage import write_whole

_MEASURES: tuple[Measure, ...] = ("common", "bias", "coverage", "seconds")


def write_standings(ledgers: Sequence[Path], folder: Path, beside: Path | None = None) -> Path:
    """Write standings.md, standings.json and a figure a measure; return the first's path.

    Parameters
    ----------
    ledgers : of `divkit bench run` or of other packages on the same draws; where two hold rows of
        a cell, the first counts.
    folder : is made if need be.
    beside : the standings.json of another run, of which the ledgers are not at hand; of two
        standings of one estimator on a problem at one n that of more seeds counts, and that of
        the ledgers if they have as many.

    Raises
    ------
    ValueError
        If a file is no ledger, or there is no row in any.
    OSError
        If a ledger is not there, or the folder cannot be written.
    """
    rows, truths = collected(ledgers)
    members, ratios = standings(rows, truths), paired(rows, truths)
    if beside is not None:
        older, their_ratios = from_records(json.loads(beside.read_text(encoding="utf-8")))
        members = joined(members, older)
        ratios |= of_standing(their_ratios, members, older)
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


def joined(members: Sequence[Standing], others: Sequence[Standing]) -> tuple[Standing, ...]:
    """The standings of two runs; of two of one key that of more seeds."""
    found: dict[tuple[str, str, int, str], Standing] = {}
    for s in sorted((*others, *members), key=lambda s: s.seeds):
        found[s.problem, s.divergence, s.n, s.estimator] = s
    return tuple(found[key] for key in sorted(found))


def of_standing(
    ratios: Mapping[Key, PairedRatio], members: Sequence[Standing], older: Sequence[Standing]
) -> dict[Key, PairedRatio]:
    """Ratios of an older run, on the tasks where its `auto` is the one that stands."""
    best = {(s.problem, s.divergence, s.n): s for s in members if s.estimator == BEST}
    return {
        (problem, divergence, name, n): pair
        for (problem, divergence, name, n), pair in ratios.items()
        if best.get((problem, divergence, n)) in older
    }


def from_records(
    records: Sequence[Mapping[str, Any]],
) -> tuple[tuple[Standing, ...], dict[Key, PairedRatio]]:
    """The standings, and the ratios to `auto`, that `as_records` wrote."""
    members = tuple(Standing(**{name: read(record[name]) for name, read in _READ.items()
                                if name in record}) for record in records)  # fmt: skip
    pairs = zip(members, records, strict=True)
    return members, {
        (s.problem, s.divergence, s.estimator, s.n): PairedRatio(**_plain(record["against_auto"]))
        for s, record in pairs
        if record["against_auto"]
    }


def _number(value: Any) -> Any:
    """A number, from the text that JSON has of one that is not finite."""
    return float(value) if value in _NOT_FINITE else value


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _number(value) for name, value in record.items()}


_NOT_FINITE = ("nan", "inf", "-inf")
_READ: Mapping[str, Callable[[Any], Any]] = {
    **{each.name: _number for each in fields(Standing)},
    "limit": lambda record: Limit(**_plain(record)),
    **dict.fromkeys(("covered", "below", "sure"), lambda record: Count(**record)),
    "codes": tuple,
}


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
