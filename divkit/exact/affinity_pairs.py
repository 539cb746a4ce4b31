"""Which pairs of laws have an affinity: families in closed form, products by their factors.

`within_family` dispatches on the first law's type and is called with two laws of that type; it
answers None where this pair of the family has no closed form (Laplace laws at two places).
"""

from __future__ import annotations

from collections import Counter
from functools import singledispatch

import numpy as np

from divkit.distributions.base import Law, Law1D
from divkit.distributions.normal import Normal
from divkit.exact.affinity_family import (
    LogAffinity,
    identical,
    normal,
)
from divkit.exact.method import NotApplicableError
from divkit.types import FloatArray


def log_affinity(p: Law, q: Law, omega: FloatArray, *, line: bool = False) -> LogAffinity:
    """Return log ρ(½ + iω) on the grid, with its error, or raise NotApplicableError."""
    if p.dim != q.dim:
        raise ValueError(f"p and q must have one dimension; got {p.dim} and {q.dim}.")
    if p == q:
        return identical(omega)
    closed = within_family(p, q, omega) if type(p) is type(q) else None
    if closed is not None:
        return closed
    raise NotApplicableError(
        f"no affinity at complex order is known for {type(p).__name__} and {type(q).__name__}; "
        "it takes one exponential family, or products of 1-D laws."
    )


@singledispatch
def within_family(p: Law, q: Law, omega: FloatArray) -> LogAffinity | None:
    """Return log ρ of two laws of one type in closed form, or None."""
    return None


@within_family.register
def _(p: Normal, q: Normal, omega: FloatArray) -> LogAffinity:
    return normal(p.loc, p.scale, q.loc, q.scale, omega)
