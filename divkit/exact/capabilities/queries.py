"""Questions to a law, one function a capability: None, or a refusal, where none is declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from divkit.distributions.base import Law, Law1D
from divkit.exact.capabilities.base import (
    Balls,
    Component,
    Inverse,
    Shape,
    Tame,
    look_up,
)
from divkit.exact.method import ESTIMATED, NotApplicableError
from divkit.types import Ball, FloatArray

if TYPE_CHECKING:
    from divkit.exact.affinity.family import LogAffinity
    from divkit.exact.balls.cut import Cut, Decay, Growth
    from divkit.exact.balls.place import LogDensity, Place, Point
    from divkit.exact.closed_form.members import Member

T = TypeVar("T")


def member(law: Law) -> Member:
    """The law as a member of its family, or raise a NotApplicableError, as all below may."""
    known = look_up(law, lambda c: c.member)
    return _asked(known, f"{type(law).__name__} is of no family with closed forms")(law)


def affinity(p: Law, q: Law, omega: FloatArray) -> LogAffinity | None:
    """Return log ρ(½ + iω) of two laws of one type in closed form, or None."""
    known = look_up(p, lambda c: c.affinity)
    return known(p, q, omega) if known is not None else None


def shape(law: Law) -> Shape:
    """The law as an affine image of a standard one."""
    known = look_up(law, lambda c: c.shape)
    return _asked(known, f"{type(law).__name__} is of no location-scale family")(law)


def gaussian_components(law: Law) -> list[Component]:
    """The law as a mixture of Gaussians."""
    known = look_up(law, lambda c: c.gaussian)
    return _asked(known, f"{type(law).__name__} is no mixture of Gaussians")(law)


def inverse(law: Law) -> Inverse | None:
    """Return the inverse transform of a law, or None where there is none."""
    known = look_up(law, lambda c: c.inverse)
    if known is None and isinstance(law, Law1D):
        return Inverse(1, lambda u: law.ppf(u[:, 0])[:, None])
    return known(law) if known is not None else None


def tame(law: Law) -> Tame | None:
    """Return how −log density and the moments of a law go, or None where it is not known."""
    known = look_up(law, lambda c: c.tame)
    return known(law) if known is not None else None


def core(law: Law) -> Law | None:
    """Return a law on R^k with the same divergences to those of its type, or None."""
    known = look_up(law, lambda c: c.core)
    return known(law) if known is not None else None


def log_density(law: Law, place: Place) -> LogDensity | None:
    """Log p on a place in ball arithmetic, or None where p is zero there."""
    return _balls(law, "density").log_density(law, place)


def cdf(law: Law, at: Point) -> Ball:
    """P(X ≤ x) in ball arithmetic."""
    return _balls(law, "distribution function").cdf(law, at)


def decay(law: Law, cut: Cut) -> Decay:
    """The fall of the law towards ±∞, from the cut on."""
    return _asked(_balls(law, "tail").decay, _no_tail(law))(law, cut)


def growth(law: Law, cut: Cut) -> Growth:
    """The growth of −log q towards ±∞, from the cut on."""
    return _asked(_balls(law, "tail").growth, _no_tail(law))(law, cut)


def end_growth(law: Law, cut: Cut) -> Growth:
    """The growth of −log q towards the tail's finite end, where `end_exponent` is not None."""
    return _asked(_balls(law, "tail").end_growth, _no_tail(law))(law, cut)


def end_exponent(law: Law, cut: Cut) -> Ball | None:
    """A with d log p / d log u ≥ A in the tail, or None where log p is analytic at the end."""
    known = look_up(law, lambda c: c.balls)
    return known.end_exponent(law, cut) if known and known.end_exponent else None


def singular_ends(law: Law) -> tuple[float, ...]:
    """Finite ends of the support where log p is not analytic."""
    known = look_up(law, lambda c: c.balls)
    return known.singular_ends(law) if known and known.singular_ends else ()


def _balls(law: Law, what: str) -> Balls[Any]:
    known = look_up(law, lambda c: c.balls)
    return _asked(known, f"no certified {what} for {type(law).__name__}: {ESTIMATED}.")


def _no_tail(law: Law) -> str:
    return f"no certified tail for {type(law).__name__}: {ESTIMATED}."


def _asked(known: T | None, missing: str) -> T:
    if known is None:
        raise NotApplicableError(missing)
    return known
