"""Estimate a divergence with its interval from samples of two laws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, TypedDict, Unpack

from divkit.divergences import named
from divkit.divergences.base import Divergence
from divkit.estimators.known_law import estimate_with_law, is_law
from divkit.estimators.registry import ESTIMATORS, Estimator
from divkit.exact.units import in_base
from divkit.floats import own_rules
from divkit.registry import resolve
from divkit.results import Result, require_level
from divkit.rng import RandomState
from divkit.samples import two_samples
from divkit.signatures import listed
from divkit.threads import on_one_thread
from divkit.types import Samples


class EstimatorOptions(TypedDict, total=False):
    """Every option of an estimator that a name means; each takes its own and refuses others.

    What they mean stands with the class of each (`divkit.estimators`):

    - "auto": fit, doubts, stand_in
    - "knn": k, radius
    - "kernel_logistic": centres, widths, ridges, within
    - "density_ratio": loss, centres, widths, penalties, folds
    - "telescoping": limit, coarse, most, ridges
    - "logistic": knots, penalty, folds; "boosting": rounds, rate, leaves, smallest, folds;
      "perceptron": widths, decay, steps, folds; "deep": hidden, decay, steps, folds
    - "classifier": model, folds, calibrated, averaged, cancelling, odds
    - "lower_bound": critic, stages; "variational": critic, bound, on, clip, folds
    - "resampled": of, scheme, share, resamples, interval, bias_rate; "one_step": of, folds
    - "plug_in": density, form, folds
    - "sliced": directions; "sinkhorn": blur, tolerance, iterations

    See Also
    --------
    estimate : which takes them.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.random.default_rng(0).normal(size=(2, 200))
    >>> options = EstimatorOptions(k=3, radius="common")
    >>> estimate(x, y + 1, "kl", "knn", **options).method
    "NearestNeighbour(k=3, radius='common', jitter=None, rng=0, level=0.95)"
    """

    averaged: bool
    bias_rate: float | None
    blur: float
    bound: Literal["f_gan", "dv", "smile"]
    calibrated: bool
    cancelling: bool
    centres: int | None
    clip: float
    coarse: float
    critic: Any
    decay: float
    density: Any
    directions: int
    doubts: Any
    fit: Any
    folds: int
    form: Literal["integral", "resubstitution", "leave_one_out", "cross_fitted"]
    hidden: tuple[int, ...]
    interval: Literal["normal", "basic", "percentile"]
    iterations: int
    k: int | None
    knots: int
    leaves: int
    limit: float
    loss: Literal["least_squares", "likelihood"]
    model: Any
    most: int
    odds: Literal["probability", "decision"]
    of: str | Estimator
    on: Literal["gan", "f_gan"]
    penalties: tuple[float, ...]
    penalty: float
    radius: Literal["own", "common"]
    rate: float
    resamples: int
    ridges: tuple[float, ...]
    rounds: int
    scheme: Literal["half", "subsample", "bootstrap"]
    share: float
    smallest: int
    stages: int
    stand_in: Any
    steps: int
    tolerance: float
    widths: tuple[float, ...]
    within: float


@listed
@own_rules
@on_one_thread
def estimate(
    x: Samples,
    y: Samples,
    divergence: str | Divergence = "js",
    method: str | Estimator = "auto",
    *,
    rng: RandomState = 0,
    level: float = 0.95,
    base: float | None = None,
    jitter: float | None = None,
    **options: Unpack[EstimatorOptions],
) -> Result:
    """Estimate a divergence of two laws from samples alone.

    Parameters
    ----------
    x, y : samples (n, d) of P and (m, d) of Q, rows are points: arrays, tensors, frames, lists.
        Columns of texts or booleans are labels, which "auto" takes for f-divergences. One of them
        may be a law, as `divkit.as_law` reads it but for vectors of numbers: rows of it are drawn,
        four for each of the other.
    divergence : a name such as "js", "kl", "renyi(0.5)", or a divergence object.
    method : "auto", the name of another estimator of `ESTIMATORS`, or an estimator object.
    rng : for methods that draw at random: the same state, the same estimate.
    level : confidence of the interval, in (0, 1).
    base : of the logarithm, for divergences in nats: 2 gives bits.
    jitter : if given, rows are first moved by uniform noise of ± this many units of spread in
        each column, which must blur every atom and step; the divergence is then that of the
        blurred laws, which is no larger.
    **options : of the named method, such as k=5 for "knn"; `EstimatorOptions` has all.

    Returns
    -------
    Result
        `value` is as estimated, not cut to the divergence's range; `error` a standard error;
        `interval` at `level`. `diagnostics` say what was chosen and why, with `warnings`.

    Raises
    ------
    ValueError
        If the samples are not fit to be used, a name is not known, or the method does not apply
        to the divergence (`divkit.estimators.registry.NotEstimableError`).
    TypeError
        If the samples are not real numbers, or the method has no such option.

    See Also
    --------
    divkit.divergence : of laws with known densities.
    divkit.compare : in which columns and rows samples differ.
    divkit.fit_density : a law for each sample.
    divkit.bench.run : how good an estimator is.

    Examples
    --------
    >>> from divkit.distributions import Normal
    >>> x, y = Normal(0, 1).sample(80, rng=0), Normal(2, 1).sample(60, rng=1)
    >>> js = estimate(x, y, "js")
    >>> js.interval[0] < js.value < js.interval[1]
    True
    """
    target = named(divergence)
    estimator = as_estimator(method, rng=rng, level=level, **options)
    if jitter is not None:
        return in_base(_jittered(x, y, target, estimator, jitter, rng), target, base)
    if is_law(x) or is_law(y):
        return in_base(estimate_with_law(x, y, target, estimator, rng=rng), target, base)
    return in_base(estimator(x, y, target), target, base)


def _jittered(
    x: Samples,
    y: Samples,
    divergence: Divergence,
    estimator: Estimator,
    jitter: float,
    rng: RandomState,
) -> Result:
    """The estimate of rows that were moved by noise, with what the rows were before."""
    if is_law(x) or is_law(y):
        raise ValueError("jitter= is for two samples: draw rows of the law first.")
    pair = two_samples(x, y, jitter=jitter, rng=rng)
    result = estimator(pair.x, pair.y, divergence)
    return replace(result, warnings=tuple(dict.fromkeys((*pair.notes, *result.warnings))))


def as_estimator(
    method: str | Estimator, *, rng: RandomState = 0, level: float = 0.95, **options: Any
) -> Estimator:
    """Return the estimator that a name means, made with `options`; an object passes through.

    `rng` and `level` are given to makers that have fields of these names.

    Raises
    ------
    UnknownNameError
        If the name is not known; the message offers the nearest.
    TypeError
        If the estimator has no such option, or options come with an object.
    ValueError
        If level is not in (0, 1).
    """
    require_level(level)
    return resolve(ESTIMATORS, method, options, {"rng": rng, "level": level})
