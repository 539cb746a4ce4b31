"""The turns that lead from a screen's start to the step of a link: taken a stretch at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from divkit.lab.screens.screen import Screen, Way

MOST_STEPS = 100_000
"""Of all turns of a link together."""
MOST_TURNS = 400
STRETCH = 0.1
"""Seconds between two pictures on the way."""


class Ahead:
    """Turns that are yet to be taken, in their order.

    Attributes
    ----------
    left : how many there are.
    """

    def __init__(self, turns: Iterable[tuple[str, int]] = ()) -> None:
        self._turns = list(turns)[::-1]

    @property
    def left(self) -> int:
        """The number of turns."""
        return sum(count for _, count in self._turns)

    def end(self) -> None:
        """Take none of the others."""
        self._turns.clear()

    def go(self, screen: Screen[Any], clock: Callable[[], float] = time.monotonic) -> None:
        """Take turns for a stretch of time; where a screen comes to its end, no more follow.

        Raises
        ------
        ValueError
            If the screen refuses one.
        """
        until = clock() + STRETCH
        while self._turns and clock() < until:
            who, count = self._turns.pop()
            if count > 1:
                self._turns.append((who, count - 1))
            if not screen.step(who, 1):
                self.end()


def way_of(given: Any) -> Way:
    """Return turns as they come in a message, [[who, how often], …].

    Raises
    ------
    ValueError
        If they are no such list, or too many.
    """
    if not isinstance(given, list) or len(given) > MOST_TURNS or not all(map(_turn, given)):
        raise ValueError(f"turns must be at most {MOST_TURNS} pairs, [who, how often].")
    if sum(count for _, count in given) > MOST_STEPS:
        raise ValueError(f"turns may be {MOST_STEPS} together.")
    return tuple((who, count) for who, count in given)


def _turn(given: Any) -> bool:
    """Whether this is a pair of a side that moves and a count."""
    match given:
        case ["d" | "g" | "both", int(count)]:
            return type(count) is int and 1 <= count <= MOST_STEPS
    return False
