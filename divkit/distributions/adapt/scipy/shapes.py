"""Laws on simplices, circles, spheres and matrices, and of many counts, from SciPy's objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from scipy import stats

from divkit.distributions.adapt.scipy.finite import scalar
from divkit.distributions.base import Law
from divkit.distributions.shapes.circle import VonMises
from divkit.distributions.shapes.compositions import (
    DirichletMultinomial,
    Multinomial,
    MultivariateHypergeometric,
)
from divkit.distributions.shapes.matrix_normal import MatrixNormal
from divkit.distributions.shapes.simplex import Dirichlet
from divkit.distributions.shapes.sphere import VonMisesFisher
from divkit.distributions.shapes.wishart import InverseWishart, Wishart

Maker: TypeAlias = Callable[[Any], Law]


def von_mises(kappa: float, loc: float, scale: float) -> Law:
    """On the circle: SciPy's density is that of angles mod 2π.

    Raises
    ------
    ValueError
        If there is a scale, by which an angle mod 2π cannot be multiplied.
    """
    if scale != 1:
        raise ValueError(
            f"scipy.stats.vonmises must have scale 1; got {scale!r}: an angle mod 2π has no "
            "scale. Pass scipy.stats.vonmises_line for the line."
        )
    return VonMises(loc, kappa)


def _vector(name: str, values: Any) -> tuple[float, ...]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"scipy.stats.{name} holds several laws; pass one at a time.")
    return tuple(array.tolist())


def _matrix(values: Any) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, np.asarray(values, dtype=np.float64).tolist()))


def _multinomial(obj: Any) -> Law:
    return Multinomial(int(scalar("multinomial", obj.n)), _vector("multinomial", obj.p))


def _dirichlet_multinomial(obj: Any) -> Law:
    n = int(scalar("dirichlet_multinomial", obj.n))
    return DirichletMultinomial(n, _vector("dirichlet_multinomial", obj.alpha))


def _hypergeometric(obj: Any) -> Law:
    name = "multivariate_hypergeom"
    kinds = tuple(int(m) for m in _vector(name, obj.m))
    return MultivariateHypergeometric(kinds, int(scalar(name, obj.n)))


def _direction(obj: Any) -> Law:
    return VonMisesFisher((1.0, *(0.0,) * (int(obj.dim) - 1)), 0.0)


KINDS: tuple[tuple[type, Maker], ...] = (
    (type(stats.multinomial(1, [1.0])), _multinomial),
    (
        type(stats.dirichlet([1.0, 1.0])),
        lambda obj: Dirichlet(_vector("dirichlet", obj.alpha)),
    ),
    (type(stats.dirichlet_multinomial([1.0, 1.0], 1)), _dirichlet_multinomial),
    (type(stats.multivariate_hypergeom([1, 1], 1)), _hypergeometric),
    (
        type(stats.vonmises_fisher([1.0, 0.0], 1.0)),
        lambda obj: VonMisesFisher(_vector("vonmises_fisher", obj.mu), float(obj.kappa)),
    ),
    (type(stats.uniform_direction(2)), _direction),
    (type(stats.wishart(1, 1)), lambda obj: Wishart(float(obj.df), _matrix(obj.scale))),
    (
        type(stats.invwishart(1, 1)),
        lambda obj: InverseWishart(float(obj.df), _matrix(obj.scale)),
    ),
    (
        type(stats.matrix_normal()),
        lambda obj: MatrixNormal(_matrix(obj.mean), _matrix(obj.rowcov), _matrix(obj.colcov)),
    ),
)
"""Types of frozen objects, and the law that one is."""
