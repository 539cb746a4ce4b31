r"""Products of square waves as critics: parities, boards and products of signs, by few cuts.

One product after the other is the one of largest score at the logits so far
(`common.jumps.strongest`), its cuts placed; φ = ±1 then enters by θ₀ + θ₁φ of largest likelihood,
with ¼θ₁² off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from divkit.critics.learners.learner import CriticLearner, Logit, labelled
from divkit.critics.learners.logistic import penalised
from divkit.estimators.common.jumps import Jumps, placed, strongest
from divkit.estimators.common.pooled import Pooled
from divkit.types import FloatArray

_PRICE = np.array([0.0, 0.5])


@dataclass(frozen=True)
class SquareWaves(CriticLearner):
    """A sum of products of square waves of columns.

    Parameters
    ----------
    products : how many.
    most : at most so many rows of each law are learnt from.
    widest : more columns than these do not suit: there are too many products.

    Examples
    --------
    >>> import numpy as np
    >>> z = np.random.default_rng(0).normal(size=(400, 2))
    >>> apart = z.prod(axis=1) > 0
    >>> logit = SquareWaves().logit(z[apart], z[~apart])
    >>> np.sign(logit(np.array([[1.0, 1.0], [1.0, -1.0]])))
    array([ 1., -1.])
    """

    products: int = 2
    most: int = 2000
    widest: int = 32

    def suits(self, x: FloatArray, y: FloatArray) -> bool:
        """Say whether the products of so many columns can be tried."""
        return bool(x.shape[1] <= self.widest)

    def logit(self, x: FloatArray, y: FloatArray) -> Logit:
        """Return the sum of the products found, each with its coefficients."""
        rows, sign, weight = labelled(x[: self.most], y[: self.most])
        found: list[tuple[Jumps, FloatArray]] = []
        pool, logit = _pool(rows, sign, weight / weight.sum()), np.zeros(len(rows))
        for _ in range(self.products):
            cells, _ = strongest(pool, logit)
            if max(cells) == 1:
                break
            jumps = placed(pool, logit, cells)
            design = np.column_stack([np.ones(len(rows)), jumps(pool)])
            theta = penalised(design, sign, weight, _PRICE, logit)
            found.append((jumps, theta))
            logit = logit + design @ theta

        def summed(points: FloatArray) -> FloatArray:
            others = _pool(points, np.ones(len(points)), np.zeros(len(points)))
            total: FloatArray = np.zeros(len(points))
            for jumps, theta in found:
                total = total + theta[0] + theta[1] * jumps(others)
            return total

        return summed


def _pool(rows: FloatArray, sign: FloatArray, weight: FloatArray) -> Pooled:
    """The rows in their own columns, not whitened."""
    return Pooled(rows, weight, sign, np.arange(len(rows)))
