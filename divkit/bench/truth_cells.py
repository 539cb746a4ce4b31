"""Truths that a run lacks, found by the engine that computes its cells.

A truth travels as a row does: value, error and the two variances in the places of value, error
and the ends of the interval.
"""

from __future__ import annotations

import math
from contextlib import closing

from divkit.bench.cells import Cell, Row, Suite
from divkit.bench.engine import Engine
from divkit.bench.ledger import Ledger
from divkit.bench.truth import ProblemTruth, f_divergence, known_truth, truth

_TRUTH = "truth"


def complete_truths(suite: Suite, ledger: Ledger, engine: Engine) -> None:
    """Find the truths of the suite's problems that the ledger lacks, several with the engine.

    One whose worker died, or passed a deadline that was meant for estimates, is found here.

    Raises
    ------
    ValueError
        If a divergence is no f-divergence.
    """
    lacking = {
        key: f_divergence(key[1])
        for key in suite.problems
        if (kept := ledger.truth(*key)) is None or kept != truth_in(ledger, key)
    }
    if len(lacking) > 1:
        cells = [Cell(*key, _TRUTH, 1, 0) for key in lacking]
        with closing(engine.map(cells, truth_as_row)) as rows:
            for row in rows:
                if row is not None and not row.failure:
                    del lacking[key_of(row)]
                    ledger.add_truth(*key_of(row), truth_of_row(row))
    for key in lacking:
        ledger.add_truth(*key, truth(*key))


def truth_in(ledger: Ledger, key: tuple[str, str]) -> ProblemTruth | None:
    """Return the catalogue's truth, or where it has none the one that the ledger keeps.

    What a ledger keeps of a problem whose laws were changed since is not believed.
    """
    return known_truth(*key) or ledger.truth(*key)


def truth_as_row(cell: Cell) -> Row:
    """Return the truth of a cell's problem in the form that engines carry.

    >>> truth_of_row(truth_as_row(Cell("shift1", "kl", "truth", 1, 0))).value
    0.5
    """
    found = truth(cell.problem, cell.divergence)
    none = math.nan
    return Row(cell, found.value, found.error, found.variance_p, found.variance_q, none, 0.0)


def truth_of_row(row: Row) -> ProblemTruth:
    """Return the truth that `truth_as_row` put into a row."""
    return ProblemTruth(row.value, row.error, row.low, row.high)


def key_of(row: Row) -> tuple[str, str]:
    """Return a row's problem and divergence."""
    return row.cell.problem, row.cell.divergence
