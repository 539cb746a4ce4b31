r"""Any f-divergence from any classifier, cross-fitted and calibrated.

A classifier with c(z) = P(row of x | z), trained on n rows of x and m of y, has learnt the logit
log c/(1 − c) = log p − log q + log n/m (`prior-shift` in `divkit verify`). Each row gets the logit
of a fit to the other folds, less log n/m of those folds. A calibration then moves it to a + b·l,
with a and b fitted by logistic regression on the logits of the other folds; a prior of one
observation's weight, ½a² + ½(b − 1)², keeps the fit finite where the logits separate the samples.
The divergence is the mean of its dual payoffs there: a lower bound in the mean, below the truth by
what the classifier has missed.

`averaged` takes the mean with the value at the logits of one fit to all rows: for a classifier
that maximises the likelihood with few parameters, the two biases cancel (`cross-fit-bias`); for
one that can learn its rows by heart they do not. Where they are not known to (`cancelling`), the
truth may lie anywhere between the two values, 2h apart, and h/√3, the standard deviation of a
uniform law there, is in the error. The standard error is that of the payoffs' means, as the
influence function says, with the fluctuation of the curvature where values are averaged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LogisticRegression

from divkit.divergences import JS
from divkit.divergences.base import Divergence, FDivergence
from divkit.estimators.common.dual import mean, payoffs, standard_error
from divkit.estimators.common.outcome import base_divergence
from divkit.estimators.common.pooled import Pooled, pooled
from divkit.estimators.cross_fit import LogRatio, apart, fold_numbers
from divkit.estimators.cross_fitted import judged_result
from divkit.plain import require_count
from divkit.registry import require_of_use
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.samples import two_samples
from divkit.types import FloatArray, Samples
from divkit.work import parts

_NEWTON = 50


@dataclass(frozen=True)
class Classifier:
    """An f-divergence by any of scikit-learn's classifiers.

    Parameters
    ----------
    model : a classifier object, which is cloned; a linear logistic regression by default.
        Its rows are whitened, and in the order of their distance from the pooled centre.
    folds : of cross-fitting, at least 2.
    calibrated : whether held-out logits are calibrated.
    averaged : whether the value is averaged with that of a fit to all rows.
    cancelling : whether the biases of the two are taken to cancel; else their gap is in the error.
    odds : where log odds are read: "probability" (predict_proba), or "decision" for models whose
        decision_function is log odds, which is not rounded to 0 or 1 (logistic regression).
    rng : of the folds.
    level : of the interval.

    Raises
    ------
    TypeError
        If model is no classifier of scikit-learn's kind.
    ValueError
        If folds < 2, or odds is unknown; when called, if the samples are not fit to be used, or
        the classifier is certain of a row: a probability of 0 or 1 has no logit.
    NotEstimableError
        When called, if the divergence is no function of an f-divergence.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from divkit import Normal
    >>> from divkit.divergences import JS
    >>> x, y = Normal(0, 1).sample(80, rng=0), Normal(2, 1).sample(80, rng=1)
    >>> found = Classifier(LogisticRegression(), folds=2)(x, y, JS)
    >>> found.interval[0] < 0.3327 < found.interval[1]
    True
    """

    model: Any = field(default_factory=LogisticRegression)
    folds: int = 5
    calibrated: bool = True
    averaged: bool = False
    cancelling: bool = True
    odds: Literal["probability", "decision"] = "probability"
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        if isinstance(self.model, type) or not is_classifier(self.model):
            raise TypeError(
                f"model must be a classifier object of scikit-learn's kind; got {self.model!r}."
            )
        require_count("folds", self.folds, 2)
        if self.odds not in _ODDS:
            raise ValueError(f"odds must be 'probability' or 'decision'; got {self.odds!r}.")
        require_of_use(self, "cancelling", self.averaged, "averaged=True")

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        start = time.perf_counter()
        base = base_divergence(divergence, self)
        pair = two_samples(x, y, above=2 * self.folds)
        pool = pooled(pair)
        fold = balanced_folds(pool, self.folds, as_generator(self.rng))
        held = self._held_out(pool, fold, base)
        logit, lines = calibration(held, pool.sign, fold) if self.calibrated else (held, [])
        with np.errstate(over="ignore", invalid="ignore"):  # `judged` reports what overflows
            value, error, gap = self._read(base, pool, logit)
        return judged_result(
            self, divergence, pair, pool, logit, (value, error), start,
            gap=None if self.cancelling else gap, calibration=lines,
        )  # fmt: skip

    def _read(
        self, divergence: FDivergence, pool: Pooled, held: FloatArray
    ) -> tuple[float, float, float]:
        """The value, its standard error, and how far the fitted value is above the held-out."""
        outside = payoffs(divergence, held, pool.sign)
        if not self.averaged:
            return mean(pool, outside), standard_error(pool, outside), 0.0
        fitted = self.log_ratio(*apart(pool), divergence)(pool.z)
        inside = payoffs(divergence, fitted, pool.sign)
        middle = 0.5 * (inside + outside)
        half = 0.5 * (mean(pool, inside) - mean(pool, outside))
        loss = payoffs(JS, fitted, pool.sign) - payoffs(JS, held, pool.sign)
        n, m = pool.sizes
        parameters = abs(mean(pool, loss)) * 4 * n * m / (n + m)
        curvature = half * np.sqrt(2 / parameters) if parameters else 0.0
        error = float(np.hypot(standard_error(pool, middle), curvature))
        return mean(pool, middle), error, 2 * half

    def _held_out(
        self, pool: Pooled, fold: NDArray[np.intp], divergence: FDivergence
    ) -> FloatArray:
        """log p − log q at each row (N,), from a fit to the rows of other folds."""
        out = np.empty(len(pool.z))
        for k in parts(range(self.folds)):
            x, y = (pool.z[(pool.sign == side) & (fold != k)] for side in (1, -1))
            out[fold == k] = self.log_ratio(x, y, divergence)(pool.z[fold == k])
        return out

    def log_ratio(self, x: FloatArray, y: FloatArray, divergence: FDivergence) -> LogRatio:
        """Return the logit fitted to whitened x (n, d) and y (m, d), not calibrated."""
        del divergence
        z = np.concatenate([x, y])
        order = np.argsort(np.einsum("ij,ij->i", z, z), kind="stable")
        return self._fitted(z[order], np.repeat([1.0, -1.0], [len(x), len(y)])[order])

    def _fitted(self, z: FloatArray, sign: FloatArray) -> LogRatio:
        """The logit of a fit to rows by radius, less the log of their odds.

        The innermost row's sample has the label 1: nothing depends on which sample is called x.
        """
        turn = float(sign[0])
        label = (turn * sign > 0).astype(np.intp)
        fitted = clone(self.model).fit(z, label)
        prior = np.log(label.sum()) - np.log((1 - label).sum())
        log_odds = _ODDS[self.odds]
        return lambda at: np.asarray(turn * (log_odds(fitted, at) - prior))


def _from_decision(fitted: Any, z: FloatArray) -> FloatArray:
    """Log odds of the label 1 at rows (n,), which the decision function is."""
    return np.asarray(fitted.decision_function(z), dtype=np.float64)


def _from_probability(fitted: Any, z: FloatArray) -> FloatArray:
    """Log odds of the label 1 at rows (n,), from its probability.

    Raises
    ------
    ValueError
        If a probability is 0 or 1.
    """
    share = np.asarray(fitted.predict_proba(z), dtype=np.float64)
    with np.errstate(divide="ignore"):
        log_odds = np.log(share[:, 1]) - np.log(share[:, 0])
    if not np.isfinite(log_odds).all():
        raise ValueError(
            f"{type(fitted).__name__} gave {int((~np.isfinite(log_odds)).sum())} rows the "
            "probability 0 or 1, whose logit is infinite. Regularise it, wrap it in "
            "sklearn.calibration.CalibratedClassifierCV, or pass odds='decision' if its "
            "decision_function is log odds."
        )
    return np.asarray(log_odds)


_ODDS: Mapping[str, Callable[[Any, FloatArray], FloatArray]] = {
    "probability": _from_probability,
    "decision": _from_decision,
}


def balanced_folds(pool: Pooled, folds: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return a fold for each row of the pool (N,), equal shares of x and of y."""
    out = np.empty(len(pool.sign), dtype=np.intp)
    out[pool.sign > 0], out[pool.sign < 0] = fold_numbers(*pool.sizes, folds, rng)
    return out


def calibration(
    held: FloatArray, sign: FloatArray, fold: NDArray[np.intp]
) -> tuple[FloatArray, list[tuple[float, float]]]:
    """The logits a + b·l (N,), a and b of each fold fitted to the others; and all (a, b)."""
    out, lines = np.empty_like(held), []
    for k in range(int(fold.max()) + 1):
        a, b = calibrating_line(held[fold != k], sign[fold != k])
        out[fold == k] = a + b * held[fold == k]
        lines.append((a, b))
    return out, lines


def calibrating_line(logit: FloatArray, sign: FloatArray) -> tuple[float, float]:
    """The (a, b) of the most likely a + b·l, each sample weighing one half, by Newton's method."""
    weight = np.where(sign > 0, 0.5 / (sign > 0).mean(), 0.5 / (sign < 0).mean())
    features = np.stack([np.ones_like(logit), logit], axis=1)
    prior = np.array([0.0, 1.0])

    def loss(t: FloatArray) -> float:
        fit = weight @ np.logaddexp(0.0, -sign * (features @ t))
        return float(fit + 0.5 * ((t - prior) ** 2).sum())

    theta = prior
    for _ in range(_NEWTON):
        share = 0.5 * (1 - np.tanh(0.5 * sign * (features @ theta)))
        slope = theta - prior - features.T @ (weight * sign * share)
        bend = np.eye(2) + (features.T * (weight * share * (1 - share))) @ features
        step = np.linalg.solve(bend, slope)
        while loss(theta - step) > loss(theta) and step @ slope > 1e-14 * len(logit):
            step = 0.5 * step
        theta = theta - step
        if step @ slope <= 1e-14 * len(logit):
            break
    return float(theta[0]), float(theta[1])
