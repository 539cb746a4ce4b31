r"""Fit a density to each sample, and take the divergence of the fits.

Forms: the integral of the fits by the exact engine; or the dual form of the divergence at
l̂ = log p̂ − log q̂, averaged over the samples themselves: with fits to all rows (re-substitution,
biased upwards), to all but the row (leave-one-out), or to the other folds (cross-fitted; both are
biased downwards: the dual form is a lower bound for a function that has not seen its points).
The standard error is that of the mean of the dual form's terms, as the influence function says.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from sklearn.base import clone

from divkit.density import DensityEstimator, as_density
from divkit.density.base import LeaveOneOut
from divkit.divergences.base import Divergence, FDivergence
from divkit.estimators.outcome import base_row, mapped, outcome
from divkit.exact.api import divergence as exact_divergence
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.samples import two_samples
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

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        start = time.perf_counter()
        row = base_row(divergence, self)
        pair = two_samples(x, y, above=self.folds)
        z = pair.standardised
        fits = [clone(as_density(self.density)).fit(sample) for sample in (z.x, z.y)]
        logits = self._logits(fits, z.x, z.y)
        at_x, at_y = dual_terms(row, *logits)
        value, error = _mean_and_error(at_x, at_y)
        notes: dict[str, Any] = {}
        if self.form == "integral":
            whole = exact_divergence(fits[0], fits[1], row)
            value = whole.value
            notes = {"exact": whole.method, "exact_error": whole.error}
        if not math.isfinite(error):
            notes["reason"] = "a fit's density is 0 at a point of the other sample"
        made = outcome(value, error, row, self, self.level, pair, start, **notes)
        return mapped(divergence, made)

    def _logits(self, fits: list[Any], x: FloatArray, y: FloatArray) -> list[FloatArray]:
        """l̂ at the rows of x and at those of y, by the form."""
        p, q = fits
        if self.form == "cross_fitted":
            return self._cross_fitted(x, y)
        if self.form != "leave_one_out":
            return [p.score_samples(s) - q.score_samples(s) for s in (x, y)]
        for fit in fits:
            if not isinstance(fit, LeaveOneOut):
                raise ValueError(
                    f"{fit!r} has no left-out densities. Pass form='cross_fitted', or a kernel "
                    "density estimate."
                )
        return [p.left_out() - q.score_samples(x), p.score_samples(y) - q.left_out()]

    def _cross_fitted(self, x: FloatArray, y: FloatArray) -> list[FloatArray]:
        rng = as_generator(self.rng)
        fold_x, fold_y = (rng.permutation(len(s)) % self.folds for s in (x, y))
        out = [np.empty(len(x)), np.empty(len(y))]
        for k in range(self.folds):
            p = clone(as_density(self.density)).fit(x[fold_x != k])
            q = clone(as_density(self.density)).fit(y[fold_y != k])
            for logit, sample, fold in zip(out, (x, y), (fold_x, fold_y), strict=True):
                held = sample[fold == k]
                logit[fold == k] = p.score_samples(held) - q.score_samples(held)
        return out


def _mean_and_error(at_x: FloatArray, at_y: FloatArray) -> tuple[float, float]:
    """Sum of the means and its standard error; (its sum, inf) where a term is infinite."""
    value = float(at_x.mean() + at_y.mean())
    if not (np.isfinite(at_x).all() and np.isfinite(at_y).all()):
        return value, math.inf
    return value, math.sqrt(float(at_x.var()) / len(at_x) + float(at_y.var()) / len(at_y))


def dual_terms(
    row: FDivergence, at_x: FloatArray, at_y: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """T(l̂) at x (n,) and −f*(T(l̂)) at y (m,), whose means add up to the dual form."""
    gains = row.witness(torch.from_numpy(at_x)).numpy()
    losses = row.conjugate_at(torch.from_numpy(at_y)).numpy()
    return gains, -losses
