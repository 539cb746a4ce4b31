"""Words on a value where a law's own log density fails at nodes inside its support.

There the log density is continued, with a doubt (`divkit.distributions.callable.dark`), and the
field says by how much the integrand may then be wrong. A small doubt is an error like any
other. A larger one leaves the value over the rest: since the integrand of an f-divergence is
not negative, that is a lower limit.
"""

from __future__ import annotations

import math
from dataclasses import replace

from divkit.exact.quadrature.rule import Sums
from divkit.results import Result

_DOUBT, _DARK = 5, 6
_SMALL = 1e-6  # of the value: more is no estimate of an error any more


def with_doubt(result: Result, sums: Sums, laws: str, bounded: bool) -> Result:
    """Return the result with the doubt in its error, or one-sided where that is too large.

    `bounded` says that the integrand has a largest price per unit of mass, so that no doubt is.
    """
    doubt, dark = sums.total(_DOUBT), sums.total(_DARK)
    if doubt <= result.error:
        return _widened(result, doubt, ())
    if bounded or (math.isfinite(result.value) and doubt <= _SMALL * abs(result.value)):
        return _widened(result, doubt, (_told(laws, f"was continued there, worth {doubt:.2g}"),))
    if not (math.isfinite(dark) and math.isfinite(result.value)):
        return result
    return replace(
        result,
        value=result.value - dark,
        error=math.inf,
        interval=(result.value - dark - result.error, math.inf),
        warnings=(*result.warnings, _told(laws, "is not known there; the value is of the rest")),
        one_sided="lower",
    )


def _widened(result: Result, doubt: float, words: tuple[str, ...]) -> Result:
    low, high = result.interval
    return replace(
        result,
        error=result.error + doubt,
        interval=(low - doubt, high + doubt),
        warnings=(*result.warnings, *words),
    )


def _told(laws: str, what: str) -> str:
    return f"the log density of {laws} fails at points inside its support, and {what}"
