r"""Student's t in space by maximum likelihood.

For given ν the likelihood is climbed by weights (ν + d)/(ν + s_i), s_i the squared distance of
row i in the current shape (Kent, Tyler, Vardi 1994); ν is the best of a grid.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

from divkit.density.kernel_space import whitening
from divkit.distributions.base import Law
from divkit.distributions.families.multivariate import MultivariateStudentT
from divkit.types import FloatArray

_FREEDOMS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 25.0)
_STEPS, _ENOUGH = 60, 1e-7


def student(rows: FloatArray) -> Sequence[Law]:
    """Return the law of largest likelihood of rows (n, d)."""
    frame = whitening(rows)
    z = frame.of(rows)
    best = max((_climbed(z, nu) for nu in _FREEDOMS), key=lambda found: found[0])
    _, nu, centre, shape = best
    spread = frame.factor @ shape @ frame.factor.T
    place = frame.inverse(centre[None])[0]
    matrix = tuple(map(tuple, (0.5 * (spread + spread.T)).tolist()))
    return [MultivariateStudentT(nu, tuple(place.tolist()), matrix)]


def _climbed(z: FloatArray, nu: float) -> tuple[float, float, FloatArray, FloatArray]:
    """Mean log likelihood, ν, centre and shape."""
    n, dim = z.shape
    centre, shape, before = z.mean(axis=0), np.eye(dim), -np.inf
    for _ in range(_STEPS):
        factor = np.linalg.cholesky(shape)
        away = np.linalg.solve(factor, (z - centre).T)
        squares = (away**2).sum(axis=0)
        value = -0.5 * (nu + dim) * float(np.log1p(squares / nu).mean())
        value -= float(np.log(np.diag(factor)).sum())
        if value - before < _ENOUGH:
            break
        before = value
        weight = (nu + dim) / (nu + squares)
        centre = weight @ z / weight.sum()
        gap = z - centre
        shape = (gap.T * weight) @ gap / n
    level = special.gammaln(0.5 * (nu + dim)) - special.gammaln(0.5 * nu)
    return value + float(level - 0.5 * dim * np.log(nu * np.pi)), nu, centre, shape
