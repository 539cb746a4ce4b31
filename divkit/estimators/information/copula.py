r"""Mutual information of a Gaussian copula: closed form on columns made normal by rank.

Where monotone maps of the columns make (x, y) normal with correlations R,

    I = ½ log(det R_x det R_y / det R),

and the pointwise information of a pair z is I + ½(zᵀ(R_x ⊕ R_y)⁻¹z − zᵀR⁻¹z). The mean of
log det of a Wishart matrix is known (Goodman 1963): Σ ψ((n − i)/2), i = 1 … d, beside log det Σ +
d log 2 − d log(n − 1), which takes off the bias. Any other dependence is missed.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
from scipy import linalg, special

from divkit.estimators.information.pairs import gaussian_margins, paired, refuse_labels
from divkit.estimators.information.result import information
from divkit.results import Result
from divkit.rng import RandomState
from divkit.types import FloatArray, Samples


@dataclass(frozen=True)
class GaussianCopula:
    """Mutual information as if monotone maps of the columns made all of them jointly normal.

    Parameters
    ----------
    rng : of the limit that stands where the value is not to be trusted.
    level : of the interval, which holds for Gaussian copulas only.

    Raises
    ------
    ValueError
        When called, if x and y have not one row for each other, there are not more rows than
        columns, or a column's ranks are a linear function of others'.

    Examples
    --------
    >>> import numpy as np
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 400, 1))
    >>> found = GaussianCopula()(x, x + noise)  # truth ½ log 2
    >>> found.interval[0] < 0.3466 < found.interval[1]
    True
    """

    rng: RandomState = 0
    level: float = 0.95

    def __call__(self, x: Samples, y: Samples) -> Result:
        """Return the mutual information from pairs x (n, d), y (n, e), in nats."""
        start = time.perf_counter()
        pairs = paired(x, y, above=2)
        refuse_labels(
            pairs, ': ranks that tie are those of no Gaussian copula. Take method="auto".'
        )
        z = np.hstack([gaussian_margins(pairs.x), gaussian_margins(pairs.y)])
        d = pairs.x.shape[1]
        if len(z) <= z.shape[1] + 1:
            raise ValueError(
                f"more rows than columns of x and y together are needed; got n = {len(z)} rows "
                f"and {z.shape[1]} columns."
            )
        blocks = (z[:, :d], z[:, d:], z)
        logs, squares = zip(*(_block(block) for block in blocks), strict=True)
        value = 0.5 * (logs[0] + logs[1] - logs[2])
        terms = value + 0.5 * (squares[0] + squares[1] - squares[2])
        return information(terms, self, pairs, start, value=value)


def _block(z: FloatArray) -> tuple[float, FloatArray]:
    """log det of the correlations without its bias, and zᵀR⁻¹z of each row (n,)."""
    n, d = z.shape
    try:
        root = linalg.cholesky(np.corrcoef(z.T).reshape(d, d), lower=True)
    except linalg.LinAlgError as error:
        raise ValueError(
            "the ranks of a column of x or y are a linear function of others': the information "
            "of a Gaussian copula is infinite. Drop columns that repeat others."
        ) from error
    bias = sum(float(special.digamma(0.5 * (n - i))) for i in range(1, d + 1))
    log = 2 * float(np.log(np.diag(root)).sum()) - bias + d * math.log(0.5 * (n - 1))
    scores = linalg.solve_triangular(root, (z / z.std(axis=0)).T, lower=True)
    return log, np.asarray((scores**2).sum(axis=0))
