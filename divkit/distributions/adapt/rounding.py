r"""Normal laws by a factor or a precision: what calculating the covariance rounds.

Of L, or of W and D, the covariance is L Lᵀ, or W Wᵀ + D; its entries come with errors of at most

    |fl(L Lᵀ) − L Lᵀ| ≤ (d + 1) u |L| |L|ᵀ,      u = 2⁻⁵³

(Higham 2002, section 3.5). Of a precision P with calculated inverse C it is |C| |P C − I| to first
order. Neighbours are laws with every entry moved by its bound, up or down at random: how far a
divergence moves in one draw is, in the root mean square, √Σ (∂D/∂Σ_ij δ_ij)², and the sum over
`DRAWS` is several times that.
"""

from __future__ import annotations

import numpy as np

from divkit.distributions.base import Law
from divkit.distributions.families.multivariate import normal_law
from divkit.types import FloatArray

DRAWS = 6
_UNIT = 2.0**-53


def around_factor(
    mean: FloatArray, factor: FloatArray, diagonal: FloatArray | None = None
) -> tuple[Law, ...]:
    """Neighbours of N(mean, W Wᵀ + D) for a factor (d, k) and a diagonal (d,)."""
    size = np.abs(factor)
    cov, room = factor @ factor.T, (factor.shape[1] + 1) * _UNIT * (size @ size.T)
    if diagonal is not None:
        cov = cov + np.diag(diagonal)
        room = room + _UNIT * np.diag(np.diag(cov))
    return _moved(mean, cov, room)


def around_precision(mean: FloatArray, precision: FloatArray) -> tuple[Law, ...]:
    """Neighbours of N(mean, P⁻¹) for a precision (d, d)."""
    cov = np.linalg.inv(precision)
    cov = 0.5 * (cov + cov.T)
    left = np.abs(precision @ cov - np.eye(len(cov)))
    left = left + len(cov) * _UNIT * np.abs(precision) @ np.abs(cov)
    room = np.abs(cov) @ left
    return _moved(mean, cov, np.maximum(room, room.T))


def _moved(mean: FloatArray, cov: FloatArray, room: FloatArray) -> tuple[Law, ...]:
    rng = np.random.default_rng(0)
    signs = np.triu(rng.choice([-1.0, 1.0], size=(DRAWS, *cov.shape)))
    signs += np.triu(signs, 1).transpose(0, 2, 1)
    return tuple(normal_law(mean, cov + side * room) for side in signs)
