"""Laws on one manifold, by laws of coordinates of it that have the same divergences.

A law may say which (`Capabilities.core`); else they are the coordinates of the manifold's chart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from divkit.distributions.base import Law
from divkit.distributions.compose.product import Product, product
from divkit.distributions.shapes.charts import chart_of
from divkit.distributions.shapes.coordinates import in_chart
from divkit.distributions.support import MeasuredSet, manifolds
from divkit.divergences.base import IPM, Divergence
from divkit.exact.capabilities import core
from divkit.exact.method import Method, NotApplicableError, Outcome, each, granted
from divkit.results import Result


@dataclass(frozen=True)
class Reduced:
    """F-divergences of two laws on a manifold, by those of their coordinates.

    Parameters
    ----------
    inner : the method for the laws of the coordinates.

    Raises
    ------
    NotApplicableError
        If the laws are not on one manifold, no coordinates of it are known, or the divergence is a
        metric, which coordinates do not keep.
    """

    inner: Method

    def __repr__(self) -> str:
        return f"Reduced({type(self.inner).__name__}())"

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence of the coordinates."""
        return granted(self.several(p, q, (divergence,))[0])

    def several(self, p: Law, q: Law, divergences: Sequence[Divergence]) -> list[Outcome]:
        """Each divergence of the coordinates; they share what it can share."""
        kinds = [kind for kind in divergences if not isinstance(kind, IPM)]
        found = iter(each(self.inner, *reduced(p, q), kinds) if kinds else ())
        return [
            NotApplicableError(f"{kind!r} is no function of coordinates")
            if isinstance(kind, IPM)
            else next(found)
            for kind in divergences
        ]


def reduced(p: Law, q: Law) -> tuple[Law, Law]:
    """The laws of the coordinates.

    Raises
    ------
    NotApplicableError
        See `Reduced`.
    """
    if isinstance(p, Product) and isinstance(q, Product):
        return _of_factors(p, q)
    manifold = p.support
    if not isinstance(manifold, MeasuredSet) or q.support != manifold:
        raise NotApplicableError("the laws do not live on one manifold")
    cores = core(p), core(q)
    if type(p) is type(q) and cores[0] is not None and cores[1] is not None:
        return cores[0], cores[1]
    chart = chart_of(manifold)
    if chart is None or not chart.faithful:
        raise NotApplicableError(f"no coordinates that floats keep are known {manifold.words}")
    return in_chart(p, chart), in_chart(q, chart)


def _of_factors(p: Product, q: Product) -> tuple[Law, Law]:
    """Both products with the factors that live on manifolds reduced."""
    kinds = [[factor.dim for factor in law.factors] for law in (p, q)]
    if kinds[0] != kinds[1]:
        raise NotApplicableError("the products' factors do not share their coordinates")
    pairs = list(zip(p.factors, q.factors, strict=True))
    if not manifolds(p.support):
        raise NotApplicableError("no factor lives on a manifold")
    parts = [reduced(*pair) if manifolds(pair[0].support) else pair for pair in pairs]
    return product(a for a, _ in parts), product(b for _, b in parts)
