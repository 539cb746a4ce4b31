"""Capabilities of laws on circles, spheres, simplices, matrices, flats, and of counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

import numpy as np

from divkit.distributions.base import Law
from divkit.distributions.shapes.circle import VonMises, WrappedCauchy
from divkit.distributions.shapes.compositions import (
    DirichletMultinomial,
    Multinomial,
    MultivariateHypergeometric,
)
from divkit.distributions.shapes.coordinates import ChartImage
from divkit.distributions.shapes.correlations import LKJ, LKJCholesky
from divkit.distributions.shapes.matrix_normal import MatrixNormal
from divkit.distributions.shapes.simplex import Dirichlet, DirichletContrasts, GumbelContrasts
from divkit.distributions.shapes.singular_normal import SingularNormal
from divkit.distributions.shapes.sphere import VonMisesFisher
from divkit.distributions.shapes.wishart import InverseWishart, Wishart
from divkit.distributions.shapes.wishart_factor import factor_of, factor_of_inverse
from divkit.exact.affinity.family import LogAffinity, gaussian
from divkit.exact.affinity.members import of_members
from divkit.exact.capabilities.base import Capabilities, Component, Inverse, Tame, declare
from divkit.exact.capabilities.queries import inverse
from divkit.exact.closed_form.counts import (
    DirichletMultinomialMember,
    HypergeometricMember,
    MultinomialMember,
)
from divkit.exact.closed_form.members import Member
from divkit.exact.closed_form.numbers import inverted
from divkit.exact.closed_form.shapes import (
    DirichletMember,
    InverseWishartMember,
    LKJCholeskyMember,
    LKJMember,
    VonMisesFisherMember,
    VonMisesMember,
    WishartMember,
    WrappedCauchyMember,
)
from divkit.exact.closed_form.spaces import GaussianMember
from divkit.types import FloatArray

L = TypeVar("L", bound=Law)


def _family(
    kind: type[L],
    member: Callable[[L], Member],
    inverse: Callable[[L], Inverse | None] | None = None,
    core: Callable[[L], Law] | None = None,
) -> None:
    """Declare a family whose affinity its members know."""

    def affinity(p: L, q: L, omega: FloatArray) -> LogAffinity:
        return of_members(member(p), member(q), omega)

    declare(kind, Capabilities(member=member, affinity=affinity, inverse=inverse, core=core))


_family(Dirichlet, lambda law: DirichletMember(law.concentration))
_family(VonMises, lambda law: VonMisesMember((law.loc,), law.kappa))
_family(VonMisesFisher, lambda law: VonMisesFisherMember(law.mu, law.kappa))
_family(Wishart, lambda law: WishartMember(law.df, inverted(law.scale)), core=factor_of)
_family(
    InverseWishart,
    lambda law: InverseWishartMember(
        law.df, tuple(tuple(map(Fraction, row)) for row in law.scale)
    ),
    core=factor_of_inverse,
)
_family(LKJ, lambda law: LKJMember(law.order, law.eta), core=lambda law: law.shrinkages)
_family(
    LKJCholesky,
    lambda law: LKJCholeskyMember(law.order, law.eta),
    core=lambda law: law.shrinkages,
)
_family(Multinomial, lambda law: MultinomialMember(law.n, law.probs, law.logits))
_family(DirichletMultinomial, lambda law: DirichletMultinomialMember(law.n, law.concentration))
_family(
    MultivariateHypergeometric,
    lambda law: HypergeometricMember(law.n, tuple(map(float, law.kinds))),
)
declare(
    WrappedCauchy,
    Capabilities[WrappedCauchy](member=lambda law: WrappedCauchyMember(law.loc, law.rho)),
)


def _matrix_component(law: MatrixNormal) -> list[Component]:
    loc = tuple(Fraction(x) for row in law.loc for x in row)
    return [Component(Fraction(1), loc, _kronecker(law))]


def _kronecker(law: MatrixNormal) -> tuple[tuple[Fraction, ...], ...]:
    """U ⊗ V without a rounding."""
    rows, columns = ([[Fraction(x) for x in r] for r in c] for c in (law.row_cov, law.col_cov))
    return tuple(tuple(u * v for u in row for v in column) for row in rows for column in columns)


declare(
    MatrixNormal,
    Capabilities[MatrixNormal](
        member=lambda law: GaussianMember(tuple(law.mean.tolist()), _kronecker(law)),
        affinity=lambda p, q, omega: gaussian(p.mean, p.covariance, q.mean, q.covariance, omega),
        gaussian=_matrix_component,
        inverse=lambda law: Inverse(law.dim, law.of_uniforms),
        tame=lambda law: Tame(2, math.inf),
    ),
)
declare(SingularNormal, Capabilities[SingularNormal](core=lambda law: law.pivots))


def _contrasts_inverse(law: GumbelContrasts) -> Inverse:
    def points(u: FloatArray) -> FloatArray:
        return law.of_noise(-np.log(-np.log(u)))

    return Inverse(law.dim + 1, points)


declare(
    GumbelContrasts,
    Capabilities[GumbelContrasts](inverse=_contrasts_inverse, tame=lambda law: Tame(1, math.inf)),
)


declare(
    DirichletContrasts,
    Capabilities[DirichletContrasts](tame=lambda law: Tame(1, math.inf)),
)


def _image_inverse(law: ChartImage) -> Inverse | None:
    base = inverse(law.base)
    if base is None:
        return None
    return Inverse(base.dim, lambda u: law.push(base.points(u)))


declare(ChartImage, Capabilities[ChartImage](inverse=_image_inverse))
