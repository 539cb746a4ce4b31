r"""Normal laws of torch by a factor or a precision: what calculating the covariance rounds.

Of L, or of W and D, the covariance is L Lᵀ, or W Wᵀ + D; its entries come with errors of at most

    |fl(L Lᵀ) − L Lᵀ| ≤ (d + 1) u |L| |L|ᵀ,      u = 2⁻⁵³

(Higham 2002, section 3.5). Of a precision P with calculated inverse C it is |C| |P C − I| to first
order. Neighbours are laws with every entry moved by its bound, up or down at random: how far a
divergence moves in one draw is, in the root mean square, √Σ (∂D/∂Σ_ij δ_ij)², and the sum over
`DRAWS` is several times that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import distributions as td

from divkit.distributions.adapt_common import normal_law
from divkit.distributions.base import Law
from divkit.types import FloatArray

DRAWS = 6
_UNIT = 2.0**-53
_FORMS = ("covariance_matrix", "precision_matrix", "scale_tril")


def neighbours(obj: Any) -> tuple[Law, ...]:
    """Laws whose covariance is off by as much as it may be; () where it was given as it is."""
    if not isinstance(obj, td.MultivariateNormal | td.LowRankMultivariateNormal):
        return ()
    if obj.batch_shape.numel() != 1:
        return ()
    moved = _low_rank(obj) if isinstance(obj, td.LowRankMultivariateNormal) else _full(obj)
    if moved is None:
        return ()
    cov, room = moved
    mean = _double(obj.loc).reshape(-1)
    rng = np.random.default_rng(0)
    signs = np.triu(rng.choice([-1.0, 1.0], size=(DRAWS, *cov.shape)))
    signs += np.triu(signs, 1).transpose(0, 2, 1)
    return tuple(normal_law(mean, cov + side * room) for side in signs)


def _low_rank(obj: Any) -> tuple[FloatArray, FloatArray] | None:
    factor, diagonal = _double(obj.cov_factor), _double(obj.cov_diag)
    cov = factor @ factor.T + np.diag(diagonal)
    return cov, _of_product(factor) + _UNIT * np.abs(np.diag(np.diag(cov)))


def _full(obj: Any) -> tuple[FloatArray, FloatArray] | None:
    known = [name for name in _FORMS if name in vars(obj)]
    if known == ["covariance_matrix"]:
        return None
    if known == ["precision_matrix"]:
        precision = _double(obj.precision_matrix)
        cov = np.linalg.inv(precision)
        cov = 0.5 * (cov + cov.T)
        left = np.abs(precision @ cov - np.eye(len(cov)))
        room = np.abs(cov) @ (left + len(cov) * _UNIT * np.abs(precision) @ np.abs(cov))
        return cov, np.maximum(room, room.T)
    factor = _double(obj.scale_tril)
    return factor @ factor.T, _of_product(factor)


def _of_product(factor: FloatArray) -> FloatArray:
    size = np.abs(factor)
    return np.asarray((factor.shape[1] + 1) * _UNIT * (size @ size.T))


def _double(parameter: Any) -> FloatArray:
    flat = parameter.detach().cpu().double().numpy()
    return np.asarray(flat.reshape(flat.shape[-2:]) if flat.ndim > 2 else flat, dtype=np.float64)
