"""Cells on a Dask cluster: a scheduler and workers on this machine or on many.

Cells go in chunks, at most two a thread of the cluster under way (threads are counted anew each
second, for clusters are scaled), so that a scheduler that tells its workers of each task does so
once for many cells, and a worker's death costs few. In a worker
each chunk runs as on one machine: in a process of its own with a deadline and a limit of memory
(`divkit.processes`), whose death is no death of the worker's. Where a worker dies itself, killed
or preempted, its chunk's cells are suspects: each is tried alone when nothing else runs, and one
whose workers die twice there is a row that failed. The first task on each worker shakes hands: it
must have the same divkit, down to the last module, the same libraries beneath, and the estimators
that are not divkit's.

The client, with the ledger, stays on one machine. A scheduler's port runs any code that it is
sent: keep it on a private network or behind TLS (docs/howto/cluster.md).
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from divkit.bench.cells import Cell, Row
from divkit.bench.code import package_digest
from divkit.bench.engine import CellLimits, Rows, Work, died, pool_of
from divkit.faults import SetupError

_EACH = 2
"""Chunks under way for each thread of the cluster: one is worked on, one waits."""
_TRIES = 2
_BEAT = 1.0


@dataclass(frozen=True)
class Dask:
    """A Dask cluster as the engine of a run (extra `[cluster]`).

    Attributes
    ----------
    scheduler : address of one that runs, "tcp://10.0.0.1:8786"; None for a cluster of this
        machine's processes, which ends with the run.
    workers : processes of that cluster of one thread each.
    chunk : cells of a task; None for 1 where there are few for each worker, up to 10.
    limits : of a cell.

    Raises
    ------
    ValueError
        If there are fewer than one worker, or cells of a chunk.
    ImportError
        When used, if distributed is not installed; the message says how to.

    Examples
    --------
    >>> Dask(workers=2).scheduler is None  # a cluster of this machine's processes
    True
    """

    scheduler: str | None = None
    workers: int = 1
    chunk: int | None = None
    limits: CellLimits = field(default_factory=CellLimits)

    def __post_init__(self) -> None:
        if self.workers < 1 or (self.chunk is not None and self.chunk < 1):
            raise ValueError(f"workers and chunk must be 1 or more; got {self!r}.")

    def map(self, cells: Sequence[Cell], work: Work) -> Rows:
        """Yield the row of each cell as it is done; see `divkit.bench.engine.Engine.map`."""
        with self._client() as client:
            flight = _Flight(client, work, self.limits, package_digest())
            suspects: list[Cell] = []
            yield from flight.fly(cells, _Pace(client, self.chunk), suspects)
            for cell in suspects:
                yield from self._alone(flight, cell)

    def _alone(self, flight: _Flight, cell: Cell) -> Rows:
        for _ in range(_TRIES):
            again: list[Cell] = []
            yield from flight.fly([cell], _OneByOne(), again)
            if not again:
                return
        yield died(cell)

    @contextmanager
    def _client(self) -> Iterator[Any]:
        """A client of the scheduler, which ends with the run."""
        distributed = _distributed()
        with ExitStack() as stack:
            address: Any = self.scheduler
            if address is None:
                address = stack.enter_context(local_cluster(self.workers))
            client = stack.enter_context(distributed.Client(address, set_as_default=False))
            stack.enter_context(client.as_current())
            yield client


@contextmanager
def local_cluster(workers: int) -> Iterator[Any]:
    """A cluster of processes of this machine that listens on loopback alone, its pages too."""
    distributed = _distributed()
    import dask

    settings = {
        "distributed.worker.daemon": False,  # each has a process that works for it
        "distributed.scheduler.allowed-failures": 0,
        "distributed.worker.memory.terminate": False,
    }
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1",
            dashboard_address="127.0.0.1:0", silence_logs=50,
        ) as cluster,
    ):  # fmt: skip
        yield cluster


@dataclass(frozen=True)
class _OneByOne:
    """A chunk of one cell at a time."""

    def most(self) -> int:
        """Chunks under way."""
        return 1

    def chunk(self, cells: int) -> int:
        """Cells of the next chunk, of so many that wait."""
        del cells
        return 1


@dataclass(eq=False)
class _Pace:
    """Chunks for all threads of a cluster, which may have more or fewer of them each second.

    Attributes
    ----------
    client : of the cluster.
    fixed : cells of a chunk; None for as many as keep all threads at work to the end.
    """

    client: Any
    fixed: int | None
    threads: int = 1
    counted: float = -math.inf

    def most(self) -> int:
        """Chunks under way."""
        now = time.monotonic()
        if now - self.counted >= _BEAT:
            self.counted = now
            with suppress(OSError):  # a scheduler that is away: the count stays, `wait` says more
                self.threads = max(1, sum(self.client.nthreads().values()))
        return _EACH * self.threads

    def chunk(self, cells: int) -> int:
        """Cells of the next chunk, of so many that wait."""
        return self.fixed or _chunk(cells, self.threads)


@dataclass(eq=False)
class _Flight:
    """Chunks under way on a cluster.

    Attributes
    ----------
    client : of the cluster.
    work, limits : of a cell.
    digest : of the client's package, which workers must have.
    """

    client: Any
    work: Work
    limits: CellLimits
    digest: str

    def fly(self, cells: Sequence[Cell], pace: _Pace | _OneByOne, suspects: list[Cell]) -> Rows:
        """Yield the rows of cells at a pace; those whose worker died join `suspects`."""
        distributed = _distributed()
        waiting = deque(cells)
        flying: dict[Any, list[Cell]] = {}
        try:
            while waiting or flying:
                most = pace.most()
                while waiting and len(flying) < most:
                    size = min(pace.chunk(len(waiting)), len(waiting))
                    chunk = [waiting.popleft() for _ in range(size)]
                    flying[self._sent(chunk)] = chunk
                for future in _done(flying, distributed):
                    yield from self._rows(future, flying.pop(future), suspects)
                yield None
        finally:
            self.client.cancel(list(flying), force=True)

    def _sent(self, chunk: list[Cell]) -> Any:
        return self.client.submit(
            work_chunk, self.work, chunk, self.limits, self.digest, pure=False, retries=0
        )

    def _rows(self, future: Any, chunk: list[Cell], suspects: list[Cell]) -> Iterator[Row]:
        """The rows of a task that is over; one told as finished may have lost its worker since."""
        distributed = _distributed()
        lost = (distributed.KilledWorker, distributed.client.FutureCancelledError)
        try:
            rows: list[Row] = future.result()
        except lost:
            suspects += chunk
            return
        yield from rows


def _done(flying: Any, distributed: Any) -> list[Any]:
    """The futures that are over, after a second at most."""
    try:
        found = distributed.wait(list(flying), timeout=_BEAT, return_when="FIRST_COMPLETED")
    except TimeoutError:
        return []
    return list(found.done)


def work_chunk(work: Work, chunk: Sequence[Cell], limits: CellLimits, digest: str) -> list[Row]:
    """On a worker: return the rows of cells, done one after another in a process beside it.

    Raises
    ------
    divkit.faults.SetupError
        If this divkit is not the client's, or the worker may not start processes.
    """
    import multiprocessing

    if package_digest() != digest:
        raise SetupError(
            f"this worker's divkit, or a library beneath it, is another than the client's "
            f"({package_digest()} and {digest}): install the same on both."
        )
    if multiprocessing.current_process().daemon:
        raise SetupError(
            "a Dask worker under a nanny may not start processes by default: set "
            "DASK_DISTRIBUTED__WORKER__DAEMON=false where workers are started."
        )
    return list(pool_of(work, 1, limits).map(list(chunk)))


def _chunk(cells: int, threads: int) -> int:
    """1 where each thread has few cells, else up to 10, so that no thread waits for another."""
    return max(1, min(10, math.floor(cells / (8 * threads))))


def _distributed() -> Any:
    """The library, or advice."""
    try:
        import distributed
    except ImportError as error:
        raise ImportError(
            "the engine dask is in the extra [cluster]: pip install 'divkit[cluster]'."
        ) from error
    return distributed
