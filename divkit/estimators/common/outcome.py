"""An estimate as a Result: a normal interval, and a flag where the value is out of range."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from divkit.divergences.base import IPM, Divergence, FDivergence, Transformed
from divkit.estimators.registry import NotEstimableError
from divkit.exact.method import transformed
from divkit.results import Result, require_level
from divkit.samples import Pair

UNTRUSTED = "no standard error is to be trusted: {}; method 'auto' looks for a value that is"


def outcome(
    value: float,
    error: float,
    divergence: Divergence,
    method: object,
    level: float,
    pair: Pair,
    start: float,
    *,
    warnings: Sequence[str] = (),
    reason: str | None = None,
    **diagnostics: Any,
) -> Result:
    """Return value ± z·error; a value beyond the divergence's range is kept, and flagged.

    The interval is all of the range where the error is infinite. Of a value beyond the range a
    warning says so, and `diagnostics["bounded"]` is the nearest value within; one that says
    nothing is refused (`flagged`). A value of another distance, which `what` among the diagnostics
    names, has no error.
    """
    require_level(level)
    result = Result.normal(
        value,
        error,
        repr(method),
        level=level,
        span=span(divergence),
        diagnostics={
            "n": len(pair.x),
            "m": len(pair.y),
            "seconds": time.perf_counter() - start,
            **diagnostics,
        },
        name=divergence.name,
        unit=divergence.unit if isinstance(divergence, IPM) else "nats",
        warnings=(*pair.notes, *warnings),
        reason=reason,
    )
    result = _of_varied_rows(_of_its_own(result, divergence), pair, divergence)
    return independent(flagged(result, divergence), pair, divergence)


def _of_its_own(result: Result, divergence: Divergence) -> Result:
    """The result; where its value is that of another distance, `what`, without an error."""
    what = result.diagnostics.get("what")
    if what is None:
        return result
    words = (
        f"the value is a {what}, within {result.error:.2g} of its own: how far it is from "
        f"{result.name} is not known"
    )
    return without_error(result, divergence, [words])


def _of_varied_rows(result: Result, pair: Pair, divergence: Divergence) -> Result:
    """The result; a metric's without an error where a sample repeats one row.

    A share of 3/n of a law may be unseen by n rows, wherever it lies: rows that do not vary say
    nothing of it, where others have at least their spread. Of one such sample the lower end stays.
    """
    sides = {"x": pair.x, "y": pair.y}
    alike = [name for name, rows in sides.items() if not np.ptp(rows, axis=0).any()]
    if not alike or not isinstance(divergence, IPM) or math.isinf(result.error):
        return result
    words = (
        f"all rows of {' and of '.join(alike)} are one: rows that do not vary show no error, and "
        f"a share of up to {3 / min(len(pair.x), len(pair.y)):.2g} of the law may lie elsewhere"
    )
    low = max(result.interval[0], 0.0) if len(alike) == 1 else 0.0
    open_ended = without_error(result, divergence, [words])
    return replace(open_ended, interval=(low, math.inf), one_sided="lower")


def without_error(result: Result, divergence: Divergence, reasons: Sequence[str]) -> Result:
    """The result with an infinite error, and reasons; its own, and interval, are told beside."""
    return replace(
        result,
        error=math.inf,
        interval=span(divergence),
        warnings=(*result.warnings, *reasons),
        diagnostics={
            **result.diagnostics,
            "own_error": result.error,
            "own_interval": result.interval,
        },
    )


def independent(result: Result, pair: Pair, divergence: Divergence) -> Result:
    """The result; where x and y cannot be independent, with an infinite error and the reason."""
    if not pair.dependent:
        return result
    warnings = (*result.warnings, pair.dependent)
    ends = span(divergence)
    return replace(result, error=math.inf, interval=ends, warnings=warnings, one_sided=None)


def flagged(result: Result, divergence: Divergence) -> Result:
    """Return the result; of a value beyond the range with a warning and the nearest one within.

    Raises
    ------
    NotEstimableError
        If the error is infinite and the value further out than the range is wide, or than 1 where
        it has no end: then neither tells anything.
    """
    low, high = span(divergence)
    if low <= result.value <= high:
        return result
    width = high - low if math.isfinite(high) else 1.0
    if math.isinf(result.error) and not low - width <= result.value <= high + width:
        raise NotEstimableError(
            f"{result.way} gives {result.value:.3g} ± inf for {result.name}, whose values lie in "
            f"[{low:.6g}, {high:.6g}]: {'; '.join(result.warnings)}. Or map both samples by one "
            "invertible function, such as arcsinh: f-divergences stay as they are, and tails "
            "become lighter."
        )
    words = f"the value lies outside [{low:.6g}, {high:.6g}]: it is as estimated"
    bounded = {"bounded": min(max(result.value, low), high)}
    return replace(
        result, warnings=(*result.warnings, words), diagnostics={**result.diagnostics, **bounded}
    )


def span(divergence: Divergence) -> tuple[float, float]:
    """The range of a divergence's values."""
    if isinstance(divergence, IPM):
        return 0.0, math.inf
    if isinstance(divergence, Transformed):
        low, high = span(divergence.base)
        return divergence.forward(low), divergence.forward(high)
    return divergence.at_one, divergence.upper


def base_divergence(divergence: Divergence, method: object) -> FDivergence:
    """The f-divergence that a divergence is, or is a function of.

    Raises
    ------
    NotEstimableError
        If it is neither.
    """
    if isinstance(divergence, IPM):
        raise NotEstimableError(
            f"{method!r} estimates f-divergences; got {divergence!r}. Take a method for metrics: "
            "w1, sliced, sinkhorn or kernel_metric."
        )
    return divergence.base if isinstance(divergence, Transformed) else divergence


def mapped(divergence: Divergence, result: Result) -> Result:
    """The result of `divergence.base` carried through the map, where there is one."""
    return transformed(divergence, result) if isinstance(divergence, Transformed) else result
