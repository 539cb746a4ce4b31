"""The table of what exact calculation knows of each law: one entry a type, looked up along bases.

A law that is declared with a `member` has closed forms, with `balls` certified values, with an
`affinity` JS in any dimension, and so on. Everything is optional: what is missing is calculated by
quadrature or from draws, or refused by the method that needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from divkit.distributions.base import Law, Law1D
from divkit.exact.capabilities.groups import fetch
from divkit.types import Ball, FloatArray

if TYPE_CHECKING:
    from divkit.exact.affinity.family import LogAffinity
    from divkit.exact.balls.cut import Cut, Decay, Growth
    from divkit.exact.balls.place import LogDensity, Place, Point
    from divkit.exact.closed_form.members import Member

L = TypeVar("L", bound=Law)
T = TypeVar("T")


@dataclass(frozen=True)
class Shape:
    """X = loc + scale·Z, Z of law `standard`."""

    standard: Law1D
    loc: Fraction
    scale: Fraction

    @classmethod
    def of(cls, law: Any) -> Shape:
        """The shape of a law with a `loc` and a `scale`."""
        return cls(replace(law, loc=0.0, scale=1.0), Fraction(law.loc), Fraction(law.scale))


@dataclass(frozen=True)
class Tame:
    """A positive density on R^d with −log density = O(|x|^degree), moments below `moments`."""

    degree: float
    moments: float


@dataclass(frozen=True)
class Inverse:
    """A map from the open unit cube of `dim` coordinates onto a law: (n, dim) to (n, d)."""

    dim: int
    points: Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Component:
    """weight · N(loc, cov), all exact."""

    weight: Fraction
    loc: tuple[Fraction, ...]
    cov: tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class Balls(Generic[L]):
    """A law on the line in ball arithmetic, parameters taken exactly; read by `exact.certified`.

    Attributes
    ----------
    log_density : log p, compiled for a place; None where p is zero there.
    cdf : P(X ≤ x) at a point.
    decay, growth : how the law falls, and how −log p grows, towards ±∞ from a cut on. The rates
        are valid from there on: (d/dx) log p is monotone for the log-concave families, and
        d log p / d log u for the others. The formulas hold for the branch of the density at the
        cut, continued to ±∞; a law that is not shown to fall there says so.
    end_exponent : A with d log p / d log u ≥ A in a tail at distance u from a finite end; None
        where log p is analytic at the end, so that an interval evaluation bounds it.
    end_growth : how −log p grows towards a finite end that has an exponent.
    singular_ends : finite ends of the support where log p is not analytic.
    affinity : ρ(α) = ∫ p^{1−α} q^α on Re α = ½ of two laws of the family; None where it has no
        closed form.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.exact.capabilities import capabilities
    >>> "certified density" in capabilities(Normal(0, 1))
    True
    """

    log_density: Callable[[L, Place], LogDensity | None]
    cdf: Callable[[L, Point], Ball]
    decay: Callable[[L, Cut], Decay] | None = None
    growth: Callable[[L, Cut], Growth] | None = None
    end_exponent: Callable[[L, Cut], Ball | None] | None = None
    end_growth: Callable[[L, Cut], Growth] | None = None
    singular_ends: Callable[[L], tuple[float, ...]] | None = None
    affinity: Callable[[L, L], Callable[[Ball], Ball] | None] | None = None


@dataclass(frozen=True)
class Capabilities(Generic[L]):
    """The capabilities of a type of laws in exact calculation.

    Attributes
    ----------
    member : the law as a member of its family, which has closed forms.
    affinity : log ρ(½ + iω) of two laws of the type; None where the pair has no closed form.
    balls : the law in ball arithmetic.
    shape : the law as an affine image of a standard one: W1 and W2 by arithmetic.
    gaussian : the law as a mixture of Gaussians: W2, energy and MMD in any dimension.
    inverse : the law as an image of the unit cube, for low-discrepancy points; None for none.
    tame : how −log density and the moments go: whether an estimate's variance is finite.
    core : a law with the same divergences to those of its type on the same support, on R^k.

    Examples
    --------
    >>> Capabilities().balls is None  # nothing is known beyond the density
    True
    """

    member: Callable[[L], Member] | None = None
    affinity: Callable[[L, L, FloatArray], LogAffinity | None] | None = None
    balls: Balls[L] | None = None
    shape: Callable[[L], Shape] | None = None
    gaussian: Callable[[L], list[Component]] | None = None
    inverse: Callable[[L], Inverse | None] | None = None
    tame: Callable[[L], Tame | None] | None = None
    core: Callable[[L], Law] | None = None


_DECLARED: dict[type[Law], Capabilities[Any]] = {}


def declare(kind: type[L], capabilities: Capabilities[L]) -> None:
    """Put on the table what is known of a type of laws; subclasses have it too.

    Raises
    ------
    ValueError
        If the type is on the table already.

    Examples
    --------
    >>> from divkit import Normal
    >>> try:
    ...     declare(Normal, Capabilities())
    ... except ValueError as fault:
    ...     print(fault)
    the capabilities of Normal are declared already.
    """
    fetch(kind)
    if kind in _DECLARED:
        raise ValueError(f"the capabilities of {kind.__name__} are declared already.")
    _DECLARED[kind] = capabilities


def declared(kind: type[Law]) -> Iterator[tuple[type[Law], Capabilities[Any]]]:
    """The entries of a type and of its bases, nearest first."""
    for base in kind.__mro__:
        fetch(base)
        if base in _DECLARED:
            yield base, _DECLARED[base]


def look_up(law: Law, pick: Callable[[Capabilities[Any]], T | None]) -> T | None:
    """One capability of a law, from the nearest base that has it; None where none has."""
    for _, capabilities in declared(type(law)):
        found = pick(capabilities)
        if found is not None:
            return found
    return None
