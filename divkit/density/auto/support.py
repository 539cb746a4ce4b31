"""The support that kernels and families are given: sides found in the sample, or natural ones.

0 is natural below positive values and above negative ones, 1 above values in (0, 1): where a hard
end is found within a few gaps of such a number, that number is taken for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from divkit.density.auto.ends import Ends, EndSeen, ends_of
from divkit.types import FloatArray

_GAPS = 6.0


@dataclass(frozen=True)
class Side:
    """One end of a support.

    Attributes
    ----------
    inwards : 1 for a lower end, −1 for an upper one.
    place : where the support ends, beyond all rows.
    natural : whether that is a number that was known before.
    hard : whether the density may be cut off there.
    """

    inwards: float
    place: float
    natural: bool
    hard: bool

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
    """

    sides: tuple[Side, ...]
    ends: Ends

    @property
    def hard(self) -> tuple[Side, ...]:
        """The sides at which the density may be cut off."""
        return tuple(side for side in self.sides if side.hard)

    @property
    def bounded(self) -> bool:
        """Whether both ends are hard."""
        return len(self.hard) == 2

    @property
    def interval(self) -> tuple[float, float]:
        """The hard ends, infinite where there is none."""
        low = [side.place for side in self.hard if side.inwards > 0]
        high = [side.place for side in self.hard if side.inwards < 0]
        return (low or [-math.inf])[0], (high or [math.inf])[0]

    def account(self) -> list[str]:
        """A line for each end: hard or not, and what the points next to it say."""
        return [
            f"{name} end: {'hard' if end.hard else 'a tail'}"
            + (f", near {end.place:.6g}" if end.hard else "")
            + f" ({end.score:+.1f} standard deviations of {end.rows} points from a flat density)"
            for name, end in (("lower", self.ends.low), ("upper", self.ends.high))
        ]


def support_of(x: FloatArray) -> Support:
    """Return the support that points (n,) speak for."""
    ends = ends_of(x)
    least, most = float(x.min()), float(x.max())
    low = _side(1.0, ends.low, least, (0.0,) if least > 0 else ())
    tops = (1.0, 0.0) if least > 0 else (0.0,)
    high = _side(-1.0, ends.high, most, tuple(t for t in tops if most < t))
    return Support((*low, *high), ends)


def _side(inwards: float, end: EndSeen, extreme: float, natural: tuple[float, ...]) -> list[Side]:
    gap = abs(extreme - end.place)
    near = [place for place in natural if abs(extreme - place) <= _GAPS * gap]
    if end.hard and near:
        return [Side(inwards, near[0], True, True)]
    known = [Side(inwards, place, True, False) for place in natural if place == 0.0]
    return [*known, Side(inwards, end.place, False, True)] if end.hard else known
