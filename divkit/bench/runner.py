"""Work through the missing cells of a suite, and store each row when it comes.

An estimate that is refused is a row with its reason. Ctrl-C and kills leave what was stored. What
an estimator draws from the global generators of `random`, NumPy and torch follows its cell.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import closing
from dataclasses import astuple, dataclass, replace
from functools import cache
from pathlib import Path
from typing import cast

import torch
from threadpoolctl import threadpool_limits

from divkit.bench.answers import Answer
from divkit.bench.batches import batched
from divkit.bench.cells import Cell, Row, Suite, draw, failed
from divkit.bench.code import digest, listed, package_digest
from divkit.bench.contestants import Contestant, Named, by_name, contestant, version_of
from divkit.bench.engine import Engine, Processes
from divkit.bench.ledger import held
from divkit.bench.measured import measured
from divkit.bench.truth import oracle
from divkit.bench.truth_cells import complete_truths
from divkit.faults import SetupError
from divkit.rng import seeded


@dataclass(frozen=True)
class Versions:
    """Versions of estimators in a package whose digest is `package`: those of any like it."""

    package: str
    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Compute:
    """Work on one cell; a refusal becomes its reason. The row says which code and host made it.

    Attributes
    ----------
    own : estimators that are not divkit's.
    known : versions of divkit's, by the process that asks.
    """

    own: tuple[Contestant, ...] = ()
    known: Versions | None = None

    def __call__(self, cell: Cell) -> Row:
        """Return the cell's row."""
        torch.set_num_threads(1)
        threadpool_limits(1)  # NumPy's and SciPy's: their idle threads count as processor time
        asked = contestant(cell.estimator, by_name(self.own))
        code, host = self._version(asked), platform.node()
        return replace(_row(cell, asked), code=code, host=host)

    def _version(self, asked: Contestant) -> str:
        """The version of a contestant; the package's digest saves reading divkit's own anew."""
        known = self.known
        if known is not None and isinstance(asked, Named) and known.package == package_digest():
            return dict(known.codes)[asked.name]
        try:
            return _code(cast(Hashable, asked))
        except ValueError as error:  # the asking process could tell it
            raise SetupError(
                f"a worker on {platform.node() or 'another host'} cannot run {asked.name!r}: "
                f"{error}. Put the same code there, installed or in a folder of the same path. "
                "Rows that came before are stored."
            ) from error


def _row(cell: Cell, asked: Contestant) -> Row:
    x, y = draw(cell.problem, cell.n, cell.seed)
    best = oracle(cell.problem, cell.divergence, x, y)
    try:
        with seeded(stream_of(cell)):
            found, seconds, memory = measured(
                lambda: asked.answer(x, y, cell.divergence, cell.seed)
            )
    except (ValueError, ArithmeticError, MemoryError) as error:
        return failed(cell, f"{type(error).__name__}: {error}")
    except RuntimeError as error:
        if _NO_MEMORY not in str(error):
            raise
        return failed(cell, f"MemoryError: {error}")
    return replace(row_of_answer(cell, found, best, seconds), memory=memory)


def stream_of(cell: Cell) -> int:
    """Return the seed of the global generators in a cell, which is that of no other cell.

    >>> stream_of(Cell("shift1", "kl", "mine", 200, 0))
    19200996954233453
    """
    return int.from_bytes(hashlib.sha256(repr(astuple(cell)).encode()).digest()[:7])


_NO_MEMORY = "can't allocate memory"
"""Words of torch where NumPy raises MemoryError."""


@cache
def _code(asked: Hashable) -> str:
    """The version of a contestant, read once in a process."""
    return version_of(cast(Contestant, asked))


compute = Compute()
"""Work on a cell of divkit's estimators."""


def row_of_answer(cell: Cell, found: Answer, oracle: float, seconds: float) -> Row:
    """Return the row of an answer."""
    return Row(
        cell,
        found.value,
        found.error,
        found.low,
        found.high,
        oracle,
        seconds,
        warnings=found.warnings,
        lower_bound=found.lower_bound,
    )


def run_suite(
    suite: Suite,
    path: Path,
    *,
    own: Iterable[Contestant] = (),
    engine: Engine | None = None,
    retry_failed: bool = False,
    keep_old: bool = False,
    stored: Callable[[Row], None] = lambda row: None,
) -> int:
    """Do what the ledger at `path` lacks; return how many cells were done.

    Parameters
    ----------
    own : estimators that are not divkit's, by whose names the suite calls them.
    engine : what computes the cells; None for one process of this machine.
    retry_failed : whether cells that failed are tried again.
    keep_old : whether rows that other versions of the code made count as done.
    stored : called with each row as it is stored.

    Raises
    ------
    ValueError
        If another run holds the ledger, the file is none, or an estimator is not known.
    divkit.faults.SetupError
        If a worker's code is another version than this process's, or is not there.
    """
    table = by_name(own)
    sources = {name: contestant(name, table).sources() for name in suite.estimators}
    codes = {name: digest(texts) for name, texts in sources.items()}
    with held(path) as ledger:
        ledger.add_versions({codes[name]: listed(texts) for name, texts in sources.items()})
        complete_truths(suite, ledger, engine or Processes())
        todo = ledger.missing(
            suite.cells(), retry_failed=retry_failed, codes=None if keep_old else codes
        )
        work = Compute(tuple(own), Versions(package_digest(), tuple(codes.items())))
        with closing((engine or Processes()).map(todo, work)) as rows:
            for batch in batched(row and stamped(row, codes) for row in rows):
                ledger.add(batch)
                for row in batch:
                    stored(row)
    return len(todo)


def stamped(row: Row, codes: Mapping[str, str]) -> Row:
    """Return a row with the version of its code; that of a worker must be this process's.

    Raises
    ------
    divkit.faults.SetupError
        If it is another.
    """
    code = codes[row.cell.estimator]
    if row.code not in ("", code):
        raise SetupError(
            f"a worker on {row.host or 'another host'} has version {row.code} of "
            f"{row.cell.estimator!r}, and this process {code}: install the same code on both. "
            "Rows that came before are stored."
        )
    return replace(row, code=code)
