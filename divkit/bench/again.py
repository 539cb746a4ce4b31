"""A row again from its key: the same value, or which version differs."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from divkit.bench.bundle import same
from divkit.bench.cells import Cell, Row
from divkit.bench.code import differing, listed
from divkit.bench.contestants import Contestant, by_name, contestant
from divkit.bench.ledger import Ledger
from divkit.bench.methods import is_ours
from divkit.bench.runner import Compute

_TOLD = 6
"""Differing parts of the code that are named, at most."""


@dataclass(frozen=True)
class Again:
    """A stored row, and the one that its cell gives now.

    Attributes
    ----------
    stored, now : the rows.
    differing : parts of the code that are other ones now: releases of libraries, and modules by
        digests of their texts; empty where the ledger does not know what the code was made of.
    """

    stored: Row
    now: Row
    differing: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether value, error, interval and words are the same to the last bit."""
        return same(replace(self.stored, code=self.now.code), self.now)

    def _seen(self) -> str:
        """Of an own estimator there may be more than its version tells: files that it opens."""
        ours = is_ours(self.stored.cell.estimator)
        return "the code" if ours else "the code that can be seen"

    def __str__(self) -> str:
        """Say whether they agree, and which version or host differs."""
        if same(self.stored, self.now):
            return f"the same: {self.now.value!r}"
        if self.stored.code != self.now.code:
            why = f"the code is another: {self.stored.code or 'not known'}, now {self.now.code}"
            if self.differing:
                more = len(self.differing) - _TOLD
                why += f" ({'; '.join(self.differing[:_TOLD])}"
                why += f"; and {more} others)" if more > 0 else ")"
        else:
            why = (
                f"{self._seen()} is the same, {self.now.code}; the host was "
                f"{self.stored.host or 'not known'}, now {self.now.host}"
            )
        said = self.stored.failure or repr(self.stored.value)
        if self.agrees:
            return f"the same: {said}; {why}"
        return f"{said}, now {self.now.failure or repr(self.now.value)}: {why}"


def cell_of(key: str) -> Cell:
    """Return the cell of "problem:divergence:estimator:n:seed".

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> cell_of("shift1:kl:knn(k=3):1000:0").estimator
    'knn(k=3)'
    """
    parts = key.split(":")
    if len(parts) < 5 or not (parts[-1].isdecimal() and parts[-2].isdecimal()):
        raise ValueError(f"a key is problem:divergence:estimator:n:seed; got {key!r}.")
    problem, divergence, *estimator = parts[:-2]
    return Cell(problem, divergence, ":".join(estimator), int(parts[-2]), int(parts[-1]))


def rerun(ledger: Path, key: str, own: Iterable[Contestant] = ()) -> Again:
    """Compute a cell of a ledger once more; nothing is stored.

    Raises
    ------
    ValueError
        If the ledger has no such row, the key is none, or the estimator is neither divkit's nor
        among `own`.

    Examples
    --------
    >>> import tempfile
    >>> from divkit.bench.ledger import held
    >>> from divkit.bench.runner import Compute
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "runs.sqlite"
    ...     with held(path) as made:
    ...         made.add([Compute(())(cell_of("shift1:js:logistic:30:0"))])
    ...     again = rerun(path, "shift1:js:logistic:30:0")
    >>> again.stored.value == again.now.value
    True
    """
    stored, given = stored_row(ledger, key), tuple(own)
    name = stored.cell.estimator
    if not is_ours(name) and name not in by_name(given):
        raise ValueError(
            f"{name!r} is no estimator of divkit: give it as the run did, --estimator "
            f"'{name}=WHAT'. Rows of the packages on the leaderboard: "
            "benchmarks/peers_from_pypi.py --rerun KEY."
        )
    with closing(Ledger(ledger)) as held:
        before = held.versions().get(stored.code)
    asked = contestant(name, by_name(given))
    differ = [] if before is None else differing(before, listed(asked.sources()))
    return Again(stored, Compute(given)(stored.cell), tuple(differ))


def stored_row(ledger: Path, key: str) -> Row:
    """Return the row of a ledger with this key.

    Raises
    ------
    ValueError
        If the ledger has no such row, or the key is none.
    """
    cell, held = cell_of(key), Ledger(ledger)
    rows = [row for row in held.rows() if row.cell == cell]
    held.close()
    if not rows:
        raise ValueError(f"{ledger} has no row {key!r}.")
    return rows[0]
