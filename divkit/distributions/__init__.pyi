from divkit.distributions.adapt.api import as_law, register_adapter, sample
from divkit.distributions.base import Feature, Law, Law1D
from divkit.distributions.callable.custom import law
from divkit.distributions.compose.coupled import Coupled
from divkit.distributions.compose.labelled import by_mode, labelled
from divkit.distributions.compose.mixed import MixedLaw, Stratum
from divkit.distributions.compose.mixture import Mixture, Mixture1D, mixture, mixture_from_logs
from divkit.distributions.compose.product import Product, product
from divkit.distributions.compose.transformed import Transformed, Transformed1D, transformed
from divkit.distributions.compose.truncated import Truncated, truncated
from divkit.distributions.copulas.archimedean import (
    ClaytonPair,
    FrankPair,
    GumbelPair,
    JoePair,
)
from divkit.distributions.copulas.elliptical import NormalPair, StudentPair
from divkit.distributions.copulas.pair import FlippedPair, IndependentPair, PairCopula
from divkit.distributions.copulas.vine import Vine, VineColumn
from divkit.distributions.counts.chance import Logit
from divkit.distributions.counts.decays import Boltzmann, DiscreteLaplace, Planck
from divkit.distributions.counts.image import CountImage
from divkit.distributions.counts.law import CountLaw
from divkit.distributions.counts.poisson import Poisson, Skellam
from divkit.distributions.counts.powers import Logarithmic, YuleSimon, Zipf, Zipfian
from divkit.distributions.counts.trials import (
    BetaBinomial,
    Binomial,
    DiscreteUniform,
    Hypergeometric,
    binomial,
)
from divkit.distributions.counts.user import count_law
from divkit.distributions.counts.waiting import (
    BetaNegativeBinomial,
    Geometric,
    NegativeBinomial,
    NegativeHypergeometric,
)
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.multivariate import MultivariateNormal, MultivariateStudentT
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.distributions.families.stable import Stable, stable
from divkit.distributions.finite.discrete import FiniteLaw, bernoulli, categorical
from divkit.distributions.finite.images import BinaryImages, bars_and_stripes, ising
from divkit.distributions.maps.scalar import Affine, Asinh, Exp, Log, Power, Sigmoid, Sinh, Tanh
from divkit.distributions.maps.space import Bend, Linear, Map, ScalarMap, Twist, Widen
from divkit.distributions.parse.law import LAWS, LawExpression, LawSyntaxError, parse_law
from divkit.distributions.shapes.circle import VonMises, WrappedCauchy
from divkit.distributions.shapes.compositions import (
    DirichletMultinomial,
    Multinomial,
    MultivariateHypergeometric,
)
from divkit.distributions.shapes.correlations import LKJ, LKJCholesky
from divkit.distributions.shapes.matrix_normal import MatrixNormal
from divkit.distributions.shapes.simplex import Dirichlet, logistic_normal, relaxed_one_hot
from divkit.distributions.shapes.singular_normal import SingularNormal
from divkit.distributions.shapes.sphere import VonMisesFisher
from divkit.distributions.shapes.wishart import InverseWishart, Wishart
from divkit.distributions.strata import Strata
from divkit.distributions.support import Atoms, Boxes, Lattice, Singular, Unknown
from divkit.distributions.toys.targets import (
    banana,
    checkerboard,
    funnel,
    grid,
    moons,
    pinwheel,
    ring,
    rings,
    spiral,
)

__all__ = [
    "LAWS",
    "LKJ",
    "Affine",
    "Asinh",
    "Atoms",
    "Bend",
    "Beta",
    "BetaBinomial",
    "BetaNegativeBinomial",
    "BinaryImages",
    "Binomial",
    "Boltzmann",
    "Boxes",
    "Cauchy",
    "ClaytonPair",
    "CountImage",
    "CountLaw",
    "Coupled",
    "Dirichlet",
    "DirichletMultinomial",
    "DiscreteLaplace",
    "DiscreteUniform",
    "Exp",
    "Exponential",
    "Feature",
    "FiniteLaw",
    "FlippedPair",
    "FrankPair",
    "Gamma",
    "Geometric",
    "Gumbel",
    "GumbelPair",
    "Hypergeometric",
    "IndependentPair",
    "InverseWishart",
    "JoePair",
    "LKJCholesky",
    "Laplace",
    "Lattice",
    "Law",
    "Law1D",
    "LawExpression",
    "LawSyntaxError",
    "Linear",
    "Log",
    "LogNormal",
    "Logarithmic",
    "Logistic",
    "Logit",
    "Map",
    "MatrixNormal",
    "MixedLaw",
    "Mixture",
    "Mixture1D",
    "Multinomial",
    "MultivariateHypergeometric",
    "MultivariateNormal",
    "MultivariateStudentT",
    "NegativeBinomial",
    "NegativeHypergeometric",
    "Normal",
    "NormalPair",
    "PairCopula",
    "Pareto",
    "Planck",
    "Poisson",
    "Power",
    "Product",
    "ScalarMap",
    "Sigmoid",
    "Singular",
    "SingularNormal",
    "Sinh",
    "Skellam",
    "Stable",
    "Strata",
    "Stratum",
    "StudentPair",
    "StudentT",
    "Tanh",
    "Transformed",
    "Transformed1D",
    "Truncated",
    "Twist",
    "Uniform",
    "Unknown",
    "Vine",
    "VineColumn",
    "VonMises",
    "VonMisesFisher",
    "Widen",
    "Wishart",
    "WrappedCauchy",
    "YuleSimon",
    "Zipf",
    "Zipfian",
    "as_law",
    "banana",
    "bars_and_stripes",
    "bernoulli",
    "binomial",
    "by_mode",
    "categorical",
    "checkerboard",
    "count_law",
    "funnel",
    "grid",
    "ising",
    "labelled",
    "law",
    "logistic_normal",
    "mixture",
    "mixture_from_logs",
    "moons",
    "parse_law",
    "pinwheel",
    "product",
    "register_adapter",
    "relaxed_one_hot",
    "ring",
    "rings",
    "sample",
    "spiral",
    "stable",
    "transformed",
    "truncated",
]
