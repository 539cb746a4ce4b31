"""Every kind of law that divkit has, a few members each.

A law that can be made without arguments joins the suite by itself; of any other the suite asks for
an instance here.
"""

import importlib
import inspect
import pkgutil
import re

import numpy as np
import scipy.stats as ss
import torch
import torch.distributions as td

import divkit.distributions
from divkit.distributions import (
    Affine,
    Beta,
    BetaBinomial,
    BetaNegativeBinomial,
    Binomial,
    Boltzmann,
    Cauchy,
    ClaytonPair,
    Coupled,
    DiscreteLaplace,
    DiscreteUniform,
    Exponential,
    FiniteLaw,
    FlippedPair,
    FrankPair,
    Gamma,
    Geometric,
    Gumbel,
    GumbelPair,
    Hypergeometric,
    Laplace,
    Law,
    Law1D,
    Logarithmic,
    Logistic,
    Logit,
    LogNormal,
    MixedLaw,
    MultivariateNormal,
    MultivariateStudentT,
    NegativeBinomial,
    NegativeHypergeometric,
    Normal,
    Pareto,
    Planck,
    Poisson,
    Product,
    Skellam,
    Stratum,
    StudentPair,
    StudentT,
    Uniform,
    Vine,
    VineColumn,
    YuleSimon,
    Zipf,
    Zipfian,
    as_law,
    banana,
    bars_and_stripes,
    bernoulli,
    categorical,
    checkerboard,
    count_law,
    funnel,
    grid,
    ising,
    law,
    mixture,
    moons,
    pinwheel,
    ring,
    rings,
    spiral,
    stable,
    transformed,
    truncated,
)
from divkit.distributions.finite.named import NamedLaw
from divkit.distributions.maps.scalar import Exp, Power, Sigmoid, Sinh, Tanh
from divkit.distributions.shapes.circle import VonMises, WrappedCauchy
from divkit.distributions.shapes.compositions import (
    DirichletMultinomial,
    Multinomial,
    MultivariateHypergeometric,
)
from divkit.distributions.shapes.correlations import LKJ, LKJCholesky
from divkit.distributions.shapes.matrix_normal import MatrixNormal
from divkit.distributions.shapes.simplex import (
    Dirichlet,
    DirichletContrasts,
    GumbelContrasts,
    logistic_normal,
    relaxed_one_hot,
)
from divkit.distributions.shapes.singular_normal import SingularNormal
from divkit.distributions.shapes.sphere import VonMisesFisher
from divkit.distributions.shapes.wishart import InverseWishart, Wishart
from divkit.distributions.shapes.wishart_factor import WishartFactor

LINE = [
    Normal(),
    Normal(1e4, 1e-3),
    Laplace(0.3, 2.0),
    Logistic(-2.0, 0.7),
    Gumbel(0.5, 1.2),
    Cauchy(1.0, 3.0),
    StudentT(0.7, 1.0, 2.0),
    StudentT(3.0),
    StudentT(1e6, -5.0, 0.1),
    Uniform(-1.0, 3.0),
    Exponential(1e3),
    Gamma(0.3, 2.0),
    Gamma(1.0, 3.0),
    Gamma(2.5, 0.01),
    Gamma(1e5, 1.0),
    Beta(0.4, 0.6),
    Beta(1.0, 1.0),
    Beta(0.5, 40.0),
    Beta(3e4, 2e3),
    LogNormal(0.5, 0.3),
    LogNormal(-2.0, 3.0),
    Pareto(0.8, 2.0),
    Pareto(40.0, 1e-3),
    mixture([0.001, 0.999], [Normal(5.0, 1e-3), Normal(0.0, 1.0)]),
    mixture([0.3, 0.4, 0.3], [Uniform(0, 1), Laplace(0.5, 0.1), Uniform(2, 3)]),
    mixture([0.5, 0.25, 0.25], [Gamma(0.5, 1.0), Cauchy(), Normal(-30, 0.1)]),
    mixture([0.5, 0.5], [mixture([0.5, 0.5], [Normal(), Gumbel()]), StudentT(2.0)]),
    transformed(Gamma(2.0, 1.0), Affine(1.0, -3.0)),
    transformed(Normal(), Exp()),
    truncated(Normal(0.5, 2.0), -1.0, 2.0),
    stable(1.8, -0.5, 0.5, 2.0),
    stable(0.75, 0.25),
    truncated(Gamma(2.0, 1.0), 0.5),
    transformed(Normal(0.5, 2.0), Sigmoid()),
    transformed(Logistic(), Tanh()),
    transformed(Normal(), Sinh()),
    transformed(Normal(), Power(3)),
    law(lambda x: -0.5 * x**2 - 0.5 * np.log(2 * np.pi)),
    law(density=lambda x: 2 * x, support=(0, 1)),
    law(lambda x: -(np.abs(x - 2) ** 1.5), normalize=True, kinks=(2.0,), features=[(2.0, 1.0)]),
    law(lambda x: -np.abs(x) - np.log(2), kinks=(0.0,), sample=lambda n, rng: rng.laplace(size=n)),
    as_law(ss.halfnorm(1, 2)),
    as_law(ss.Normal(mu=1, sigma=2) * 2),
    as_law(td.Weibull(2.0, 1.5)),
    as_law(ss.gaussian_kde([0.0, 1.0, 1.5, 7.0])),
    as_law((np.array([2.0, 0.0, 5.0, 3.0]), np.array([-1.0, 0.0, 0.5, 3.0, 4.0]))),
]

PLANE = [
    MultivariateNormal((1.0, -2.0), ((2.0, 0.5), (0.5, 0.3))),
    MultivariateStudentT(3.0, (0.0, 1.0), ((1.0, -0.2), (-0.2, 0.5))),
    Product((Laplace(), Gamma(3.0, 1.0))),
    Product((Uniform(), Beta(2.0, 3.0))),
    Coupled((Exponential(), Laplace()), MultivariateNormal((0.0, 0.0), ((1.0, 0.4), (0.4, 1.0)))),
    Vine((VineColumn(1), VineColumn(0, (1,), (FlippedPair(ClaytonPair(2.0), True, False),)))),
    ring(),
    grid(3, 1.0, 0.1),
    checkerboard(),
    rings(),
    moons(),
    spiral(),
    banana(),
    pinwheel(),
    law(
        lambda x: -np.abs(x).sum(axis=1) - 2 * np.log(2),
        dim=2,
        sample=lambda n, rng: rng.laplace(size=(n, 2)),
        features=[((0.0, 0.0), (1.0, 1.0))],
    ),
]

STRETCHED = [funnel(), funnel(5, 1.0)]

SPACE = [
    MultivariateNormal((0.0,) * 5, np.diag([1.0, 2.0, 3.0, 4.0, 1e-4]).tolist()),
    MultivariateStudentT(7.0, (1.0,) * 3, np.eye(3).tolist()),
    Product((Normal(), Logistic(), Gumbel(), StudentT(5.0))),
    banana(4),
    Vine(
        (
            VineColumn(0),
            VineColumn(1, (0,), (GumbelPair(1.5),)),
            VineColumn(2, (1, 0), (StudentPair(4.0, 0.5), FrankPair(3.0))),
        )
    ),
    GumbelContrasts((0.5, -1.0, 0.0), 1.3),
    DirichletContrasts((0.4, 2.0, 1.5, 30.0)),
    WishartFactor(3.5, ((1.0, 0.0), (0.3, 0.5))),
    MatrixNormal(((1.0, 2.0), (0.0, 0.5)), ((1.0, 0.3), (0.3, 2.0)), ((0.5, 0.1), (0.1, 1.0))),
    mixture(
        [0.3, 0.7],
        [
            Product((Normal(), Normal(3.0), Logistic())),
            MultivariateNormal((0.0, 1.0, 2.0), np.eye(3).tolist()),
        ],
    ),
]

FINITE = [
    bernoulli(0.1),
    categorical((0.2, 0.5, 0.3)),
    FiniteLaw([[0.0, 1.5], [2.0, -1.0], [2.0, 1.5]], [0.5, 0.25, 0.25]),
    NamedLaw.of_names(("cat", "dog", ("eel", 3)), np.array([0.5, 0.25, 0.25])),
    bars_and_stripes(2),
    bars_and_stripes(3),
    ising(2, 3, 0.4, 0.1),
    Product((bernoulli(0.3), categorical((0.5, 0.5)))),
    mixture([0.5, 0.5], [bernoulli(0.1), bernoulli(0.9)]),
    as_law(ss.binom(5, 0.3)),
]

COUNTS = [
    Poisson(3.0),
    Geometric(0.3),
    NegativeBinomial(2.5, Logit(-0.4)),
    BetaNegativeBinomial(5.0, 4.5, 2.5),
    NegativeHypergeometric(100, 30, 20),
    Binomial(5000, 0.3),
    BetaBinomial(30, 2.0, 3.0),
    Hypergeometric(100, 30, 20, 0.5),
    DiscreteUniform(7),
    Zipf(4.5),
    Zipfian(1.1, 40),
    Logarithmic(0.6),
    YuleSimon(5.5),
    Planck(0.4),
    Boltzmann(0.3, 12),
    DiscreteLaplace(0.7),
    Skellam(3.0, 5.0),
    count_law(lambda k: np.log(0.5) * (k + 1), ratio_bound=(0, 0.5, 0.5)),
    transformed(Poisson(3.0), Affine(0.5, -2.0)),
    mixture([0.3, 0.7], [FiniteLaw([0.0], [1.0]), Poisson(6.0)]),
]


SHAPES = [
    Dirichlet((1.0, 2.5, 0.7)),
    logistic_normal((0.0, 1.0), ((1.0, 0.2), (0.2, 0.5))),
    relaxed_one_hot(0.9, (0.0, 1.0, -0.5)),
    relaxed_one_hot(0.9, (0.0, 1.0, -0.5), logs=True),
    as_law(td.LogisticNormal(torch.zeros(2), torch.ones(2))),
    VonMises(3.0, 2.0),
    VonMises(0.0, 0.0),
    WrappedCauchy(-1.0, 0.6),
    VonMisesFisher((1.0, 2.0), 3.0),
    VonMisesFisher((0.0, 2.0, 1.0, 0.0), 30.0),
    Wishart(3.5, ((1.0, 0.2), (0.2, 0.5))),
    InverseWishart(4.5, ((1.0, 0.2), (0.2, 0.5))),
    LKJ(3, 1.7),
    LKJCholesky(4, 0.6),
    SingularNormal((0.0, 1.0, 2.0), ((1.0, 2.0, 3.0), (2.0, 4.0, 6.0), (3.0, 6.0, 10.0))),
    Multinomial(6, (0.2, 0.0, 0.8)),
    DirichletMultinomial(5, (0.3, 2.0, 1.0)),
    MultivariateHypergeometric((3, 4, 2), 5),
    mixture([0.5, 0.5], [VonMises(0.0, 3.0), WrappedCauchy(1.0, 0.3)]),
    Product((VonMises(), Normal(), bernoulli(0.3))),
    mixture([0.3, 0.7], [FiniteLaw([0.0, 2.0], [0.5, 0.5]), Exponential()]),
    MixedLaw(
        (0.2, 0.3, 0.1, 0.4),
        (
            Stratum((0.0, None), Normal(1.0, 1.0)),
            Stratum((None, 1.0), Laplace()),
            Stratum((0.0, 1.0)),
            Stratum((None, None), MultivariateNormal((0.0, 0.0), ((1.0, 0.5), (0.5, 1.0)))),
        ),
    ),
]
"""Laws that do not live on open sets of R^d."""


def kinds(base=Law):
    """Every concrete type of law that is defined under `divkit.distributions`."""
    for module in pkgutil.walk_packages(divkit.distributions.__path__, "divkit.distributions."):
        importlib.import_module(module.name)
    below = {base, *(kind for sub in base.__subclasses__() for kind in kinds(sub))}
    own = {kind for kind in below if kind.__module__.startswith("divkit.distributions.")}
    return {kind for kind in own if not inspect.isabstract(kind)}


def without_instance():
    """The types of which no instance is in the lists above, by name."""
    listed = [*LINE, *PLANE, *STRETCHED, *SPACE, *FINITE, *SHAPES, *COUNTS]
    present = {type(each) for each in listed}
    return sorted(kinds() - present, key=lambda kind: kind.__name__)


def made_of_nothing(kind):
    """Whether a type has defaults for all that it takes."""
    parameters = inspect.signature(kind).parameters.values()
    return all(p.default is not p.empty for p in parameters)


LINE += [k() for k in without_instance() if issubclass(k, Law1D) and made_of_nothing(k)]
DENSE = [*LINE, *PLANE, *STRETCHED, *SPACE]
ALL = [*DENSE, *FINITE, *SHAPES, *COUNTS]


def label(value):
    """A short test id; where a function is, its address is left out."""
    return re.sub(r" at 0x[0-9a-f]+", "", " ".join(repr(value).split()))[:60]
