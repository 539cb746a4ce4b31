"""Bundles: rows and truths of a ledger as one zip of JSON, to be merged into another's.

A bundle holds `bundle.json`: rows with their digests, truths with theirs, the parts of the
versions of code that made the rows, the version of divkit, the machine. Nothing in it is executed.
A row is told by its key and the version of its code: the same is taken once; of two values for one
key and code the ledger's own stays, and the conflict is told. Truths are not taken: this divkit
finds its own, and tells where a bundle's is another. Rows of problems that it does not know are
left out and told.
"""

from __future__ import annotations

import io
import json
import math
import platform
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import Any

import divkit
from divkit.bench.cells import Row
from divkit.bench.code import beneath, package_digest
from divkit.bench.contestants import require_plain
from divkit.bench.ledger import Ledger, held, table_of_texts
from divkit.bench.ledger_rows import DamagedRowError, digest, flat, row_of
from divkit.bench.truth import ProblemTruth, is_f_divergence, truth
from divkit.bench.truth_cells import truth_in
from divkit.problems import PROBLEMS
from divkit.storage import write_whole

FORMAT = 1
_NAME = "bundle.json"
_MOST, _LARGEST = 2**31, 2**53
"""Bytes of a bundle's JSON, and a whole number in a row."""
_ROUNDING = 1e-6
_ABSURD = 1e100
"""No divergence of a problem, and no mean of its payoffs, comes near."""
_MISSHAPEN = (TypeError, ValueError, OverflowError, RecursionError)
"""Errors that JSON of another shape than a bundle's raises where it is read."""


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
class TruthConflict:
    """Two truths of one problem that differ beyond their errors."""

    problem: str
    divergence: str
    ours: ProblemTruth
    theirs: ProblemTruth

    def __str__(self) -> str:
        """Say which problem, and both truths."""
        return f"the truth of {self.problem}:{self.divergence}: {self.ours}, theirs {self.theirs}"


@dataclass(frozen=True)
class Merge:
    """Counts of an import, and its conflicts.

    Attributes
    ----------
    added : rows that were not there.
    known : rows that were there with the same value.
    conflicts : rows whose value is another; the ledger's own was kept.
    other_code : rows of other versions than the ledger's row, which was kept.
    truths : those of bundles that are other than this divkit's, which was kept.
    unknown : rows by the problem, with its divergence, that this divkit does not know; left out.
    """

    added: int
    known: int
    conflicts: tuple[Conflict, ...]
    other_code: int
    truths: tuple[TruthConflict, ...] = ()
    unknown: Mapping[str, int] = field(default_factory=dict)


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
    made_by = {row.code for row in rows}
    versions = {code: parts for code, parts in source.versions().items() if code in made_by}
    source.close()
    page = {
        "format": FORMAT,
        "divkit": divkit.__version__,
        "package": package_digest(),
        "beneath": beneath(),
        "machine": {"host": platform.node(), "system": platform.platform()},
        "rows": [[_word(cell) for cell in flat(row)] for row in rows],
        "truths": [_truth_words(key, truth) for key, truth in truths.items()],
        "versions": versions,
    }
    write_whole(output, _zipped(json.dumps(page, allow_nan=False, ensure_ascii=False)))
    return len(rows)


@dataclass(frozen=True)
class Bundle:
    """Rows, truths, and the parts of the versions of code of a bundle."""

    rows: list[Row]
    truths: dict[tuple[str, str], ProblemTruth]
    versions: dict[str, dict[str, str]]


def read_bundle(path: Path) -> Bundle:
    """Return what a bundle holds.

    Raises
    ------
    ValueError
        If it is none, of a newer format, a row or truth has another digest than its figures, or
        a row could stand in no ledger.
    """
    page = _page(path)
    if not isinstance(page, dict):
        raise ValueError(
            f"{path} is no bundle of `divkit bench export`: it holds a {type(page).__name__}."
        )
    if page.get("format") != FORMAT:
        raise ValueError(
            f"{path} is a bundle of format {page.get('format')!r}; this divkit reads {FORMAT}."
        )
    try:
        rows = [_checked(row_of([_figure(w) for w in words])) for words in page["rows"]]
        truths = dict(_truth_of(words) for words in page["truths"])
        versions = dict(page.get("versions", {}))  # of bundles of before there are none
        versions = {code: table_of_texts(parts) for code, parts in versions.items()}
    except (DamagedRowError, KeyError, *_MISSHAPEN) as error:
        raise ValueError(f"{path} is damaged: {error}. Ask for it again.") from None
    return Bundle(rows, truths, versions)


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
        truths = _Truths(target)
        for row in (row for part in parts for row in part.rows):
            if not truths.knows(row):
                continue
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
        for part in parts:
            target.add_versions(part.versions)
        target.add(added.values())
        differ = tuple(truths.differing(part.truths for part in parts))
    return Merge(len(added), known, tuple(conflicts), other, differ, dict(truths.unknown))


def same(one: Row, other: Row) -> bool:
    """Return whether two rows are equal but for what a machine adds: seconds, memory, host."""
    there = replace(other, seconds=one.seconds, memory=one.memory, host=one.host)
    return flat(one) == flat(there)


@dataclass(eq=False)
class _Truths:
    """Truths of a ledger that rows are merged into: this divkit's own, found where they lack."""

    target: Ledger
    unknown: Counter[str] = field(default_factory=Counter)
    found: dict[tuple[str, str], ProblemTruth | None] = field(default_factory=dict)

    def knows(self, row: Row) -> bool:
        """Whether this divkit has a truth for a row; else it is counted."""
        key = row.cell.problem, row.cell.divergence
        if self.of(key) is None:
            self.unknown[":".join(key)] += 1
        return self.of(key) is not None

    def of(self, key: tuple[str, str]) -> ProblemTruth | None:
        """The truth of a problem and a divergence; None where one of them is not known."""
        if key not in self.found:
            self.found[key] = self._found(key)
        return self.found[key]

    def _found(self, key: tuple[str, str]) -> ProblemTruth | None:
        if key[0] not in PROBLEMS or not is_f_divergence(key[1]):
            return None
        made = truth_in(self.target, key) or truth(*key)
        if made != self.target.truth(*key):
            self.target.add_truth(*key, made)
        return made

    def differing(
        self, parts: Iterable[Mapping[tuple[str, str], ProblemTruth]]
    ) -> Iterator[TruthConflict]:
        """Yield those of bundles that are others than ours."""
        for key, theirs in (entry for truths in parts for entry in truths.items()):
            ours = self.of(key)
            if ours is not None and not agree(ours, theirs):
                yield TruthConflict(*key, ours, theirs)


def agree(one: ProblemTruth, other: ProblemTruth) -> bool:
    """Return whether two truths differ by less than their errors, and variances by rounding.

    >>> agree(ProblemTruth(0.5, 1e-9, 1.0, 1.7), ProblemTruth(0.5 + 1e-9, 1e-9, 1.0, 1.7))
    True
    """
    near = abs(one.value - other.value) <= one.error + other.error
    pairs = ((one.variance_p, other.variance_p), (one.variance_q, other.variance_q))
    return (near or one.value == other.value) and all(
        math.isclose(a, b, rel_tol=_ROUNDING) or (math.isnan(a) and math.isnan(b))
        for a, b in pairs
    )


def _checked(row: Row) -> Row:
    """A row that can stand in a ledger.

    Raises
    ------
    ValueError
        If its size, draw or memory is none, its figures make no sense (`_nonsense`), its texts
        cannot be written, or the estimator's name would break a table.
    """
    cell = row.cell
    if not (0 < cell.n < _LARGEST and 0 <= cell.seed < _LARGEST):
        raise ValueError(f"the row of {astuple(cell)} has a size or a draw that is none")
    if abs(row.memory or 0) >= _LARGEST:
        raise ValueError(f"the row of {astuple(cell)} has {row.memory} bytes")
    if wrong := _nonsense(row):
        raise ValueError(f"the row of {astuple(cell)} {wrong}")
    for text in (*astuple(cell)[:3], row.failure, *row.warnings, row.code, row.host):
        text.encode()
    require_plain(cell.estimator)
    return row


def _nonsense(row: Row) -> str:
    """The fault of a row's figures, whatever the problem; "" if nothing is."""
    figures = row.value, row.error, row.low, row.high
    if row.failure:
        kept = any(not math.isnan(each) for each in figures)
        return "is a failure, and has figures of an estimate" if kept else ""
    if math.isnan(row.value):
        return "has neither a value nor a reason for having none"
    if row.error < 0:
        return f"has a negative error, {row.error}"
    if math.isnan(row.low) is not math.isnan(row.high) or row.low > row.high:
        return f"has no interval: [{row.low}, {row.high}]"
    if not abs(row.oracle) < _ABSURD:
        return f"has an oracle of {row.oracle}"
    return "" if row.seconds >= 0 else f"took {row.seconds} s"


def _page(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(_NAME).file_size > _MOST:
                raise ValueError("it is larger than any bundle")
            return json.loads(archive.read(_NAME))
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError, ValueError) as error:
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
