"""The door of mutual information: pairs in, I(x; y) with its interval out.

`auto` takes kernel logistic regression and Kraskov's neighbours on columns made normal by rank.
Each misses what it does not resolve, neighbours a law of many coordinates, kernels a curled-up
line, and is then too small: the neighbours' value is taken where it is above the other by more
than half of its error. Where columns repeat values it takes the estimator for ties.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from divkit.divergences import KL
from divkit.estimators.information.copula import GaussianCopula
from divkit.estimators.information.neighbour_kin import BiasImproved, MixedNeighbour
from divkit.estimators.information.neighbours import Kraskov
from divkit.estimators.information.paired_logistic import PairedLogistic
from divkit.estimators.information.pairs import paired, tied_columns
from divkit.estimators.information.permuted import Permuted
from divkit.estimators.information.result import InformationEstimator
from divkit.exact.units import in_base
from divkit.registry import Registry, resolve
from divkit.results import Result
from divkit.rng import RandomState
from divkit.types import Samples

ABOVE = 0.5
"""Errors by which neighbours must be above kernels to be taken."""


@dataclass(frozen=True)
class Auto:
    """The estimator that suits the pairs; diagnostics say which, and why.

    Attributes
    ----------
    rng : of the shuffles and kernel centres.
    level : of the interval.
    """

    rng: RandomState = 0
    level: float = 0.95

    def __call__(self, x: Samples, y: Samples) -> Result:
        """Return the mutual information from pairs x (n, d), y (n, e), in nats."""
        start = time.perf_counter()
        tied = tied_columns(paired(x, y, above=15))
        if tied:
            found = MixedNeighbour(rng=self.rng, level=self.level)(x, y)
            return _told(found, f"values repeat in {', '.join(tied)}: estimator for ties", start)
        kernels = PairedLogistic(rng=self.rng, level=self.level)(x, y)
        if kernels.one_sided:
            return _told(kernels, "kernels, whose value is not to be trusted", start)
        neighbours = Kraskov(k=3, ranks=True, rng=self.rng, level=self.level)(x, y)
        return _told(*_larger(kernels, neighbours), start)


def _larger(kernels: Result, neighbours: Result) -> tuple[Result, str]:
    gap = neighbours.value - kernels.value
    values = f"kernels {kernels.value:.4g}, neighbours {neighbours.value:.4g}"
    if gap <= ABOVE * kernels.error:
        return kernels, f"{values}: not above by half an error of {kernels.error:.2g}"
    if neighbours.one_sided:
        return neighbours, f"{values}: above by more than half an error"
    return _widened(neighbours, 0.5 * gap), f"{values}: above by more than half an error"


def _widened(result: Result, part: float) -> Result:
    """The result with a further error, in quadrature."""
    error = (result.error**2 + part**2) ** 0.5
    scale = error / result.error
    low, high = (result.value + scale * (end - result.value) for end in result.interval)
    return replace(result, error=error, interval=(low, high))


def _told(result: Result, reason: str, start: float) -> Result:
    told = {**result.diagnostics, "chosen": reason, "seconds": time.perf_counter() - start}
    return replace(result, diagnostics=told)


INFORMATION: Registry[Callable[..., InformationEstimator]] = Registry("information estimator")
"""Makers by name."""
INFORMATION.register("auto", Auto)
INFORMATION.register("kernel_logistic", PairedLogistic, "klr")
INFORMATION.register("ksg", Kraskov, "kraskov")
INFORMATION.register("bi_ksg", BiasImproved)
INFORMATION.register("mixed", MixedNeighbour)
INFORMATION.register("copula", GaussianCopula, "gaussian_copula", "rank")
INFORMATION.register("permuted", Permuted)


def mutual_information(
    x: Samples,
    y: Samples,
    method: str | InformationEstimator = "auto",
    *,
    rng: RandomState = 0,
    level: float = 0.95,
    base: float | None = None,
    **options: Any,
) -> Result:
    """Estimate I(x; y) = KL(p_xy‖p_x p_y) from pairs.

    Parameters
    ----------
    x, y : samples (n, d) and (n, e), row by row pairs: arrays, tensors, frames, lists.
    method : "auto", "kernel_logistic", "ksg" (Kraskov et al. 2004; `variant` 1 or 2, `k`,
        `ranks`), "bi_ksg" (Gao et al. 2018), "mixed" (rows that tie; Gao et al. 2017), "copula"
        (closed form of a Gaussian copula), "permuted" (`of` any estimator of
        `divkit.estimate`), or an estimator object.
    rng : for methods that draw at random: the same state, the same estimate.
    level : confidence of the interval, in (0, 1).
    base : of the logarithm: 2 gives bits; nats otherwise.
    **options : of the named method.

    Returns
    -------
    Result
        `value` is as estimated and may be below 0; `error` a standard error, bounded from below
        by √(Var(log p(x, y)/(p(x) p(y)))/n). Above ½ log n, `one_sided` is "lower", the error
        infinite, and the interval runs from a limit that holds for all laws.
        `diagnostics["chosen"]` says what "auto" took and why.

    Raises
    ------
    ValueError
        If x and y have not one row for each other, are not finite, are too few, or a name is not
        known.
    TypeError
        If they are not real numbers, or the method has no such option.

    >>> import numpy as np
    >>> z = np.random.default_rng(0).normal(size=(1000, 2))
    >>> mutual_information(z[:, 0], z[:, 0] + z[:, 1], "copula").value  # truth ½ log 2 = .347
    0.3...
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1); got {level!r}.")
    estimator = resolve(INFORMATION, method, options, {"rng": rng, "level": level})
    return in_base(estimator(x, y), KL, base)
