"""Run the benchmark of anybody's estimators from Python, in one call."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from divkit.bench.board import Standing, standings
from divkit.bench.cells import Row, Suite
from divkit.bench.engine import Engine, Processes
from divkit.bench.ledger import Ledger
from divkit.bench.own import own_of
from divkit.bench.pairing import paired
from divkit.bench.runner import run_suite
from divkit.bench.tables import leaderboard
from divkit.bench.truth import ProblemTruth
from divkit.bench.truth_cells import truth_in
from divkit.problems.suites import problems_of

Problems: TypeAlias = str | Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Benchmark:
    """Rows and truths of a run; printed, it is the leaderboard.

    Attributes
    ----------
    rows : one a cell.
    truths : of each (problem, divergence).

    Examples
    --------
    >>> from divkit.bench.cells import Cell
    >>> from divkit.bench.truth import ProblemTruth
    >>> row = Row(Cell("shift1", "kl", "mine", 200, 0), 0.52, 0.1, 0.33, 0.71, 0.5, 0.01)
    >>> found = Benchmark((row,), {("shift1", "kl"): ProblemTruth(0.5, 0.0, 1.0, 1.7)})
    >>> round(found.standings[0].bias, 2)
    0.02
    """

    rows: tuple[Row, ...]
    truths: Mapping[tuple[str, str], ProblemTruth]

    @property
    def standings(self) -> tuple[Standing, ...]:
        """One for each (problem, divergence, estimator, n)."""
        return standings(self.rows, self.truths)

    def __str__(self) -> str:
        """Return the leaderboard as Markdown."""
        return leaderboard(self.standings, paired(self.rows, self.truths))


def run(
    estimators: Mapping[str, Any],
    problems: Problems = "quick",
    sizes: Mapping[int, int] | Sequence[tuple[int, int]] = ((1000, 10),),
    *,
    beside: Iterable[str] = ("auto",),
    ledger: str | Path | None = None,
    workers: int = 1,
    engine: Engine | None = None,
) -> Benchmark:
    """Measure estimators against the truth, the efficiency bound and each other.

    Parameters
    ----------
    estimators : by the names that the tables give them: functions of two arrays x (n, d), y (m, d)
        that return a value or (value, low, high), classifiers of scikit-learn, estimator objects
        of divkit, or texts (`divkit.bench.own.own_of_text`).
    problems : a suite's name ("quick", "standard", "hard", "full"), a text
        "shift1:kl,needle:js", or pairs (problem, divergence).
    sizes : rows of each sample, and the number of draws.
    beside : estimators of divkit to be set beside, with options: "knn(k=3)".
    ledger : SQLite file that keeps the rows, so that a second run does what is missing; None for
        one that is forgotten.
    workers : processes of this machine.
    engine : in their place, what computes the cells.

    Returns
    -------
    Benchmark
        Rows, standings and truths; `print` shows the report, a notebook tables.

    Raises
    ------
    ValueError
        If a problem, a suite or an estimator is not known.

    Examples
    --------
    >>> import divkit, math
    >>> def gaussian(x, y):
    ...     "KL of two normal laws on the line, at the samples' moments."
    ...     s, t, gap = x.var(), y.var(), x.mean() - y.mean()
    ...     return 0.5 * (s / t - 1 + gap**2 / t - math.log(s / t))
    >>> found = divkit.bench.run(
    ...     {"gaussian": gaussian}, "shift1:kl", {200: 2}, beside=()
    ... )  # doctest: +SKIP
    """
    own = tuple(own_of(name, given) for name, given in estimators.items())
    pairs = tuple(sizes.items()) if isinstance(sizes, Mapping) else tuple(sizes)
    suite = Suite(problems_of(problems), (*estimators, *beside), pairs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.sqlite" if ledger is None else Path(ledger)
        run_suite(suite, path, own=own, engine=engine or Processes(workers))
        return asked_for(suite, path)


def asked_for(suite: Suite, path: Path) -> Benchmark:
    """Return what a ledger holds of a suite."""
    cells, held = set(suite.cells()), Ledger(path)
    rows = tuple(row for row in held.rows() if row.cell in cells)
    found = {key: truth_in(held, key) for key in suite.problems}
    held.close()
    return Benchmark(rows, {key: truth for key, truth in found.items() if truth is not None})
