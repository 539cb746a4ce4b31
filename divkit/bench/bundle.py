"""Bundles: rows and truths of a ledger as one zip of JSON, to be merged into another's.

A bundle holds `bundle.json`: rows with their digests, truths with theirs, the versions of divkit
and of what is beneath, the machine. Nothing in it is executed. A row is told by its key and the
version of its code: the same is taken once; of two values for one key and code the ledger's own
stays, and the conflict is told.
"""

from __future__ import annotations

import io
import json
import platform
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

import divkit
from divkit.bench.cells import Row
from divkit.bench.code import beneath, package_digest
from divkit.bench.ledger import Ledger, held
from divkit.bench.ledger_rows import DamagedRowError, digest, flat, row_of
from divkit.bench.truth import ProblemTruth
from divkit.storage import write_whole

FORMAT = 1
_NAME = "bundle.json"
_MOST = 2**31
"""Bytes of a bundle's JSON."""


@dataclass(frozen=True)
class Conflict:
    """Two rows of one cell and one version of code whose values differ."""

    ours: Row
    theirs: Row

    def __str__(self) -> str:
        """Say which cell, both values and both hosts."""
        cell = self.ours.cell
        return (
            f"{cell.problem}:{cell.divergence}:{cell.estimator}:{cell.n}:{cell.seed}: "
            f"{self.ours.value!r} on {self.ours.host or 'an unknown host'}, "
            f"{self.theirs.value!r} on {self.theirs.host or 'an unknown host'}"
        )


@dataclass(frozen=True)
class Merge:
    """Counts of an import, and its conflicts.

    Attributes
    ----------
    added : rows that were not there.
    known : rows that were there with the same value.
    conflicts : rows whose value is another; the ledger's own was kept.
    other_code : rows of other versions than the ledger's row, which was kept.
    """

    added: int
    known: int
    conflicts: tuple[Conflict, ...]
    other_code: int


def write_bundle(ledger: Path, output: Path) -> int:
    """Write a ledger's rows and truths as a bundle; return how many rows.

    Raises
    ------
    ValueError
        If the ledger is none, or damaged.
    OSError
        If a file cannot be read or written.

    Examples
    --------
    >>> import tempfile
    >>> from divkit.bench.cells import Cell
    >>> row = Row(Cell("shift1", "kl", "mine", 200, 0), 0.52, 0.1, 0.33, 0.71, 0.5, 0.01)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with held(Path(folder) / "runs.sqlite") as ledger:
    ...         ledger.add([row])
    ...     write_bundle(Path(folder) / "runs.sqlite", Path(folder) / "rows.zip")
    1
    """
    source = Ledger(ledger)
    rows = source.rows()
    keys = sorted({(row.cell.problem, row.cell.divergence) for row in rows})
    truths = {key: truth for key in keys if (truth := source.truth(*key)) is not None}
    source.close()
    page = {
        "format": FORMAT,
        "divkit": divkit.__version__,
        "package": package_digest(),
        "beneath": beneath(),
        "machine": {"host": platform.node(), "system": platform.platform()},
        "rows": [[_word(cell) for cell in flat(row)] for row in rows],
        "truths": [_truth_words(key, truth) for key, truth in truths.items()],
    }
    write_whole(output, _zipped(json.dumps(page, allow_nan=False, ensure_ascii=False)))
    return len(rows)


def read_bundle(path: Path) -> tuple[list[Row], dict[tuple[str, str], ProblemTruth]]:
    """Return the rows and truths of a bundle.

    Raises
    ------
    ValueError
        If it is none, of a newer format, or a row or truth has another digest than its figures.
    """
    page = _page(path)
    if page.get("format") != FORMAT:
        raise ValueError(
            f"{path} is a bundle of format {page.get('format')!r}; this divkit reads {FORMAT}."
        )
    try:
        rows = [row_of([_figure(word) for word in words]) for words in page["rows"]]
        truths = dict(_truth_of(words) for words in page["truths"])
    except (DamagedRowError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged: {error}. Ask for it again.") from None
    return rows, truths


def merge(ledger: Path, bundles: Sequence[Path]) -> Merge:
    """Add the rows and truths of bundles to a ledger, which is made if need be.

    >>> import tempfile
    >>> from divkit.bench.cells import Cell
    >>> row = Row(Cell("shift1", "kl", "mine", 200, 0), 0.52, 0.1, 0.33, 0.71, 0.5, 0.01)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mine, theirs = Path(folder) / "mine.sqlite", Path(folder) / "theirs.sqlite"
    ...     with held(theirs) as other:
    ...         other.add([row])
    ...     rows = write_bundle(theirs, Path(folder) / "theirs.zip")
    ...     found = merge(mine, [Path(folder) / "theirs.zip"])
    >>> found.added, found.known, found.conflicts
    (1, 0, ())
    """
    parts = [read_bundle(path) for path in bundles]
    with held(ledger) as target:
        found = {astuple(row.cell): row for row in target.rows()}
        added: dict[object, Row] = {}
        known, other, conflicts = 0, 0, []
        for row in (row for rows, _ in parts for row in rows):
            key = astuple(row.cell)
            ours = found.get(key) or added.get(key)
            if ours is None:
                added[key] = row
            elif ours.code != row.code:
                other += 1
            elif same(ours, row):
                known += 1
            else:
                conflicts.append(Conflict(ours, row))
        target.add(added.values())
        _add_truths(target, (truths for _, truths in parts))
    return Merge(len(added), known, tuple(conflicts), other)


def same(one: Row, other: Row) -> bool:
    """Return whether two rows are equal but for what a machine adds: seconds, memory, host."""
    there = replace(other, seconds=one.seconds, memory=one.memory, host=one.host)
    return flat(one) == flat(there)


def _add_truths(target: Ledger, parts: Iterable[Mapping[tuple[str, str], ProblemTruth]]) -> None:
    for key, truth in (entry for truths in parts for entry in truths.items()):
        if target.truth(*key) is None:
            target.add_truth(*key, truth)


def _page(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(_NAME).file_size > _MOST:
                raise ValueError("it is larger than any bundle")
            return json.loads(archive.read(_NAME))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise ValueError(f"{path} is no bundle of `divkit bench export`: {error}") from None


def _zipped(text: str) -> bytes:
    """A zip of one file, without a date: the same rows, the same bytes."""
    held_bytes = io.BytesIO()
    with zipfile.ZipFile(held_bytes, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(_NAME), text, zipfile.ZIP_DEFLATED)
    return held_bytes.getvalue()


def _word(cell: object) -> object:
    """A cell of a row for strict JSON: numbers as text that gives every bit back."""
    return {"f": cell.hex()} if isinstance(cell, float) else cell


def _figure(word: Any) -> object:
    return float.fromhex(word["f"]) if isinstance(word, dict) else word


def _truth_words(key: tuple[str, str], truth: ProblemTruth) -> list[str]:
    parts = [repr(float(part)) for part in astuple(truth)]
    return [*key, *parts, digest((*key, *parts))]


def _truth_of(words: Sequence[str]) -> tuple[tuple[str, str], ProblemTruth]:
    problem, divergence, *parts, stored = words
    if stored != digest((problem, divergence, *parts)):
        raise ValueError(f"the truth of {problem}:{divergence} has another digest")
    return (problem, divergence), ProblemTruth(*map(float, parts))
