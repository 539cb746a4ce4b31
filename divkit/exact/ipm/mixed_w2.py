r"""W2 on the line where a law has atoms beside a density, or atoms alone.

W2² = ∫₀¹ (F⁻¹ − G⁻¹)² du falls apart at the levels where a quantile function arrives at an atom or
leaves it. With δ the width of a stretch of levels, p and q the laws given that they are in it,

    W2² = Σ δ W2²(p, q),      W2²(p, q) = E (Y − a)² where one of them is an atom a,

and the other W2²(p, q) are those of two densities, cut where the stretch ends. A level that is off
by ε moves W2² by at most ε times the square of the gap there.
"""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import dataclass

import numpy as np

from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.mixed import MixedLaw
from divkit.distributions.compose.truncated import truncated
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.divergences.base import IPM
from divkit.exact.ipm.blurred import square_about
from divkit.exact.ipm.ends import has_moment, infinite
from divkit.exact.ipm.line import w2
from divkit.exact.ipm.mixed import LineSide, sides
from divkit.exact.ipm.result import metric_result
from divkit.exact.ipm.slip import NO_SLIP, slip_of
from divkit.exact.ipm.steps import StepFunction
from divkit.exact.method import NotApplicableError
from divkit.exact.quadrature.fields import ROUNDOFF
from divkit.results import Result

_MOST = 500
"""Stretches that are added."""
_LEVEL = 16 * ROUNDOFF
"""The error granted to a level."""


@dataclass(frozen=True)
class Stretch:
    """Levels from `low` to `high` on which a quantile function is `atom`, or goes along a density.

    Attributes
    ----------
    low, high : the levels.
    first, last : the quantiles there; both the atom where there is one.
    below : mass of atoms that are passed.
    """

    low: float
    high: float
    first: float
    last: float
    below: float

    @property
    def is_atom(self) -> bool:
        """Whether the quantile function stands still."""
        return self.first == self.last


def mixed_w2(p: Law, q: Law, divergence: IPM) -> Result:
    """√Σ δ W2²(p, q) over stretches of levels; infinite where one law alone has no variance."""
    a, b = sides(p, q)
    for side in (a, b):
        if not side.densities and not isinstance(side.law, FiniteLaw):
            raise NotApplicableError("W2 beside a density is that of finitely many atoms")
        if any(slip_of(law) is not NO_SLIP for law in side.densities):
            raise NotApplicableError("the distribution function is another library's")
    lacks = [any(has_moment(law, 2) is False for law in side.densities) for side in (a, b)]
    if any(lacks):
        if all(lacks):
            raise NotApplicableError("no law has a variance: W2 is a difference of heavy tails")
        return infinite(*(("p", p) if lacks[0] else ("q", q)), 2, divergence)
    start = time.perf_counter()
    first, second = _stretches(a), _stretches(b)
    levels = sorted({0.0, 1.0, *(s.high for s in (*first, *second))})
    if len(levels) > _MOST:
        raise NotApplicableError(f"at most {_MOST} stretches between atoms; got {len(levels)}")
    try:
        square, error = _total(a, b, first, second, levels, divergence)
    except (ValueError, TypeError) as refused:  # a stretch too narrow for its law, or a gap in it
        raise NotApplicableError(f"a stretch between atoms has no law: {refused}") from None
    value = math.sqrt(max(square, 0.0))
    low, high = math.sqrt(max(square - error, 0.0)), math.sqrt(max(square, 0.0) + error)
    return metric_result(
        value,
        max(high - value, value - low),
        "quadrature",
        divergence,
        stretches=len(levels) - 1,
        seconds=time.perf_counter() - start,
    )


def _stretches(side: LineSide) -> list[Stretch]:
    """The stretches of a law's quantile function, in order, those of no width left out."""
    law = side.law
    if not side.atoms:
        return [Stretch(0.0, 1.0, -math.inf, math.inf, 0.0)]
    out, level, passed, place = [], 0.0, 0.0, -math.inf
    masses = _masses(law)
    for at in side.atoms:
        after = float(side.curve.cdf(at))
        before = max(after - masses[at], level)
        if side.densities and before > level:
            out.append(Stretch(level, before, place, at, passed))
        out.append(Stretch(before, after, at, at, passed))
        level, passed, place = after, passed + masses[at], at
    if side.densities and level < 1:
        out.append(Stretch(level, 1.0, place, math.inf, passed))
    else:
        out[-1] = Stretch(out[-1].low, 1.0, out[-1].first, out[-1].last, out[-1].below)
    return out


def _masses(law: Law) -> dict[float, float]:
    """The atoms and their masses."""
    if isinstance(law, MixedLaw):
        curve = law.curve
        return dict(zip(curve.atoms.tolist(), curve.masses.tolist(), strict=True))
    steps = StepFunction.of(law)
    return dict(zip(steps.atoms.tolist(), steps.probs.tolist(), strict=True))


def _total(
    a: LineSide,
    b: LineSide,
    first: list[Stretch],
    second: list[Stretch],
    levels: list[float],
    divergence: IPM,
) -> tuple[float, float]:
    """Σ δ W2²(p, q), and what it may be off."""
    squares, errors = [], []
    for low, high in itertools.pairwise(levels):
        width, middle = high - low, 0.5 * (low + high)
        of = [next(s for s in found if s.low <= middle <= s.high) for found in (first, second)]
        ends = [_cut(*pair, low, high) for pair in zip((a, b), of, strict=True)]
        gaps = [abs(x - y) for x, y in zip(*ends, strict=True)]
        errors.append(_LEVEL * sum(gap * gap for gap in gaps if math.isfinite(gap)))
        if width <= _LEVEL:
            errors.append(width * max((g * g for g in gaps if math.isfinite(g)), default=0.0))
            continue
        square, error = _of_stretch((a, b), of, ends, divergence)
        squares.append(width * square)
        errors.append(width * error + _LEVEL * square)
    return math.fsum(squares), math.fsum(errors)


def _cut(side: LineSide, stretch: Stretch, low: float, high: float) -> tuple[float, float]:
    """The quantiles at two levels within a stretch."""
    if stretch.is_atom:
        return stretch.first, stretch.last
    law, share = side.densities[0], _share(side.law)
    free = np.clip((np.array([low, high]) - stretch.below) / share, 0.0, 1.0)
    near, far = np.clip(np.asarray(law.ppf(free)), stretch.first, stretch.last).tolist()
    return (
        stretch.first if low == stretch.low else near,
        stretch.last if high == stretch.high else far,
    )


def _share(law: Law) -> float:
    return law.curve.share if isinstance(law, MixedLaw) else 1.0


def _of_stretch(
    both: tuple[LineSide, LineSide],
    of: list[Stretch],
    ends: list[tuple[float, float]],
    divergence: IPM,
) -> tuple[float, float]:
    """W2² of the two laws of a stretch, and its error."""
    atoms = [s.first for s in of if s.is_atom]
    laws = [
        _given(side.densities[0], *cut)
        for side, s, cut in zip(both, of, ends, strict=True)
        if not s.is_atom
    ]
    if len(atoms) == 2:
        gap = atoms[0] - atoms[1]
        return gap * gap, 4 * ROUNDOFF * gap * gap
    if atoms:
        return square_about(laws[0], atoms[0])
    found = w2(laws[0], laws[1], divergence)
    return found.value**2, 2 * found.value * found.error + found.error**2


def _given(law: Law1D, low: float, high: float) -> Law1D:
    if math.isinf(low) and math.isinf(high):
        return law
    cut = truncated(law, low, high)
    assert isinstance(cut, Law1D)
    return cut
