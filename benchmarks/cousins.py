"""Kin of the hard shapes: what rules of estimators are chosen on, so that shapes can judge them.

`COUSINS` names them as a suite; importing the module registers them. Products of unlike tails in
5 to 20 dimensions, bananas with more bent pairs and in more dimensions, copulas of equal margins,
rings and spirals among idle coordinates, and differences in few of 20 coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy import special, stats

from divkit.distributions import toys
from divkit.distributions.base import Law
from divkit.distributions.compose.product import Product
from divkit.distributions.families.heavy import StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.multivariate import MultivariateNormal, MultivariateStudentT
from divkit.distributions.families.normal import Normal
from divkit.problems import PROBLEMS, Problem, autoregressive
from divkit.types import Tensor


@dataclass(frozen=True)
class StudentMargins(Law):
    """The Gaussian copula of autoregression ρ^|i−j| with Student-t margins: its own tails."""

    coordinates: int
    rho: float
    df: float

    @property
    def dim(self) -> int:
        """Number of coordinates d."""
        return self.coordinates

    def _log_prob(self, x: Tensor) -> Tensor:
        t = x.numpy()
        z = np.sign(t) * special.ndtri(stats.t.sf(np.abs(t), self.df)) * -1.0
        joint = stats.multivariate_normal(cov=autoregressive(self.dim, self.rho))
        margins = (stats.t.logpdf(t, self.df) - stats.norm.logpdf(z)).sum(axis=1)
        return torch.from_numpy(joint.logpdf(z) + margins)

    def _sample(self, n: int, rng: np.random.Generator) -> Tensor:
        root = np.linalg.cholesky(autoregressive(self.dim, self.rho))
        z = rng.standard_normal((n, self.dim)) @ root.T
        share = stats.norm.sf(np.abs(z))
        return torch.from_numpy(np.sign(z) * stats.t.isf(share, self.df))


def _normal(mean: object, variances: object) -> MultivariateNormal:
    return MultivariateNormal(
        tuple(map(float, mean)), tuple(map(tuple, np.diag(variances).tolist()))
    )


def _matched(p: Law) -> MultivariateNormal:
    return _normal(p.mean, np.diag(p.covariance))


def _bananas(dim: int, pairs: int, curvature: float) -> tuple[Law, Law]:
    bent = toys.banana(dim=2, curvature=curvature)
    p = Product((*[bent] * pairs, *[Normal(0, 1)] * (dim - 2 * pairs)))
    tall = [1.0, 1 + 2 * curvature**2] * pairs + [1.0] * (dim - 2 * pairs)
    return p, _normal(np.zeros(dim), tall)


def _copulas(dim: int) -> tuple[Law, Law]:
    matrix = tuple(map(tuple, autoregressive(dim, 0.5).tolist()))
    return MultivariateStudentT(3.0, (0.0,) * dim, matrix), StudentMargins(dim, 0.5, 3.0)


def _idle(law: Law, dim: int) -> tuple[Law, Law]:
    rest = (Normal(0, 1),) * (dim - 2)
    q = MultivariateNormal(tuple(law.mean), tuple(map(tuple, np.asarray(law.covariance))))
    return Product((law, *rest)), Product((q, *rest))


def _sparse(dim: int, count: int, shift: float, scale: float) -> tuple[Law, Law]:
    mean, spread = np.zeros(dim), np.ones(dim)
    mean[:count], spread[:count] = shift, scale
    return _normal(np.zeros(dim), np.ones(dim)), _normal(mean, spread**2)


LAWS: dict[str, tuple[Law, Law]] = {
    "students5_vs_logistics5": (
        Product((StudentT(4, 0, 1),) * 5), Product((Logistic(0.2, 0.8),) * 5)),
    "laplaces20_vs_normals20": (
        Product((Laplace(0, 0.5**0.5),) * 20), Product((Normal(0, 1),) * 20)),
    "mixed10": (
        Product((*[StudentT(3, 0, 1)] * 5, *[Gumbel(0, 1)] * 5)),
        Product((*[Laplace(0, 1.2)] * 5, *[Logistic(0.5, 0.8)] * 5))),
    "bananas10_three_pairs": _bananas(10, 3, 0.5),
    "banana20_vs_normal": _bananas(20, 1, 0.8),
    "copula5": _copulas(5),
    "copula10": _copulas(10),
    "ring8_idle10": _idle(toys.ring(modes=8, radius=2.0, sd=0.4), 10),
    "spiral_idle6": _idle(toys.spiral(arms=2, turns=1.0, radius=3.0, sd=0.3), 6),
    "sparse_shift20": _sparse(20, 2, 0.7, 1.0),
    "sparse_scale20": _sparse(20, 3, 0.0, 1.5),
}  # fmt: skip
"""p and q by name."""

for _name, (_p, _q) in LAWS.items():
    PROBLEMS.register(_name, Problem(_name, _p, _q, "kin of a hard shape"))

COUSINS = tuple((name, "js") for name in LAWS)
"""A suite, as those of estimator_suites.py."""
