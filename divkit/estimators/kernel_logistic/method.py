r"""Kernel logistic regression read twice: the estimate that `auto` takes for f-divergences.

The logit log p − log q is fitted on squares and kernels of whitened rows, and on functions of
single columns and of pairs that act together (`kernel_logistic.columns`), at several widths and
ridges. The value is the mean of the fitted and the left-out value (`divkit.estimators.dual`) over
the models near the best by left-out likelihood (`kernel_logistic.choice`); for divergences
without a largest value each counts the more the steadier its logits are.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from divkit.divergences.base import IPM, Divergence, FDivergence, Transformed
from divkit.estimators.atoms.designs import LevelDesigns
from divkit.estimators.atoms.models import with_levels
from divkit.estimators.atoms.seen import Seen, see
from divkit.estimators.atoms.steps import level_designs, uneven
from divkit.estimators.dual import Reading, averaged, steadiness
from divkit.estimators.kernel_logistic.choice import Choice, choose
from divkit.estimators.kernel_logistic.doubt import Doubt, doubt, from_below
from divkit.estimators.kernel_logistic.models import Menu, fitted
from divkit.estimators.kernel_logistic.path import Fit
from divkit.estimators.kernel_logistic.room import require_room
from divkit.estimators.kernel_logistic.shrinkage import held_back
from divkit.estimators.outcome import independent, out_of_range
from divkit.estimators.pooled import Pooled, pooled
from divkit.estimators.registry import NotEstimableError
from divkit.estimators.telescoping.stand_in import StandIn, held_out, stand_in
from divkit.exact.method import transformed
from divkit.results import Result, normal_interval
from divkit.rng import RandomState, as_generator
from divkit.samples import Pair, two_samples
from divkit.types import Samples


@dataclass(frozen=True, eq=False)
class Models:
    """Rows of laws with densities, and every model of them."""

    pool: Pooled
    fits: list[Fit]


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
        pair = two_samples(x, y, above=2, laws="mixed")
        seen = self.seen(pair)
        if isinstance(seen, Seen) and seen.infinite(row):
            made = self._infinite(row, pair, seen, start)
        else:
            made = self._read(row, pair, seen, start)
        made = independent(made, pair, row)
        return transformed(divergence, made) if isinstance(divergence, Transformed) else made

    def seen(self, pair: Pair) -> Seen | Models:
        """Every row with its models; where columns have atoms, of the cells that meet."""
        if pair.atoms is not None and pair.atoms.any:
            return see(pair, pair.atoms, self._level_fits)
        pool = pooled(pair)
        return Models(pool, [*self.fits(pool), *self._step_fits(pair, pool)])

    def _read(self, row: FDivergence, pair: Pair, seen: Seen | Models, start: float) -> Result:
        pool, bounded = seen.pool, math.isfinite(row.upper)
        choice = choose(row, pool, seen.fits, self.within)
        kept = choice.kept
        shares = None if bounded else steadiness(pool, kept)
        read = averaged(row, pool, kept, shares, held_back(kept, seen.fits))
        found = self._doubt(row, pair, seen, read, choice)
        value, error, notes = read.value, read.error, list(pair.notes)
        interval, source = normal_interval(read.value, read.error, self.level), "models"
        if isinstance(seen, Seen):
            value, error, interval = seen.widened(row, read, self.level)
            notes += seen.notes()
        if found is not None:
            rows = seen.rows if isinstance(seen, Seen) else pair
            below, interval = from_below(row, rows, self.level, self.rng)
            error = math.inf
            notes.append(f"only the lower bound is to be trusted: {found.reason}")
            if found.of_value:
                other = self._in_place(row, seen, choice, below, interval[0])
                value, source = other.value, other.source
                notes.append(other.words)
        outside, nearest = out_of_range(value, row)
        return Result(
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

    def _doubt(
        self, row: FDivergence, pair: Pair, seen: Seen | Models, read: Reading, choice: Choice
    ) -> Doubt | None:
        """The strongest sign against the error; what one sample alone has leaves none."""
        if isinstance(seen, Seen) and not math.isfinite(seen.room(row)):
            return Doubt("some cells have too few rows to compare", False)
        if isinstance(seen, Seen) and not seen.modelled:
            return None
        found = doubt(row, seen.pool, read, choice.plausible)
        return found or uneven(pair, seen.pool, choice.kept)

    def _in_place(
        self, row: FDivergence, seen: Seen | Models, choice: Choice, below: float, limit: float
    ) -> StandIn:
        if isinstance(seen, Seen):
            return held_out(below, "")
        return stand_in(row, seen.pool, choice.plausible, below, limit, self.rng)

    def _infinite(self, row: FDivergence, pair: Pair, seen: Seen, start: float) -> Result:
        """Where an atom of one sample is none of the other's, and its price is infinite."""
        below, interval = from_below(row, seen.rows, self.level, self.rng)
        whole = bool(seen.alone.x.all())
        reason = (
            f"{row.name} is infinite where one law has atoms that the other has not; rows cannot "
            "exclude that it has them with little mass: only the lower bound is to be trusted"
        )
        return Result.bound(
            math.inf if whole else below,
            interval,
            repr(self),
            level=self.level,
            diagnostics={
                "value_from": "atoms" if whole else "held-out critics",
                "n": len(pair.x),
                "m": len(pair.y),
                "choice": "none: a log ratio is infinite",
                "models": [],
                "errors": {},
                "seconds": time.perf_counter() - start,
            },
            name=row.name,
            warnings=(*pair.notes, *seen.notes()),
            reason=reason,
        )

    def fits(self, pool: Pooled) -> list[Fit]:
        """Every model, designs × ridges; of many rows, those of the designs best on a part."""
        return fitted(self._menu(pool), pool, as_generator(self.rng))

    def _level_fits(self, pool: Pooled, make: LevelDesigns) -> list[Fit]:
        """The same of rows that have levels."""
        return with_levels(make, self._menu(pool), pool, as_generator(self.rng))

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


def describe(fit: Fit) -> str:
    """One model in words."""
    return f"{fit.label}, ridge {fit.ridge:.2g}: {fit.parameters:.1f} parameters"
