"""The model of a screen: pictures at once, numbers one after another, each with its error.

A screen is added by one class here, derived from `Screen`, whose state is a frozen dataclass of
choices, by its name in `divkit.lab.screens.names`, its line in `divkit.lab.screens.table`, and by
one module of the browser (`static/screens/`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from divkit.faults import is_advice
from divkit.lab.protocol.frames import Picture
from divkit.results import Result

S = TypeVar("S")


@dataclass(frozen=True)
class NotKnown:
    """A number that is not known, and why: a sentence, or the key of one of the page's words.

    Warnings of a number may be such keys too (`why.…` in `static/lang`): the page says them in its
    own language.
    """

    why: str

    def to_dict(self) -> dict[str, str]:
        """The reason by name."""
        return {"why": self.why}


Way: TypeAlias = "tuple[tuple[str, int], ...]"
"""Turns from the start: who moved, and how often in a row."""
Known: TypeAlias = "Mapping[str, Result | NotKnown]"
"""Numbers of one state by name."""


class Screen(ABC, Generic[S]):
    """A screen at one state; another state is another screen (`changed`).

    Attributes
    ----------
    defaults : the state that a screen begins with.
    state : the state it is at.
    at : the step that its picture and its numbers belong to; 0 where nothing moves, between two
        whole ones in the midst of a step.
    drawn : how often the picture has changed at this state: it is sent anew when this moves.
    settles : whether numbers are so dear that they are calculated only while nothing plays.
    stride : steps a picture while it plays.
    """

    defaults: ClassVar[Any]
    settles: ClassVar[bool] = False
    at: float

    def __init__(self, state: S) -> None:
        self.state = state
        self.at = 0
        self.drawn = 0

    @property
    def stride(self) -> int:
        """One step a picture."""
        return 1

    @property
    def way(self) -> Way:
        """The turns that were taken; none where nothing moves."""
        return ()

    @abstractmethod
    def picture(self) -> Picture:
        """Return what is drawn at once."""

    @abstractmethod
    def numbers(self) -> Iterator[Known]:
        """Yield the numbers of this state, the quickest first; left when the state moves."""

    @abstractmethod
    def python(self, step: int | None = None) -> str:
        """A script that prints the shown numbers: those of an earlier step, or of this one."""

    def ask(self, what: str, options: Mapping[str, Any]) -> Iterator[Known]:
        """Yield numbers that are calculated only when they are asked for.

        Raises
        ------
        ValueError
            If there is nothing of this name.
        """
        raise ValueError(f"there is nothing to ask for by the name {what!r} on this screen.")

    def changed(self, state: S) -> Screen[S]:
        """Return the screen at another state; one that moves may keep how far it is."""
        return type(self)(state)

    def step(self, who: str, n: int) -> bool:
        """Move on by n steps of "d", "g" or "both"; return whether there is more to come.

        Raises
        ------
        ValueError
            If nothing moves on this screen, or nobody has that name.
        """
        raise ValueError("nothing moves on this screen.")

    def aside(self) -> Callable[[], Known] | None:
        """Return what calculates the numbers of this moment, elsewhere, while the screen plays on.

        It is called in a process of its own that ends with it; None where there is nothing.
        """
        return None

    def patched(self) -> Mapping[str, Any]:
        """Return fields that the screen itself has changed since it was made, for the page."""
        return {}


def way_to(way: Way, step: int | None) -> Way:
    """Return the turns until a step; all of them where none is named.

    Raises
    ------
    ValueError
        If they do not come so far.
    """
    left = whole = sum(count for _, count in way)
    if step is not None:
        left = step
    if not 0 <= left <= whole:
        raise ValueError(f"step must be in [0, {whole}]; got {step}.")
    made = list[tuple[str, int]]()
    for who, count in way:
        taken = min(count, left)
        left -= taken
        made += [(who, taken)] if taken else []
    return tuple(made)


def known(names: tuple[str, ...], compute: Callable[[], Known]) -> Known:
    """Return the numbers, or for each name why it is not known.

    Only advice is taken for a reason (`divkit.faults`); any other error is a fault, and raised.
    """
    try:
        return compute()
    except (ValueError, TypeError, ArithmeticError) as error:
        if not is_advice(error) and not isinstance(error, ArithmeticError):
            raise
        return dict.fromkeys(names, NotKnown(str(error)))
