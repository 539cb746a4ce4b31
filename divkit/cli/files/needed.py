"""Files that need flags are refused once, with every flag that they need and the whole command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TypeVar

from divkit.cli.files.rules import Rules
from divkit.cli.typed import typed_words, with_flags

T = TypeVar("T")
Grant = Callable[[Rules], Rules]


class FlagNeededError(ValueError):
    """A file can be read once the user says how.

    Attributes
    ----------
    grant : the rules as the flag of the message makes them.
    """

    def __init__(self, words: str, grant: Grant) -> None:
        super().__init__(words)
        self.grant = grant


def granting(**rules: object) -> Grant:
    """The rules with some of them set."""
    return lambda own: replace(own, **rules)  # type: ignore[arg-type]  # fields of Rules


def without(*columns: str) -> Grant:
    """The rules that leave columns out, too; of those that are taken by name, these no more."""

    def grant(rules: Rules) -> Rules:
        if rules.columns is not None:
            kept = [name.strip() for name in rules.columns.split(",")]
            return replace(rules, columns=",".join(n for n in kept if n not in columns))
        return replace(rules, without=",".join(filter(None, (rules.without, *columns))))

    return grant


def with_every_flag(read: Callable[[Rules], T], rules: Rules) -> T:
    """Read under the rules.

    Raises
    ------
    ValueError
        As `read`; where a flag is needed, with a line for each thing that is left open, and the
        command that settles all of them.
    """
    try:
        return read(rules)
    except FlagNeededError as first:
        needed, settled = _needed(first, read, rules)
    flags = _flags(rules, settled)
    if len(needed) == 1:
        typed = f"\nSo: {with_flags(flags)}" if typed_words() else ""
        raise FlagNeededError(f"{needed[0]}{typed}", granting()) from None
    lines = "\n  ".join(map(str, needed))
    which = "All of them" if isinstance(needed[-1], FlagNeededError) else "All but the last"
    raise ValueError(
        f"{len(needed)} things are left open:\n  {lines}\n{which}: {with_flags(flags)}"
    )


def _needed(
    first: FlagNeededError, read: Callable[[Rules], object], rules: Rules
) -> tuple[list[ValueError], Rules]:
    """The refusals that come one after another as each flag is given, and the rules by then."""
    needed: list[ValueError] = [first]
    error: ValueError = first
    while isinstance(error, FlagNeededError):
        granted = error.grant(rules)
        if granted == rules:
            break  # the flag was given and does not help
        rules = granted
        try:
            read(rules)
            break
        except ValueError as more:
            error = more
            needed.append(more)
    return needed, rules


def _flags(given: Rules, settled: Rules) -> list[str]:
    """The words that make the second of the first."""
    words = list[str]()
    for each in fields(settled):
        value = getattr(settled, each.name)
        if value == getattr(given, each.name):
            continue
        if isinstance(value, bool):
            words.append(f"--{each.name}" if value else f"--no-{each.name}")
        else:
            words += [f"--{each.name}", str(value)]
    return words
