r"""Kernel logistic regression read twice: the estimate that `auto` takes for f-divergences.

The logit log p − log q is fitted on squares and kernels of whitened rows, at several widths and
ridges. The value is the mean of the fitted and the left-out value (`divkit.estimators.dual`) over
the models near the best by left-out likelihood (`kernel_logistic.choice`); for divergences
without a largest value each counts the more the steadier its logits are.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from divkit.divergences.base import IPM, Divergence, Transformed
from divkit.estimators.dual import Reading, averaged, steadiness
from divkit.estimators.kernel_logistic.choice import choose, left_out_loss, until_worse
from divkit.estimators.kernel_logistic.designs import Design, designs
from divkit.estimators.kernel_logistic.doubt import doubt, from_below
from divkit.estimators.kernel_logistic.path import Fit, ridge_path
from divkit.estimators.outcome import out_of_range
from divkit.estimators.pooled import Pooled, pooled, thinned
from divkit.estimators.registry import NotEstimableError
from divkit.estimators.telescoping.stand_in import stand_in
from divkit.exact.method import transformed
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.samples import two_samples
from divkit.types import Samples

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
    within : how near to the best left-out likelihood a model must be, in standard errors; half
        as much again for divergences with a largest value.
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
        choice = choose(row, pool, self.fits(pool), self.within)
        kept = choice.kept
        read = averaged(row, pool, kept, None if bounded else steadiness(pool, kept))
        found = doubt(row, pool, read, choice.plausible)
        value, error, notes = read.value, read.error, list(pair.notes)
        interval, source = normal_interval(read, self.level), "models"
        if found is not None:
            below, interval = from_below(row, pair, self.level, self.rng)
            error = math.inf
            notes.append(f"only the lower bound is to be trusted: {found.reason}")
            if found.of_value:
                other = stand_in(row, pool, choice.plausible, below, interval[0], self.rng)
                value, source = other.value, other.source
                notes.append(other.words)
        outside, nearest = out_of_range(value, row)
        result = Result(
            value,
            error,
            "standard error",
            interval,
            self.level,
            repr(self),
            {
                **nearest,
                "value_from": source,
                "n": pool.sizes[0],
                "m": pool.sizes[1],
                "choice": str(choice),
                "models": [describe(fit) for fit in kept],
                "errors": read.parts,
                "seconds": time.perf_counter() - start,
            },
            row.name,
            warnings=(*notes, *outside),
            one_sided=None if found is None else "lower",
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
            min(left_out_loss(fit, part) for fit in until_worse(self._path(design, part), part))
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


def normal_interval(read: Reading, level: float) -> tuple[float, float]:
    """Value ± the normal quantile times the error."""
    half = float(stats.norm.ppf(0.5 + 0.5 * level)) * read.error
    return read.value - half, read.value + half


def describe(fit: Fit) -> str:
    """One model in words."""
    return f"{fit.label}, ridge {fit.ridge:.2g}: {fit.parameters:.1f} parameters"
