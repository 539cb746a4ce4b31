r"""Fit a density to each sample, and take the divergence of the fits.

Forms: the integral of the fits by the exact engine; or the dual form of the divergence at
l̂ = log p̂ − log q̂, averaged over the samples themselves: with fits to all rows (re-substitution,
biased upwards), to all but the row (leave-one-out), or to the other folds (cross-fitted; both are
biased downwards: the dual form is a lower bound for a function that has not seen its points).
The standard error is that of the mean of the dual form's terms, as the influence function says.
Of kernel estimates, the gap between the integral or the re-substituted value and the left-out one,
which are biased to either side, stands in the error as that of a truth anywhere between.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sklearn.base import clone

from divkit.density import DensityEstimator, as_density
from divkit.density.base import LeaveOneOut
from divkit.divergences.base import Divergence, FDivergence
from divkit.estimators.common.outcome import base_divergence, mapped, outcome
from divkit.estimators.common.pooled import Pooled, pooled
from divkit.estimators.cross_fit import LogRatio, dual_value, pool_order
from divkit.estimators.cross_fitted import cross_fitted, judged_result
from divkit.exact.api import divergence as exact_divergence
from divkit.registry import require_of_use
from divkit.results import Result
from divkit.rng import RandomState
from divkit.samples import Pair, two_samples
from divkit.types import FloatArray, Samples

Form = Literal["integral", "resubstitution", "leave_one_out", "cross_fitted"]


@dataclass(frozen=True)
class PlugInForm:
    """Which rows the densities are fitted to, and whether the fits are integrated."""

    by_folds: bool = False
    left_out: bool = False
    integrated: bool = False


_FORMS: Mapping[str, PlugInForm] = {
    "integral": PlugInForm(integrated=True),
    "resubstitution": PlugInForm(),
    "leave_one_out": PlugInForm(left_out=True),
    "cross_fitted": PlugInForm(by_folds=True),
}


@dataclass(frozen=True)
class PlugIn:
    """A density estimate of each sample, and the divergence of the two.

    Parameters
    ----------
    density : a name of `divkit.density.DENSITIES`, or an estimator.
    form : "integral", "resubstitution", "leave_one_out" or "cross_fitted".
    folds : of the cross-fitted form.
    rng : of the folds.
    level : of the interval.

    Raises
    ------
    ValueError
        If form is unknown or folds < 2; when called, if the samples are not fit to be used, or the
        density has no left-out form.
    NotEstimableError
        If the divergence is no function of an f-divergence.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import JS
    >>> x, y = Normal(0, 1).sample(80, rng=0), Normal(2, 1).sample(80, rng=1)
    >>> PlugIn(density="kde")(x, y, JS).kind
    'standard error'
    """

    density: str | DensityEstimator = "kde"
    form: Form = "integral"
    folds: int = 5
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.form not in _FORMS:
            raise ValueError(f"form must be one of {list(_FORMS)}; got {self.form!r}.")
        if self.folds < 2:
            raise ValueError(f"folds must be at least 2; got {self.folds!r}.")
        require_of_use(self, "folds", _FORMS[self.form].by_folds, "form='cross_fitted'")

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        form = _FORMS[self.form]
        if form.by_folds:
            return cross_fitted(self, x, y, divergence, above=self.folds, rows=in_order)
        start = time.perf_counter()
        base = base_divergence(divergence, self)
        pair = two_samples(x, y, above=self.folds)
        pool = pooled(pair)
        samples = in_order(pair, pool)
        fits = [clone(as_density(self.density)).fit(sample) for sample in samples]
        if form.left_out:
            logits = _left_out(fits, samples)
            estimate = dual_value(base, *logits)
            logit = pool_order(pool, *logits)
            return judged_result(self, divergence, pair, pool, logit, estimate, start)
        p, q = fits
        a, b = (p.score_samples(s) - q.score_samples(s) for s in samples)
        value, error = dual_value(base, a, b)
        notes: dict[str, Any] = {}
        if form.integrated:
            whole = exact_divergence(p, q, base)
            value = whole.value
            notes = {"exact": whole.method, "exact_error": whole.error}
        error, notes = _with_gap(base, fits, samples, value, error, notes)
        reason = None
        if not math.isfinite(error):
            reason = "a fit's density is 0 at a point of the other sample"
        result = outcome(value, error, base, self, self.level, pair, start, reason=reason, **notes)
        return mapped(divergence, result)

    def log_ratio(self, x: FloatArray, y: FloatArray, divergence: FDivergence) -> LogRatio:
        """Return log p̂ − log q̂, each density fitted to its sample."""
        del divergence
        p, q = (clone(as_density(self.density)).fit(sample) for sample in (x, y))
        return lambda z: _difference(p.score_samples(z), q.score_samples(z))


def _left_out(
    fits: list[Any], samples: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Log ratios at the rows of x and of y, each row left out of its own density."""
    for fit in fits:
        if not isinstance(fit, LeaveOneOut):
            raise ValueError(
                f"{fit!r} has no left-out densities. Pass form='cross_fitted', or a kernel "
                "density estimate."
            )
    (p, q), (x, y) = fits, samples
    return p.left_out() - q.score_samples(x), p.score_samples(y) - q.left_out()


def _with_gap(
    divergence: FDivergence,
    fits: list[Any],
    samples: tuple[FloatArray, FloatArray],
    value: float,
    error: float,
    notes: dict[str, Any],
) -> tuple[float, dict[str, Any]]:
    """The error with what lies between the value and the left-out one, where there is such."""
    if not all(isinstance(fit, LeaveOneOut) for fit in fits):
        return error, notes
    held, _ = dual_value(divergence, *_left_out(fits, samples))
    if not (math.isfinite(held) and math.isfinite(value)):
        return error, notes
    gap = abs(value - held) / math.sqrt(12)
    return math.hypot(error, gap), {**notes, "errors": {"samples": error, "gap": gap}}


def _difference(log_p: FloatArray, log_q: FloatArray) -> FloatArray:
    """log p̂ − log q̂, refused where both densities are 0."""
    neither = np.isneginf(log_p) & np.isneginf(log_q)
    if neither.any():
        raise ValueError(
            f"both fitted densities are 0 at {int(neither.sum())} rows that were left out: they "
            "have no log ratio. Take a density without ends or gaps, such as 'kde'."
        )
    return log_p - log_q


def in_order(pair: Pair, pool: Pooled) -> tuple[FloatArray, FloatArray]:
    """Return rows of x and of y in pooled units, by their distance from the pooled centre."""
    rows = pair.standardised
    z = np.concatenate([rows.x, rows.y])[pool.place]
    return z[pool.sign > 0], z[pool.sign < 0]
