"""W1 between a law of R^d and its own translate: the length of the shift.

To move every point by v costs |v|; the projections on the line along v are translates too, and
∫ |F(x) − F(x − |v|)| dx = |v|, whether or not there is a mean (Villani 2003).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from divkit.distributions.base import Law
from divkit.distributions.compose.product import Product
from divkit.distributions.families.multivariate import MultivariateNormal, MultivariateStudentT
from divkit.divergences.base import IPM
from divkit.exact.capabilities import shape
from divkit.exact.closed_form.numbers import exact, settle
from divkit.exact.ipm.result import metric_result, too_large
from divkit.exact.method import NotApplicableError
from divkit.results import Result


def translate_w1(p: Law, q: Law, divergence: IPM) -> Result:
    """|v| of q = p + v: products of moved laws, normal and Student's t laws with one matrix.

    Raises
    ------
    NotApplicableError
        If q is not p moved, as far as their parameters say.
    """
    square = sum((step**2 for step in _shift(p, q)), Fraction(0))
    value, error = settle(lambda: exact(square).sqrt())
    if math.isinf(error):
        log, _ = settle(lambda: exact(square).log() / 2)
        return too_large(log, divergence)
    return metric_result(value, error, "closed form", divergence, route="one law, moved")


def _shift(p: Law, q: Law) -> list[Fraction]:
    """The coordinates of v."""
    if p.dim == q.dim == 1:
        a, b = shape(p), shape(q)
        if a.standard == b.standard and a.scale == b.scale:
            return [b.loc - a.loc]
    elif isinstance(p, Product) and isinstance(q, Product):
        if [f.dim for f in p.factors] == [f.dim for f in q.factors]:
            pairs = zip(p.factors, q.factors, strict=True)
            return [step for pair in pairs for step in _shift(*pair)]
    elif isinstance(p, MultivariateNormal) and isinstance(q, MultivariateNormal):
        if p.cov == q.cov:
            return _gap(p.loc, q.loc)
    elif isinstance(p, MultivariateStudentT) and isinstance(q, MultivariateStudentT):
        same = p.shape == q.shape and p.df == q.df
        if same:
            return _gap(p.loc, q.loc)
    raise NotApplicableError("q is not p moved")


def _gap(start: Sequence[float], end: Sequence[float]) -> list[Fraction]:
    return [Fraction(y) - Fraction(x) for x, y in zip(start, end, strict=True)]
