"""Penalised logistic regression by Newton's method, beside logits that are there."""

from __future__ import annotations

import numpy as np
from scipy import special

from divkit.types import FloatArray

_STEPS, _SETTLED, _HALVINGS = 30, 1e-6, 40


def penalised(
    features: FloatArray,
    sign: FloatArray,
    weight: FloatArray,
    price: FloatArray,
    beside: FloatArray | float = 0.0,
) -> FloatArray:
    """Return the θ (K,) that makes Σ w log(1 + exp(−s(b + φθ))) + ½ Σ price θ² least.

    Parameters
    ----------
    features : φ (N, K).
    sign, weight : s = ±1 and w (N,).
    price : (K,), 0 where a coefficient is free.
    beside : b, logits that are there (N,).

    Raises
    ------
    numpy.linalg.LinAlgError
        If features that are free tell the same.

    Examples
    --------
    >>> ones, sign = np.ones((4, 1)), np.array([1.0, 1.0, 1.0, -1.0])
    >>> penalised(ones, sign, np.ones(4), np.zeros(1)).round(4)  # log 3
    array([1.0986])
    """

    def loss(theta: FloatArray) -> float:
        fit = weight @ np.logaddexp(0.0, -sign * (beside + features @ theta))
        return float(fit + 0.5 * price @ theta**2)

    theta = np.zeros(features.shape[1])
    now = loss(theta)
    for _ in range(_STEPS):
        logit = beside + features @ theta
        slope = features.T @ (weight * sign * special.expit(-sign * logit)) - price * theta
        curvature = weight * special.expit(logit) * special.expit(-logit)
        hessian = (features * curvature[:, None]).T @ features + np.diag(price)
        step = np.linalg.solve(hessian, slope)
        if slope @ step < _SETTLED:
            break
        for _ in range(_HALVINGS):
            if (ahead := loss(theta + step)) < now:
                break
            step = 0.5 * step
        else:
            break
        theta, now = theta + step, ahead
    return theta
