from divkit import (
    bench,
    comparison,
    critics,
    curves,
    density,
    distributions,
    divergences,
    estimators,
    exact,
    games,
    gan,
    plots,
    problems,
    samples,
    theory,
)
from divkit.batch_results import BatchResult
from divkit.comparison.compare import Comparison, compare
from divkit.critics.maximise import maximise_value
from divkit.curves.api import curve
from divkit.density.registry import fit_density
from divkit.distributions.adapt import as_law, sample
from divkit.distributions.callable.custom import law
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.compose.product import product
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.compose.truncated import truncated
from divkit.distributions.counts.decays import Boltzmann, DiscreteLaplace, Planck
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
from divkit.distributions.finite.discrete import bernoulli, categorical
from divkit.distributions.finite.images import bars_and_stripes, ising
from divkit.distributions.parse import parse_law
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
from divkit.distributions.toys.targets import (
    banana,
    checkerboard,
    funnel,
    moons,
    pinwheel,
    ring,
    rings,
    spiral,
)
from divkit.estimators.api import estimate
from divkit.estimators.information.api import mutual_information
from divkit.exact.batch.api import divergence_batch
from divkit.exact.batch.laws import NormalBatch, NormalMixtureBatch
from divkit.exact.entry import divergence
from divkit.exact.named import (
    alpha_divergence,
    bhattacharyya_distance,
    chi2_divergence,
    gan_value,
    hellinger2,
    hellinger_distance,
    jeffreys_divergence,
    js_distance,
    js_divergence,
    kl_divergence,
    neyman_chi2_divergence,
    renyi_divergence,
    reverse_kl_divergence,
    squared_hellinger,
    triangular_discrimination,
    tv_distance,
    weighted_js_divergence,
)
from divkit.exact.named_metrics import energy_distance, mmd2, w1_distance, w2_distance
from divkit.results import Result
from divkit.theory import verify, verify_pair
from divkit.training.gan.api import train_gan
from divkit.types import Distribution

__version__: str

__all__ = [
    "LKJ",
    "BatchResult",
    "Beta",
    "BetaBinomial",
    "BetaNegativeBinomial",
    "Binomial",
    "Boltzmann",
    "Cauchy",
    "Comparison",
    "Dirichlet",
    "DirichletMultinomial",
    "DiscreteLaplace",
    "DiscreteUniform",
    "Distribution",
    "Exponential",
    "Gamma",
    "Geometric",
    "Gumbel",
    "Hypergeometric",
    "InverseWishart",
    "LKJCholesky",
    "Laplace",
    "LogNormal",
    "Logarithmic",
    "Logistic",
    "MatrixNormal",
    "Multinomial",
    "MultivariateHypergeometric",
    "MultivariateNormal",
    "MultivariateStudentT",
    "NegativeBinomial",
    "NegativeHypergeometric",
    "Normal",
    "NormalBatch",
    "NormalMixtureBatch",
    "Pareto",
    "Planck",
    "Poisson",
    "Result",
    "SingularNormal",
    "Skellam",
    "Stable",
    "StudentT",
    "Uniform",
    "VonMises",
    "VonMisesFisher",
    "Wishart",
    "WrappedCauchy",
    "YuleSimon",
    "Zipf",
    "Zipfian",
    "__version__",
    "alpha_divergence",
    "as_law",
    "banana",
    "bars_and_stripes",
    "bench",
    "bernoulli",
    "bhattacharyya_distance",
    "binomial",
    "categorical",
    "checkerboard",
    "chi2_divergence",
    "compare",
    "comparison",
    "count_law",
    "critics",
    "curve",
    "curves",
    "density",
    "distributions",
    "divergence",
    "divergence_batch",
    "divergences",
    "energy_distance",
    "estimate",
    "estimators",
    "exact",
    "fit_density",
    "funnel",
    "games",
    "gan",
    "gan_value",
    "hellinger2",
    "hellinger_distance",
    "ising",
    "jeffreys_divergence",
    "js_distance",
    "js_divergence",
    "kl_divergence",
    "law",
    "logistic_normal",
    "maximise_value",
    "mixture",
    "mmd2",
    "moons",
    "mutual_information",
    "neyman_chi2_divergence",
    "parse_law",
    "pinwheel",
    "plots",
    "problems",
    "product",
    "relaxed_one_hot",
    "renyi_divergence",
    "reverse_kl_divergence",
    "ring",
    "rings",
    "sample",
    "samples",
    "spiral",
    "squared_hellinger",
    "stable",
    "theory",
    "train_gan",
    "transformed",
    "triangular_discrimination",
    "truncated",
    "tv_distance",
    "verify",
    "verify_pair",
    "w1_distance",
    "w2_distance",
    "weighted_js_divergence",
]
