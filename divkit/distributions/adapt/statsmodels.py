r"""Kernel densities of statsmodels: mixtures of one kernel at every observation.

KDEUnivariate is Σ_i w_i K((x − x_i)/h)/h, whatever grid its `density` was drawn on;
KDEMultivariate with continuous variables alone Σ_i Π_j φ((x_j − x_ij)/h_j)/(n h_j).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.families.multivariate import normal_law
from divkit.distributions.families.normal import Normal

_WAY_OUT = "Pass divkit.law(density=kde.evaluate, support=..., features=...)."
_KERNELS: dict[str, Callable[[float, float], Law]] = {
    "Gaussian": Normal,
    "Uniform": lambda x, h: Uniform(x - h, x + h),
}
"""By the name of statsmodels' class: (observation, bandwidth) -> one kernel."""


def convert(obj: Any) -> Law | None:
    """Return the law that a fitted kernel density is, None if the object is none.

    Raises
    ------
    ValueError
        If it is not fitted.
    TypeError
        If its kernel is not known, or a variable is not continuous.
    """
    makers = (_MAKERS[kind.__name__] for kind in type(obj).__mro__ if kind.__name__ in _MAKERS)
    maker = next(makers, None)
    return None if maker is None else maker(obj)


def _univariate(obj: Any) -> Law:
    if "kernel" not in vars(obj) or "bw" not in vars(obj):
        raise ValueError("KDEUnivariate is not fitted; call its fit() first.")
    name = type(obj.kernel).__name__
    if name not in _KERNELS:
        raise TypeError(f"the kernel {name} of KDEUnivariate is not known. {_WAY_OUT}")
    places = np.asarray(obj.endog, dtype=np.float64).reshape(-1).tolist()
    given = obj.kernel.weights
    weights = [1.0] * len(places) if given is None else np.asarray(given, float).tolist()
    return mixture(weights, [_KERNELS[name](x, float(obj.bw)) for x in places], normalize=True)


def _multivariate(obj: Any) -> Law:
    if set(obj.var_type) != {"c"}:
        raise TypeError(
            f"var_type {obj.var_type!r} of KDEMultivariate has variables that are not continuous: "
            "it has no density. Pass the rows to divkit.estimate(x, y)."
        )
    rows = np.asarray(obj.data, dtype=np.float64).reshape(int(obj.nobs), -1)
    cov = np.diag(np.asarray(obj.bw, dtype=np.float64) ** 2)
    parts = [normal_law(row, cov) for row in rows]
    return mixture([1.0] * len(rows), parts, normalize=True)


_MAKERS: dict[str, Callable[[Any], Law]] = {
    "KDEUnivariate": _univariate,
    "KDEMultivariate": _multivariate,
}
