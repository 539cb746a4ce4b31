"""Which pairs of laws have an affinity: families in closed form, products by their factors."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from operator import add

from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.product import Product
from divkit.distributions.compose.transformed import Transformed, Transformed1D
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.distributions.shapes.matrix_normal import MatrixNormal
from divkit.distributions.support import is_discrete
from divkit.exact.affinity.family import LogAffinity, gaussian, identical
from divkit.exact.affinity.line import by_quadrature
from divkit.exact.capabilities import affinity
from divkit.exact.counts.affinity import by_sums
from divkit.exact.method import NotApplicableError, peel
from divkit.types import FloatArray


def log_affinity(p: Law, q: Law, omega: FloatArray, *, line: bool = False) -> LogAffinity:
    """Return log ρ(½ + iω) on the grid, with its error.

    Raises
    ------
    ValueError
        If the dimensions differ.
    NotApplicableError
        If the pair is neither of one family, nor of two products whose factors match, nor (with
        `line`) on the line.
    """
    if p.dim != q.dim:
        raise ValueError(f"p and q must have one dimension; got {p.dim} and {q.dim}.")
    if p == q:
        return identical(omega)
    p, q = peel(p, q)
    closed = affinity(p, q, omega) if type(p) is type(q) else None
    if closed is not None:
        return closed
    if isinstance(p, Product) and isinstance(q, Product) and _shape(p) == _shape(q):
        return _of_product(p, q, omega)
    if (a := _as_gaussian(p)) is not None and (b := _as_gaussian(q)) is not None:
        return gaussian(*a, *b, omega)
    if p.dim == 1 and is_discrete(p.support) and is_discrete(q.support):
        return by_sums(p, q, omega)
    if line and isinstance(p, Law1D) and isinstance(q, Law1D):
        return by_quadrature(p, q, omega)
    raise NotApplicableError(
        f"no affinity at complex order is known for {type(p).__name__} and {type(q).__name__}; "
        "it takes two laws of one exponential family, or products of such on the same coordinates."
    )


def _shape(law: Product) -> list[int]:
    return [factor.dim for factor in law.factors]


def _as_gaussian(law: Law) -> tuple[FloatArray, FloatArray] | None:
    """Mean and covariance of a law that is Gaussian by its construction; None for others."""
    if isinstance(law, Transformed | Transformed1D):
        plain = _as_gaussian(law.base) is not None and law.map.affine(law.dim) is not None
    elif isinstance(law, Product):
        plain = all(_as_gaussian(factor) is not None for factor in law.factors)
    else:
        plain = isinstance(law, Normal | MultivariateNormal | MatrixNormal)
    if not plain or law.mean is None or law.covariance is None:
        return None
    return law.mean, law.covariance


def _of_product(p: Product, q: Product, omega: FloatArray) -> LogAffinity:
    pairs = Counter(zip(p.factors, q.factors, strict=True))
    parts = (log_affinity(a, b, omega, line=True).power(n) for (a, b), n in pairs.items())
    return reduce(add, parts)
