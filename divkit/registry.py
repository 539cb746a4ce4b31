"""Names at the edges: a table from names to objects that answers a wrong name with the nearest."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from divkit.signs import plain_signs

T = TypeVar("T")


class UnknownNameError(ValueError):
    """A name that a registry does not hold; the message offers the nearest names.

    >>> from divkit import js_divergence
    >>> try:
    ...     js_divergence("normal(0, 1)", "normal(1, 1)", method="quadratur")
    ... except UnknownNameError as error:
    ...     print(str(error).split(" Known")[0])
    unknown method 'quadratur'. Did you mean 'quadrature'?
    """


@dataclass(frozen=True)
class _Deferred:
    """An entry that is imported when it is first asked for."""

    module: str
    name: str


class Registry(Generic[T], Mapping[str, T]):
    """A read-only mapping of names (and aliases) to objects, filled by `register` and `defer`.

    Parameters
    ----------
    kind : what the objects are, for messages.
    derived : gives entries that follow from another table, each with its name and aliases; it is
        asked at every look-up, so that what is registered there later is here as well.
    listing : of a long table, what prints it; messages then say so in place of all names.
    elsewhere : of a name that is not known, a sentence on where such things are had, or none.

    Examples
    --------
    >>> colours = Registry("colour")
    >>> colours.register("red", "#f00", "crimson")
    '#f00'
    >>> colours["crimson"]
    '#f00'
    """

    def __init__(
        self,
        kind: str,
        derived: Callable[[], Iterable[tuple[T, tuple[str, ...]]]] = tuple,
        *,
        listing: str | None = None,
        elsewhere: Callable[[str], str | None] = lambda name: None,
    ) -> None:
        self.kind = kind
        self._listing = listing
        self._elsewhere = elsewhere
        self._derived = derived
        self._entries: dict[str, T | _Deferred] = {}
        self._aliases: dict[str, str] = {}
        self._spelled: dict[str, str] = {}

    def register(self, name: str, entry: T, *aliases: str) -> T:
        """Add `entry` under `name` and `aliases`; a name taken already is a ValueError."""
        self._add(name, entry, aliases)
        return entry

    def defer(self, name: str, home: str, *aliases: str) -> None:
        """Add what stands at `home`, "package.module:Name", imported when it is asked for."""
        self._add(name, _Deferred(*home.split(":")), aliases)

    def aliases(self, name: str) -> tuple[str, ...]:
        """Return the further names of an entry, as they were registered."""
        keys = (key for key, known in self._aliases.items() if known == name)
        return tuple(self._spelled[key] for key in keys if key != self._key(name))

    def _add(self, name: str, entry: T | _Deferred, aliases: tuple[str, ...]) -> None:
        words = {self._key(word): word for word in (name, *aliases)}
        for key, word in words.items():
            if key in self._aliases:
                raise ValueError(f"{self.kind} {word!r} is registered already.")
        self._aliases.update(dict.fromkeys(words, name))
        self._spelled.update(words)
        self._entries[name] = entry

    def __getitem__(self, name: str) -> T:
        key = self._key(name)
        if key not in self._aliases:
            return self._derive(key, name)
        known = self._aliases[key]
        entry = self._entries[known]
        if isinstance(entry, _Deferred):
            entry = getattr(importlib.import_module(entry.module), entry.name)
            self._entries[known] = entry
        return entry

    def _derive(self, key: str, name: str) -> T:
        for entry, names in self._derived():
            if key in map(self._key, names):
                return entry
        raise UnknownNameError(self._advice(name))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._key(name) in self._spellings()

    def __iter__(self) -> Iterator[str]:
        yield from self._entries
        yield from (names[0] for _, names in self._derived())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _spellings(self) -> dict[str, str]:
        """Every key that is answered, and how it is spelled."""
        further = {self._key(name): name for _, names in self._derived() for name in names}
        return self._spelled | further

    def _advice(self, name: str) -> str:
        spelled = self._spellings()
        near = [repr(spelled[key]) for key in _nearest(self._key(name), spelled)]
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        if other := self._elsewhere(self._key(name)):
            hint += f" {other}"
        if self._listing is not None:
            return f"unknown {self.kind} {name!r}.{hint} {self._listing} prints all {len(self)}."
        return f"unknown {self.kind} {name!r}.{hint} Known: {', '.join(sorted(self))}."

    @staticmethod
    def _key(name: str) -> str:
        return plain_signs(name).strip().lower().replace("-", "_").replace(" ", "_")


def _nearest(key: str, known: Iterable[str]) -> list[str]:
    """Up to three names that begin so, else those that are like it about as much as the most."""
    if longer := [each for each in known if key and each.startswith(key)]:
        return sorted(longer, key=len)[:3]
    near = difflib.get_close_matches(key, known, n=3, cutoff=0.5)
    match = difflib.SequenceMatcher(b=key)
    likeness = []
    for each in near:
        match.set_seq1(each)
        likeness.append(match.ratio())
    return [each for each, ratio in zip(near, likeness, strict=True) if ratio > likeness[0] - 0.15]


def did_you_mean(unknown: Iterable[str], known: Iterable[str]) -> str:
    """Return the known names that are like the unknown ones, as words in brackets; "" for none.

    >>> did_you_mean(["bandwith"], ["bandwidth", "kernel"]), did_you_mean(["q"], ["kernel"])
    (" (did you mean 'bandwidth'?)", '')
    """
    known = list(known)
    near = dict.fromkeys(name for each in unknown for name in _nearest(each, known))
    return f" (did you mean {' or '.join(map(repr, near))}?)" if near else ""


def require_of_use(made: Any, name: str, used: bool, where: str) -> None:
    """Check that a field of a dataclass has its default unless it is of use.

    Parameters
    ----------
    made : the dataclass.
    name : of the field.
    used : whether it does anything beside the other fields.
    where : what it goes with, as code.

    Raises
    ------
    ValueError
        If it would do nothing.
    """
    default = next(each.default for each in fields(made) if each.name == name)
    given = getattr(made, name)
    if not used and given != default:
        raise ValueError(f"{name} goes with {where}; got {given!r}, which would do nothing.")


def _fields_of(maker: Any) -> list[str]:
    return [field.name for field in fields(maker)]


def resolve(
    makers: Registry[Callable[..., T]],
    method: str | T,
    options: Mapping[str, Any],
    offered: Mapping[str, Any] | None = None,
    *,
    what: str = "method",
    options_of: Callable[[Any], Iterable[str]] = _fields_of,
) -> T:
    """Return what a name means, made with `options`; an object passes through.

    Parameters
    ----------
    makers : dataclasses by name, or makers of which `options_of` knows the options.
    method : a name, or an object that is made already.
    options : for fields of the dataclass.
    offered : values for fields of these names, where there are such.
    what : what messages call it.

    Raises
    ------
    UnknownNameError
        If the name is not known; the message offers the nearest.
    TypeError
        If there is no such option, or options come with an object.
    """
    if not isinstance(method, str):
        if options:
            raise TypeError(
                f"options {sorted(options)} go into {method!r}, which is made already."
            )
        return method
    maker: Any = makers[method]
    known = list(options_of(maker))
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise TypeError(
            f"{what} {method!r} has no option {', '.join(map(repr, unknown))}"
            f"{did_you_mean(unknown, known)}; it has {', '.join(known) or 'none'}."
        )
    given = {name: value for name, value in (offered or {}).items() if name in known}
    made: T = maker(**{**given, **options})
    return made
