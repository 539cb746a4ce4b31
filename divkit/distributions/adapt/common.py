"""Parts that the adapters share."""

from __future__ import annotations

import math

from divkit.distributions.base import Law
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.types import FloatArray


def normal_law(mean: FloatArray, cov: FloatArray) -> Law:
    """Return N(mean, cov), a `Normal` in one dimension."""
    if mean.size == 1:
        return Normal(float(mean.reshape(())), math.sqrt(float(cov.reshape(()))))
    return MultivariateNormal(tuple(mean.tolist()), tuple(map(tuple, cov.tolist())))
