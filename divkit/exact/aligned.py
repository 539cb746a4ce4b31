r"""Two images under matrices whose columns are multiples of each other's: one matrix comes off.

Of y = Ax + a and y = Bz + b the map x ↦ y is taken off both laws. What is left of the second is
x = A⁻¹(Bz + b − a), which keeps coordinates apart where each column of B is a multiple of one of
A: x_i = s_i + t_i z_j. Both are taken exactly, as ratios of whole numbers; where s or t is no
float the matrices stay.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

import numpy as np
from flint import fmpq, fmpq_mat

from divkit.distributions.base import Law
from divkit.distributions.compose.product import Product
from divkit.distributions.compose.transformed import Transformed, transformed
from divkit.distributions.maps.scalar import Affine
from divkit.types import FloatArray

Match: TypeAlias = list[tuple[int, float]]
"""Of each column of A: the column of B that is a multiple of it, and the factor t."""


def aligned(p: Law, q: Law) -> tuple[Law, Law] | None:
    """The pair with p's matrix or q's taken off both; None where the columns do not match."""
    if not (isinstance(p, Transformed) and isinstance(q, Transformed) and p.dim == q.dim):
        return None
    if _is_split(q.base):
        left = _without(p, q)
        return None if left is None else (p.base, left)
    left = _without(q, p) if _is_split(p.base) else None
    return None if left is None else (left, q.base)


def _is_split(law: Law) -> bool:
    """Whether a law is a product of laws on the line."""
    return isinstance(law, Product) and len(law.factors) == law.dim


def _without(kept: Transformed, moved: Transformed) -> Law | None:
    """The law of A⁻¹(Bz + b − a), z of the product that `moved` is an image of."""
    first, second = kept.map.affine(kept.dim), moved.map.affine(moved.dim)
    if first is None or second is None or not isinstance(moved.base, Product):
        return None
    match = _matched(first[0], second[0])
    shift = None if match is None else _shift(first, second)
    if match is None or shift is None:
        return None
    places = zip(match, shift, strict=True)
    factors = moved.base.factors
    return Product(tuple(_image(factors[j], s, t) for (j, t), s in places))


def _image(law: Law, shift: float, factor: float) -> Law:
    return law if (shift, factor) == (0.0, 1.0) else transformed(law, Affine(shift, factor))


def _matched(a: FloatArray, b: FloatArray) -> Match | None:
    """See `Match`; None unless every column has its own."""
    directions = (matrix / np.abs(matrix).max(axis=0) for matrix in (a, b))
    unit_a, unit_b = (matrix / np.linalg.norm(matrix, axis=0) for matrix in directions)
    nearest = np.abs(unit_a.T @ unit_b).argmax(axis=1).tolist()
    if len(set(nearest)) < len(nearest):
        return None
    factors = [_factor(a[:, i], b[:, j]) for i, j in enumerate(nearest)]
    found = [(j, t) for j, t in zip(nearest, factors, strict=True) if t is not None]
    return found if len(found) == len(nearest) else None


def _factor(a: FloatArray, b: FloatArray) -> float | None:
    """The float t for which b = t·a without a rounding, or None."""
    largest = int(np.abs(a).argmax())
    t = float(b[largest] / a[largest])
    if t == 0 or not np.isfinite(t):
        return None
    pairs = zip(a.tolist(), b.tolist(), strict=True)
    return t if all(Fraction(y) == Fraction(t) * Fraction(x) for x, y in pairs) else None


def _shift(
    first: tuple[FloatArray, FloatArray], second: tuple[FloatArray, FloatArray]
) -> list[float] | None:
    """The floats s for which As = b − a without a rounding, or None."""
    if (first[1] == second[1]).all():
        return [0.0] * len(first[1])
    gap = [
        [_rational(y) - _rational(x)]
        for x, y in zip(first[1].tolist(), second[1].tolist(), strict=True)
    ]
    matrix = fmpq_mat([[_rational(x) for x in row] for row in first[0].tolist()])
    solved = [Fraction(int(x.p), int(x.q)) for x in matrix.solve(fmpq_mat(gap)).entries()]
    shift = [float(x) for x in solved]
    exact = all(Fraction(x) == y for x, y in zip(shift, solved, strict=True))
    return shift if exact else None


def _rational(x: float) -> fmpq:
    return fmpq(*x.as_integer_ratio())
