"""Work through the missing cells of a suite, and store each row when it comes.

An estimate that is refused is a row with its reason. Ctrl-C and kills leave what was stored.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import torch

from divkit.bench.cells import Cell, Row, Suite, draw, failed
from divkit.bench.code import code_of
from divkit.bench.engine import Engine, Processes
from divkit.bench.ledger import Ledger, held
from divkit.bench.methods import method
from divkit.bench.truth import oracle, truth
from divkit.estimators.api import estimate


def run_suite(
    suite: Suite,
    path: Path,
    *,
    engine: Engine | None = None,
    retry_failed: bool = False,
    keep_old: bool = False,
    stored: Callable[[Row], None] = lambda row: None,
) -> int:
    """Do what the ledger at `path` lacks; return how many cells were done.

    Parameters
    ----------
    engine : what computes the cells; None for one process of this machine.
    retry_failed : whether cells that failed are tried again.
    keep_old : whether rows that other versions of the code made count as done.
    stored : called with each row as it is stored.

    Raises
    ------
    ValueError
        If another run holds the ledger, the file is none, or an estimator is not known.
    """
    codes = {estimator: code_of(estimator) for estimator in suite.estimators}
    with held(path) as ledger:
        complete_truths(suite, ledger)
        todo = ledger.missing(
            suite.cells(), retry_failed=retry_failed, codes=None if keep_old else codes
        )
        with closing((engine or Processes()).map(todo, compute)) as rows:
            for row in rows:
                stamped = replace(row, code=codes[row.cell.estimator])
                ledger.add([stamped])
                stored(stamped)
    return len(todo)


def compute(cell: Cell) -> Row:
    """Estimate one cell; a refusal becomes its reason."""
    torch.set_num_threads(1)
    x, y = draw(cell.problem, cell.n, cell.seed)
    best = oracle(cell.problem, cell.divergence, x, y)
    began = time.process_time()
    try:
        name, options = method(cell.estimator)
        result = estimate(x, y, cell.divergence, name, rng=cell.seed, **options)
    except (ValueError, ArithmeticError, MemoryError) as error:
        return failed(cell, f"{type(error).__name__}: {error}")
    seconds, (low, high) = time.process_time() - began, result.interval
    return Row(
        cell,
        result.value,
        result.error,
        low,
        high,
        best,
        seconds,
        warnings=result.warnings if result.reason is None else (*result.warnings, result.reason),
        lower_bound=result.is_lower_bound,
    )


def complete_truths(suite: Suite, ledger: Ledger) -> None:
    """Compute the truths of the suite's problems that the ledger lacks."""
    for problem, divergence in suite.problems:
        if ledger.truth(problem, divergence) is None:
            ledger.add_truth(problem, divergence, truth(problem, divergence))
