"""A cell of the benchmark: one estimator on one draw of one problem, and the row it leaves."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from divkit.distributions.base import Law
from divkit.problems import PROBLEMS
from divkit.samples import require_memory
from divkit.types import Tensor

MOST_CELLS = 1_000_000
"""Cells of one suite."""
_ROW, _MOST_BYTES = 64, 2**33
"""Bytes of a coordinate of a row while it is drawn, and of a draw at most."""


@dataclass(frozen=True)
class Cell:
    """An estimate to be computed; together the fields are its key.

    Attributes
    ----------
    problem, divergence : names in their registries.
    estimator : a name with its options (`divkit.bench.methods`), or that of a peer.
    n : rows of each sample.
    seed : of the draw, and of the estimator.

    Examples
    --------
    >>> Cell("gaussian_shift_3", "js", "auto", n=200, seed=0).n
    200
    """

    problem: str
    divergence: str
    estimator: str
    n: int
    seed: int


@dataclass(frozen=True)
class Row:
    """Result of a cell.

    Attributes
    ----------
    cell : the key.
    value, error, low, high : of the estimate; NaN where it failed.
    oracle : the dual value at the true log ratio on the same samples.
    seconds : processor time of the estimate.
    failure : why there is no estimate, or "".
    warnings : what the estimate came with.
    lower_bound : whether the estimate calls itself a lower bound, and its interval one-sided.
    code : the version of the code that made it (`divkit.bench.code`); "" where it is not known.
    memory : bytes by which the estimate raised the process's memory at its highest; None where
        the system does not say.
    host : the name of the machine that made it; "" where it is not known.

    Examples
    --------
    >>> from divkit.bench.cells import Cell
    >>> cell = Cell("gaussian_shift_3", "js", "auto", n=200, seed=0)
    >>> Row(cell, 0.5, 0.01, 0.48, 0.52, oracle=0.51, seconds=0.1).failure
    ''
    """

    cell: Cell
    value: float
    error: float
    low: float
    high: float
    oracle: float
    seconds: float
    failure: str = ""
    warnings: tuple[str, ...] = ()
    lower_bound: bool = False
    code: str = ""
    memory: int | None = None
    host: str = ""


def failed(cell: Cell, why: str) -> Row:
    """The row of a cell without an estimate."""
    none = math.nan
    return Row(cell, none, none, none, none, none, 0.0, why)


@dataclass(frozen=True)
class Suite:
    """Problems with their divergences × estimators × (n, number of seeds).

    Raises
    ------
    ValueError
        If a problem is not known (the message offers the nearest), a size is not positive, or
        there would be more cells or rows than a machine can work through.
    """

    problems: tuple[tuple[str, str], ...]
    estimators: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        for name, _ in self.problems:
            PROBLEMS[name]
        if any(n < 1 or seeds < 1 for n, seeds in self.sizes):
            raise ValueError(f"sizes must be pairs (n, seeds) of positive ints; got {self.sizes}.")
        count = len(self.problems) * len(self.estimators) * sum(seeds for _, seeds in self.sizes)
        if count > MOST_CELLS:
            raise ValueError(
                f"{count:,} cells are asked for, at a second each {count / 86400:,.0f} days; "
                f"{MOST_CELLS:,} at most. Ask for fewer seeds or problems."
            )
        for name, _ in self.problems:
            for n, _ in self.sizes:
                require_memory(
                    _ROW * n * PROBLEMS[name].p.dim,
                    f"a draw of {n:,} rows of {name}",
                    "Take fewer rows.",
                    _MOST_BYTES,
                )

    def cells(self) -> Iterator[Cell]:
        """Every cell, the first draw of each problem before the second: what is stopped is whole.

        All estimators work on a draw before the next draw.
        """
        for seed in range(max((seeds for _, seeds in self.sizes), default=0)):
            for (problem, divergence), (n, seeds) in product(self.problems, self.sizes):
                for estimator in self.estimators if seed < seeds else ():
                    yield Cell(problem, divergence, estimator, n, seed)


def draw(problem: str, n: int, seed: int) -> tuple[Tensor, Tensor]:
    """The samples (n, d) of a problem: the same for every estimator and divergence."""
    stream = np.random.SeedSequence([zlib.crc32(problem.encode()), n, seed])
    pair, (a, b) = PROBLEMS[problem], stream.spawn(2)
    return (
        _rows(pair.p, *_counts(pair.sizes(n)[0], pair.copies), np.random.default_rng(a)),
        _rows(pair.q, *_counts(pair.sizes(n)[1], pair.copies), np.random.default_rng(b)),
    )


def _counts(rows: int, copies: int) -> tuple[int, int, int]:
    return rows, -(-rows // copies), copies


def _rows(law: Law, rows: int, drawn: int, copies: int, rng: np.random.Generator) -> Tensor:
    """So many draws, each as often as it is copied, and no more rows than there should be."""
    sample = law.sample(drawn, rng)
    return sample if copies == 1 else sample.repeat_interleave(copies, dim=0)[:rows]
