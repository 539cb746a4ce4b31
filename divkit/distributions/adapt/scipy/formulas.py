"""SciPy's families that have a log density of divkit's own, with the curves that hold for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from divkit.distributions.adapt.forms.half_line_heavy import MOST_SHIFT
from divkit.distributions.adapt.forms.kolmogorov import MOST_DRAWS
from divkit.distributions.adapt.forms.law import FormulaLaw
from divkit.distributions.adapt.forms.noncentral_chi2 import LEAST_FREEDOM
from divkit.distributions.adapt.scipy.curves import (
    LEVELS,
    BrokenCurvesError,
    moment_features,
    quantile_features,
)
from divkit.distributions.callable.law import Curves, Sampler


def formula_law(family: str, values: list[float], curves: Curves, draw: Sampler) -> FormulaLaw:
    """Return the family's law of (shapes..., loc, scale)."""
    *shapes, loc, scale = values
    marks = quantile_features(curves.ppf(LEVELS))
    return FormulaLaw(family, tuple(shapes), loc, scale, marks, curves, draw)


def sampler(obj: Any) -> Sampler:
    """SciPy's draws of a frozen law."""
    return lambda n, rng: obj.rvs(size=n, random_state=rng)


def of_form(obj: Any, name: str, values: list[float], curves: Curves) -> FormulaLaw:
    """With SciPy's curves where they hold, else with integrals of the form's density."""
    integrated = name in _INTEGRATED and _INTEGRATED[name](*values)
    try:
        if name not in _BY_MOMENTS:
            law = formula_law(name, values, curves, sampler(obj))
            return law.with_own_curves() if integrated else law
    except BrokenCurvesError:
        pass
    *shapes, loc, scale = values
    law = FormulaLaw(
        name, tuple(shapes), loc, scale, moment_features(obj), curves, sampler(obj)
    ).with_own_curves()
    return replace(law, marks=quantile_features(law.ppf(LEVELS)))


_BY_MOMENTS = frozenset({"norminvgauss"})
"""Families whose quantiles SciPy loses: where they lie is said by their moments."""
_INTEGRATED: dict[str, Callable[..., bool]] = {
    "studentized_range": lambda *_: True,  # SciPy's curves take milliseconds a point
    "nct": lambda df, nc, *_: df > 1e5 or abs(nc) > 1e3,  # SciPy's are off by up to half
}
"""Whether curves are integrals of the form's density for these shapes; else they are SciPy's."""
WITHIN: dict[str, Callable[..., bool]] = {
    "kstwo": lambda n, *_: n <= MOST_DRAWS,
    "ncf": lambda first, second, shift, *_: shift <= MOST_SHIFT,
    "ncx2": lambda df, *_: df >= LEAST_FREEDOM,
    "tukeylambda": lambda shape, *_: 0.01 < shape <= 6,
}
"""Whether a form is right for these shapes; for others SciPy's density is taken."""
