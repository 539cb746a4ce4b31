r"""Ridge logistic regression at many penalties, with the logit of each row when it is left out.

With labels s_i = ±1 and weights w_i, each sample weighing one half, the logit f = φᵀθ minimises

    Σ w_i log(1 + e^{−s_i f_i}) + (λ/2) θᵀDθ,

whose population minimum over all f is at log p − log q, with the value log 2 − JSD. Newton's
method, a step halved until it descends, starts each λ at the solution of the one before. It keeps
Σ c_i φ_i φ_iᵀ from there, which costs more than all else of a step, and makes it anew where steps
stop shrinking and at the end (chord steps; Kelley 1995, section 5.4.1).

Approximate leave-one-out (Rad, Maleki 2020, equation 6): one Newton step without row i leads to

    f_i^{(−i)} = f_i + a_i g_i/(1 − a_i c_i),   a_i = φ_iᵀ H⁻¹ φ_i,   H = Σ c_i φ_i φ_iᵀ + λD,

g_i and c_i the first and second derivative of row i's loss; Σ a_i c_i is the effective number of
parameters.

More features than rows are fitted in as many coordinates as rows (`narrow`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg, special

from divkit.estimators.common.design import Design
from divkit.estimators.common.narrow import narrowed
from divkit.estimators.common.pooled import Pooled
from divkit.types import FloatArray

_STEPS = 200
_ENOUGH = 1e-4
"""Newton stops when the loss would fall by less than this share of one row's weight."""
_SLOW = 0.3
"""A step that promises more than this share of the step before is not taken with an old H."""


@dataclass(frozen=True, eq=False)
class Fit:
    """One model of the path.

    Attributes
    ----------
    label, ridge : the design, and λ.
    logit, left_out : log p − log q at each row (N,), fitted, and with the row left out.
    variance : of each logit (N,), by the information matrix.
    parameters : effective number of parameters.
    coefficients : of the features (P,), for the logits of other rows.
    against : what is known against the form of the design, if anything is.
    again : the design's features of another pool, in the frame of the pool that was fitted.
    """

    label: str
    ridge: float
    logit: FloatArray
    left_out: FloatArray
    variance: FloatArray
    parameters: float
    coefficients: FloatArray
    against: str = ""
    again: Callable[[Pooled], Design] | None = None


def ridge_path(design: Design, pool: Pooled, ridges: Sequence[float]) -> Iterator[Fit]:
    """Yield the fit at each ridge, which should fall."""
    few = narrowed(design)
    if few is not None:
        path = ridge_path(few.design, pool, ridges)
        for fit in path:
            wide = few.lifted(fit.coefficients)
            yield replace(fit, coefficients=wide, again=design.again)
        return
    theta = np.zeros(design.features.shape[1])
    gram = _gram(design, pool, np.zeros(len(pool.z)))
    for ridge in ridges:
        theta, gram, factor = _chords(design, pool, ridge, theta, gram)
        yield _fit(design, pool, ridge, theta, factor)


def newton(
    design: Design, pool: Pooled, ridge: float, theta: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The minimiser, started at theta, and the lower Cholesky factor of H."""
    gram = _gram(design, pool, design.features @ theta)
    minimiser, _, factor = _chords(design, pool, ridge, theta, gram)
    return minimiser, factor


def _chords(
    design: Design, pool: Pooled, ridge: float, theta: FloatArray, gram: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The minimiser, Σ c_i φ_i φ_iᵀ there, and the lower Cholesky factor of H."""
    goal = _ENOUGH * float(pool.weight.min())
    logit = design.features @ theta
    loss = _loss(design, pool, ridge, theta, logit)
    factor, fresh, last = _factor(design, ridge, gram), False, np.inf
    for _ in range(_STEPS):
        slope = design.features.T @ slope_of(pool, logit) + ridge * design.penalty * theta
        step = linalg.cho_solve((factor, True), slope, check_finite=False)
        fall = float(slope @ step)
        if fresh and fall < goal:
            return theta, gram, factor
        if not fresh and (fall < goal or fall > _SLOW * last):
            gram = _gram(design, pool, logit)
            factor, fresh = _factor(design, ridge, gram), True
            continue
        theta, logit, loss = _descend(design, pool, ridge, (theta, logit, loss), step, fall)
        fresh, last = False, fall
    raise ArithmeticError(
        f"logistic regression on {design.label} did not converge in {_STEPS} Newton steps at "
        f"ridge {ridge:g}."
    )


def _descend(
    design: Design,
    pool: Pooled,
    ridge: float,
    state: tuple[FloatArray, FloatArray, float],
    step: FloatArray,
    fall: float,
) -> tuple[FloatArray, FloatArray, float]:
    """The state after the longest of the steps 1, ½, ¼, … that descends enough."""
    theta, logit, loss = state
    move, length = design.features @ step, 1.0
    while True:
        ahead = theta - length * step, logit - length * move
        ahead_loss = _loss(design, pool, ridge, *ahead)
        if ahead_loss <= loss - 0.1 * length * fall or length < 2.0**-30:
            return *ahead, ahead_loss
        length /= 2


def _loss(
    design: Design, pool: Pooled, ridge: float, theta: FloatArray, logit: FloatArray
) -> float:
    fit = pool.weight @ losses(pool, logit)
    return float(fit + 0.5 * ridge * (design.penalty @ theta**2))


def losses(pool: Pooled, logit: FloatArray) -> FloatArray:
    """Return each row's cross-entropy (N,), whose mean at the truth is log 2 − JSD."""
    return np.logaddexp(0.0, -pool.sign * logit)


def spread_of_mean(weight: FloatArray, values: FloatArray) -> float:
    """Return the standard error of a weighted mean of values (N,)."""
    return float(np.sqrt(weight**2 @ (values - weight @ values) ** 2))


def left_out_loss(fit: Fit, pool: Pooled) -> float:
    """Return the cross-entropy of left-out logits."""
    return float(pool.weight @ losses(pool, fit.left_out))


def best_of(fits: Iterable[Fit], pool: Pooled) -> Fit:
    """Return the fit of least left-out cross-entropy."""
    return min(fits, key=lambda fit: left_out_loss(fit, pool))


def least_loss(fits: Sequence[Fit], pool: Pooled) -> float:
    """Return the least left-out cross-entropy of several fits."""
    return min(left_out_loss(fit, pool) for fit in fits)


def score_residual(pool: Pooled, logit: FloatArray) -> FloatArray:
    """Return 1 − σ(l) at rows of x, −σ(l) at rows of y (N,): of mean 0 at the true log ratio."""
    return np.asarray(pool.sign * 0.5 * (1 - np.tanh(0.5 * pool.sign * logit)))


def slope_of(pool: Pooled, logit: FloatArray) -> FloatArray:
    """First derivative of each row's loss by its logit (N,)."""
    return np.asarray(-pool.weight * pool.sign * special.expit(-pool.sign * logit))


def curvature_of(pool: Pooled, logit: FloatArray) -> FloatArray:
    """Second derivative of each row's loss by its logit (N,)."""
    return np.asarray(pool.weight * special.expit(logit) * special.expit(-logit))


def _gram(design: Design, pool: Pooled, logit: FloatArray) -> FloatArray:
    rows = design.features * np.sqrt(curvature_of(pool, logit))[:, None]
    return np.asarray(rows.T @ rows)


def _factor(design: Design, ridge: float, gram: FloatArray) -> FloatArray:
    hessian = gram + np.diag(ridge * design.penalty)
    return np.asarray(linalg.cholesky(hessian, lower=True, check_finite=False))


def _fit(design: Design, pool: Pooled, ridge: float, theta: FloatArray, factor: FloatArray) -> Fit:
    logit = design.features @ theta
    half = linalg.solve_triangular(factor, design.features.T, lower=True, check_finite=False)
    variance = np.einsum("ij,ij->j", half, half)  # a of the module
    share = variance * curvature_of(pool, logit)
    left_out = logit + variance * slope_of(pool, logit) / (1 - share)
    k = float(share.sum())
    return Fit(
        design.label, ridge, logit, left_out, variance, k, theta, design.against, design.again
    )
