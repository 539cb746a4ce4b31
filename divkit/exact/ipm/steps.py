r"""W1 and energy distance between a density and atoms on the line.

The distribution function G of the atoms is a step at each, so that ∫ |F − G| and 2 ∫ (F − G)² are
integrals over stretches between atoms on which G is constant; the atoms are breakpoints. A law of
counts is cut where the moments beyond are negligible: W1 moves by no more than these, and by the
errors of the masses times the distance that they may be away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from divkit.distributions.base import Law, Law1D
from divkit.distributions.counts.alignment import NoLatticeError
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.divergences.base import IPM
from divkit.exact.counts.metrics import beyond, lacking, tabulated
from divkit.exact.finite_metrics import masses
from divkit.exact.ipm.ends import has_moment, infinite
from divkit.exact.ipm.line import gap_integral
from divkit.exact.method import NotApplicableError, widened
from divkit.exact.quadrature.panels import Layout, layout
from divkit.results import Result
from divkit.types import FloatArray

MOST_ATOMS = 2000
"""Breakpoints that an integral beside a density is given."""


@dataclass(frozen=True)
class StepFunction:
    """The distribution function of atoms on the line, and one minus it.

    Attributes
    ----------
    atoms, probs : atoms in ascending order and their masses (K,).
    slip : W1 between these and the law that is meant is at most this.
    """

    atoms: FloatArray
    probs: FloatArray
    slip: float = 0.0

    @classmethod
    def of(cls, law: Law) -> StepFunction:
        """The steps of a finite law, a law of counts, or a mixture of such."""
        if isinstance(law, FiniteLaw):
            atoms = np.array(law.atoms)[:, 0]
            order = np.argsort(atoms)
            return cls(atoms[order], np.array(law.probs)[order])
        table = tabulated(law, law, 1)
        own = masses(table.p)
        moved = float(own.error.sum()) * float(np.ptp(table.points))
        return cls(table.points, own.value, beyond(table) + moved)

    @cached_property
    def _sums(self) -> tuple[FloatArray, FloatArray]:
        """P(X ≤ ·) and P(X > ·) between atoms (K + 1,)."""
        below, above = np.cumsum(self.probs), np.cumsum(self.probs[::-1])[::-1]
        return np.r_[0.0, below], np.r_[above, 0.0]

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return np.asarray(self._sums[0][np.searchsorted(self.atoms, x, side="right")])

    def sf(self, x: Any) -> FloatArray:
        """P(X > x)."""
        return np.asarray(self._sums[1][np.searchsorted(self.atoms, x, side="right")])


def step_w1(p: Law, q: Law, divergence: IPM) -> Result:
    """∫ |F − G| where one law has atoms; infinite where one alone has no mean."""
    law, other = _sides(p, q)
    lacks, has = lacks_mean(other), has_moment(law, 1)
    if lacks and has:
        return infinite("p" if other is p else "q", other, 1, divergence)
    if lacks:
        raise NotApplicableError("no law has a mean: W1 is a difference of heavy tails")
    if has is False:
        return infinite("p" if law is p else "q", law, 1, divergence)
    return _integral(law, other, divergence, 1)


def step_energy(p: Law, q: Law, divergence: IPM) -> Result:
    """2 ∫ (F − G)² where one law has atoms."""
    law, other = _sides(p, q)
    if lacks_mean(other):
        raise NotApplicableError("the energy distance to a law of counts needs its mean")
    return _integral(law, other, divergence, 2)


def _integral(law: Law1D, other: Law, divergence: IPM, order: int) -> Result:
    """order · ∫ |F − G|^order; (F − G)² moves by at most twice what |F − G| does."""
    steps = StepFunction.of(other)
    if len(steps.atoms) > MOST_ATOMS:
        raise NotApplicableError(
            f"at most {MOST_ATOMS} atoms beside a density; got {len(steps.atoms)}"
        )
    found = gap_integral(law, steps, divergence, order, _layout(law, steps))
    return widened(found, order * order * steps.slip)


def lacks_mean(law: Law) -> bool:
    """Whether a law of atoms is known to have no mean."""
    return not isinstance(law, FiniteLaw) and lacking(law, law, 1)[0]


def _sides(p: Law, q: Law) -> tuple[Law1D, Law]:
    """The density and the law of atoms."""
    for law, other in ((p, q), (q, p)):
        if isinstance(law, Law1D) and other.dim == 1 and has_atoms_only(other):
            return law, other
    raise NotApplicableError("not a density on the line and a law of atoms")


def has_atoms_only(law: Law) -> bool:
    """Whether a law is finite, of counts, or a mixture of such."""
    if isinstance(law, FiniteLaw):
        return True
    try:
        lacking(law, law, 1)
    except NoLatticeError:
        return False
    return True


def _layout(law: Law1D, steps: StepFunction) -> Layout:
    """Panels over the law and the atoms, each atom a breakpoint."""
    scale = min(f.scale[0] for f in law.features)
    low, high = float(steps.atoms[0]), float(steps.atoms[-1])
    margin = max(scale, math.ulp(low), math.ulp(high))  # so that one atom is an interval as well
    return layout((law, Uniform(low - margin, high + margin)), steps.atoms.tolist())
