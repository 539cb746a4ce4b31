"""Density estimators by name: a sample in, a fitted density out."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Literal, TypedDict, Unpack

import numpy as np

from divkit.density.auto.method import AutoDensity
from divkit.density.base import DensityEstimator
from divkit.density.gaussian_mixture import GaussianMixture
from divkit.density.histogram import Histogram
from divkit.density.kde import KernelDensity
from divkit.density.likelihood import MaximumLikelihood
from divkit.density.nearest import NearestNeighbours
from divkit.floats import own_rules
from divkit.frames import is_frame
from divkit.registry import Registry, resolve
from divkit.rng import RandomState
from divkit.samples import as_rows
from divkit.signatures import listed
from divkit.types import Samples

DENSITIES: Registry[Callable[..., DensityEstimator]] = Registry("density estimator")


def _flow(**options: Any) -> DensityEstimator:
    """The flow's module is loaded when it is asked for: zuko is an extra."""
    flow: DensityEstimator = importlib.import_module("divkit.density.flow").NeuralSplineFlow(
        **options
    )
    return flow


DENSITIES.register("flow", _flow, "neural_spline_flow")
DENSITIES.register("kde", KernelDensity, "kernel")
DENSITIES.register("auto", AutoDensity, "stack")
DENSITIES.register("histogram", Histogram)
DENSITIES.register("knn", NearestNeighbours, "nearest_neighbours")
DENSITIES.register("maximum_likelihood", MaximumLikelihood, "parametric")
DENSITIES.register("gaussian_mixture", GaussianMixture, "gmm")


class FitOptions(TypedDict, total=False):
    """Every option of a density estimator that a name means.

    - "auto": folds, ends; "kde": bandwidth; "histogram": bins; "knn": k, factor
    - "gaussian_mixture": criterion, most, components, starts, random_state
    - "maximum_likelihood": family
    - "flow": transforms, hidden, steps, batch, rate, patience, random_state

    See Also
    --------
    fit_density : which takes them.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=200)
    >>> fit_density(x, "kde", **FitOptions(bandwidth=0.4))
    KernelDensity(bandwidth=0.4)
    """

    folds: int
    ends: tuple[float | None, float | None] | None
    bandwidth: str | float
    bins: str | int
    k: int | None
    factor: float | None
    criterion: Literal["bic", "aic"]
    most: int
    components: int | None
    starts: int
    random_state: RandomState
    family: str
    transforms: int
    hidden: tuple[int, ...]
    steps: int
    batch: int
    rate: float
    patience: int


@listed
def as_density(method: str | DensityEstimator, **options: Unpack[FitOptions]) -> DensityEstimator:
    """Return the density estimator that a name means; an object passes through.

    Raises
    ------
    UnknownNameError
        If the name is not known; the message offers the nearest.
    TypeError
        If the estimator has no such option, or options come with an object.

    Examples
    --------
    >>> as_density("kde", bandwidth=0.5)
    KernelDensity(bandwidth=0.5)
    """
    return resolve(
        DENSITIES, method, options, what="density", options_of=lambda make: make().get_params()
    )


@listed
@own_rules
def fit_density(
    x: Samples, method: str | DensityEstimator = "auto", **options: Unpack[FitOptions]
) -> Any:
    """Fit a density to a sample; the result is a law for every function of divkit.

    Parameters
    ----------
    x : rows are points (n, d); (n,) is a column.
    method : "auto", a stack of many fits; "kde", kernels, in a thousandth of its time;
        "histogram", "knn", "gaussian_mixture", "maximum_likelihood", "flow", or an estimator
        object.
    **options : of the named estimator, such as bandwidth="isj"; `FitOptions` has all.

    Returns
    -------
    DensityEstimator
        Fitted: score_samples, sample, and the `divkit.types.Distribution` protocol.

    Raises
    ------
    ValueError
        If the sample is not fit to be used, or the name is not known.
    TypeError
        If the sample does not hold real numbers, or the estimator has no such option.

    See Also
    --------
    divkit.estimate : a divergence without a density.
    divkit.density.DensityEstimator : a density of your own.

    Examples
    --------
    >>> import numpy as np, divkit
    >>> x, y = np.random.default_rng(0).normal(size=(2, 2000))
    >>> js = divkit.js_divergence(fit_density(x), fit_density(y + 1))
    >>> round(js.value, 2)  # JSD(N(0, 1), N(1, 1)) is 0.111
    0.12
    """
    if "sample_weight" in options:
        raise TypeError(
            "fit_density takes no sample_weight: folds, prices and bandwidths here count rows. "
            "scipy.stats.gaussian_kde(x.T, weights=sample_weight) does, and is a law for every "
            "function of divkit."
        )
    table = as_rows(x).values if not is_frame(x) and np.ndim(x) == 1 else x
    return as_density(method, **options).fit(table)
