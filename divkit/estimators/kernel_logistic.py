r"""Kernel logistic regression read twice: the estimate that `auto` takes for f-divergences.

The logit log p − log q is fitted on squares and kernels of whitened rows, at several widths and
ridges. A model is kept if its left-out likelihood is within `within` standard errors of the best
one's, and it has no fewer effective parameters than the best: the bias that a stiffer model has
is not cancelled, the one that a softer model has is. The value is the mean over the models kept
of the fitted and the left-out value (`divkit.estimators.dual`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from divkit.divergences.base import IPM, Divergence, Transformed
from divkit.estimators.dual import Reading, averaged
from divkit.estimators.kernel_designs import designs
from divkit.estimators.logistic_path import Fit, ridge_path
from divkit.estimators.pooled import Pooled, pooled
from divkit.estimators.registry import NotEstimableError
from divkit.exact.method import transformed
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.samples import two_samples
from divkit.types import FloatArray, Samples


@dataclass(frozen=True)
class KernelLogistic:
    """Every f-divergence by kernel logistic regression.

    Attributes
    ----------
    centres : number of kernel centres; None for one that grows like n^⅓, 250 at n = m = 1,000.
    widths : of the kernels, multiples of the centres' median distance.
    ridges : penalties, multiples of 1/(n + m), falling.
    within : how near to the best left-out likelihood a model must be, in standard errors.
    rng : of the centres.
    level : of the interval.

    Raises
    ------
    ValueError
        If centres is not positive, a width or ridge is not, ridges do not fall, or `within` is
        negative; when called, if the samples are not fit to be used.
    NotEstimableError
        If the divergence is no function of an f-divergence.
    """

    centres: int | None = None
    widths: tuple[float, ...] = (0.35, 0.7, 1.4)
    ridges: tuple[float, ...] = tuple(10.0 ** (1 - k / 2) for k in range(9))
    within: float = 1.0
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.centres is not None and self.centres < 1:
            raise ValueError(f"centres must be a positive int or None; got {self.centres!r}.")
        for name, values in (("widths", self.widths), ("ridges", self.ridges)):
            if not values or not all(0 < value < math.inf for value in values):
                raise ValueError(f"{name} must be positive numbers; got {values!r}.")
        if any(a <= b for a, b in zip(self.ridges, self.ridges[1:], strict=False)):
            raise ValueError(f"ridges must fall; got {self.ridges!r}.")
        if not self.within >= 0:
            raise ValueError(f"within must be at least 0; got {self.within!r}.")

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        start = time.perf_counter()
        if isinstance(divergence, IPM):
            raise NotEstimableError(
                f"{divergence!r} is no function of an f-divergence: kernel logistic regression "
                "does not estimate it. Take one of the metric methods."
            )
        row = divergence.base if isinstance(divergence, Transformed) else divergence
        pair = two_samples(x, y, above=2)
        pool = pooled(pair)
        kept = keep(self.fits(pool), pool, self.within)
        read = averaged(row, pool, kept)
        result = Result(
            read.value,
            read.error,
            "standard error",
            normal_interval(read, self.level),
            self.level,
            repr(self),
            {
                "warnings": list(pair.notes),
                "n": pool.sizes[0],
                "m": pool.sizes[1],
                "models": [describe(fit) for fit in kept],
                "errors": read.parts,
                "seconds": time.perf_counter() - start,
            },
            row.name,
        )
        return transformed(divergence, result) if isinstance(divergence, Transformed) else result

    def fits(self, pool: Pooled) -> list[Fit]:
        """Every model: designs × ridges."""
        total = len(pool.z)
        centres = self.centres or round(250 * (total / 2000) ** (1 / 3))
        ridges = [ridge / total for ridge in self.ridges]
        made = designs(pool, centres, self.widths, as_generator(self.rng))
        return [fit for design in made for fit in ridge_path(design, pool, ridges)]


def keep(fits: Sequence[Fit], pool: Pooled, within: float) -> list[Fit]:
    """The models that are nearly the best by left-out likelihood, and no stiffer than the best."""
    loss = [np.logaddexp(0.0, -pool.sign * fit.left_out) for fit in fits]
    totals = np.array([pool.weight @ each for each in loss])
    best = int(totals.argmin())
    return [
        fit
        for fit, each, total in zip(fits, loss, totals, strict=True)
        if fit.parameters >= fits[best].parameters
        and total - totals[best] <= within * _spread(pool.weight, each - loss[best])
    ]


def _spread(weight: FloatArray, difference: FloatArray) -> float:
    """Standard error of a weighted mean of differences."""
    centred = difference - weight @ difference
    return float(np.sqrt(weight**2 @ centred**2))


def normal_interval(read: Reading, level: float) -> tuple[float, float]:
    """Value ± the normal quantile times the error."""
    half = float(stats.norm.ppf(0.5 + 0.5 * level)) * read.error
    return read.value - half, read.value + half


def describe(fit: Fit) -> str:
    """One model in words."""
    return f"{fit.label}, ridge {fit.ridge:.2g}: {fit.parameters:.1f} parameters"
