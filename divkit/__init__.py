"""divkit: divergences between probability laws — exact, certified, trained and estimated.

Every name below is imported when it is first used, so that `import divkit` is quick.

>>> import divkit
>>> p, q = divkit.distributions.Normal(0, 1), divkit.distributions.Normal(1, 1)
>>> round(float(divkit.js_divergence(p, q)), 12)
0.111421482185
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # typing itself is not imported: the command line starts the sooner
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"

_HOMES: dict[str, tuple[str, ...]] = {
    "divkit.exact.api": ("divergence",),
    "divkit.comparison.compare": ("Comparison", "compare"),
    "divkit.critics.maximise": ("maximise_value",),
    "divkit.estimators.api": ("estimate",),
    "divkit.estimators.information.api": ("mutual_information",),
    "divkit.exact.batch.api": ("divergence_batch",),
    "divkit.exact.batch.laws": ("NormalBatch", "NormalMixtureBatch"),
    "divkit.exact.curves": ("curve",),
    "divkit.exact.named": (
        "alpha_divergence",
        "bhattacharyya_distance",
        "chi2_divergence",
        "energy_distance",
        "gan_value",
        "hellinger2",
        "hellinger_distance",
        "jeffreys_divergence",
        "js_distance",
        "js_divergence",
        "kl_divergence",
        "mmd2",
        "neyman_chi2_divergence",
        "renyi_divergence",
        "reverse_kl_divergence",
        "squared_hellinger",
        "triangular_discrimination",
        "tv_distance",
        "w1_distance",
        "w2_distance",
        "weighted_js_divergence",
    ),
    "divkit.density.registry": ("fit_density",),
    "divkit.distributions.adapt": ("as_law", "sample"),
    "divkit.distributions.callable.custom": ("law",),
    "divkit.distributions.parse": ("parse_law",),
    "divkit.training.gan.api": ("train_gan",),
    "divkit.batch_results": ("BatchResult",),
    "divkit.results": ("Result",),
    "divkit.theory": ("verify",),
    "divkit.types": ("Distribution",),
}
_SUBPACKAGES = (
    "comparison",
    "critics",
    "density",
    "distributions",
    "divergences",
    "estimators",
    "exact",
    "games",
    "gan",
    "plots",
    "problems",
    "samples",
    "theory",
)
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__", *sorted(_HOME), *_SUBPACKAGES]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    if name in _SUBPACKAGES:
        return importlib.import_module(f"divkit.{name}")
    raise AttributeError(f"module 'divkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
