"""Every model of rows that have levels: designs × ridges, of many rows those best on a part."""

from __future__ import annotations

import numpy as np

from divkit.estimators.common.pooled import Pooled, thinned
from divkit.estimators.common.ridge_path import Fit, least_loss
from divkit.estimators.kernel_logistic.atoms.designs import LevelDesigns
from divkit.estimators.kernel_logistic.models import PILOT, Menu, finalists


def with_levels(
    make: LevelDesigns, menu: Menu, pool: Pooled, rng: np.random.Generator
) -> list[Fit]:
    """Return the models of a pool whose rows have levels."""
    centres = menu.count(pool)
    if len(pool.z) <= PILOT:
        designs = make(pool, centres, menu.widths, rng)
        return [fit for design in designs for fit in menu.path(design, pool)]
    seed = int(rng.integers(2**32))
    part = thinned(pool, -(-len(pool.z) // PILOT))
    tried = make(part, menu.count(part), menu.widths, np.random.default_rng(seed))
    losses = [least_loss(menu.best(each, part), part) for each in tried]
    chosen = finalists(losses)
    designs = make(pool, centres, menu.widths, np.random.default_rng(seed))
    return [fit for k, each in enumerate(designs) if k in chosen for fit in menu.best(each, pool)]
