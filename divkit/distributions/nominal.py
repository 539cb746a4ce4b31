"""Laws on names: probabilities under keys that are no numbers, and laws made of these.

Their coordinates hold codes, as `Law.nominal` says. Codes of one process are comparable with each
other alone: they are no points, have no distance, and are equal to no number.
"""

from __future__ import annotations

from collections.abc import Sequence

from divkit.distributions.base import Law

_LINE = 80
ELSEWHERE = (
    "Pass all laws of a divergence at once, as divkit.divergence(p, q) takes them, or the "
    "probabilities as a list in one order of the classes."
)


def require_agreement(laws: Sequence[Law]) -> None:
    """Raise where a coordinate holds names in one law and numbers in another.

    Raises
    ------
    ValueError
        Of laws of one dimension; others are refused elsewhere.
    """
    if not any(law.nominal for law in laws) or len({law.dim for law in laws}) > 1:
        return
    first = laws[0]
    for other in laws[1:]:
        for axis in sorted(first.nominal ^ other.nominal):
            which = first if axis in first.nominal else other
            rest = other if which is first else first
            raise ValueError(
                f"coordinate {axis} holds names in {_short(which)} and numbers in "
                f"{_short(rest)}, which are equal to no name. Pass both as dictionaries or "
                "Series, or both as lists in one order of the classes."
            )


def require_points(law: Law, what: str) -> None:
    """Raise where a law is one of names: `what` needs points.

    Raises
    ------
    ValueError
        With the law and the way out.
    """
    if law.nominal:
        raise ValueError(
            f"{what}, and {_short(law)} lies on names, which are no points. {ELSEWHERE}"
        )


def require_places(*laws: Law, what: str) -> None:
    """Raise where laws have names for points: their order is no distance.

    Raises
    ------
    ValueError
        With the way out.
    """
    for law in laws:
        if law.nominal:
            raise ValueError(
                f"{what} measures distances, and names have none: coordinate "
                f"{min(law.nominal)} of {_short(law)} holds them. Label by numbers, or ask for an "
                "f-divergence such as js, kl or tv."
            )


def _short(law: Law) -> str:
    words = repr(law)
    return words if len(words) <= _LINE else f"{words[:_LINE]}…"
