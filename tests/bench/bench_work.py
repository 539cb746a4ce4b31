"""Work, engines and runs that another process can import."""

import os
import signal
import time

from divkit.bench.cells import Row
from divkit.bench.engine import Processes
from divkit.bench.runner import run_suite


def fine(cell):
    return Row(cell, float(cell.seed), 0.1, -1.0, 1.0, 0.5, 0.01)


def deadly(cell):
    """Seed 2 kills its worker, as the kernel does when memory is out."""
    if cell.seed == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return fine(cell)


def unhurried(cell):
    time.sleep(0.005 if cell.seed < 3 else 0.3)
    return fine(cell)


def named(cell):
    """The value is the process that made it."""
    time.sleep(0.05)
    return Row(cell, float(os.getpid()), 0.1, -1.0, 1.0, 0.5, 0.01)


class Here:
    """An engine without processes that does its own work, so many milliseconds a cell."""

    def __init__(self, pause=0.0):
        self.pause = pause

    def map(self, cells, work):
        for cell in cells:
            time.sleep(self.pause)
            yield fine(cell)


class Unhurried:
    """A worker of its own that takes its time."""

    def map(self, cells, work):
        return Processes(1).map(cells, unhurried)


def run_workers(cells, pipe):
    """A run of one worker that tells the worker's number."""
    for row in Processes(1).map(cells, named):
        if row is not None:
            pipe.send(int(row.value))


def run(suite, path, pipe):
    """A run that tells the seeds that it stored."""
    run_suite(suite, path, engine=Here(0.005), stored=lambda row: pipe.send(row.cell.seed))


def endless(cell):
    """Seed 1 never ends."""
    while cell.seed == 1:
        time.sleep(0.1)
    return fine(cell)


def greedy(cell):
    """Seed 1 asks for more memory than it may."""
    return fine(cell) if cell.seed != 1 else len(bytearray(2**33))


def killed_once(cell, mark):
    """The process of each seed is killed the first time."""
    place = mark / str(cell.seed)
    if not place.exists():
        place.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return fine(cell)
