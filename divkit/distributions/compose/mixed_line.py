r"""Distribution and quantile functions of a law on the line with atoms beside a density.

With masses m_k at a_k and the share w of a density of distribution function H,

    F(x) = w H(x) + Σ_{a_k ≤ x} m_k,      F⁻¹(u) = inf {x : F(x) ≥ u},

which stays at a_k for u in (F(a_k −), F(a_k)].
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from divkit.distributions.base import Law1D
from divkit.types import FloatArray


@dataclass(frozen=True, eq=False)
class MixedCurve:
    """F of atoms beside a density.

    Attributes
    ----------
    atoms, masses : atoms in ascending order and their masses (K,).
    share : mass of the density, 1 with those of the atoms.
    law : the density.
    """

    atoms: FloatArray
    masses: FloatArray
    share: float
    law: Law1D

    @cached_property
    def _below(self) -> FloatArray:
        """Mass of the first k atoms (K + 1,)."""
        return np.asarray(np.r_[0.0, np.cumsum(self.masses)])

    @cached_property
    def _above(self) -> FloatArray:
        """Mass of all but the first k atoms (K + 1,)."""
        return np.asarray(np.r_[np.cumsum(self.masses[::-1])[::-1], 0.0])

    def _passed(self, x: Any) -> Any:
        return np.searchsorted(self.atoms, x, side="right")

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x), elementwise."""
        return np.asarray(self.share * self.law.cdf(x) + self._below[self._passed(x)])

    def sf(self, x: Any) -> FloatArray:
        """P(X > x), elementwise."""
        return np.asarray(self.share * self.law.sf(x) + self._above[self._passed(x)])

    def ppf(self, u: Any) -> FloatArray:
        """F⁻¹(u), elementwise; NaN outside [0, 1]."""
        level = np.asarray(u, dtype=np.float64)
        before = self.share * self.law.cdf(self.atoms) + self._below[:-1]
        passed = np.searchsorted(before, level, side="left")
        ends = np.r_[-np.inf, self.atoms, np.inf]
        with np.errstate(invalid="ignore"):
            free = np.clip((level - self._below[passed]) / self.share, 0.0, 1.0)
        between = np.clip(self.law.ppf(free), ends[passed], ends[passed + 1])
        held = level <= np.r_[-np.inf, before + self.masses][passed]
        found = np.where(held, ends[passed], between)
        return np.asarray(np.where((level >= 0) & (level <= 1), found, np.nan))
