"""Which pairs of laws have an affinity: families in closed form, products by their factors.

`within_family` dispatches on the first law's type and is called with two laws of that type; it
answers None where this pair of the family has no closed form (Laplace laws at two places).
"""

from __future__ import annotations

import math
from collections import Counter
from functools import reduce, singledispatch
from operator import add

import numpy as np

from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.product import Product
from divkit.distributions.compose.transformed import Transformed, Transformed1D
from divkit.distributions.families.bounded import Beta
from divkit.distributions.families.location_scale import Laplace
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma, LogNormal, Pareto
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.exact.affinity.family import (
    EPS,
    LogAffinity,
    gaussian,
    identical,
    log_gamma_gap,
    log_quotient,
    normal,
    rate_family,
)
from divkit.exact.affinity.line import by_quadrature, from_defect
from divkit.exact.common_map import peel
from divkit.exact.method import NotApplicableError
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
    closed = within_family(p, q, omega) if type(p) is type(q) else None
    if closed is not None:
        return closed
    if isinstance(p, Product) and isinstance(q, Product) and _shape(p) == _shape(q):
        return _of_product(p, q, omega)
    if (a := _as_gaussian(p)) is not None and (b := _as_gaussian(q)) is not None:
        return gaussian(*a, *b, omega)
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
        plain = isinstance(law, Normal | MultivariateNormal)
    if not plain or law.mean is None or law.covariance is None:
        return None
    return law.mean, law.covariance


def _of_product(p: Product, q: Product, omega: FloatArray) -> LogAffinity:
    pairs = Counter(zip(p.factors, q.factors, strict=True))
    parts = (log_affinity(a, b, omega, line=True).power(n) for (a, b), n in pairs.items())
    return reduce(add, parts)


@singledispatch
def within_family(p: Law, q: Law, omega: FloatArray) -> LogAffinity | None:
    """Return log ρ of two laws of one type in closed form, or None."""
    return None


@within_family.register
def _(p: Normal, q: Normal, omega: FloatArray) -> LogAffinity:
    return normal(p.loc, p.scale, q.loc, q.scale, omega)


@within_family.register
def _(p: LogNormal, q: LogNormal, omega: FloatArray) -> LogAffinity:
    return normal(p.mu, p.sigma, q.mu, q.sigma, omega)


@within_family.register
def _(p: MultivariateNormal, q: MultivariateNormal, omega: FloatArray) -> LogAffinity:
    return gaussian(p.mean, p.covariance, q.mean, q.covariance, omega)


@within_family.register
def _(p: Exponential, q: Exponential, omega: FloatArray) -> LogAffinity:
    return rate_family(log_quotient(q.rate, p.rate), omega)


@within_family.register
def _(p: Laplace, q: Laplace, omega: FloatArray) -> LogAffinity | None:
    if p.loc != q.loc:
        return None
    return rate_family(log_quotient(p.scale, q.scale), omega)


@within_family.register
def _(p: Pareto, q: Pareto, omega: FloatArray) -> LogAffinity | None:
    if p.scale != q.scale:
        return None
    return rate_family(log_quotient(q.alpha, p.alpha), omega)


@within_family.register
def _(p: Gamma, q: Gamma, omega: FloatArray) -> LogAffinity:
    """C enters k times, k = (½−iω)a_p + (½+iω)a_q, and the shapes by (¼+ω²) τ (a_q − a_p)."""
    tau, d = log_quotient(q.rate, p.rate), q.shape - p.shape
    rates = rate_family(tau, omega)
    k = 0.5 * (p.shape + q.shape) + 1j * omega * d
    cross = (0.25 + omega**2) * tau * d
    shapes, error = log_gamma_gap(p.shape, q.shape, d, omega)
    error = error + np.abs(k) * rates.slack + 8 * EPS * (np.abs(cross) + np.abs(k * rates.log_rho))
    return LogAffinity(k * rates.log_rho + cross + shapes, error, np.inf)


@within_family.register
def _(p: FiniteLaw, q: FiniteLaw, omega: FloatArray) -> LogAffinity:
    """1 − ρ = Σ ½(√p − √q)² + √(pq) [2 sin²(ωl/2) + i sin ωl] over the atoms of both."""
    atoms = sorted({*p.atoms, *q.atoms})
    own = [dict(zip(law.atoms, law.probs, strict=True)) for law in (p, q)]
    a, b = (np.array([table.get(atom, 0.0) for atom in atoms]) for table in own)
    both = (a > 0) & (b > 0)
    change = np.where(both, (a - b) / np.where(both, b, 1.0), 0.0)
    ratio = np.where(np.abs(change) < 0.5, np.log1p(np.maximum(change, -0.5)), 0.0)
    far = both & (np.abs(change) >= 0.5)
    ratio[far] = np.log(a[far]) - np.log(b[far])
    half, root = 0.5 * np.multiply.outer(omega, ratio), np.sqrt(a) * np.sqrt(b)
    square = 0.5 * np.where(both, root * 4 * np.sinh(0.25 * ratio) ** 2, a + b)
    wave = 2 * root * np.sin(half)
    defect = (
        square.sum() + (wave * np.sin(half)).sum(axis=1) + 1j * (wave * np.cos(half)).sum(axis=1)
    )
    lack = abs(math.fsum(a) - 1) + abs(math.fsum(b) - 1)
    blur = 8 * EPS * (square.sum() + (1 + omega) * float((root * np.abs(ratio)).sum()))
    return from_defect(defect, blur + lack)


@within_family.register
def _(p: Beta, q: Beta, omega: FloatArray) -> LogAffinity:
    da, db = q.a - p.a, q.b - p.b
    first, error_a = log_gamma_gap(p.a, q.a, da, omega)
    second, error_b = log_gamma_gap(p.b, q.b, db, omega)
    total, error = log_gamma_gap(p.a + p.b, q.a + q.b, da + db, omega)
    return LogAffinity(first + second - total, error_a + error_b + error, np.inf)
