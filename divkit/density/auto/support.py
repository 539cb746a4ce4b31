"""The support that kernels and families are given: sides found in the sample, or natural ones.

0 is natural below positive values and above negative ones, 1 above values in (0, 1): where a hard
end is found within a few gaps of such a number, that number is taken for it. Such an end is known,
and so is one that a user tells; rows that come later may lie beyond any other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from divkit.density.auto.ends import Ends, EndSeen, ends_of
from divkit.density.kde import robust_spread
from divkit.samples import Column
from divkit.types import FloatArray

_GAPS = 6.0
END = 2.0
"""Price of an end that only the rows show, in the units of `stacking`."""
_NEXT_TO = 0.05
"""Robust spreads from a natural end to the rows within which it is known for one."""


@dataclass(frozen=True)
class Side:
    """One end of a support.

    Attributes
    ----------
    inwards : 1 for a lower end, −1 for an upper one.
    place : where the support ends, beyond all rows.
    natural : whether that is a number that was known before.
    hard : whether the density may be cut off there.
    known : whether no row can come beyond it.
    """

    inwards: float
    place: float
    natural: bool
    hard: bool
    known: bool = False

    @property
    def price(self) -> float:
        """The price of a member that is cut off here."""
        return 0.0 if self.natural else END

    @property
    def words(self) -> str:
        """The name of a member that begins here."""
        if self.natural:
            return f"from {self.place:g}" + (" down" if self.inwards < 0 else "")
        return "from the lower end" if self.inwards > 0 else "from the upper end"


@dataclass(frozen=True)
class Support:
    """Sides of the support; a bounded one has two hard ones.

    Attributes
    ----------
    sides : natural or hard ones, at most two at each end.
    ends : what was seen.
    told : the ends that a user knows, infinite where there is none.
    """

    sides: tuple[Side, ...]
    ends: Ends
    told: tuple[float, float] = (-math.inf, math.inf)

    @property
    def hard(self) -> tuple[Side, ...]:
        """The sides at which the density may be cut off."""
        return tuple(side for side in self.sides if side.hard)

    @property
    def price(self) -> float:
        """The price of a member that is cut off at all hard ends."""
        return sum(side.price for side in self.hard)

    @property
    def bounded(self) -> bool:
        """Whether both ends are hard."""
        return len(self.hard) == 2

    @property
    def interval(self) -> tuple[float, float]:
        """The hard ends, infinite where there is none."""
        return _ends(self.hard)

    @property
    def known(self) -> tuple[float, float]:
        """The ends that are known, infinite where there is none."""
        return _ends([side for side in self.sides if side.known])

    def account(self) -> list[str]:
        """A line for each end: known, perhaps hard or not, and what the points next to it say."""
        found = []
        pairs = zip(("lower", "upper"), self.known, (self.ends.low, self.ends.high), strict=True)
        for name, known, end in pairs:
            seen = f"perhaps hard, near {end.place:.9g}" if end.hard else "a tail"
            found.append(
                f"{name} end: {f'{known:.9g}' if math.isfinite(known) else seen} ({_why(end)})"
            )
        return found


def _why(end: EndSeen) -> str:
    """Say what the rows next to an end say of it."""
    if not math.isfinite(end.score):
        return "taken so: too few rows to tell"
    thin = "lie as below a density that ends there" if end.hard else "thin out as in a tail"
    return f"the {end.rows} rows next to it {thin}: z = {end.score:+.1f}, a tail is above +2.3"


Told = tuple[float | None, float | None]
"""Ends that a user knows: infinite where there is none, None where the rows shall say."""


def require_between(
    told: Told, rows: FloatArray, facts: Sequence[Column], *, counts: bool
) -> None:
    """Refuse ends that are none of these rows (n, d): atoms may lie on one, other rows not.

    Raises
    ------
    ValueError
        If there are several columns, or whole numbers; if a row is beyond an end, or on one and no
        atom.
    """
    dim = rows.shape[1]
    if dim > 1 or counts:
        given = f"X has {dim} columns" if dim > 1 else "X holds whole numbers, a law of counts"
        raise ValueError(f"ends are those of the density of one column; {given}. Leave ends out.")
    low, high = _ends_told(told)
    atoms = facts[0].atoms if facts[0].has_atoms else rows[:0, 0]
    free = rows[~np.isin(rows[:, 0], atoms), 0]
    inside = bool((free > low).all() and (free < high).all())
    if not (inside and bool((atoms >= low).all() and (atoms <= high).all())):
        raise ValueError(
            f"ends={told!r} must have all rows between them; they go from {rows.min():.6g} to "
            f"{rows.max():.6g}. Drop the rows at an end or beyond, or move it out."
        )


def support_of(x: FloatArray, told: Told = (None, None)) -> Support:
    """Return the support that points (n,) speak for, as far as its ends are not told."""
    ends = ends_of(x)
    least, most = float(x.min()), float(x.max())
    tops = (1.0, 0.0) if least > 0 else (0.0,)
    natural = ((0.0,) if least > 0 else (), tuple(t for t in tops if most < t))
    found: list[Side] = []
    for inwards, end, extreme, near, known in (
        (1.0, ends.low, least, natural[0], told[0]),
        (-1.0, ends.high, most, natural[1], told[1]),
    ):
        if known is None:
            found += _sides(inwards, end, extreme, near, _NEXT_TO * robust_spread(x))
        elif math.isfinite(known):
            found.append(Side(inwards, known, natural=True, hard=True, known=True))
    return Support(tuple(found), ends, _ends_told(told))


def _ends_told(told: Told) -> tuple[float, float]:
    low, high = told
    return (-math.inf if low is None else low), (math.inf if high is None else high)


def _ends(sides: Iterable[Side]) -> tuple[float, float]:
    low, high = -math.inf, math.inf
    for side in sides:
        low, high = (side.place, high) if side.inwards > 0 else (low, side.place)
    return low, high


def _sides(
    inwards: float, end: EndSeen, extreme: float, natural: tuple[float, ...], next_to: float
) -> list[Side]:
    gap = abs(extreme - end.place)
    near = [place for place in natural if abs(extreme - place) <= _GAPS * gap]
    if end.hard and near:
        return [Side(inwards, near[0], True, True, abs(extreme - near[0]) <= next_to)]
    open_ones = [Side(inwards, place, True, False) for place in natural if place == 0.0]
    return [*open_ones, Side(inwards, end.place, False, True)] if end.hard else open_ones
