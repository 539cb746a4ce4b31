"""Running checks one after the other; a caller who wants progress iterates."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from numbers import Integral

from divkit.floats import own_rules
from divkit.theory.framework.measured import UnknownNumberError
from divkit.theory.framework.registry import CHECKS, Check, Context
from divkit.theory.framework.result import CheckResult, CheckResults, Evidence, undecided
from divkit.threads import on_one_thread


def select(only: Iterable[str] | str | None = None) -> tuple[Check, ...]:
    """Return the checks asked for, by id or by group letter; all of them for None.

    Raises
    ------
    UnknownNameError
        If an id is not known; the message offers the nearest.
    """
    if only is None:
        return tuple(sorted(CHECKS.values(), key=lambda entry: entry.group))
    names = [only] if isinstance(only, str) else list(only)
    chosen: dict[str, Check] = {}
    for name in names:
        of_group = [entry for entry in CHECKS.values() if entry.group == name.strip().upper()]
        for entry in of_group or [CHECKS[name]]:
            chosen[entry.id] = entry
    return tuple(chosen.values())


@own_rules
@on_one_thread
def run(entry: Check, context: Context) -> CheckResult:
    """Run one check; it is not decided where a number of it is not known."""
    start = time.perf_counter()
    try:
        evidence = entry.run(replace(context, id=entry.id))
    except UnknownNumberError as unknown:  # the other statements are not lost with this one
        evidence = Evidence((undecided("a number of the check", "=", str(unknown)),))
    drawn = evidence.figure() if callable(evidence.figure) and context.figures else evidence.figure
    return CheckResult(
        entry.id,
        entry.group,
        entry.equation,
        entry.statement,
        entry.formula,
        entry.left,
        entry.right,
        entry.because,
        evidence.rows,
        time.perf_counter() - start,
        None if callable(drawn) else drawn,
        evidence.note,
        context.seed,
    )


def iterate(
    only: Iterable[str] | str | None = None,
    full: bool = False,
    seed: int = 0,
    figures: bool = True,
) -> Iterator[CheckResult]:
    """Yield the result of each check as soon as it is there (see `verify`)."""
    context = Context(_seed(seed), full, figures=figures)
    return (run(entry, context) for entry in select(only))


def verify(
    only: Iterable[str] | str | None = None,
    full: bool = False,
    seed: int = 0,
    progress: Callable[[CheckResult], None] | None = None,
    figures: bool = True,
) -> CheckResults:
    """Check the statements that divkit stands on, each side by a calculation of its own.

    Two laws of your own are checked by `verify_pair(p, q)`.

    Parameters
    ----------
    only : ids such as "gan-identity" or group letters; None for all.
    full : more instances and repetitions.
    seed : int ≥ 0 for the checks that draw samples; each has a stream of its own.
    progress : called with each result as it comes.
    figures : whether results carry the figures of their checks, some of which take seconds.

    Returns
    -------
    A list of one `CheckResult` a statement, which a notebook shows as a table.

    Raises
    ------
    UnknownNameError
        If an id is not known.
    TypeError, ValueError
        If `full` is no bool, or the seed is not an int, or negative.

    See Also
    --------
    divkit.verify_pair : on two laws of your own.
    divkit.theory : the statements, and how one is added.

    Examples
    --------
    >>> [(check.id, check.holds) for check in verify(only="label-smoothing", figures=False)]
    [('label-smoothing', True)]
    """
    if not isinstance(full, bool):
        raise TypeError(
            f"full must be a bool; got {full!r}. Laws of your own are checked by "
            f"divkit.verify_pair(p, q)."
        )
    results = CheckResults()
    for result in iterate(only, full, seed, figures):
        if progress is not None:
            progress(result)
        results.append(result)
    return results


def _seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, Integral):
        raise TypeError(f"seed must be an int; got {seed!r} of type {type(seed).__name__}.")
    if seed < 0:
        raise ValueError(f"seed must be at least 0; got {seed}. Pass a non-negative int.")
    return int(seed)
