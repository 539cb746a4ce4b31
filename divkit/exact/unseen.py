"""Metrics of a user's density whose integral does not find all of its mass.

A density that integrates to 1 − m has a rounded constant, or a peak that no feature names. Where
unit mass has a price, m adds to the error; where it may cost anything, no error is known.
"""

from __future__ import annotations

import math
from dataclasses import replace

from divkit.distributions.base import Law
from divkit.distributions.callable.law import CallableLaw1D
from divkit.divergences.base import IPM, is_metric
from divkit.exact.method import widened
from divkit.exact.quadrature.fields import lacks
from divkit.results import Result

_OWN = 1e-11
"""The error of a mass that `Cumulative` integrates."""


def with_unseen(found: Result, p: Law, q: Law, metric: IPM) -> Result:
    """Return a metric on the line with what missing mass is worth in its error."""
    found_less = [(name, law, _missing(law)) for name, law in (("p", p), ("q", q))]
    said = [lacks(name, law, missing) for name, law, missing in found_less if missing]
    if not said or not math.isfinite(found.value):
        return found
    if is_metric(metric, "mmd2"):  # a kernel of at most 1
        return widened(found, 4 * math.fsum(missing for *_, missing in found_less))
    told = (*found.warnings, *said)
    return replace(found, error=math.inf, interval=(0.0, math.inf), warnings=told)


def _missing(law: Law) -> float:
    """The mass that a density without distribution function of its own lacks, or has too much."""
    if not isinstance(law, CallableLaw1D) or law.curves is not None:
        return 0.0
    missing = abs(law.cumulative.mass - 1.0)
    return missing if missing > _OWN else 0.0
