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
from divkit.distributions.parse import parse_law
from divkit.estimators.api import estimate
from divkit.estimators.information.api import mutual_information
from divkit.exact.batch.api import divergence_batch
from divkit.exact.batch.laws import NormalBatch, NormalMixtureBatch
from divkit.exact.entry import divergence
from divkit.exact.named import (
    alpha_divergence,
    bhattacharyya_distance,
    chi2_divergence,
    energy_distance,
    gan_value,
    hellinger2,
    hellinger_distance,
    jeffreys_divergence,
    js_distance,
    js_divergence,
    kl_divergence,
    mmd2,
    neyman_chi2_divergence,
    renyi_divergence,
    reverse_kl_divergence,
    squared_hellinger,
    triangular_discrimination,
    tv_distance,
    w1_distance,
    w2_distance,
    weighted_js_divergence,
)
from divkit.results import Result
from divkit.theory import verify
from divkit.training.gan.api import train_gan
from divkit.types import Distribution

__version__: str

__all__ = [
    "BatchResult",
    "Comparison",
    "Distribution",
    "NormalBatch",
    "NormalMixtureBatch",
    "Result",
    "__version__",
    "alpha_divergence",
    "as_law",
    "bench",
    "bhattacharyya_distance",
    "chi2_divergence",
    "compare",
    "comparison",
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
    "games",
    "gan",
    "gan_value",
    "hellinger2",
    "hellinger_distance",
    "jeffreys_divergence",
    "js_distance",
    "js_divergence",
    "kl_divergence",
    "law",
    "maximise_value",
    "mmd2",
    "mutual_information",
    "neyman_chi2_divergence",
    "parse_law",
    "plots",
    "problems",
    "renyi_divergence",
    "reverse_kl_divergence",
    "sample",
    "samples",
    "squared_hellinger",
    "theory",
    "train_gan",
    "triangular_discrimination",
    "tv_distance",
    "verify",
    "w1_distance",
    "w2_distance",
    "weighted_js_divergence",
]
