"""Every model of rows that have levels: designs × ridges, of many rows those best on a part."""

from __future__ import annotations

import numpy as np

from divkit.estimators.atoms.designs import LevelDesigns
from divkit.estimators.kernel_logistic.choice import left_out_loss
from divkit.estimators.kernel_logistic.models import FINALISTS, PILOT, Menu
from divkit.estimators.kernel_logistic.path import Fit
from divkit.estimators.pooled import Pooled, thinned


def with_levels(
    make: LevelDesigns, menu: Menu, pool: Pooled, rng: np.random.Generator
) -> list[Fit]:
    """Return the models of a pool whose rows have levels."""
    centres = menu.count(pool)
    if len(pool.z) <= PILOT:
        made = make(pool, centres, menu.widths, rng)
        return [fit for design in made for fit in menu.path(design, pool)]
    seed = int(rng.integers(2**32))
    part = thinned(pool, -(-len(pool.z) // PILOT))
    tried = make(part, menu.count(part), menu.widths, np.random.default_rng(seed))
    losses = [min(left_out_loss(f, part) for f in menu.best(each, part)) for each in tried]
    chosen = set(np.argsort(losses, kind="stable")[:FINALISTS].tolist())
    made = make(pool, centres, menu.widths, np.random.default_rng(seed))
    return [fit for k, each in enumerate(made) if k in chosen for fit in menu.best(each, pool)]
