"""Engines: cells are mapped to workers, whose rows are yielded as they come.

`Processes` is the engine of one machine, `divkit.bench.dask_engine.Dask` that of many. A cell that
kills its worker again and again is stored as failed, and so is one that passes its deadline.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from divkit.bench.cells import Cell, Row, failed
from divkit.processes import Pool

Work: TypeAlias = Callable[[Cell], Row]
Rows: TypeAlias = Generator[Row | None, None, None]
"""None says that no row came for a second, so that those before can be stored."""
PRELOADED = ("divkit.bench.preload",)
"""Modules that the processes that compute cells are forked with."""


class Engine(Protocol):
    """Computes cells; `divkit.bench.runner` stores the rows that it yields."""

    def map(self, cells: Sequence[Cell], work: Work) -> Rows:
        """Yield one row for each cell, in any order, whatever becomes of the workers.

        `work` pickles, so that it can be handed to another process. A run that is interrupted
        closes the generator, and that stops the workers.
        """
        ...


@dataclass(frozen=True)
class CellLimits:
    """Limits of what a cell may take.

    Attributes
    ----------
    seconds : of time; no limit if infinite.
    memory : bytes of address space beyond what its process begins with; None for no limit.

    Raises
    ------
    ValueError
        If one is not positive.

    Examples
    --------
    >>> CellLimits(seconds=60.0, memory=2**30)
    CellLimits(seconds=60.0, memory=1073741824)
    """

    seconds: float = math.inf
    memory: int | None = None

    def __post_init__(self) -> None:
        if not self.seconds > 0 or (self.memory is not None and self.memory < 1):
            raise ValueError(f"limits of a cell must be positive; got {self!r}.")


@dataclass(frozen=True)
class Processes:
    """So many processes of this machine, forked from a server that has the imports ready.

    Raises
    ------
    ValueError
        If there are fewer than one.

    Examples
    --------
    >>> Processes(2, CellLimits(seconds=60.0)).workers
    2
    """

    workers: int = 1
    limits: CellLimits = CellLimits()

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ValueError(f"workers must be 1 or more; got {self.workers!r}.")

    def map(self, cells: Sequence[Cell], work: Work) -> Rows:
        """Yield the row of each cell as it is done; see `Engine.map`."""
        for batch in pool_of(work, self.workers, self.limits).batches(cells):
            yield from batch or (None,)


def pool_of(work: Work, workers: int, limits: CellLimits) -> Pool[Cell, Row]:
    """Return the processes that work on cells within limits."""
    seconds, memory = limits.seconds, limits.memory

    def late(cell: Cell) -> Row:
        return failed(cell, f"past the deadline of {seconds:g} s")

    return Pool(work, died, workers, PRELOADED, deadline=seconds, late=late, memory=memory)


def died(cell: Cell) -> Row:
    """Return the row of a cell whose workers died."""
    return failed(cell, "the worker died: killed, or out of memory")
