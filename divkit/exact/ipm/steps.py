r"""W1 and energy distance between a density and a finite law on the line.

The finite law's distribution function G is a step at each atom, so that ∫ |F − G| and 2 ∫ (F − G)²
are integrals over stretches between atoms on which G is constant; the atoms are breakpoints.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from divkit.distributions.base import Law, Law1D
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.divergences.base import IPM
from divkit.exact.ipm.line import gap_integral, has_moment, infinite
from divkit.exact.method import NotApplicableError
from divkit.exact.quadrature.panels import Layout, layout
from divkit.results import Result
from divkit.types import FloatArray

_MOST_ATOMS = 500


@dataclass(frozen=True)
class StepFunction:
    """The distribution function of a finite law on the line, and one minus it."""

    law: FiniteLaw

    @cached_property
    def atoms(self) -> FloatArray:
        """The atoms in ascending order (K,)."""
        return np.sort(np.array(self.law.atoms)[:, 0])

    @cached_property
    def _probs(self) -> FloatArray:
        return np.array(self.law.probs)[np.argsort(np.array(self.law.atoms)[:, 0])]

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        below = np.r_[0.0, np.cumsum(self._probs)]
        return np.asarray(below[np.searchsorted(self.atoms, x, side="right")])

    def sf(self, x: Any) -> FloatArray:
        """P(X > x)."""
        above = np.r_[np.cumsum(self._probs[::-1])[::-1], 0.0]
        return np.asarray(above[np.searchsorted(self.atoms, x, side="right")])


def step_w1(p: Law, q: Law, divergence: IPM) -> Result:
    """∫ |F − G| where one law is finite; infinite where the other has no mean."""
    law, finite = _sides(p, q)
    if has_moment(law, 1) is False:
        return infinite("p" if law is p else "q", law, 1, divergence)
    return gap_integral(law, StepFunction(finite), divergence, 1, _layout(law, finite))


def step_energy(p: Law, q: Law, divergence: IPM) -> Result:
    """2 ∫ (F − G)² where one law is finite."""
    law, finite = _sides(p, q)
    return gap_integral(law, StepFunction(finite), divergence, 2, _layout(law, finite))


def _sides(p: Law, q: Law) -> tuple[Law1D, FiniteLaw]:
    """The density and the finite law."""
    for law, finite in ((p, q), (q, p)):
        if isinstance(law, Law1D) and isinstance(finite, FiniteLaw) and finite.dim == 1:
            if len(finite.atoms) > _MOST_ATOMS:
                raise NotApplicableError(
                    f"at most {_MOST_ATOMS} atoms beside a density; got {len(finite.atoms)}"
                )
            return law, finite
    raise NotApplicableError("not a density on the line and a finite law")


def _layout(law: Law1D, finite: FiniteLaw) -> Layout:
    """Panels over the law and the atoms, each atom a breakpoint."""
    atoms = [atom for (atom,) in finite.atoms]
    scale = min(f.scale[0] for f in law.features)
    low, high = min(atoms), max(atoms)
    margin = max(scale, math.ulp(low), math.ulp(high))  # so that one atom is an interval as well
    return layout((law, Uniform(low - margin, high + margin)), atoms)
