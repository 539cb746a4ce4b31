"""Where cells are computed: an engine maps them to workers and yields their rows as they come.

`Processes` is the engine of one machine. A worker that dies (out of memory, killed) takes the
cells in flight with it: they are tried again one at a time, each in a process of its own, and the
one that kills it again is stored as failed. An engine for many machines has the same one method.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Protocol

from divkit.bench.cells import Cell, Row, failed

Work = Callable[[Cell], Row]
Rows = Generator[Row, None, None]


class Engine(Protocol):
    """What computes cells; `divkit.bench.run` stores what it yields."""

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
        waiting = list(reversed(cells))
        while waiting:
            suspects: list[Cell] = []
            with _pool(self.workers) as pool:
                yield from self._until_one_dies(pool, work, waiting, suspects)
            for cell in suspects:
                yield _alone(cell, work)

    def _until_one_dies(
        self, pool: ProcessPoolExecutor, work: Work, waiting: list[Cell], suspects: list[Cell]
    ) -> Rows:
        """Take cells from `waiting` until none is left or the pool breaks, and say which flew."""
        flying: dict[Future[Row], Cell] = {}
        while (waiting and not suspects) or flying:
            while waiting and not suspects and len(flying) < 2 * self.workers:
                cell = waiting.pop()
                try:
                    flying[pool.submit(work, cell)] = cell
                except BrokenProcessPool:
                    suspects.append(cell)
            done, _ = wait(flying, return_when=FIRST_COMPLETED)
            for future in done:
                cell = flying.pop(future)
                try:
                    yield future.result()
                except BrokenProcessPool:
                    suspects.append(cell)


def _alone(cell: Cell, work: Work) -> Row:
    with _pool(1) as pool:
        try:
            return pool.submit(work, cell).result()
        except BrokenProcessPool:
            return failed(cell, "the worker died: killed, or out of memory")


def server() -> BaseContext:
    """The context of processes that are forked from one with the imports ready."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["divkit.bench.run"])
    return context


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes of their own; cells that wait for one are dropped at the end."""
    pool = ProcessPoolExecutor(workers, server(), initializer=_begin)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """In a worker: end at once at Ctrl-C, and when the run that started it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(
        target=_end_with, args=(multiprocessing.parent_process(),), daemon=True
    ).start()


def _end_with(run: BaseProcess) -> None:
    run.join()
    os._exit(1)
