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
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from sklearn.base import clone

from divkit.density import DensityEstimator, as_density
from divkit.density.base import LeaveOneOut
from divkit.divergences.base import Divergence, FDivergence
from divkit.estimators.cross_fit import LogRatio, cross_fitted, dual_value, together
from divkit.estimators.misfit import judged
from divkit.estimators.outcome import base_row, mapped, outcome
from divkit.estimators.pooled import Pooled, pooled
from divkit.exact.api import divergence as exact_divergence
from divkit.registry import require_of_use
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.samples import Pair, two_samples
from divkit.types import FloatArray, Samples

Form = Literal["integral", "resubstitution", "leave_one_out", "cross_fitted"]
_FORMS = ("integral", "resubstitution", "leave_one_out", "cross_fitted")


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
        require_of_use(self, "folds", self.form == "cross_fitted", "form='cross_fitted'")

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        start = time.perf_counter()
        row = base_row(divergence, self)
        pair = two_samples(x, y, above=self.folds)
        pool = pooled(pair)
        x, y = in_order(pair, pool)
        fits = [clone(as_density(self.density)).fit(sample) for sample in (x, y)]
        logits = self._logits(fits, x, y, row)
        value, error = dual_value(row, *logits)
        notes: dict[str, Any] = {}
        if self.form in ("leave_one_out", "cross_fitted"):
            error, notes = judged(row, pool, together(pool, *logits), value, error)
        if self.form == "integral":
            whole = exact_divergence(fits[0], fits[1], row)
            value = whole.value
            notes = {"exact": whole.method, "exact_error": whole.error}
        if self.form in ("integral", "resubstitution"):
            error, notes = _with_gap(row, fits, (x, y), value, error, notes)
        reason = None
        if not math.isfinite(error):
            reason = "a fit's density is 0 at a point of the other sample"
        made = outcome(value, error, row, self, self.level, pair, start, reason=reason, **notes)
        return mapped(divergence, made)

    def log_ratio(self, x: FloatArray, y: FloatArray, row: FDivergence) -> LogRatio:
        """Return log p̂ − log q̂, each density fitted to its sample."""
        del row
        p, q = (clone(as_density(self.density)).fit(sample) for sample in (x, y))
        return lambda z: _difference(p.score_samples(z), q.score_samples(z))

    def _logits(
        self, fits: list[Any], x: FloatArray, y: FloatArray, row: FDivergence
    ) -> tuple[FloatArray, FloatArray]:
        """l̂ at the rows of x and at those of y, by the form."""
        p, q = fits
        if self.form == "cross_fitted":
            fit = partial(self.log_ratio, row=row)
            return cross_fitted(fit, x, y, self.folds, as_generator(self.rng))
        if self.form != "leave_one_out":
            a, b = (p.score_samples(s) - q.score_samples(s) for s in (x, y))
            return a, b
        for fit in fits:
            if not isinstance(fit, LeaveOneOut):
                raise ValueError(
                    f"{fit!r} has no left-out densities. Pass form='cross_fitted', or a kernel "
                    "density estimate."
                )
        return p.left_out() - q.score_samples(x), p.score_samples(y) - q.left_out()


def _with_gap(
    row: FDivergence,
    fits: list[Any],
    samples: tuple[FloatArray, FloatArray],
    value: float,
    error: float,
    notes: dict[str, Any],
) -> tuple[float, dict[str, Any]]:
    """The error with what lies between the value and the left-out one, where there is such."""
    if not all(isinstance(fit, LeaveOneOut) for fit in fits):
        return error, notes
    p, q = fits
    held, _ = dual_value(
        row, p.left_out() - q.score_samples(samples[0]), p.score_samples(samples[1]) - q.left_out()
    )
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
    """Rows of x and of y in pooled units, by their distance from the pooled centre."""
    rows = pair.standardised
    z = np.concatenate([rows.x, rows.y])[pool.place]
    return z[pool.sign > 0], z[pool.sign < 0]
