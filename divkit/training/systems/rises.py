"""Rises of what exact descents lower: their steps were too long for the theorem.

Against a fresh exact D* each small step follows the gradient of the divergence itself, so that
the value falls; a longer step may pass over the bottom, and the value rises.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from divkit.results import Result
from divkit.training.measures.records import Record
from divkit.training.trainable import TrainingStep


def rises(path: Sequence[tuple[int, Result | None]]) -> list[str]:
    """Return a sentence on the rises of a value along (step, value), or none.

    A rise is one by more than both values' errors.

    >>> values = [(k, Result.exact(v, 1e-12, "quadrature", "by hand", name="js"))
    ...           for k, v in enumerate((0.3, 0.25, 0.26))]
    >>> rises(values)[0].split(": ")[0]
    'js rose from 0.25 (step 1) to 0.26 (step 2)'
    """
    known = [(step, value) for step, value in path if value is not None]
    found = [pair for pair in pairwise(known) if _rose(pair[0][1], pair[1][1])]
    if not found:
        return []
    (k, low), (m, high) = found[0]
    count = f", and {len(found) - 1} times more" if len(found) > 1 else ""
    return [
        f"{low.name} rose from {low.value:.6g} (step {k}) to {high.value:.6g} (step {m}){count}: "
        "it falls where steps are small enough, and these are not; lower the rate"
    ]


def _rose(before: Result, after: Result) -> bool:
    return after.value - after.error > before.value + before.error


def telling_rises(
    steps: Iterator[TrainingStep[Any, Record]],
) -> Iterator[TrainingStep[Any, Record]]:
    """Yield the steps, each record of a rise with a warning on what rose."""
    last: Record | None = None
    for step in steps:
        (record,) = step.records
        path = [] if last is None else [(last.step, last.objective)]
        words = rises([*path, (record.step, record.objective)])
        last = record
        if words and record.objective is not None:
            told = replace(record.objective, warnings=(*record.objective.warnings, *words))
            step = replace(step, records=(replace(record, objective=told),))
        yield step
