"""Files that need a flag are refused once, with every flag that they need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from divkit.cli.files.rules import Rules

T = TypeVar("T")


class FlagNeededError(ValueError):
    """A file can be read once the user says how.

    Attributes
    ----------
    flag : what to type.
    grant : the rules as that flag makes them.
    """

    def __init__(self, words: str, flag: str, grant: Callable[[Rules], Rules]) -> None:
        super().__init__(words)
        self.flag, self.grant = flag, grant


def without(column: str) -> Callable[[Rules], Rules]:
    """The rules that leave a column out, too."""
    return lambda rules: replace(
        rules, without=f"{rules.without},{column}" if rules.without else column
    )


def with_every_flag(read: Callable[[Rules], T], rules: Rules) -> T:
    """Read under the rules.

    Raises
    ------
    ValueError
        As `read`; where a flag is needed, with a line for each one, and all of them together.
    """
    try:
        return read(rules)
    except FlagNeededError as first:
        needed = _needed(first, read, rules)
    if len(needed) == 1:
        raise needed[0]
    flags = " ".join(dict.fromkeys(each.flag for each in needed))
    lines = "\n  ".join(map(str, needed))
    raise ValueError(f"{len(needed)} things are left open:\n  {lines}\nAll of them: {flags}")


def _needed(
    first: FlagNeededError, read: Callable[[Rules], object], rules: Rules
) -> list[FlagNeededError]:
    """The refusals that come one after another as each flag is given."""
    needed = [first]
    while True:
        rules = needed[-1].grant(rules)
        try:
            read(rules)
        except FlagNeededError as error:
            if error.flag in (each.flag for each in needed):
                return needed  # the flag was given and does not help: the first refusal stands
            needed.append(error)
        except ValueError:
            return needed
        else:
            return needed
