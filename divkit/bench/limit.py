r"""Distance of an estimator from the statistical limit, in multiples of it.

With σ the efficiency bound, ε = oracle − truth and δ = estimate − oracle on the same samples:

    plain = RMSE/σ,   common = √(1 + E[δ²]/σ² + 2 E[δε]/σ²),   centred = √(1 + E[δ²]/σ² + 2 C/σ²).

All three estimate RMSE/σ. In the second the luck of the draw, E[ε²] against σ², has its mean
instead; in the third, with C the covariance of δ and ε, so has what is left of it in E[δε]. The
standard error of the second is that of the mean of δ² + 2δε, over twice the ratio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from divkit.types import FloatArray


@dataclass(frozen=True)
class Limit:
    """Multiples of the efficiency bound σ; NaN where it is infinite, or one seed cannot tell.

    Attributes
    ----------
    plain, common, centred : the three ratios of the module.
    common_error : the standard error of `common` that the number of seeds leaves.
    bias : mean of δ over σ, the bias without the luck of the draw.
    stated : mean of the standard errors that the estimates state, over σ; infinite ones left out.
    """

    plain: float = math.nan
    common: float = math.nan
    common_error: float = math.nan
    centred: float = math.nan
    bias: float = math.nan
    stated: float = math.nan


def against_limit(
    value: FloatArray, error: FloatArray, oracle: FloatArray, truth: float, sigma: float
) -> Limit:
    """Return the `Limit` of values (seeds,), their standard errors and the oracle's values."""
    if not 0 < sigma < math.inf:
        return Limit()
    if not np.isfinite(value).all():
        return Limit(plain=math.inf, common=math.inf)
    beyond, luck = (value - oracle) / sigma, (oracle - truth) / sigma
    terms = beyond**2 + 2 * beyond * luck
    common, spread, shared = _root(1 + float(terms.mean())), math.nan, math.nan
    if len(value) > 1:
        spread, shared = terms.std(ddof=1) / math.sqrt(len(value)), np.cov(beyond, luck)[0, 1]
    stated = error[np.isfinite(error)]
    return Limit(
        plain=_root(float(np.mean((value - truth) ** 2))) / sigma,
        common=common,
        common_error=float(spread / (2 * common)),
        centred=_root(1 + float(np.mean(beyond**2) + 2 * shared)),
        bias=float(beyond.mean()),
        stated=float(stated.mean()) / sigma if len(stated) else math.nan,
    )


def _root(square: float) -> float:
    """NaN for the negative squares that few seeds can give."""
    return math.sqrt(square) if square >= 0 else math.nan
