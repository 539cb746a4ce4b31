"""Runs of the benchmark whose processes are killed at random moments, against one that is not.

    python benchmarks/bench_kills.py [--kills 100] [--engine processes|dask] [--seed 0]
        [--output results/bench_kills.md] [--folder DIR --seconds 240]

A run in a process of its own works through cells with `knn`. At random moments one of its
processes is killed with SIGKILL, its role drawn first, and waited for: the client; a process that
cells run in; the server that these are forked from; with `dask`, on a cluster of its own, the
scheduler, a nanny or a worker too. What ended is started again, as whoever runs a cluster would:
the scheduler and the nannies at once, the command when it has ended. After two kills without a
row between the next waits for one: processes that take a minute to start, on a machine with other
work, and are killed each few seconds never come to a row. At the end the ledger holds
every cell once, and each row is that of a run that nobody disturbed, but for seconds, memory and
host.

Then the memory eater: one cell of sixty takes 1 GiB and is killed, as the kernel does when memory
is short, while an innocent worker is killed too. The run must end, with that one row failed.

With --folder the ledger and the counts lie there, and --seconds ends a call early: the next goes
on with the same ledger until all kills are done. What runs then is killed, and not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from divkit.bench.bundle import same
from divkit.bench.cells import Cell, Row
from divkit.bench.code import beneath
from divkit.bench.ledger import Ledger

RUN = ("bench", "run", "--problems", "shift1:js,shift1:kl", "--estimators", "knn")
WORKERS = ("--workers", "2")
EATEN, EATER_CELLS = 17, 60
CELLS = ("fork server", "cell's process")
IN_VAIN = 2
"""Kills without a row between them."""
STUCK = 400.0
"""Seconds without a row after which a run counts as hanging."""
Words = Sequence[str | Path]


def eats(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """An estimate whose process takes 1 GiB and is killed on one draw."""
    time.sleep(0.05)
    if seed == EATEN:
        held = np.ones(2**27)
        os.kill(os.getpid(), signal.SIGKILL)
        return float(held[0])
    return float(x.mean() - y.mean())


def nothing(cell: Cell) -> Row:
    """A row without an estimate, for `bench_throughput.py`: workers must be able to import it."""
    return Row(cell, 0.1, 0.1, 0.0, 0.2, 0.1, 0.0)


def python(words: Words) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    folder = Path(__file__).parent
    return subprocess.Popen([sys.executable, *words], stdout=quiet, stderr=quiet, cwd=folder)


def divkit(words: Words) -> subprocess.Popen[bytes]:
    return python(("-m", "divkit", *words))


@dataclass
class Machine:
    """One machine's processes under a run with the engine `processes`."""

    words: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ("client", *CELLS)

    def mend(self) -> None:
        """Start again what ended."""

    def close(self) -> None:
        """End what was started."""

    def roles(self, run: int) -> dict[str, list[int]]:
        """The processes that may be killed, by role."""
        return {"client": [run], **cells_of(run)}


@dataclass
class Cluster(Machine):
    """A scheduler and nannies with a worker each, on loopback."""

    nannies: int = 2
    port: int = field(default_factory=lambda: free_port())
    members: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    workers: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        os.environ["DASK_DISTRIBUTED__WORKER__DAEMON"] = "false"
        self.words = ("--engine", "dask", "--scheduler", self.address)
        self.kinds = (*self.kinds, "scheduler", "nanny", "worker")
        self.mend()

    @property
    def address(self) -> str:
        """Of the scheduler, the same after its death."""
        return f"tcp://127.0.0.1:{self.port}"

    def mend(self) -> None:
        """Start the scheduler and the nannies that ended; these start workers themselves."""
        quiet = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")
        made: dict[str, Words] = {
            "scheduler": ("scheduler", "--host", "127.0.0.1", "--port", str(self.port), *quiet)
        }
        for k in range(self.nannies):
            made[f"nanny {k}"] = ("worker", self.address, "--nthreads", "1", *quiet)
        for name, words in made.items():
            if name not in self.members or self.members[name].poll() is not None:
                self.members[name] = python(("-m", "dask", *words))

    def close(self) -> None:
        """End all of it, workers whose nanny was killed with it."""
        for member in self.members.values():
            for each in (*descendants(member.pid), member.pid):
                kill(each)
            member.wait()
        for worker in self.workers:
            for each in (*descendants(worker), worker):
                if "spawn_main" in command(worker):
                    kill(each)

    def roles(self, run: int) -> dict[str, list[int]]:
        """The processes that may be killed, by role."""
        nannies = [self.members[f"nanny {k}"].pid for k in range(self.nannies)]
        scheduler = [self.members["scheduler"].pid]
        found = {"client": [run], "scheduler": scheduler, "nanny": nannies, "worker": []}
        for nanny in nannies:
            for child in children(nanny):
                if "spawn_main" in command(child):
                    found["worker"].append(child)
                    self.workers.add(child)
                    for role, pids in cells_of(child).items():
                        found.setdefault(role, []).extend(pids)
        return found


def cells_of(above: int) -> dict[str, list[int]]:
    """The fork server below a process, and those that it forked: cells run in these."""
    servers = [child for child in children(above) if "forkserver" in command(child)]
    return {
        CELLS[0]: servers,
        CELLS[1]: [child for server in servers for child in children(server)],
    }


@dataclass
class Disturbed:
    """Kills by role, runs of the command, and whether one hung."""

    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    hung: int = 0
    seconds: float = 0.0

    @classmethod
    def of(cls, path: Path) -> Disturbed:
        """What calls before this one did."""
        if not path.exists():
            return cls()
        held = json.loads(path.read_text())
        return cls(**held | {"kills": Counter(held["kills"])})


def disturbed(
    machine: Machine, words: Words, ledger: Path, given: argparse.Namespace
) -> Disturbed:
    """Run until the ledger is full, with so many kills on the way, or the call's time is over."""
    state = ledger.with_suffix(".json")
    told, began = Disturbed.of(state), time.monotonic()
    rng, before, kills = random.Random(f"{given.seed} {told.runs}"), told.seconds, given.kills
    told.runs += 1
    run, (role, moment), vain = divkit(words), drawn(machine, rng, given.pause), 0
    seen = 0, time.monotonic()
    while run.poll() != 0:
        told.seconds = before + time.monotonic() - began
        state.write_text(json.dumps(vars(told)))
        if given.seconds and time.monotonic() - began > given.seconds:
            kill(run.pid)
            run.wait()
            raise SystemExit(f"{told.kills.total()} of {kills} kills so far; call again.")
        machine.mend()
        if run.poll() is not None:
            run, told.runs, seen = divkit(words), told.runs + 1, (seen[0], time.monotonic())
        time.sleep(0.05)
        if told.kills.total() < kills and time.monotonic() > moment and vain < IN_VAIN:
            there = machine.roles(run.pid).get(role)
            if there and kill(rng.choice(there)):
                told.kills[role] += 1
                vain += 1
                role, moment = drawn(machine, rng, given.pause)
        done = count(ledger)
        if done != seen[0]:
            seen, vain = (done, time.monotonic()), 0
        elif time.monotonic() - seen[1] > STUCK:
            told.hung += 1
            kill(run.pid)
            run.wait()
    told.seconds = before + time.monotonic() - began
    return told


def drawn(machine: Machine, rng: random.Random, pause: float) -> tuple[str, float]:
    """The role of the next victim, and the first moment of its death."""
    return rng.choice(machine.kinds), time.monotonic() + rng.uniform(0.1, pause)


def kill(process: int) -> bool:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def command(process: int) -> str:
    try:
        return (Path("/proc") / str(process) / "cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def children(process: int) -> list[int]:
    try:
        return [
            int(child)
            for thread in (Path("/proc") / str(process) / "task").iterdir()
            for child in (thread / "children").read_text().split()
        ]
    except OSError:
        return []


def descendants(process: int) -> list[int]:
    return [each for child in children(process) for each in (child, *descendants(child))]


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def count(path: Path) -> int:
    """Rows that are stored; 0 while the file is being made."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
            return int(base.execute("SELECT count(*) FROM rows").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def rows(path: Path) -> list[Row]:
    ledger = Ledger(path)
    found = ledger.rows()
    ledger.close()
    return found


def killed(machine: Machine, folder: Path, given: argparse.Namespace) -> tuple[bool, list[str]]:
    """The run under kills against the one without: whether all is well, and words."""
    sizes = ("--sizes", f"100:{given.cells}")
    whole, broken = folder / "whole.sqlite", folder / "broken.sqlite"
    words = (*RUN, *WORKERS, *sizes, *machine.words, "--ledger", broken)
    told = disturbed(machine, words, broken, given)
    if divkit((*RUN, *WORKERS, *sizes, "--ledger", whole)).wait() != 0:
        raise RuntimeError("the run that nobody disturbs did not end well.")
    ours, theirs = rows(broken), rows(whole)
    cells = Counter(row.cell for row in ours)
    lost = sum(row.cell not in cells for row in theirs)
    double = sum(n - 1 for n in cells.values())
    known = {row.cell: row for row in theirs}
    other = sum(not same(row, known[row.cell]) for row in ours)
    roles = ", ".join(f"{role} {n}" for role, n in sorted(told.kills.items()))
    lines = [
        f"{told.kills.total()} kills ({roles}); the command was started {told.runs} times "
        f"and hung {told.hung} times; {told.seconds:.0f} s",
        f"{len(ours)} rows of {len(theirs)}: {lost} lost, {double} double, {other} other than "
        "without kills",
    ]
    return not (lost or double or other or told.hung or len(ours) != len(theirs)), lines


def eaten(machine: Machine, folder: Path) -> tuple[bool, list[str]]:
    """The memory eater, and an innocent kill at the same time."""
    path = folder / "eaten.sqlite"
    path.unlink(missing_ok=True)
    own = ("--estimator", "eater=bench_kills:eats", "--estimators", "", *WORKERS)
    words = ("bench", "run", "--problems", "shift1:js", *own, "--sizes", f"50:{EATER_CELLS}")
    run, innocent = divkit((*words, *machine.words, "--ledger", path)), 0
    began = time.monotonic()
    seen = (0, began)
    wanted = "worker" if isinstance(machine, Cluster) else CELLS[1]
    while run.poll() is None and time.monotonic() - seen[1] < STUCK:
        machine.mend()
        time.sleep(0.05)
        victims, done = machine.roles(run.pid).get(wanted, []), count(path)
        if done != seen[0]:
            seen = done, time.monotonic()
        if not innocent and done > 2 and victims:
            innocent += kill(victims[0])
    ended = run.poll()
    kill(run.pid) if ended is None else None
    found = rows(path)
    failures = [(row.cell.seed, row.failure) for row in found if row.failure]
    words_of = "; ".join(f"draw {seed}: {why}" for seed, why in failures)
    line = (
        f"memory eater and {innocent} innocent {wanted} killed: status {ended} after "
        f"{time.monotonic() - began:.0f} s, {len(found)} rows of {EATER_CELLS}, failed: {words_of}"
    )
    fine = ended == 0 and innocent == 1 and len(found) == EATER_CELLS
    return fine and [seed for seed, _ in failures] == [EATEN], [line]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--cells", type=int, default=2000)
    parser.add_argument("--engine", choices=("processes", "dask"), default="processes")
    parser.add_argument("--pause", type=float, default=4.0, help="most seconds between kills")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="Markdown file; this run is added to it")
    parser.add_argument("--folder", type=Path, help="keeps what is done for the next call")
    parser.add_argument("--seconds", type=float, default=0.0, help="of this call; 0 for no end")
    given = parser.parse_args()
    machine = Machine() if given.engine == "processes" else Cluster()
    parts: list[Callable[[Path], tuple[bool, list[str]]]] = [
        lambda folder: killed(machine, folder, given),
        lambda folder: eaten(machine, folder),
    ]
    try:
        with tempfile.TemporaryDirectory() as own:
            folder = given.folder or Path(own)
            folder.mkdir(parents=True, exist_ok=True)
            told = [part(folder) for part in parts]
    finally:
        machine.close()
    fine = all(good for good, _ in told)
    lines = [f"- {line}" for _, found in told for line in found]
    told_by = ("engine", "kills", "cells", "pause", "seed")
    asked = " ".join(f"--{name} {getattr(given, name)}" for name in told_by)
    head = f"## `bench_kills.py {asked}`: {'as it must' if fine else 'NOT'}"
    text = "\n".join([head, "", *lines, "", f"{platform.platform()}; {', '.join(beneath())}", ""])
    print(text)
    if given.output:
        with given.output.open("a", encoding="utf-8") as page:
            page.write(text + "\n")
    raise SystemExit(not fine)


if __name__ == "__main__":
    main()
