"""Capabilities of images of laws under maps: those of an affine image are the base's, moved."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import torch
from flint import fmpq, fmpq_mat

from divkit.distributions.base import Law
from divkit.distributions.compose.transformed import Transformed, Transformed1D
from divkit.distributions.maps.scalar import Affine
from divkit.distributions.support import Boxes, edges
from divkit.exact.balls.cut import Cut, Decay, Growth
from divkit.exact.balls.formulas import Formula, Moved
from divkit.exact.balls.place import LogDensity, Place, Point
from divkit.exact.balls.seen import OwnAxis
from divkit.exact.capabilities import queries
from divkit.exact.capabilities.base import Capabilities, Component, Inverse, Shape, Tame, declare
from divkit.exact.capabilities.formulas import balls_of
from divkit.exact.capabilities.queries import inverse, tame
from divkit.exact.closed_form.spaces import GaussianMember
from divkit.exact.method import ESTIMATED, NotApplicableError
from divkit.types import Ball, FloatArray


class OfLaw(Formula):
    """A law as a formula."""

    def __init__(self, law: Law) -> None:
        self.law = law

    @property
    def singular(self) -> tuple[float, ...]:  # type: ignore[override]
        """The law's."""
        return queries.singular_ends(self.law)

    def density(self, place: Place) -> LogDensity | None:
        """The law's."""
        return queries.log_density(self.law, place)

    def cdf(self, at: Point) -> Ball:
        """The law's."""
        return queries.cdf(self.law, at)

    def decay(self, cut: Cut) -> Decay:
        """The law's."""
        return queries.decay(self.law, cut)

    def growth(self, cut: Cut) -> Growth:
        """The law's."""
        return queries.growth(self.law, cut)

    def end_exponent(self, cut: Cut) -> Ball | None:
        """The law's."""
        return queries.end_exponent(self.law, cut)

    def end_growth(self, cut: Cut) -> Growth:
        """The law's."""
        return queries.end_growth(self.law, cut)


def affine_image(law: Transformed1D) -> Formula:
    """The base, moved.

    Raises
    ------
    NotApplicableError
        If the map is not affine, or an end of the law is no float.
    """
    if not isinstance(law.map, Affine):
        raise NotApplicableError(
            f"no certified density for an image under {law.map!r}: {ESTIMATED}."
        )
    axis = OwnAxis(Fraction(law.map.shift), Fraction(law.map.factor))
    axis.require(edges(law.base.support) if isinstance(law.base.support, Boxes) else ())
    return Moved(OfLaw(law.base), axis)


def _image_inverse(law: Transformed | Transformed1D) -> Inverse | None:
    base = inverse(law.base)
    if base is None:
        return None

    def points(u: FloatArray) -> FloatArray:
        return np.asarray(law.map.forward(torch.from_numpy(base.points(u))).numpy())

    return Inverse(base.dim, points)


def _image_tame(law: Transformed | Transformed1D) -> Tame | None:
    return tame(law.base) if law.map.affine(law.dim) is not None else None


def _image_gaussian(law: Transformed | Transformed1D) -> list[Component]:
    """Of N(μ, Σ) under y = Ax + b: N(Aμ + b, AΣAᵀ), without a rounding."""
    parts = law.map.affine(law.dim)
    if parts is None:
        raise NotApplicableError(
            f"an image under {law.map!r}, which is not affine, is of no family with closed forms."
        )
    matrix = _rational(parts[0].tolist())
    shift = _rational(parts[1][:, None].tolist())
    return [_moved(part, matrix, shift) for part in queries.gaussian_components(law.base)]


def _moved(part: Component, matrix: fmpq_mat, shift: fmpq_mat) -> Component:
    loc = matrix * _rational([[x] for x in part.loc]) + shift
    cov = matrix * _rational(part.cov) * matrix.transpose()
    return Component(part.weight, tuple(x for (x,) in _fractions(loc)), _fractions(cov))


def _rational(rows: Sequence[Sequence[float | Fraction]]) -> fmpq_mat:
    return fmpq_mat([[fmpq(*x.as_integer_ratio()) for x in row] for row in rows])


def _fractions(matrix: fmpq_mat) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(Fraction(int(x.p), int(x.q)) for x in row) for row in matrix.tolist())


def _image_member(law: Transformed | Transformed1D) -> GaussianMember:
    """An image of one Gaussian, a product of normal laws among them."""
    parts = queries.gaussian_components(law)
    if len(parts) > 1:
        raise NotApplicableError("an image of a mixture is of no family with closed forms")
    return GaussianMember(parts[0].loc, parts[0].cov)


def _image_shape(law: Transformed1D) -> Shape:
    """The base's shape, moved and stretched.

    Raises
    ------
    NotApplicableError
        If the map is not affine and increasing, or the base is of no shape.
    """
    if not isinstance(law.map, Affine) or law.map.factor <= 0:
        raise NotApplicableError(f"an image under {law.map!r} has not the shape of its base.")
    base, factor = queries.shape(law.base), Fraction(law.map.factor)
    return Shape(base.standard, Fraction(law.map.shift) + factor * base.loc, factor * base.scale)


declare(
    Transformed,
    Capabilities[Transformed](
        member=_image_member, gaussian=_image_gaussian, inverse=_image_inverse, tame=_image_tame
    ),
)
declare(
    Transformed1D,
    Capabilities[Transformed1D](
        member=_image_member,
        gaussian=_image_gaussian,
        inverse=_image_inverse,
        tame=_image_tame,
        balls=balls_of(affine_image),
        shape=_image_shape,
    ),
)
