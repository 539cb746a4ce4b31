r"""W1 and energy distance on the line where a law has atoms beside a density.

∫ |F − G| and 2 ∫ (F − G)² by quadrature, F and G with steps at the atoms, which are breakpoints.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.mixed import MixedLaw
from divkit.distributions.families.bounded import Uniform
from divkit.divergences.base import IPM
from divkit.exact.ipm.ends import has_moment, infinite
from divkit.exact.ipm.line import DistributionFunction, gap_integral
from divkit.exact.ipm.steps import MOST_ATOMS, StepFunction, has_atoms_only, lacks_mean
from divkit.exact.method import NotApplicableError, widened
from divkit.exact.quadrature.panels import Layout, layout
from divkit.results import Result


@dataclass(frozen=True, eq=False)
class LineSide:
    """A law on the line in parts.

    Attributes
    ----------
    law, curve : the law, and its distribution function.
    densities : the density, if it has one.
    atoms : places of its steps.
    slip : W1 between the curve and the law is at most this.
    """

    law: Law
    curve: DistributionFunction
    densities: tuple[Law1D, ...]
    atoms: tuple[float, ...]
    slip: float = 0.0

    @property
    def lacks_mean(self) -> bool:
        """Whether E|X| is known to be infinite."""
        if not self.densities:
            return lacks_mean(self.law)
        return has_moment(self.densities[0], 1) is False


def mixed_w1(p: Law, q: Law, divergence: IPM) -> Result:
    """∫ |F − G|; infinite where one law alone has no mean."""
    a, b = sides(p, q)
    if a.lacks_mean and b.lacks_mean:
        raise NotApplicableError("no law has a mean: W1 is a difference of heavy tails")
    if a.lacks_mean or b.lacks_mean:
        which, law = ("p", p) if a.lacks_mean else ("q", q)
        return infinite(which, law, 1, divergence)
    return _integral(a, b, divergence, 1)


def mixed_energy(p: Law, q: Law, divergence: IPM) -> Result:
    """2 ∫ (F − G)²."""
    a, b = sides(p, q)
    if a.lacks_mean or b.lacks_mean:
        raise NotApplicableError("the energy distance to a law with atoms needs its mean")
    return _integral(a, b, divergence, 2)


def sides(p: Law, q: Law) -> tuple[LineSide, LineSide]:
    """Return both laws in parts, one of which has atoms beside a density."""
    if p.dim != 1 or not (isinstance(p, MixedLaw) or isinstance(q, MixedLaw)):
        raise NotApplicableError("no law on the line has atoms beside a density")
    return _side(p), _side(q)


def _side(law: Law) -> LineSide:
    if isinstance(law, Law1D):
        return LineSide(law, law, (law,), ())
    if isinstance(law, MixedLaw):
        curve = law.curve
        return LineSide(law, curve, (curve.law,), tuple(curve.atoms.tolist()))
    if has_atoms_only(law):
        steps = StepFunction.of(law)
        return LineSide(law, steps, (), tuple(steps.atoms.tolist()), steps.slip)
    raise NotApplicableError(f"{type(law).__name__} is no law of a density and atoms on the line")


def _integral(a: LineSide, b: LineSide, divergence: IPM, order: int) -> Result:
    """order · ∫ |F − G|^order; (F − G)² moves by at most twice what |F − G| does."""
    atoms = sorted({*a.atoms, *b.atoms})
    if len(atoms) > MOST_ATOMS:
        raise NotApplicableError(f"at most {MOST_ATOMS} atoms beside a density; got {len(atoms)}")
    first = _layout((*a.densities, *b.densities), atoms)
    found = gap_integral(a.curve, b.curve, divergence, order, first)
    return widened(found, order * order * (a.slip + b.slip))


def _layout(densities: Sequence[Law1D], atoms: Sequence[float]) -> Layout:
    """Panels over the densities and the atoms, each atom a breakpoint."""
    if not atoms:
        return layout(densities)
    scale = min(f.scale[0] for law in densities for f in law.features)
    margin = max(scale, math.ulp(atoms[0]), math.ulp(atoms[-1]))
    around = Uniform(atoms[0] - margin, atoms[-1] + margin)
    return layout((*densities, around), atoms)
