"""SciPy's families that have a log density of divkit's own, with the curves that hold for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from divkit.distributions.adapt.forms.half_line_heavy import MOST_SHIFT
from divkit.distributions.adapt.forms.kolmogorov import MOST_DRAWS
from divkit.distributions.adapt.forms.law import FORMS, FormulaLaw
from divkit.distributions.adapt.forms.noncentral_chi2 import LEAST_FREEDOM
from divkit.distributions.adapt.forms.peak import peak
from divkit.distributions.adapt.scipy.curves import (
    LEVELS,
    BrokenCurvesError,
    ScipyCurves,
    moment_features,
    quantile_features,
)
from divkit.distributions.base import Feature
from divkit.distributions.callable.law import Curves, Sampler


def formula_law(family: str, values: list[float], curves: Curves, draw: Sampler) -> FormulaLaw:
    """Return the family's law of (shapes..., loc, scale)."""
    *shapes, loc, scale = values
    levels = curves.ppf(LEVELS)
    if np.isnan(levels).any() or not np.isfinite(levels).any():
        raise BrokenCurvesError(f"SciPy's quantiles of {family} fail: {levels.tolist()}.")
    marks = quantile_features(levels)
    return FormulaLaw(family, tuple(shapes), loc, scale, marks, curves, draw)


def sampler(obj: Any) -> Sampler:
    """SciPy's draws of a frozen law."""
    return lambda n, rng: obj.rvs(size=n, random_state=rng)


def of_form(obj: Any, name: str, values: list[float], curves: Curves) -> FormulaLaw:
    """With SciPy's curves where they hold, else with integrals of the form's density."""
    if name in _BURR:
        curves = _burr(curves.ppf, *_BURR[name](*values))
    integrated = name in _INTEGRATED and _INTEGRATED[name](*values)
    try:
        if name not in _BY_MOMENTS:
            law = formula_law(name, values, curves, sampler(obj))
            return law.with_own_curves() if integrated else law
    except BrokenCurvesError:
        pass
    *shapes, loc, scale = values
    marks = _marks(obj, name, values)
    law = FormulaLaw(name, tuple(shapes), loc, scale, marks, curves, sampler(obj))
    law = law.with_own_curves()
    return replace(law, marks=quantile_features(law.ppf(LEVELS)))


def _marks(obj: Any, name: str, values: list[float]) -> tuple[Feature, ...]:
    """Where the law is by SciPy's moments, else by the peak of the form's density."""
    try:
        return moment_features(obj)
    except BrokenCurvesError:
        *shapes, loc, scale = values
        place, width = peak(FORMS[name](*shapes))
        if not width:
            raise
        return (Feature((loc + scale * place,), (scale * width,)),)


def _burr(quantile: Callable[[Any], Any], c: float, d: float, loc: float, scale: float) -> Curves:
    """F = (1 + z^{−c})^{−d} in logs: SciPy's powers overflow, and its 1 − F has no tail."""

    def log_cdf(x: Any) -> Any:
        return -d * np.logaddexp(0.0, -c * np.log(np.maximum((x - loc) / scale, 0.0)))

    return ScipyCurves(lambda x: np.exp(log_cdf(x)), lambda x: -np.expm1(log_cdf(x)), quantile)


_BURR: dict[str, Callable[..., tuple[float, ...]]] = {
    "burr": lambda *values: values,
    "fisk": lambda c, *place: (c, 1.0, *place),
    "mielke": lambda k, s, *place: (s, k / s, *place),
}
"""The shapes c and d, location and scale of Burr's laws of type III."""
_BY_MOMENTS = frozenset({"genhyperbolic", "geninvgauss", "norminvgauss"})
"""Families placed by moments: SciPy loses their quantiles, or integrates for each of them."""
_INTEGRATED: dict[str, Callable[..., bool]] = {
    "studentized_range": lambda *_: True,  # SciPy's curves take milliseconds a point
    "nct": lambda df, nc, *_: df > 1e5 or abs(nc) > 1e3,  # SciPy's are off by up to half
}
"""Whether curves are integrals of the form's density for these shapes; else they are SciPy's."""
WITHIN: dict[str, Callable[..., bool]] = {
    "kstwo": lambda n, *_: n <= MOST_DRAWS,
    "genhyperbolic": lambda p, a, b, *_: abs(b) < a,
    "ncf": lambda first, second, shift, *_: shift <= MOST_SHIFT,
    "ncx2": lambda df, *_: df >= LEAST_FREEDOM,
    "tukeylambda": lambda shape, *_: 0.01 < shape <= 6,
}
"""Whether a form is right for these shapes; for others SciPy's density is taken."""
