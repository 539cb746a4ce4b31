"""Capabilities of the normal and Student's t laws in R^d."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from divkit.distributions.families.multivariate import MultivariateNormal, MultivariateStudentT
from divkit.exact.affinity.family import gaussian
from divkit.exact.capabilities.base import Capabilities, Component, Inverse, Tame, declare
from divkit.exact.closed_form.spaces import GaussianMember
from divkit.lazy import deferred
from divkit.types import FloatArray

special = deferred("scipy.special")


def _component(law: MultivariateNormal) -> list[Component]:
    cov = tuple(tuple(Fraction(x) for x in row) for row in law.cov)
    return [Component(Fraction(1), tuple(Fraction(x) for x in law.loc), cov)]


def _normal_inverse(law: MultivariateNormal) -> Inverse:
    root = law.cholesky.numpy()
    return Inverse(law.dim, lambda u: law.mean + special.ndtri(u) @ root.T)


def _student_inverse(law: MultivariateStudentT) -> Inverse:
    """The first coordinate is the common χ² scale."""
    root, loc, df = law.cholesky.numpy(), np.array(law.loc), law.df

    def points(u: FloatArray) -> FloatArray:
        chi2 = 2 * special.gammaincinv(0.5 * df, u[:, :1])
        return np.asarray(loc + (special.ndtri(u[:, 1:]) * np.sqrt(df / chi2)) @ root.T)

    return Inverse(law.dim + 1, points)


declare(
    MultivariateNormal,
    Capabilities[MultivariateNormal](
        member=lambda law: GaussianMember(law.loc, law.cov),
        affinity=lambda p, q, omega: gaussian(p.mean, p.covariance, q.mean, q.covariance, omega),
        gaussian=_component,
        inverse=_normal_inverse,
        tame=lambda law: Tame(2, math.inf),
    ),
)
declare(
    MultivariateStudentT,
    Capabilities[MultivariateStudentT](inverse=_student_inverse, tame=lambda law: Tame(0, law.df)),
)
