"""An answer of an estimator: what it says of two samples, in one form for all kinds of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from divkit.results import Result, z_of

_NO_NUMBERS = "bUScmMV"
"""NumPy's kinds of arrays of truth values, texts, complex numbers, dates and records."""
LEVEL = 0.95
"""Of the intervals that the benchmark judges."""


class EstimatorError(ValueError):
    """An own estimator's reason for not answering."""


@dataclass(frozen=True)
class Answer:
    """A value, with an error and an interval where they are given.

    Attributes
    ----------
    value : the estimate.
    error : its standard error; NaN where none is stated.
    low, high : a 95 % interval; NaN where none is stated.
    warnings : what it came with.
    lower_bound : whether it calls itself a lower bound, and its interval one-sided.
    """

    value: float
    error: float = math.nan
    low: float = math.nan
    high: float = math.nan
    warnings: tuple[str, ...] = ()
    lower_bound: bool = False


def of_result(result: Result) -> Answer:
    """Return what a `Result` says."""
    words = result.warnings if result.reason is None else (*result.warnings, result.reason)
    low, high = result.interval
    return Answer(result.value, result.error, low, high, words, result.is_lower_bound)


def of_numbers(name: str, numbers: Sequence[float]) -> Answer:
    """Return the answer of a value alone, or of a value and the ends of a 95 % interval.

    The standard error of the second is half the interval's width over 1.96.

    Raises
    ------
    ValueError
        If there are other than one or three numbers, the value is NaN, or the ends do not hold it.

    Examples
    --------
    >>> of_numbers("mine", [0.5, -math.inf, math.inf]) == of_numbers("mine", [0.5])  # no interval
    True
    """
    if len(numbers) not in (1, 3):
        raise EstimatorError(
            f"estimator {name!r} must give a value, or value, low, high; got {len(numbers)} "
            "numbers."
        )
    value, *ends = map(float, numbers)
    if math.isnan(value):
        raise EstimatorError(
            f"estimator {name!r} gave NaN; raise ValueError with the reason instead."
        )
    if not ends or ends == [-math.inf, math.inf]:
        return Answer(value)
    low, high = ends
    if not low <= value <= high:
        raise EstimatorError(f"estimator {name!r} gave {value} with an interval [{low}, {high}].")
    return Answer(value, 0.5 * (high - low) / z_of(LEVEL), low, high)


def answer_of(name: str, given: Any) -> Answer:
    """Return the answer that a function's return value is: a number, three of them, a `Result`.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    if isinstance(given, Result):
        return of_result(given)
    parts = given if isinstance(given, tuple | list) else (given,)
    told = EstimatorError(
        f"estimator {name!r} must return a number, (value, low, high) or a Result; "
        f"got {_kind(given)}."
    )
    if any(part is None or np.asarray(part).dtype.kind in _NO_NUMBERS for part in parts):
        raise told
    try:
        numbers = np.asarray(given, dtype=np.float64).ravel()
    except (TypeError, ValueError):
        raise told from None
    return of_numbers(name, numbers.tolist())


def _kind(given: object) -> str:
    """A value that was given, in words: short ones as they are."""
    short = given is None or isinstance(given, bool | str | tuple)
    return f"{given!r:.60}" if short else type(given).__name__
