r"""Logistic regression with Gaussian kernels, which sees rings, boards and waves of its width.

With centres c_k among the rows, the functions f(x) = θ₀ + Σ α_k exp(−|x − c_k|²/2h²) have the norm
of the kernel's own space, α'Kα, so that with φ(x) = K(x, c) K(c, c)^{−½} the logit maximises

    −Σ w_i log(1 + exp(−s_i f(x_i))) − ½ λ |θ|²

over θ = K(c, c)^{½} α, the intercept free (Nyström's method: Williams, Seeger 2001). Columns are
measured in half their 16 % to 84 % range. Distances of d such columns grow as √d and neighbours
get scarce: the width is h = width · d^{1/4}, between the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from divkit.critics.learners.learner import CriticLearner, Logit, labelled
from divkit.critics.learners.logistic import penalised
from divkit.types import FloatArray

_SPANNED = 1e-9  # of the largest eigenvalue: directions below have no digits left


@dataclass(frozen=True)
class KernelMachine(CriticLearner):
    """Kernel logistic regression at some of the rows, by Newton's method.

    Parameters
    ----------
    width : of the kernels, in half the 16 % to 84 % range of a column, times d^{1/4}.
    penalty : λ of the module.
    centres : at most so many rows are centres.
    most : at most so many rows of each law are learnt from.

    Raises
    ------
    ValueError
        If one of them is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> logit = KernelMachine(width=1.0).logit(rng.normal(size=(50, 1)), rng.normal(3, 1, (50, 1)))
    >>> np.sign(logit(np.array([[0.0], [3.0]])))
    array([ 1., -1.])
    """

    width: float = 1.0
    penalty: float = 0.3
    centres: int = 250
    most: int = 2000

    def __post_init__(self) -> None:
        if not min(self.width, self.penalty, self.centres, self.most) > 0:
            raise ValueError(f"width, penalty, centres and most must be positive; got {self!r}.")

    def suits(self, x: FloatArray, y: FloatArray) -> bool:
        """Say that there is: kernels take all rows."""
        return True

    def logit(self, x: FloatArray, y: FloatArray) -> Logit:
        """Return the logit of the module."""
        x, y = x[: self.most], y[: self.most]
        rows, sign, weight = labelled(x, y)
        centre, scale = _frame(rows)
        width = self.width * rows.shape[1] ** 0.25
        each = max(1, self.centres // 2)
        marks = (np.concatenate([x[:each], y[:each]]) - centre) / scale
        values, vectors = np.linalg.eigh(_kernel(marks, marks, width))
        kept = values > _SPANNED * values[-1]
        root = vectors[:, kept] / np.sqrt(values[kept])

        def features(points: FloatArray) -> FloatArray:
            kernels = _kernel((points - centre) / scale, marks, width) @ root
            return np.hstack([np.ones((len(points), 1)), kernels])

        design = features(rows)
        price = np.full(design.shape[1], self.penalty)
        price[0] = 0.0
        theta = penalised(design, sign, weight, price)
        return lambda points: np.asarray(features(points) @ theta)


def _frame(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Median of each column, and half its range: its deviation where that is 0, or else 1."""
    low, centre, high = np.quantile(rows, (0.16, 0.5, 0.84), axis=0)
    spread, deviation = 0.5 * (high - low), rows.std(axis=0)
    return centre, np.where(spread > 0, spread, np.where(deviation > 0, deviation, 1.0))


def _kernel(a: FloatArray, b: FloatArray, width: float) -> FloatArray:
    return np.asarray(np.exp(-0.5 * cdist(a / width, b / width, "sqeuclidean")))
