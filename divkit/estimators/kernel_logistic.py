r"""Kernel logistic regression read twice: the estimate that `auto` takes for f-divergences.

The logit log p − log q is fitted on squares and kernels of whitened rows, at several widths and
ridges. A model is kept if its left-out likelihood is within `within` standard errors of the best
one's, and it has no fewer effective parameters than the best: the bias that a stiffer model has
is not cancelled, the one that a softer model has is. The value is the mean over the models kept
of the fitted and the left-out value (`divkit.estimators.dual`). Divergences without a largest
value take the stiffer models too, each the more the steadier its logits are.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from divkit.divergences.base import IPM, Divergence, FDivergence, Transformed
from divkit.estimators.dual import Reading, averaged, payoffs, standard_error, steadiness
from divkit.estimators.kernel_designs import Design, designs
from divkit.estimators.logistic_path import Fit, ridge_path
from divkit.estimators.pooled import Pooled, pooled, thinned
from divkit.estimators.registry import NotEstimableError
from divkit.estimators.telescoping_stand_in import stand_in
from divkit.estimators.unbounded import doubt, from_below
from divkit.exact.method import transformed
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.samples import two_samples
from divkit.types import FloatArray, Samples

WIDER = 2.0
PILOT, FINALISTS = 5000, 2
"""Beyond this many rows, this many designs are fitted to all: the best on every k-th row."""


@dataclass(frozen=True)
class KernelLogistic:
    """Every f-divergence by kernel logistic regression.

    Attributes
    ----------
    centres : number of kernel centres; None for one that grows like n^¼, 250 at n = m = 1,000.
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
        bounded = math.isfinite(row.upper)
        kept = keep(self.fits(pool), pool, self.within, stiffer=not bounded)
        kept = kept if bounded else steady(row, pool, kept)
        read = averaged(row, pool, kept, None if bounded else steadiness(pool, kept))
        found = doubt(row, pool, read, kept)
        value, error, notes = read.value, read.error, list(pair.notes)
        interval, source = normal_interval(read, self.level), "models"
        if found is not None:
            below, interval = from_below(row, pair, self.level, self.rng)
            error = math.inf
            notes.append(f"only the lower bound is to be trusted: {found.reason}")
            if found.of_value:
                other = stand_in(row, pool, kept, below, interval[0], self.rng)
                value, source = other.value, other.source
                notes.append(other.words)
        result = Result(
            value,
            error,
            "standard error",
            interval,
            self.level,
            repr(self),
            {
                "warnings": notes,
                "lower_bound": found is not None,
                "value_from": source,
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
        """Every model, designs × ridges; of many rows, those of the designs best on a part."""
        generator = as_generator(self.rng)
        if len(pool.z) <= PILOT:
            return [
                fit
                for design in self._designs(pool, generator)
                for fit in self._path(design, pool)
            ]
        seed = int(generator.integers(2**32))
        part = thinned(pool, -(-len(pool.z) // PILOT))
        best = [
            min(left_out_loss(fit, part) for fit in self._path(design, part))
            for design in self._designs(part, np.random.default_rng(seed))
        ]
        chosen = np.argsort(best, kind="stable")[:FINALISTS]
        made = self._designs(pool, np.random.default_rng(seed))
        return [
            fit
            for place, design in enumerate(made)
            if place in chosen
            for fit in until_worse(self._path(design, pool), pool)
        ]

    def _designs(self, pool: Pooled, rng: np.random.Generator) -> Iterator[Design]:
        centres = self.centres or round(250 * (len(pool.z) / 2000) ** 0.25)
        return designs(pool, centres, self.widths, rng)

    def _path(self, design: Design, pool: Pooled) -> Iterator[Fit]:
        return ridge_path(design, pool, [ridge / len(pool.z) for ridge in self.ridges])


def left_out_loss(fit: Fit, pool: Pooled) -> float:
    """Cross-entropy of left-out logits, log 2 − JSD at the truth."""
    return float(pool.weight @ np.logaddexp(0.0, -pool.sign * fit.left_out))


def until_worse(path: Iterator[Fit], pool: Pooled) -> Iterator[Fit]:
    """The path up to the second model in a row whose left-out loss is above its least."""
    least, worse = math.inf, 0
    for fit in path:
        yield fit
        loss = left_out_loss(fit, pool)
        worse = worse + 1 if loss > least else 0
        least = min(least, loss)
        if worse == 2:
            return


def keep(fits: Sequence[Fit], pool: Pooled, within: float, *, stiffer: bool = False) -> list[Fit]:
    """The models nearly the best by left-out likelihood; those stiffer than the best if asked."""
    loss = [np.logaddexp(0.0, -pool.sign * fit.left_out) for fit in fits]
    totals = np.array([pool.weight @ each for each in loss])
    best = int(totals.argmin())
    return [
        fit
        for fit, each, total in zip(fits, loss, totals, strict=True)
        if (stiffer or fit.parameters >= fits[best].parameters)
        and total - totals[best] <= within * _spread(pool.weight, each - loss[best])
    ]


def steady(row: FDivergence, pool: Pooled, fits: Sequence[Fit]) -> list[Fit]:
    """The models whose left-out value has a standard error of at most `WIDER` times the least.

    The likelihood is bounded where a left-out row is badly misjudged by little: a model with a
    parameter to spare for one row of y in the tail may be among the best and give that row, left
    out, a ratio p/q of thousands: divergences without a largest value add it as it is.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        found = [standard_error(pool, payoffs(row, fit.left_out, pool.sign)) for fit in fits]
    errors = [error if math.isfinite(error) else math.inf for error in found]
    return [f for f, error in zip(fits, errors, strict=True) if error <= WIDER * min(errors)]


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
