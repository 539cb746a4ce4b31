"""Choices that can be made by name: a field of a frozen dataclass says all there is to one.

Its name, type and default are the field's own; `choice` adds the help and the limits. Command
lines are made from them (`divkit.cli.options`), so that a new choice is one field.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any

_KEY = "choice"


@dataclass(frozen=True)
class Writes:
    """A choice is a path that is written to.

    Attributes
    ----------
    suffixes : endings that the file may have; any where empty.
    folder : whether it is a folder, which is made if need be.
    """

    suffixes: tuple[str, ...] = ()
    folder: bool = False


@dataclass(frozen=True)
class Reads:
    """A choice is a path of a file that is read, which must be there."""


FILE, FOLDER, READ = Writes(), Writes(folder=True), Reads()
FIGURE = Writes((".pdf", ".png", ".svg"))


@dataclass(frozen=True)
class Names:
    """Tables whose names a choice may be.

    Attributes
    ----------
    homes : "package.module:TABLE" of each; "(" or ":" at the end where that follows each name.
    commas : whether several names are taken, with commas.
    instead : homes in place of these where another choice is made, by that one's name.
    """

    homes: tuple[str, ...]
    commas: bool = False
    instead: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def several(self) -> Names:
        """Return the same for a choice that takes several, with commas."""
        return replace(self, commas=True)


@dataclass(frozen=True)
class ChoiceInfo:
    """A field's settings beside name, type and default.

    Attributes
    ----------
    help : one line on it.
    flags : its names on a command line; its own where there are none.
    least, most : the least number and the largest, where there are such.
    metavar : what stands for a value in a usage line.
    among : the texts that it may be; any where empty.
    group : the heading that it stands under; none where empty.
    takes : tables of the names that it may be, or what is written or read at a path; None of any
        other.
    """

    help: str
    flags: tuple[str, ...] = ()
    least: float | None = None
    metavar: str | None = None
    among: tuple[str, ...] = ()
    most: float | None = None
    group: str = ""
    takes: Names | Writes | Reads | None = None

    @property
    def names(self) -> Names | None:
        """Names that a shell offers; None where any text may stand."""
        return self.takes if isinstance(self.takes, Names) else None

    @property
    def writes(self) -> Writes | None:
        """The file or folder that is written; None of what is no path, or a path that is read."""
        return self.takes if isinstance(self.takes, Writes) else None

    @property
    def reads(self) -> bool:
        """Whether it is a path that is read."""
        return isinstance(self.takes, Reads)


def choice(
    default: Any,
    help: str,
    *,
    flags: tuple[str, ...] = (),
    least: float | None = None,
    metavar: str | None = None,
    among: tuple[str, ...] = (),
    most: float | None = None,
    group: str = "",
    takes: Names | Writes | Reads | None = None,
    **marks: bool,
) -> Any:
    """Return a dataclass field that is a choice; see `ChoiceInfo`. `marks` join its metadata."""
    made = ChoiceInfo(help, flags, least, metavar, among, most, group, takes)
    return field(default=default, metadata={_KEY: made, **marks})


def choice_of(each: Field[Any]) -> ChoiceInfo | None:
    """Return what a field says as a choice, or None if it is none."""
    made: ChoiceInfo | None = each.metadata.get(_KEY)
    return made


def _chosen(values: Any) -> Iterator[tuple[str, ChoiceInfo, Any]]:
    """Each choice of a dataclass: its name, what is said of it, its value."""
    for each in fields(values):
        made = choice_of(each)
        if made is not None:
            yield each.name, made, getattr(values, each.name)


def require_among(values: Any, spelled: Callable[[str], str] = str) -> None:
    """Check that every choice among texts is one of them, or None.

    Parameters
    ----------
    values : the dataclass.
    spelled : how a message names a field.

    Raises
    ------
    ValueError
        If one is not.
    """
    for name, made, given in _chosen(values):
        if made.among and given is not None and given not in made.among:
            raise ValueError(f"{spelled(name)} must be {' or '.join(made.among)}; got {given!r}.")


def require_within(values: Any, spelled: Callable[[str], str] = str) -> None:
    """Check that every number, or each of a tuple of numbers, is within its limits.

    Parameters
    ----------
    values : the dataclass.
    spelled : how a message names a field.

    Raises
    ------
    ValueError
        If one is not.
    """
    for name, made, given in _chosen(values):
        low = -math.inf if made.least is None else made.least
        high = math.inf if made.most is None else made.most
        numbers = given if isinstance(given, tuple) else (given,)
        for number in numbers:
            if isinstance(number, int | float) and not low <= number <= high:
                raise ValueError(
                    f"{spelled(name)} must be in [{low:g}, {high:g}]; got {number!r}."
                )


def require_default(values: Any, mark: str, advice: Callable[[str, Any], str]) -> None:
    """Check that every field with a mark has its default.

    Parameters
    ----------
    advice : the message for a field's name and value.

    Raises
    ------
    ValueError
        If one has not.
    """
    default = type(values)()
    for each in fields(values):
        given = getattr(values, each.name)
        if each.metadata.get(mark) and given != getattr(default, each.name):
            raise ValueError(advice(each.name, given))
