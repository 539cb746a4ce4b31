r"""Total variation of products of laws with atoms, in any dimension.

The likelihood ratio of a product is a product; its law is all that an f-divergence needs. Where
two halves of the product can be listed, total variation is a sum (`halves`); else the law of the
log ratio is found on a grid that keeps it in a proved interval (`grid`).
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

from divkit.distributions.base import Law
from divkit.distributions.compose.product import Product
from divkit.divergences.base import Divergence, FDivergence
from divkit.divergences.quantities import VARIATION
from divkit.exact.log_ratio.blocks import blocks, gathered
from divkit.exact.log_ratio.grid import variation_on_grid
from divkit.exact.log_ratio.halves import halves, variation
from divkit.exact.method import NotApplicableError
from divkit.results import Result

_GATHERED = 2**14
_WORK = 2**26  # points of all transforms together
_COARSEST, _FINEST = 2**16, 2**20


@dataclass(frozen=True)
class LogRatioLaw:
    """Total variation of products of independent laws with atoms, by the law of log p/q.

    Raises
    ------
    NotApplicableError
        If the laws are no products over the same coordinates, a factor has no atoms or too many,
        or the divergence is not total variation.
    """

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return total variation with a bound of its error."""
        start = time.perf_counter()
        if not (isinstance(divergence, FDivergence) and divergence.quantity == VARIATION):
            raise NotApplicableError(f"gives total variation; got {divergence.name!r}.")
        if not (isinstance(p, Product) and isinstance(q, Product)):
            raise NotApplicableError("p and q are not both products of laws")
        if [f.dim for f in p.factors] != [f.dim for f in q.factors]:
            raise NotApplicableError("the products' factors do not share their coordinates")
        parts = blocks(Counter(zip(p.factors, q.factors, strict=True)))
        listed = halves(parts)
        if listed is not None:
            value, error = variation(*listed)
        else:
            few = list(gathered(parts, _GATHERED))
            points = _FINEST
            while points > _COARSEST and points * len(few) > _WORK:
                points //= 2
            value, error = variation_on_grid(parts, few, points)
        size = abs(divergence.factor)
        return Result.exact(
            divergence.at_one + divergence.factor * value,
            size * error,
            "quadrature" if listed is None else "closed form",
            repr(self),
            name=divergence.name,
            factors=len(p.factors),
            seconds=time.perf_counter() - start,
        )
