"""Work through the missing cells of a suite in processes, and store each row when it comes.

An estimate that is refused is a row with its reason. A worker that dies (out of memory, killed)
takes the cells in flight with it: they are tried again one at a time, each in a process of its
own, and the one that kills it again is stored as failed. Ctrl-C leaves what was stored.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import torch

from divkit.bench.cells import Cell, Row, Suite, draw, failed
from divkit.bench.ledger import Ledger, held
from divkit.bench.methods import method
from divkit.bench.truth import oracle, truth
from divkit.estimators.api import estimate

Work = Callable[[Cell], Row]


def run_suite(
    suite: Suite,
    path: Path,
    *,
    workers: int = 1,
    retry_failed: bool = False,
    told: Callable[[Row], None] = lambda row: None,
) -> int:
    """Do what the ledger at `path` lacks; return how many cells were done.

    Parameters
    ----------
    workers : processes, of one thread each.
    retry_failed : whether cells that failed are tried again.
    told : called with each row as it is stored.

    Raises
    ------
    ValueError
        If another run holds the ledger, or the file is none.
    """
    with held(path) as ledger:
        complete_truths(suite, ledger)
        todo = ledger.missing(suite.cells(), retry_failed=retry_failed)
        for row in work_through(todo, compute, workers):
            ledger.add([row])
            told(row)
    return len(todo)


def compute(cell: Cell) -> Row:
    """Estimate one cell; a refusal becomes its reason."""
    torch.set_num_threads(1)
    x, y = draw(cell.problem, cell.n, cell.seed)
    best = oracle(cell.problem, cell.divergence, x, y)
    began = time.process_time()
    try:
        name, options = method(cell.estimator)
        found = estimate(x, y, cell.divergence, name, rng=cell.seed, **options)
    except (ValueError, ArithmeticError, MemoryError) as error:
        return failed(cell, f"{type(error).__name__}: {error}")
    seconds, (low, high) = time.process_time() - began, found.interval
    warnings = tuple(map(str, found.diagnostics.get("warnings", ())))
    return Row(cell, found.value, found.error, low, high, best, seconds, "", warnings)


def complete_truths(suite: Suite, ledger: Ledger) -> None:
    """Compute the truths of the suite's problems that the ledger lacks."""
    for problem, divergence in suite.problems:
        if ledger.truth(problem, divergence) is None:
            ledger.add_truth(problem, divergence, truth(problem, divergence))


def work_through(cells: Sequence[Cell], work: Work, workers: int) -> Iterator[Row]:
    """Yield the row of each cell as it is done, whatever becomes of the workers."""
    waiting = list(reversed(cells))
    while waiting:
        suspects: list[Cell] = []
        with _pool(workers) as pool:
            flying: dict[Future[Row], Cell] = {}
            while (waiting and not suspects) or flying:
                while waiting and not suspects and len(flying) < 2 * workers:
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
        for cell in suspects:
            yield _alone(cell, work)


def _alone(cell: Cell, work: Work) -> Row:
    with _pool(1) as pool:
        try:
            return pool.submit(work, cell).result()
        except BrokenProcessPool:
            return failed(cell, "the worker died: killed, or out of memory")


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
