"""Work in processes of this machine that outlives the death of one of them.

Each process has one item at a time, so that a death (out of memory, killed) is that of its own
item and of no other's. An item whose process died is tried again when nothing else runs, and for
one that dies there twice `dead` answers. An item that is not done by the deadline ends with its
process, and `late` answers; the memory of each process may be limited. A process leads a group of
its own, and what it started ends with it.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import pickle
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any, Generic, TypeVar

import cloudpickle

from divkit.faults import judged

I = TypeVar("I")
R = TypeVar("R")
_BEAT = 1.0
"""Seconds after which a generator that waits says that nothing came."""
_TRIES = 2
"""Deaths of an item alone that are its own doing."""
_SERVERS = 3
"""Servers that may die before a process is started."""
_SCRIPT = b"__main__"
_STATUS = Path("/proc/self/statm")


@dataclass(frozen=True)
class Pool(Generic[I, R]):
    """A way to work on items.

    Attributes
    ----------
    work : what is called with each item; pickled once for each process.
    dead : what stands for the result of an item that kills its process.
    workers : how many processes.
    imports : the modules that the processes are forked with.
    begin, given : a function of a module, called once in each process, and its arguments.
    deadline : seconds that an item may take.
    late : what stands for the result of an item that is not done by then; `dead` if None.
    memory : bytes of address space that a process may take beyond what it begins with.
    """

    work: Callable[[I], R]
    dead: Callable[[I], R]
    workers: int
    imports: tuple[str, ...]
    begin: Callable[..., None] | None = None
    given: tuple[Any, ...] = ()
    deadline: float = math.inf
    late: Callable[[I], R] | None = None
    memory: int | None = None

    def map(self, items: Sequence[I]) -> Generator[R, None, None]:
        """Yield the result of each item as it comes; a caller that closes this stops the work.

        What `work` raises is raised here.
        """
        for batch in self.batches(items):
            yield from batch

    def batches(self, items: Sequence[I]) -> Generator[list[R], None, None]:
        """Yield results as they come, and every second without one an empty list."""
        suspects: list[I] = []
        yield from self._together(items, suspects)
        for item in suspects:
            for attempt in range(_TRIES):
                died: list[I] = []
                yield from self._together([item], died)
                if died and attempt + 1 == _TRIES:
                    yield [self.dead(item)]
                if not died:
                    break

    def _together(self, items: Sequence[I], died: list[I]) -> Generator[list[R], None, None]:
        """Work on all at once; those whose process died join `died`."""
        waiting, crew = list(reversed(items)), _Crew(self, died)
        with crew.ended():
            while waiting or crew.busy:
                while waiting and len(crew.busy) < self.workers:
                    crew.give(waiting.pop())
                yield crew.gathered()


@dataclass(eq=False)
class _Member(Generic[I]):
    """A process, the pipe to it, and its item, since when; never while the process begins."""

    process: BaseProcess
    pipe: Connection
    ready: bool = False
    item: I | None = None
    since: float = math.inf

    def end(self) -> None:
        if self.process.pid is not None:
            kill_group(self.process.pid)
        self.process.kill()  # where it does not lead its group yet
        self.process.join()
        self.pipe.close()


@dataclass(eq=False)
class _Crew(Generic[I, R]):
    """The processes of a pool while it works."""

    pool: Pool[I, R]
    died: list[I]
    idle: list[_Member[I]] = field(default_factory=list)
    busy: list[_Member[I]] = field(default_factory=list)

    @contextmanager
    def ended(self) -> Iterator[None]:
        try:
            yield
        finally:
            for member in (*self.idle, *self.busy):
                member.end()

    def give(self, item: I) -> None:
        """Hand an item to a process that is idle, or to a new one."""
        member = self.idle.pop() if self.idle else self._started()
        member.item, member.since = item, time.monotonic() if member.ready else math.inf
        self.busy.append(member)
        try:
            member.pipe.send(item)
        except (BrokenPipeError, ConnectionResetError):  # it died idle: `gathered` sees it
            return

    def gathered(self) -> list[R]:
        """Wait a second at most for results, deaths and deadlines."""
        first = min(member.since for member in self.busy) + self.pool.deadline
        pause = min(_BEAT, max(0.0, first - time.monotonic()))
        ready = set(wait([member.pipe for member in self.busy], pause))
        results = [self._received(m) for m in list(self.busy) if m.pipe in ready]
        return [each for found in (*results, *self._late()) for each in found]

    def _received(self, member: _Member[I]) -> list[R]:
        try:
            fine, answer = member.pipe.recv()
        except (EOFError, OSError):
            self.busy.remove(member)
            self.died.append(_item(member))
            member.end()
            return []
        if not member.ready:
            member.ready, member.since = True, time.monotonic()
            return []
        self.busy.remove(member)
        self.idle.append(member)
        if not fine:
            raise answer
        result: R = answer
        return [result]

    def _late(self) -> Iterator[list[R]]:
        now = time.monotonic()
        for member in [m for m in self.busy if now - m.since > self.pool.deadline]:
            self.busy.remove(member)
            member.end()
            yield [(self.pool.late or self.pool.dead)(_item(member))]

    def _started(self) -> _Member[I]:
        """A new process; where the server that forks it dies, of another server.

        Raises
        ------
        ChildProcessError
            If servers die one after another.
        """
        for _ in range(_SERVERS):
            try:
                return self._forked()
            except (EOFError, ConnectionError, FileNotFoundError):  # it is gone, or its socket
                continue
        raise ChildProcessError(
            f"{_SERVERS} servers that processes are forked from died one after another: killed, "
            "or out of memory. Run it again: a benchmark goes on from the rows in its ledger."
        )

    def _forked(self) -> _Member[I]:
        context = server(self.pool.imports)
        ours, theirs = context.Pipe()
        pool = self.pool
        sent = _sent((pool.work, pool.begin, pool.given))
        process = context.Process(target=_serve, args=(theirs, sent, pool.memory))  # type: ignore[attr-defined]
        with _without_script():
            process.start()
        theirs.close()
        return _Member(process, ours)


def _item(member: _Member[I]) -> I:
    item = member.item
    if item is None:
        raise RuntimeError("a process that is busy has an item")
    return item


def _sent(parts: tuple[Any, ...]) -> tuple[Any, ...] | bytes:
    """The parts of a process's work, packed by value where a script defines some of them.

    Others go by name while the process starts, which alone lets it share memory with this one.
    """
    try:
        by_name = bytes(ForkingPickler.dumps(parts))
    except RuntimeError:  # memory to be shared
        return parts
    except (pickle.PicklingError, AttributeError, TypeError):  # a lambda, or a local function
        by_name = _SCRIPT
    return bytes(cloudpickle.dumps(parts)) if _SCRIPT in by_name else parts


@contextmanager
def _without_script() -> Iterator[None]:
    """Keep new processes from running the user's script once more.

    Python has them import it, for what they are sent may be defined there; here what a script
    defines is sent by value, and a script without `if __name__ == "__main__"` would start itself.
    """
    main = sys.modules["__main__"]
    named: set[str] = vars(main).keys() & {"__file__", "__spec__"}
    held = {name: vars(main).pop(name) for name in named}
    main.__spec__ = None
    try:
        yield
    finally:
        vars(main).update(held)


def server(imports: Sequence[str]) -> BaseContext:
    """The context of processes that are forked from one with the imports ready."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(imports))
    return context


def warm_up(imports: Sequence[str]) -> None:
    """Let the imports begin while this process goes on."""
    server(imports)
    with _without_script():
        forkserver.ensure_running()


def _serve(pipe: Connection, sent: tuple[Any, ...] | bytes, memory: int | None) -> None:
    """In a process: say that it is ready, then answer items until the pipe ends."""
    work, begin, given = cloudpickle.loads(sent) if isinstance(sent, bytes) else sent
    _begin(begin, given)
    if memory is not None:
        limit_memory(memory)
    pipe.send((True, None))
    while True:
        try:
            item = pipe.recv()
        except EOFError:
            return
        pipe.send(_answer(work, item))


def _answer(work: Callable[[Any], Any], item: Any) -> tuple[bool, Any]:
    """Whether the work came to its end, with its result or what it raised, for the caller."""
    try:
        return True, work(item)
    except Exception as error:
        error.add_note("".join(traceback.format_exception(error)))
        return False, judged(error)


def limit_memory(more: int) -> None:
    """Let this process's address space grow by so many bytes, on systems that count it."""
    if not _STATUS.exists():
        return
    pages = int(_STATUS.read_text().split()[0])
    held = pages * os.sysconf("SC_PAGE_SIZE")
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = held + more
    resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))


def kill_group(leader: int) -> None:
    """Kill the processes of the group that a process leads, if there are any."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def leads_a_pools_group() -> bool:
    """Whether this process is one of a pool, whose end is the end of all that it starts."""
    return multiprocessing.parent_process() is not None and os.getpgrp() == os.getpid()


def _begin(begin: Callable[..., None] | None, given: tuple[Any, ...]) -> None:
    """In a worker: end at once at SIGINT, and when the run that started it is gone."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(
        target=_end_with, args=(multiprocessing.parent_process(),), daemon=True
    ).start()
    if begin is not None:
        begin(*given)


def _end_with(run: BaseProcess) -> None:
    run.join()
    kill_group(os.getpgrp())
