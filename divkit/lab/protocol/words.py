"""Messages of the browser, checked as they come: strict JSON of known words, at most 4 kB.

Nothing heavy is imported here: the process that listens reads these, and calculates nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

PROTOCOL = "divkit-lab.1"
MOST_BYTES = 4096
"""Of a message of the browser."""
MOST_DEPTH = 8
MOST_COUNT = 2**53
"""Whole numbers beyond are not whole in a browser."""

Message: TypeAlias = dict[str, Any]


class RefusedError(ValueError):
    """A message that is not answered; its text is the reason, a sentence."""


@dataclass(frozen=True)
class Expected:
    """A part of a message: the type it must have, and whether it may be left out."""

    type: type
    optional: bool = False


WORDS: Mapping[str, Mapping[str, Expected]] = {
    "hello": {"token": Expected(str), "session": Expected(str, optional=True)},
    "set": {
        "seq": Expected(int),
        "patch": Expected(dict),
        "screen": Expected(str, optional=True),
        "turns": Expected(list, optional=True),
    },
    "play": {"on": Expected(bool)},
    "step": {"who": Expected(str), "n": Expected(int)},
    "ask": {
        "seq": Expected(int),
        "what": Expected(str),
        "options": Expected(dict, optional=True),
    },
    "export": {"what": Expected(str), "step": Expected(int, optional=True)},
    "ack": {"frame": Expected(int)},
    "ping": {},
}
"""The parts of each message, by its type."""


def read(text: str | bytes) -> Message:
    """Return a message of the browser.

    Raises
    ------
    RefusedError
        If it is too long, no JSON, or none of `WORDS`; the text says which.
    """
    if isinstance(text, bytes):
        raise RefusedError("a message must be text, not binary.")
    if len(text) > MOST_BYTES or len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise RefusedError(f"a message may take {MOST_BYTES} bytes.")
    made = _parsed(text)
    kind = made.pop("type", None)
    if not isinstance(kind, str) or kind not in WORDS:
        raise RefusedError(f"a message's type must be one of {', '.join(WORDS)}.")
    for name, part in WORDS[kind].items():
        _check(kind, name, part, made)
    odd = sorted(set(made) - set(WORDS[kind]))
    if odd:
        raise RefusedError(f"a message of type {kind} has no part {odd[0]!r}.")
    return {"type": kind, **made}


def written(message: Mapping[str, Any]) -> str:
    """Return a message as strict JSON of ASCII."""
    return json.dumps(message, allow_nan=False, separators=(",", ":"))


def _parsed(text: str) -> Message:
    try:
        made = json.loads(text, parse_constant=_constant)
    except (ValueError, RecursionError):
        raise RefusedError("a message must be strict JSON.") from None
    if not isinstance(made, dict):
        raise RefusedError("a message must be a JSON object.")
    if _depth(made) > MOST_DEPTH:
        raise RefusedError(f"a message may be nested {MOST_DEPTH} deep.")
    return made


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON.")


def _depth(value: Any) -> int:
    """Count how deep containers are nested, a level at a time."""
    level, depth = [value], 0
    while level:
        held = [each for each in level if isinstance(each, dict | list)]
        level = [x for each in held for x in (each.values() if isinstance(each, dict) else each)]
        depth += bool(held)
    return depth


def _check(kind: str, name: str, part: Expected, made: Message) -> None:
    if name not in made:
        if not part.optional:
            raise RefusedError(f"a message of type {kind} needs {name!r}.")
        return
    value: Any = made[name]
    if part.optional and value is None:
        del made[name]
    elif type(value) is not part.type:
        raise RefusedError(f"{name!r} of a message of type {kind} has another type.")
    elif isinstance(value, int) and not 0 <= value < MOST_COUNT:
        raise RefusedError(f"{name!r} of a message of type {kind} must be in [0, 2^53).")
