"""A telescoped value, the parts of its error, and what speaks against it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from divkit.estimators.common.pooled import Pooled
from divkit.estimators.cross_fit import pool_order
from divkit.estimators.telescoping.reading import Crossing
from divkit.types import FloatArray

UNLIKELY = 20.0
"""A mean of a ratio is above this with probability below 1/20: its expectation is 1."""
APART = 0.1
"""Largest distance of the value from fewer bridges, as a share of the value."""


@dataclass(frozen=True, eq=False)
class Telescoped:
    """A value with what speaks for and against it.

    Attributes
    ----------
    value : at the ridge that was chosen.
    samples : standard error over samples without a ridge.
    plain : the value without a ridge.
    coarse : the value from fewer bridges.
    over : the bridges of the value.
    limit : that each of them should be below.
    """

    value: float
    samples: float
    plain: float
    coarse: float
    over: Crossing
    limit: float

    @property
    def errors(self) -> dict[str, float]:
        """The parts of the error."""
        return {
            "samples": self.samples,
            "ridge": abs(self.value - self.plain),
            "bridges": abs(self.value - self.coarse),
        }

    @property
    def error(self) -> float:
        """The parts in quadrature."""
        return math.hypot(*self.errors.values())

    def logits(self, pool: Pooled) -> FloatArray:
        """The sum of the bridges' log ratios at the rows of the pool (N,)."""
        return pool_order(pool, self.over.on_x[0].sum(axis=0), self.over.on_y[0].sum(axis=0))

    @property
    def described(self) -> list[str]:
        """Each bridge in words."""
        return [
            f"angles {bridge.start:.4f} to {bridge.end:.4f}, ridge {bridge.ridge:g}: "
            f"JSD {bridge.js:.3f}"
            for bridge in self.over.bridges
        ]

    @property
    def faults(self) -> list[str]:
        """Disagreements of the value with itself; none is no proof."""
        faults = []
        widest = max(bridge.js for bridge in self.over.bridges)
        if widest > self.limit:
            faults.append(
                f"a bridge has a Jensen-Shannon divergence of {widest:.2g}, above "
                f"{self.limit:g}: the samples are too far apart for {len(self.over.bridges)} "
                "bridges"
            )
        excess = self.over.excess()
        if excess > math.log(UNLIKELY):
            faults.append(
                f"a ratio of densities whose mean is 1 has the mean e^{excess:.1f} over rows: "
                "the log ratios do not go on as quadratic functions"
            )
        if self.errors["bridges"] > APART * abs(self.value):
            faults.append(f"fewer bridges give {self.coarse:.4g} instead of {self.value:.4g}")
        return faults
