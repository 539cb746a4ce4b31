"""The protocol of an estimator, and the table of their names.

An estimator is a frozen dataclass: its fields are its hyper-parameters, its repr goes into the
result. Fields named `level` and `rng` are filled by `divkit.estimators.api.estimate`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from divkit.divergences.base import Divergence
from divkit.registry import Registry
from divkit.results import Result
from divkit.types import Samples


class NotEstimableError(ValueError):
    """An estimator does not apply to this divergence or these samples; the message says why.

    >>> import divkit
    >>> try:
    ...     divkit.estimate([0.0, 1.0, 2.0, 3.0], [0.5, 1.5, 2.5, 3.5], "w1", "knn")
    ... except NotEstimableError as fault:
    ...     print(str(fault).rpartition(". ")[2])
    Take a method for metrics: w1, sliced, sinkhorn or kernel_metric.
    """


class Estimator(Protocol):
    """Samples of two laws to an estimate of a divergence, with an interval.

    >>> import numpy as np
    >>> from divkit.divergences import JS
    >>> from divkit.estimators.api import ESTIMATORS
    >>> estimator: Estimator = ESTIMATORS["knn"]()
    >>> x, y = np.random.default_rng(0).normal(size=(2, 50, 1))
    >>> estimator(x, y, JS).name
    'js'
    """

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        ...


ESTIMATORS: Registry[Callable[..., Estimator]] = Registry("estimator")
"""Makers by name, imported when they are first asked for."""
ESTIMATORS.defer("auto", "divkit.estimators.auto:AutoEstimator")
ESTIMATORS.defer(
    "knn", "divkit.estimators.neighbours.method:NearestNeighbour", "nearest_neighbour"
)
ESTIMATORS.defer("density_ratio", "divkit.estimators.density_ratio:DensityRatio", "lsif", "ulsif")
ESTIMATORS.defer("telescoping", "divkit.estimators.telescoping.method:Telescoping", "tre")
ESTIMATORS.defer("logistic", "divkit.estimators.classifiers.learners:LogisticClassifier")
ESTIMATORS.defer("boosting", "divkit.estimators.classifiers.learners:Boosting")
ESTIMATORS.defer(
    "perceptron", "divkit.estimators.classifiers.learners:PerceptronClassifier", "mlp"
)
ESTIMATORS.defer("deep", "divkit.estimators.classifiers.deep:Deep", "gauss_newton")
ESTIMATORS.defer("classifier", "divkit.estimators.classifiers.method:Classifier")
ESTIMATORS.defer("lower_bound", "divkit.estimators.held_out_limit:LowerBound")
ESTIMATORS.defer("resampled", "divkit.estimators.resampled:Resampled")
ESTIMATORS.defer("variational", "divkit.estimators.variational:Variational", "nwj")
ESTIMATORS.defer("one_step", "divkit.estimators.one_step:OneStep", "von_mises")
ESTIMATORS.defer("plug_in", "divkit.estimators.plug_in:PlugIn", "plugin")
ESTIMATORS.defer("w1", "divkit.estimators.transport:WassersteinLine", "wasserstein")
ESTIMATORS.defer("sliced", "divkit.estimators.transport:SlicedWasserstein")
ESTIMATORS.defer("sinkhorn", "divkit.estimators.transport:Sinkhorn")
ESTIMATORS.defer("kernel_metric", "divkit.estimators.kernel_metrics:KernelMetric", "mmd", "energy")
ESTIMATORS.defer(
    "kernel_logistic", "divkit.estimators.kernel_logistic.method:KernelLogistic", "klr"
)
