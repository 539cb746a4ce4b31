"""Checks spread over processes; each draws from a stream of its own, whichever run beside it."""

from __future__ import annotations

from collections.abc import Generator, MutableSequence, Sequence
from dataclasses import dataclass, replace
from multiprocessing.sharedctypes import RawArray

import torch

from divkit.processes import Pool
from divkit.theory.framework import runner
from divkit.theory.framework.registry import CHECKS, Check, Context
from divkit.theory.framework.result import CheckResult

BEGUN = 1e-9

_shares: MutableSequence[float] = []
"""In a worker: how much of each check is done, shared with the process that waits."""


@dataclass(frozen=True)
class CheckTask:
    """A check to run, and its place among those asked for."""

    place: int
    id: str
    context: Context


@dataclass(frozen=True)
class Died:
    """A check whose process died: killed, or out of memory."""

    id: str


def shares_of(checks: Sequence[Check]) -> MutableSequence[float]:
    """Numbers that every process sees, one a check: the share of it that is done."""
    shares: MutableSequence[float] = RawArray("d", len(checks))
    return shares


def in_this_process(
    checks: Sequence[Check], context: Context, shares: MutableSequence[float]
) -> Generator[CheckResult, None, None]:
    """Yield the result of each check in turn."""
    for place, entry in enumerate(checks):
        yield _followed(entry, context, place, shares)


def in_processes(
    checks: Sequence[Check],
    context: Context,
    shares: MutableSequence[float],
    workers: int,
    imports: tuple[str, ...],
) -> Generator[CheckResult | Died, None, None]:
    """Yield each result as it comes; a check that ends its process is tried twice."""
    tasks = [CheckTask(place, entry.id, context) for place, entry in enumerate(checks)]
    return Pool(_run, _died, workers, imports, _begin, (shares,)).map(tasks)


def _followed(
    entry: Check, context: Context, place: int, shares: MutableSequence[float]
) -> CheckResult:
    def progress(share: float) -> None:
        shares[place] = share

    progress(BEGUN)
    result = runner.run(entry, replace(context, progress=progress))
    progress(1.0)
    return result


def _begin(shares: MutableSequence[float]) -> None:
    global _shares
    _shares = shares
    torch.set_num_threads(1)  # these tensors are small: a second thread waits more than it works


def _run(task: CheckTask) -> CheckResult | Died:
    return _followed(CHECKS[task.id], task.context, task.place, _shares)


def _died(task: CheckTask) -> CheckResult | Died:
    return Died(task.id)
