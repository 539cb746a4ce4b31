r"""Kernel logistic regression: fitted log ratios, and an f-divergence read from them.

The logit log p − log q is fitted on squares and kernels of whitened rows, and on functions of
single columns and of pairs that act together (`kernel_logistic.columns`), at several widths and
ridges. The value is the mean of the in-sample and the leave-one-out value
(`divkit.estimators.common.dual`) over the models near the best by left-out likelihood
(`kernel_logistic.choice`); for divergences without a largest value each counts the more the
steadier its logits are. `divkit.estimators.auto` looks for another value where this is doubtful.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from divkit.divergences.base import Divergence, FDivergence
from divkit.estimators.common.doubts import Doubt, Doubts
from divkit.estimators.common.dual import Readout, averaged, steadiness
from divkit.estimators.common.jumps import jumps_unseen
from divkit.estimators.common.last_digits import digits_differ
from divkit.estimators.common.learning import still_learning
from divkit.estimators.common.outcome import (
    UNTRUSTED,
    base_divergence,
    flagged,
    independent,
    mapped,
    span,
)
from divkit.estimators.common.pooled import Pooled, pooled
from divkit.estimators.common.ridge_path import Fit
from divkit.estimators.common.unseen import fewer_dimensions, neighbours_agree
from divkit.estimators.kernel_logistic.at_size import ALL, PartModels, part_of
from divkit.estimators.kernel_logistic.atoms.alike import cells_alike
from divkit.estimators.kernel_logistic.atoms.designs import LevelDesigns
from divkit.estimators.kernel_logistic.atoms.fitted_atoms import see
from divkit.estimators.kernel_logistic.atoms.steps import jumps, level_designs, uneven
from divkit.estimators.kernel_logistic.choice import ModelChoice, choose
from divkit.estimators.kernel_logistic.fitted import FittedModels
from divkit.estimators.kernel_logistic.jumping import jumping
from divkit.estimators.kernel_logistic.models import (
    FINALISTS,
    RIDGES,
    WIDTHS,
    Menu,
    fitted,
    repeatable,
)
from divkit.estimators.kernel_logistic.room import require_room
from divkit.estimators.kernel_logistic.shrinkage import held_back
from divkit.estimators.registry import NotEstimableError
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.samples import Pair, two_samples
from divkit.types import Samples

ModelReading: TypeAlias = tuple[ModelChoice, Readout]
"""The models that enter, and the value with its error over them."""


@dataclass(frozen=True)
class KernelLogistic:
    """Every f-divergence by kernel logistic regression.

    Where a sign speaks against the error (`divkit.estimators.common.doubts`) it is infinite, and
    the interval is all of the range.

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
        If the divergence is no function of an f-divergence, or infinite by an atom that one
        sample alone has.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import JS
    >>> x, y = Normal(0, 1).sample(80, rng=0), Normal(2, 1).sample(80, rng=1)
    >>> found = KernelLogistic()(x, y, JS)  # truth 0.3327
    >>> found.interval[0] < 0.3327 < found.interval[1]
    True
    """

    centres: int | None = None
    widths: tuple[float, ...] = WIDTHS
    ridges: tuple[float, ...] = RIDGES
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
        base = base_divergence(divergence, self)
        pair = two_samples(x, y, above=2, laws="mixed")
        models = self.models(pair)
        if models.infinite(base):
            raise NotEstimableError(
                f"{base.name} is infinite where one law has atoms that the other has not: "
                f"{self!r} has no log ratio there. Method 'auto' gives a lower limit."
            )
        choice, readout = self.read(base, pair, models)
        result = self.result(base, pair, models, (choice, readout), start)
        doubt = doubt_of(Doubts(), base, pair, models, (choice, readout))
        if doubt is not None:
            words = (*result.warnings, UNTRUSTED.format(doubt.reason))
            result = replace(result, error=math.inf, interval=span(base), warnings=words)
        return mapped(divergence, independent(flagged(result, base), pair, base))

    def models(self, pair: Pair) -> FittedModels:
        """Return every row with its models; where columns have atoms, of the cells that meet."""
        if pair.atoms is not None and pair.atoms.any:
            return see(pair, pair.atoms, self._level_fits)
        if len(pair.x) + len(pair.y) > ALL and pair.atoms is None:
            return self._of_part(pair)
        pool = pooled(pair)
        return FittedModels(pool, [*self.fits(pool), *self._step_fits(pair, pool)], pair, True)

    def _of_part(self, pair: Pair) -> PartModels:
        """The models of a part of many rows (`kernel_logistic.at_size`)."""
        part, in_x, in_y = part_of(pair)
        pool, own = pooled(part), part.standard
        left = own(pair.x[~in_x]), own(pair.y[~in_y])
        return PartModels(pool, self.fits(pool, finalists=1), part, True, *left)

    def read(self, divergence: FDivergence, pair: Pair, models: FittedModels) -> ModelReading:
        """Return which models have a say, and the value with its error over them."""
        choice = choose(divergence, models.pool, models.fits, self.within)
        kept = choice.kept
        shares = None if math.isfinite(divergence.upper) else steadiness(models.pool, kept)
        held = held_back(kept, models.fits)
        readout = averaged(divergence, models.pool, kept, shares, held)
        even = np.full(len(kept), 1 / len(kept)) if shares is None else shares
        readout = models.carried(divergence, kept, even, readout)
        rows = models.fitted_to(pair)
        return choice, readout.with_part("levels", jumps(divergence, rows, models.pool, kept))

    def result(
        self,
        divergence: FDivergence,
        pair: Pair,
        models: FittedModels,
        read: ModelReading,
        start: float,
    ) -> Result:
        """Return the value with the interval that a doubtless error gives."""
        choice, readout = read
        value, error, interval = models.interval(divergence, readout, self.level)
        diagnostics = {
            "value_from": "models",
            "n": models.sizes[0],
            "m": models.sizes[1],
            "fitted_to": models.pool.sizes,
            "choice": str(choice),
            "models": [describe(fit) for fit in choice.kept],
            "errors": readout.parts,
            "seconds": time.perf_counter() - start,
        }
        return Result(
            value, error, "standard error", interval, self.level, repr(self), diagnostics,
            divergence.name, warnings=(*pair.notes, *models.warnings()),
        )  # fmt: skip

    def fits(self, pool: Pooled, finalists: int = FINALISTS) -> list[Fit]:
        """Every model, designs × ridges; of many rows, those of the designs best on a part."""
        menu, rng = self._menu(pool), repeatable(pool, as_generator(self.rng))
        found = fitted(menu, pool, lambda rows: menu.kernels(rows, rng()), finalists=finalists)
        return [*found, *jumping(menu.best, pool, found)]

    def _level_fits(self, pool: Pooled, make: LevelDesigns) -> list[Fit]:
        """The same of rows that have levels."""
        menu, rng = self._menu(pool), repeatable(pool, as_generator(self.rng))
        widths = menu.widths
        return fitted(
            menu, pool, lambda rows: make(rows, menu.count(rows), widths, rng()), columns=False
        )

    def _step_fits(self, pair: Pair, pool: Pooled) -> list[Fit]:
        """Models with the levels of rounded columns, where there are any."""
        if pair.atoms is None:
            return []
        menu = self._menu(pool)
        smooth = next(menu.kernels(pool, as_generator(self.rng)))
        return [fit for d in level_designs(pair, pool, smooth) for fit in menu.best(d, pool)]

    def _menu(self, pool: Pooled) -> Menu:
        menu = Menu(self.centres, self.widths, self.ridges)
        require_room(pool, menu.count(pool))
        return menu


def doubt_of(
    doubts: Doubts, divergence: FDivergence, pair: Pair, models: FittedModels, read: ModelReading
) -> Doubt | None:
    """Return the strongest sign against the error; atoms of one sample alone leave none."""
    doubt = models.doubt(divergence)
    if doubt is not None or not models.modelled:
        return doubt
    choice, readout = read
    pool = models.pool
    return (
        doubts(divergence, pool, readout, choice.plausible)
        or uneven(models.fitted_to(pair), pool, choice.kept)
        or neighbours_agree(pool, choice.plausible)
        or jumps_unseen(pool, choice.plausible)
        or still_learning(pool, choice.plausible)
        or digits_differ(pair)
        or (
            fewer_dimensions(pool)
            if models.continuous
            else cells_alike(pair, pool, choice.plausible)
        )
    )


def describe(fit: Fit) -> str:
    """Return one model in words."""
    return f"{fit.label}, ridge {fit.ridge:.2g}: {fit.parameters:.1f} parameters"
