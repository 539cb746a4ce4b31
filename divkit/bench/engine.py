"""Engines: cells are mapped to workers, whose rows are yielded as they come.

`Processes` is the engine of one machine; a cell that kills its worker twice is stored as failed.
An engine for many machines has the same one method.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from divkit.bench.cells import Cell, Row, failed
from divkit.processes import Pool

Work = Callable[[Cell], Row]
Rows = Generator[Row, None, None]
PRELOADED = ("divkit.bench.run",)
"""Modules that the processes that compute cells are forked with."""


class Engine(Protocol):
    """Computes cells; `divkit.bench.run` stores the rows that it yields."""

    def map(self, cells: Sequence[Cell], work: Work) -> Rows:
        """Yield one row for each cell, in any order, whatever becomes of the workers.

        `work` is a function of a module, so that it can be named to another process. A run that
        is interrupted closes the generator, and that stops the workers.
        """
        ...


@dataclass(frozen=True)
class Processes:
    """So many processes of this machine, forked from a server that has the imports ready.

    Raises
    ------
    ValueError
        If there are fewer than one.
    """

    workers: int = 1

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ValueError(f"workers must be 1 or more; got {self.workers!r}.")

    def map(self, cells: Sequence[Cell], work: Work) -> Rows:
        """Yield the row of each cell as it is done; see `Engine.map`."""
        return Pool(work, _died, self.workers, PRELOADED).map(cells)


def _died(cell: Cell) -> Row:
    return failed(cell, "the worker died: killed, or out of memory")
