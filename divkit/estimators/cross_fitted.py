"""One recipe for estimators that fit a log ratio: cross-fit it, read it, judge what it misses.

An estimator is a frozen dataclass with `folds`, `rng`, `level` and a `log_ratio`; its call is
`cross_fitted(self, x, y, divergence)`. Rows come whitened and in an order that forgets theirs,
each is read by a fit to the other folds, and what the log ratios miss is in the error
(`divkit.estimators.misfit`).
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from divkit.divergences.base import Divergence, FDivergence
from divkit.estimators.common.outcome import base_divergence, mapped, outcome
from divkit.estimators.common.pooled import Pooled, pooled
from divkit.estimators.cross_fit import (
    LogRatioEstimator,
    apart,
    dual_value,
    held_out_ratios,
    pool_order,
)
from divkit.estimators.misfit import judged
from divkit.results import Result
from divkit.rng import as_generator
from divkit.samples import Pair, two_samples
from divkit.types import FloatArray, Samples

Rows: TypeAlias = Callable[[Pair, Pooled], tuple[FloatArray, FloatArray]]
"""The rows of x (n, d) and y (m, d) as a log ratio is fitted to them, in the pool's order."""
Value: TypeAlias = Callable[[FDivergence, FloatArray, FloatArray], tuple[float, float]]
"""Log ratios at x (n,) and y (m,) -> the value and its standard error."""


def whitened_rows(pair: Pair, pool: Pooled) -> tuple[FloatArray, FloatArray]:
    """Return whitened rows."""
    del pair
    return apart(pool)


def cross_fitted(
    method: Any,
    x: Samples,
    y: Samples,
    divergence: Divergence,
    *,
    of: LogRatioEstimator | None = None,
    above: int | None = None,
    rows: Rows = whitened_rows,
    value: Value = dual_value,
) -> Result:
    """Return the estimate of a divergence from held-out log ratios.

    Parameters
    ----------
    method : the estimator: a dataclass with `folds`, 1 of which evaluates the rows fitted to,
        `rng` and `level`.
    x, y : samples (n, d) of P and (m, d) of Q.
    divergence : to be estimated.
    of : the estimator that fits; `method` itself otherwise, and then folds and fits draw from
        one generator.
    above : more rows than this are needed of each sample; twice the folds otherwise.
    rows : what is fitted to; whitened rows otherwise.
    value : the value at log ratios; the dual form otherwise.

    Raises
    ------
    NotEstimableError
        If the divergence is no function of an f-divergence.
    ValueError
        If the samples are not fit to be used.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import JS
    >>> from divkit.estimators.api import ESTIMATORS
    >>> x, y = Normal(0, 1).sample(60, rng=0), Normal(1, 1).sample(60, rng=1)
    >>> cross_fitted(ESTIMATORS["density_ratio"](folds=2), x, y, JS).name
    'js'
    """
    start = time.perf_counter()
    base = base_divergence(divergence, method)
    pair = two_samples(x, y, above=2 * method.folds if above is None else above)
    generator = as_generator(method.rng)
    fitting = dataclasses.replace(method, rng=generator) if of is None else of
    pool = pooled(pair)
    at_x, at_y = held_out_ratios(
        lambda a, b: fitting.log_ratio(a, b, base), *rows(pair, pool), method.folds, generator
    )
    number, error = value(base, at_x, at_y)
    if method.folds == 1:
        words = ["evaluated at the rows it was trained on: biased upwards"]
        result = outcome(number, error, base, method, method.level, pair, start, warnings=words)
        return mapped(divergence, result)
    logit = pool_order(pool, at_x, at_y)
    return judged_result(method, divergence, pair, pool, logit, (number, error), start)


def judged_result(
    method: Any,
    divergence: Divergence,
    pair: Pair,
    pool: Pooled,
    logit: FloatArray,
    estimate: tuple[float, float],
    start: float,
    *,
    gap: float | None = None,
    **diagnostics: Any,
) -> Result:
    """Return a value at held-out logits (N,) with what they miss in its error.

    Parameters
    ----------
    method : the estimator, with a level.
    estimate : the value and its standard error.
    start : when it began, by `time.perf_counter`.
    gap : how far a fitted value is above the held-out one, where the truth may be anywhere
        between: it is in the error.
    """
    base = base_divergence(divergence, method)
    error, notes = judged(base, pool, logit, *estimate)
    if gap is not None and math.isfinite(error):
        error, notes = _between(gap, error, notes)
    result = outcome(
        estimate[0], error, base, method, method.level, pair, start, **diagnostics, **notes
    )
    return mapped(divergence, result)


def _between(gap: float, error: float, notes: dict[str, Any]) -> tuple[float, dict[str, Any]]:
    """The error of a truth anywhere between values `gap` apart, and diagnostics that say so."""
    part, sampling = abs(gap) / math.sqrt(12), notes["errors"]["samples"]
    warnings = list(notes["warnings"])
    if part > sampling:
        warnings.append(
            f"the fitted value is {gap:.2g} above the held-out one, against a sampling error of "
            f"{sampling:.2g}: few rows for so many weights; it is in the error"
        )
    errors = {**notes["errors"], "gap": part}
    return math.hypot(error, part), {**notes, "errors": errors, "warnings": warnings}
