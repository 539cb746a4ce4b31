"""Work in processes of this machine that outlives the death of one of them.

A worker that dies (out of memory, killed) takes the items in flight with it: they are tried again
one at a time, each in a process of its own, and for the one that kills it again `dead` answers.
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
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

I = TypeVar("I")
R = TypeVar("R")


@dataclass(frozen=True)
class Pool(Generic[I, R]):
    """A way to work on items.

    Attributes
    ----------
    work : a function of a module, so that it can be named to another process.
    dead : what stands for the result of an item that kills its worker.
    workers : how many processes.
    imports : the modules that the processes are forked with.
    begin, given : a function of a module, called once in each process, and its arguments.
    """

    work: Callable[[I], R]
    dead: Callable[[I], R]
    workers: int
    imports: tuple[str, ...]
    begin: Callable[..., None] | None = None
    given: tuple[Any, ...] = ()

    def map(self, items: Sequence[I]) -> Generator[R, None, None]:
        """Yield the result of each item as it comes; a caller that closes this stops the work."""
        waiting = list(reversed(items))
        while waiting:
            suspects: list[I] = []
            with self._processes(self.workers) as pool:
                yield from self._until_one_dies(pool, waiting, suspects)
            for item in suspects:
                yield self._alone(item)

    def _until_one_dies(
        self, pool: ProcessPoolExecutor, waiting: list[I], suspects: list[I]
    ) -> Generator[R, None, None]:
        """Take items from `waiting` until none is left or the pool breaks, and say which flew."""
        flying: dict[Future[R], I] = {}
        while (waiting and not suspects) or flying:
            while waiting and not suspects and len(flying) < 2 * self.workers:
                item = waiting.pop()
                try:
                    flying[pool.submit(self.work, item)] = item
                except BrokenProcessPool:
                    suspects.append(item)
            done, _ = wait(flying, return_when=FIRST_COMPLETED)
            for future in done:
                item = flying.pop(future)
                try:
                    yield future.result()
                except BrokenProcessPool:
                    suspects.append(item)

    def _alone(self, item: I) -> R:
        with self._processes(1) as pool:
            try:
                return pool.submit(self.work, item).result()
            except BrokenProcessPool:
                return self.dead(item)

    @contextmanager
    def _processes(self, workers: int) -> Iterator[ProcessPoolExecutor]:
        """Processes of their own; items that wait for one are dropped at the end."""
        ready = (self.begin, self.given)
        pool = ProcessPoolExecutor(workers, server(self.imports), _begin, ready)
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def server(imports: Sequence[str]) -> BaseContext:
    """The context of processes that are forked from one with the imports ready."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(imports))
    return context


def warm_up(imports: Sequence[str]) -> None:
    """Let the imports begin while this process goes on."""
    server(imports)
    forkserver.ensure_running()


def _begin(begin: Callable[..., None] | None, given: tuple[Any, ...]) -> None:
    """In a worker: end at once at Ctrl-C, and when the run that started it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(
        target=_end_with, args=(multiprocessing.parent_process(),), daemon=True
    ).start()
    if begin is not None:
        begin(*given)


def _end_with(run: BaseProcess) -> None:
    run.join()
    os._exit(1)
