"""Pairs of laws of torch.distributions, with ordinary parameters, and what they are in truth.

A `Kind` builds torch's object from rows of numbers, one or many (a batch), and says what law a row
is for `torch_truth`. `PAIRS` has every pair for which torch.distributions.kl knows a formula, and
every class against itself.
"""

# ruff: noqa: E501  (a law a line)
from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import torch
import torch.distributions as td
import torch_truth as tt
from torch.distributions.kl import _KL_REGISTRY
from torch.distributions.relaxed_bernoulli import LogitRelaxedBernoulli
from torch.distributions.relaxed_categorical import ExpRelaxedCategorical


@dataclass(frozen=True)
class Kind:
    """`make` of columns of parameters, the law of one row, and rows of p and of q."""

    make: object
    truth: object
    rows: tuple
    others: tuple


def columns(rows, dtype):
    """Columns of parameters as tensors of this type, (n, …)."""
    return [torch.tensor(column, dtype=dtype) for column in zip(*rows, strict=True)]


def rounded(row, dtype):
    """The numbers that a row is in this type."""
    return [torch.tensor(value, dtype=dtype).double().tolist() for value in row]


def of(name, *options):
    """Keyword maker of one of torch's classes."""
    cls = getattr(td, name) if isinstance(name, str) else name
    return lambda *values: cls(**dict(zip(options, values, strict=True)))


def normal_2d(mean, cov):
    return tt.Plane(tuple(mean), tuple(map(tuple, cov)))


def of_factor(mean, factor, diagonal):
    (a,), (b,) = factor
    return tt.Plane(tuple(mean), ((a * a + diagonal[0], a * b), (a * b, b * b + diagonal[1])))


def diagonal_2d(mean, scale):
    return tt.Plane(tuple(mean), ((scale[0] ** 2, 0.0), (0.0, scale[1] ** 2)))


def whole(total, *rest):
    return (int(total), *rest)


def gaussians(weights, locs, scales):
    return tt.mixed(
        weights, [tt.family("norm", loc=m, scale=s) for m, s in zip(locs, scales, strict=True)]
    )


def mixture(weights, locs, scales):
    return td.MixtureSameFamily(td.Categorical(probs=weights), td.Normal(locs, scales))


def exp_of(loc, scale):
    return td.TransformedDistribution(td.Normal(loc, scale), [td.ExpTransform()])


def trace_of_wishart(df, scale):
    """Wishart(df, s S) against Wishart(df, t S): the trace of S⁻¹X is enough; S = [[2, .5], [.5, 1]]."""
    return tt.family("gamma", df, scale=2 * scale[1][1])


def relaxed(cls):
    return lambda heat, probs: cls(heat[0] if heat.ndim else heat, probs=probs)


MATRIX = ((2.0, 0.5), (0.5, 1.0))
DOUBLE = ((4.0, 1.0), (1.0, 2.0))

KINDS = {
    "Bernoulli": Kind(of("Bernoulli", "probs"), lambda p: tt.categorical(1 - p, p), ((0.25,), (0.6,)), ((0.5,), (0.125,))),
    "Beta": Kind(of("Beta", "concentration1", "concentration0"), lambda a, b: tt.family("beta", a, b), ((1.5, 2.5), (2.0, 3.5)), ((2.5, 1.5), (1.25, 2.0))),
    "Binomial": Kind(lambda n, p: td.Binomial(n, probs=p), tt.binomial, ((30.0, 0.25), (30.0, 0.6)), ((30.0, 0.5), (30.0, 0.7))),
    "Categorical": Kind(of("Categorical", "probs"), lambda p: tt.categorical(*p), (((0.5, 0.25, 0.25),), ((0.2, 0.3, 0.5),)), (((0.25, 0.25, 0.5),), ((0.6, 0.3, 0.1),))),
    "Cauchy": Kind(td.Cauchy, lambda m, s: tt.family("cauchy", loc=m, scale=s), ((0.0, 1.0), (1.5, 2.1)), ((1.0, 2.0), (-1.0, 0.7))),
    "Chi2": Kind(td.Chi2, lambda k: tt.family("chi2", k), ((2.5,), (3.0,)), ((5.0,), (4.2,))),
    "ContinuousBernoulli": Kind(of("ContinuousBernoulli", "probs"), tt.continuous_bernoulli, ((0.25,), (0.6,)), ((0.75,), (0.9,))),
    "Dirichlet": Kind(td.Dirichlet, lambda a: tt.dirichlet(*a), (((2.0, 3.0, 4.0),), ((1.5, 2.5, 1.1),)), (((1.0, 1.5, 2.0),), ((3.0, 1.25, 2.0),))),
    "Exponential": Kind(td.Exponential, lambda r: tt.family("expon", scale=1 / r), ((1.0,), (2.1,)), ((2.5,), (1.0,))),
    "FisherSnedecor": Kind(td.FisherSnedecor, lambda m, n: tt.family("f", m, n), ((5.0, 7.0), (4.0, 9.5)), ((8.0, 6.0), (6.0, 5.0))),
    "Gamma": Kind(td.Gamma, lambda a, b: tt.family("gamma", a, scale=1 / b), ((2.5, 1.0), (1.5, 2.1)), ((1.5, 2.0), (3.5, 1.0))),
    "GeneralizedPareto": Kind(of("GeneralizedPareto", "loc", "scale", "concentration"), lambda m, s, c: tt.family("genpareto", c, loc=m, scale=s), ((0.0, 1.0, 0.25), (0.0, 2.0, 0.5)), ((0.0, 1.5, 0.5), (0.0, 1.0, 0.3))),
    "Geometric": Kind(of("Geometric", "probs"), tt.geometric, ((0.3,), (0.5,)), ((0.5,), (0.2,))),
    "Gumbel": Kind(td.Gumbel, lambda m, s: tt.family("gumbel_r", loc=m, scale=s), ((-2.0, 1.0), (1.0, 2.1)), ((0.5, 1.5), (2.0, 1.0))),
    "HalfCauchy": Kind(td.HalfCauchy, lambda s: tt.family("halfcauchy", scale=s), ((1.0,), (2.1,)), ((2.0,), (0.5,))),
    "HalfNormal": Kind(td.HalfNormal, lambda s: tt.family("halfnorm", scale=s), ((1.0,), (2.1,)), ((2.0,), (0.5,))),
    "Independent": Kind(lambda m, s: td.Independent(td.Normal(m, s), 1), diagonal_2d, (((0.0, 1.0), (1.0, 2.0)), ((0.1, 0.2), (1.5, 1.0))), (((1.0, 0.0), (2.0, 1.0)), ((0.0, 0.0), (1.0, 1.1)))),
    "InverseGamma": Kind(td.InverseGamma, lambda a, b: tt.family("invgamma", a, scale=b), ((2.0, 3.0), (3.5, 1.1)), ((3.0, 2.0), (2.0, 1.0))),
    "Kumaraswamy": Kind(td.Kumaraswamy, lambda a, b: tt.family("kumaraswamy", a, b), ((2.0, 3.0), (1.5, 2.1)), ((1.5, 2.0), (3.0, 1.25))),
    "LKJCholesky": Kind(lambda c: td.LKJCholesky(2, c), lambda c: tt.family("beta", c, c), ((1.5,), (2.1,)), ((3.0,), (1.25,))),
    "Laplace": Kind(td.Laplace, lambda m, s: tt.family("laplace", loc=m, scale=s), ((-2.0, 1.0), (1.0, 2.1)), ((0.5, 1.5), (2.0, 1.0))),
    "LogNormal": Kind(td.LogNormal, lambda m, s: tt.family("lognorm", s, scale=math.exp(m)), ((0.0, 1.0), (1.0, 0.7)), ((0.5, 1.5), (0.0, 1.0))),
    "LogisticNormal": Kind(td.LogisticNormal, diagonal_2d, (((0.0, 1.0), (1.0, 2.0)), ((0.1, 0.2), (1.5, 1.0))), (((1.0, 0.0), (2.0, 1.0)), ((0.0, 0.0), (1.0, 1.1)))),
    "LowRankMultivariateNormal": Kind(td.LowRankMultivariateNormal, of_factor, (((0.0, 1.0), ((1.0,), (0.5,)), (1.0, 2.0)), ((0.1, 0.0), ((0.3,), (1.0,)), (0.5, 1.0))), (((1.0, 1.0), ((0.5,), (-1.0,)), (1.0, 1.0)), ((0.0, 0.0), ((1.1,), (0.2,)), (1.0, 0.7)))),
    "MixtureSameFamily": Kind(mixture, gaussians, (((0.25, 0.75), (-1.0, 1.0), (1.0, 0.5)), ((0.4, 0.6), (0.0, 2.1), (1.0, 1.5))), (((0.5, 0.5), (0.0, 1.5), (1.0, 1.0)), ((0.9, 0.1), (-1.0, 1.0), (0.7, 2.0)))),
    "Multinomial": Kind(lambda n, p: td.Multinomial(int(n.reshape(-1)[0]), probs=p), lambda n, p: tt.multinomial(int(n), *p), ((4.0, (0.5, 0.25, 0.25)), (4.0, (0.2, 0.3, 0.5))), ((4.0, (0.25, 0.25, 0.5)), (4.0, (0.6, 0.3, 0.1)))),
    "MultivariateNormal": Kind(td.MultivariateNormal, normal_2d, (((0.0, 1.0), MATRIX), ((0.1, 0.2), ((1.0, 0.0), (0.0, 0.5)))), (((1.0, 0.0), ((1.0, -0.25), (-0.25, 1.5))), ((0.0, 0.0), MATRIX))),
    "NegativeBinomial": Kind(lambda r, p: td.NegativeBinomial(r, probs=p), tt.negative_binomial, ((5.0, 0.25), (3.5, 0.6)), ((8.0, 0.5), (3.5, 0.4))),
    "Normal": Kind(td.Normal, lambda m, s: tt.family("norm", loc=m, scale=s), ((-2.0, 1.0), (1.0, 2.1)), ((0.5, 1.5), (2.0, 1.0))),
    "OneHotCategorical": Kind(of("OneHotCategorical", "probs"), lambda p: tt.categorical(*p), (((0.5, 0.25, 0.25),), ((0.2, 0.3, 0.5),)), (((0.25, 0.25, 0.5),), ((0.6, 0.3, 0.1),))),
    "OneHotCategoricalStraightThrough": Kind(of("OneHotCategoricalStraightThrough", "probs"), lambda p: tt.categorical(*p), (((0.5, 0.25, 0.25),),), (((0.25, 0.25, 0.5),),)),
    "Pareto": Kind(td.Pareto, lambda s, a: tt.family("pareto", a, scale=s), ((2.5, 2.5), (4.0, 3.75)), ((2.25, 3.0), (3.75, 2.2))),
    "Poisson": Kind(td.Poisson, tt.poisson, ((3.0,), (0.7,)), ((5.0,), (10.0,))),
    "RelaxedBernoulli": Kind(relaxed(td.RelaxedBernoulli), tt.relaxed_bernoulli, ((0.5, 0.25), (0.5, 0.6)), ((0.5, 0.5), (0.5, 0.3))),
    "RelaxedOneHotCategorical": Kind(relaxed(td.RelaxedOneHotCategorical), lambda t, p: tt.relaxed_one_hot(t, *p), ((0.75, (0.5, 0.25, 0.25)), (0.75, (0.2, 0.3, 0.5))), ((0.75, (0.25, 0.25, 0.5)), (0.75, (0.6, 0.3, 0.1)))),
    "LogitRelaxedBernoulli": Kind(relaxed(LogitRelaxedBernoulli), tt.relaxed_bernoulli, ((0.5, 0.25), (0.5, 0.6)), ((0.5, 0.5), (0.5, 0.3))),
    "ExpRelaxedCategorical": Kind(relaxed(ExpRelaxedCategorical), lambda t, p: tt.relaxed_one_hot(t, *p), ((0.75, (0.5, 0.25, 0.25)),), ((0.75, (0.25, 0.25, 0.5)),)),
    "StudentT": Kind(td.StudentT, lambda k, m, s: tt.family("t", k, loc=m, scale=s), ((4.0, 0.0, 1.0), (2.5, 1.0, 2.1)), ((3.0, 1.0, 1.5), (6.0, 0.0, 1.0))),
    "TransformedDistribution": Kind(exp_of, lambda m, s: tt.family("lognorm", s, scale=math.exp(m)), ((0.0, 1.0), (1.0, 0.7)), ((0.5, 1.5), (0.0, 1.0))),
    "Uniform": Kind(td.Uniform, lambda a, b: tt.family("uniform", loc=a, scale=b - a), ((0.25, 0.75), (0.5, 1.0)), ((0.0, 1.0), (0.25, 2.0))),
    "VonMises": Kind(td.VonMises, tt.von_mises, ((0.0, 1.0), (1.0, 2.1)), ((1.0, 2.0), (-2.0, 0.5))),
    "Weibull": Kind(td.Weibull, lambda s, c: tt.family("weibull_min", c, scale=s), ((1.0, 1.5), (2.1, 2.0)), ((2.0, 1.25), (1.5, 3.0))),
    "Wishart": Kind(lambda df, s: td.Wishart(df, covariance_matrix=s), trace_of_wishart, ((4.0, MATRIX), (5.5, DOUBLE)), ((4.0, DOUBLE), (5.5, MATRIX))),
    "UniformBeyond": Kind(td.Uniform, lambda a, b: tt.family("uniform", loc=a, scale=b - a), ((3.0, 4.0), (5.0, 6.5)), ()),
}  # fmt: skip
"""By the name of the class: what it is made of."""

INSIDE = {("Uniform", "Pareto"): ("UniformBeyond", "Pareto")}
"""Pairs that are finite only where p lies inside q."""
GENERAL = {"ExponentialFamily": "Wishart"}
"""A class that stands for a general one of torch's registry."""


def pairs():
    """(label, kind of p, kind of q, registered): torch's registry, then every class by itself."""
    found = {}
    for p, q in sorted(_KL_REGISTRY, key=lambda pair: tuple(c.__name__ for c in pair)):
        names = (p.__name__, q.__name__)
        held = tuple(GENERAL.get(name, name) for name in INSIDE.get(names, names))
        found[names] = (held, True)
    for name in KINDS:
        if name != "UniformBeyond":
            found.setdefault((name, name), ((name, name), False))
    for names, (held, registered) in found.items():
        yield "‖".join(names), KINDS[held[0]], KINDS[held[1]], registered


def missing():
    """Classes of torch.distributions that `KINDS` lacks."""
    abstract = {"Distribution", "ExponentialFamily"}
    classes = {n for n in td.__all__ if isinstance(getattr(td, n), type)}
    laws = {n for n in classes if issubclass(getattr(td, n), td.Distribution)}
    return sorted(laws - set(KINDS) - abstract)


def members(p, q):
    """Rows of p beside rows of q."""
    return list(zip(p.rows, itertools.islice(itertools.cycle(q.others), len(p.rows)), strict=True))
