"""Every model that `auto` fits: designs × ridges, and the designs of those that showed a need.

Kernels of all columns and functions of single columns are fitted to all rows, or, of many rows, to
every k-th, and the designs of the best there to all. Where the best by columns, or along axes,
leaves an interaction in its left-out residuals, designs with those pairs are tried as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from divkit.estimators.common.design import Design
from divkit.estimators.common.pooled import Pooled, thinned
from divkit.estimators.common.ridge_path import Fit, best_of, least_loss, ridge_path
from divkit.estimators.kernel_logistic.choice import until_worse
from divkit.estimators.kernel_logistic.columns import ByColumns, alone, most_pairs, together
from divkit.estimators.kernel_logistic.designs import designs
from divkit.estimators.kernel_logistic.interactions import interacting
from divkit.work import parts

PILOT, FINALISTS = 5000, 2
"""Beyond this many rows, this many designs are fitted to all: the best on every k-th row."""

WIDTHS = (0.35, 0.7, 1.4)
"""Of kernels by default, multiples of the centres' median distance."""
_DESIGNS = 8
"""Designs of a pool, about: shares of the work are told by it."""
RIDGES = tuple(10.0 ** (1 - k / 2) for k in range(9))
"""Penalties by default, multiples of 1/(number of rows)."""
Kernels: TypeAlias = Callable[[Pooled], Iterator[Design]]
"""Designs of a pool, with kernels of all columns."""
FitPath: TypeAlias = Callable[[Design, Pooled], Iterable[Fit]]


@dataclass(frozen=True)
class Menu:
    """The designs and ridges to be tried.

    Attributes
    ----------
    centres : number of kernel centres; None for one that grows like n^¼.
    widths : of the kernels.
    ridges : multiples of 1/(n + m), falling.
    """

    centres: int | None
    widths: Sequence[float]
    ridges: Sequence[float]

    def kernels(self, pool: Pooled, rng: np.random.Generator) -> Iterator[Design]:
        """The designs with kernels of all columns."""
        return designs(pool, self.count(pool), self.widths, rng)

    def count(self, pool: Pooled) -> int:
        """Return the number of centres for these rows."""
        return self.centres or round(250 * (len(pool.z) / 2000) ** 0.25)

    def path(self, design: Design, pool: Pooled) -> Iterator[Fit]:
        """A design's fit at each ridge."""
        return ridge_path(design, pool, [ridge / len(pool.z) for ridge in self.ridges])

    def best(self, design: Design, pool: Pooled) -> list[Fit]:
        """The same up to where left-out loss has its least."""
        return list(until_worse(self.path(design, pool), pool))


def fitted(
    menu: Menu,
    pool: Pooled,
    kernels: Kernels,
    *,
    columns: bool = True,
    part: Callable[[Pooled, int], Pooled] = thinned,
    path: FitPath | None = None,
    finalists: int = FINALISTS,
) -> list[Fit]:
    """Return every model of a pool; of more than `PILOT` rows, those of designs best on a part.

    Parameters
    ----------
    menu : of the ridges, and of the functions of columns.
    pool : the rows.
    kernels : pool -> designs, the same ones at each call.
    columns : whether functions of columns are tried beside.
    part : pool, k -> every k-th row.
    path : design, pool -> fits, where rows are few; `menu.path` otherwise.
    finalists : how many designs are fitted to all rows where these are many.
    """
    beside = by_columns if columns else _none
    if len(pool.z) <= PILOT:
        each = parts(kernels(pool), _DESIGNS)
        first = [fit for design in each for fit in (path or menu.path)(design, pool)]
        return [*first, *(fit for _, fits in beside(menu, pool) for fit in fits)]
    few = part(pool, -(-len(pool.z) // PILOT))
    designs_of_few = parts(kernels(few), 2 * _DESIGNS)
    losses = [least_loss(menu.best(design, few), few) for design in designs_of_few]
    tried = [(one, least_loss(fits, few)) for one, fits in beside(menu, few)]
    order = np.argsort([*losses, *(loss for _, loss in tried)], kind="stable")
    chosen = set(order[:finalists].tolist())
    best = [menu.best(each, pool) for k, each in enumerate(kernels(pool)) if k in chosen]
    rest = enumerate((one for one, _ in tried), start=len(losses))
    best += [menu.best(one(pool), pool) for k, one in rest if k in chosen]
    return [fit for fits in best for fit in fits]


def _none(menu: Menu, pool: Pooled) -> Iterator[tuple[ByColumns, list[Fit]]]:
    del menu, pool
    return iter(())


def repeatable(pool: Pooled, rng: np.random.Generator) -> Callable[[], np.random.Generator]:
    """Return a source of one stream at each call where designs are made twice, of many rows."""
    if len(pool.z) <= PILOT:
        return lambda: rng
    seed = int(rng.integers(2**32))
    return lambda: np.random.default_rng(seed)


def by_columns(menu: Menu, pool: Pooled) -> Iterator[tuple[ByColumns, list[Fit]]]:
    """The designs by columns with their fits, then those with pairs, where some act together."""
    fitted_designs = [(one, menu.best(one(pool), pool)) for one in alone(pool)]
    yield from fitted_designs
    for mixed in (False, True):
        alike = [each for each in fitted_designs if each[0].mixed is mixed]
        if alike:
            yield from _with_pairs(menu, pool, *min(alike, key=lambda e: least_loss(e[1], pool)))


def _with_pairs(
    menu: Menu, pool: Pooled, one: ByColumns, fits: Sequence[Fit]
) -> Iterator[tuple[ByColumns, list[Fit]]]:
    best = best_of(fits, pool)
    pairs = interacting(one.of(pool), best.left_out, most_pairs(pool))
    for more in together(pool, one, pairs):
        yield more, menu.best(more(pool), pool)
