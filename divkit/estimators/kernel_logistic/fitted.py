"""The models of two samples, and what a reading of them has beside the models' own error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from divkit.divergences.base import FDivergence
from divkit.estimators.common.doubts import Doubt
from divkit.estimators.common.dual import Readout
from divkit.estimators.common.pooled import Pooled
from divkit.estimators.common.ridge_path import Fit
from divkit.results import normal_interval
from divkit.samples import Pair
from divkit.types import FloatArray


@dataclass(frozen=True, eq=False)
class FittedModels:
    """Two samples of laws with densities, and every model of them.

    `kernel_logistic.atoms.fitted_atoms` extends it to columns with atoms.

    Attributes
    ----------
    pool : the rows.
    fits : models with a logit for each row of the pool.
    rows : the samples as continuous columns, for limits from below.
    modelled : whether the value comes from models; else nothing speaks against them.
    """

    pool: Pooled
    fits: list[Fit]
    rows: Pair
    modelled: bool

    def infinite(self, divergence: FDivergence) -> bool:
        """Return whether the divergence is infinite by what one sample alone has."""
        del divergence
        return False

    def fitted_to(self, pair: Pair) -> Pair:
        """Return the rows that were fitted to, of the pair."""
        return pair

    @property
    def sizes(self) -> tuple[int, int]:
        """Rows of x and of y."""
        return self.pool.sizes

    def carried(
        self, divergence: FDivergence, fits: Sequence[Fit], shares: FloatArray, part: Readout
    ) -> Readout:
        """Return a reading of the rows that were fitted to, carried to all."""
        del divergence, fits, shares
        return part

    @property
    def separate(self) -> bool:
        """Whether all rows are on atoms that one sample alone has."""
        return False

    def interval(
        self, divergence: FDivergence, readout: Readout, level: float
    ) -> tuple[float, float, tuple[float, float]]:
        """Return the value, its standard error and its interval."""
        del divergence
        ends = normal_interval(readout.value, readout.error, level)
        return readout.value, readout.error, ends

    def warnings(self) -> list[str]:
        """Return what a reader must know of the samples."""
        return []

    def doubt(self, divergence: FDivergence) -> Doubt | None:
        """Return what speaks against any error, whatever the models."""
        del divergence
        return None

    @property
    def continuous(self) -> bool:
        """Whether no column has atoms."""
        return True
