r"""From text to a tree: tokens, then recursive descent. Length, depth and digits are limited.

law   = name "(" [part {"," part}] ")"
part  = [name "="] value | number ":" law
value = number | list | law
list  = "[" [value {"," value}] "]"
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

MOST_CHARACTERS = 100_000
MOST_DEPTH = 20
MOST_DIGITS = 40

Value: TypeAlias = "Number | Items | Call | Weighted"


class LawSyntaxError(ValueError):
    """A text that is no law; the message shows the column."""


@dataclass(frozen=True)
class Token:
    """A word, a number or a sign, with the column where it starts (from 1)."""

    kind: str
    text: str
    column: int


@dataclass(frozen=True)
class Number:
    """A finite number; an int where it is written as one."""

    value: float | int
    column: int


@dataclass(frozen=True)
class Items:
    """A list."""

    values: tuple[Value, ...]
    column: int


@dataclass(frozen=True)
class Call:
    """A law: its name, values in order, and values by name."""

    name: str
    parts: tuple[tuple[str | None, Value], ...]
    column: int


@dataclass(frozen=True)
class Weighted:
    """A component of a mixture."""

    weight: Number
    law: Call
    column: int


_PATTERN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>[()\[\],:=])"
)


def _tokens(text: str) -> Iterator[Token]:
    place = 0
    while place < len(text):
        token = _PATTERN.match(text, place)
        if token is None:
            fail(text, place + 1, f"unexpected {text[place]!r}")
        if token.lastgroup and token.lastgroup != "space":
            yield Token(token.lastgroup, token.group(), place + 1)
        place = token.end()
    yield Token("end", "", len(text) + 1)


class Reader:
    """Recursive descent over the tokens; one token of look-ahead."""

    def __init__(self, text: str) -> None:
        if len(text) > MOST_CHARACTERS:
            raise LawSyntaxError(
                f"a law may take {MOST_CHARACTERS} characters; this text has {len(text)}."
            )
        self.text = text
        self.stream = _tokens(text)
        self.next = next(self.stream)

    def whole(self) -> Call:
        """One law and nothing after it."""
        law = self._law(self._take("name", "a law such as normal(0, 1)"), 0)
        self._take("end", "the end of the text")
        return law

    def _advance(self) -> Token:
        token, self.next = self.next, next(self.stream, self.next)
        return token

    def _take(self, kind: str, wanted: str, sign: str | None = None) -> Token:
        if self.next.kind != kind or (sign is not None and self.next.text != sign):
            self._unexpected(wanted)
        return self._advance()

    def _unexpected(self, wanted: str) -> NoReturn:
        came = repr(self.next.text) if self.next.text else "the end of the text"
        fail(self.text, self.next.column, f"expected {wanted}, got {came}")

    def _at(self, sign: str) -> bool:
        return self.next.kind == "sign" and self.next.text == sign

    def _law(self, name: Token, depth: int) -> Call:
        if name.text.lower() in ("inf", "infinity", "nan"):
            fail(self.text, name.column, "numbers must be finite")
        self._check_depth(name, depth)
        self._take("sign", f"'(' after {name.text!r}", "(")
        parts = tuple(self._until(")", lambda: self._part(depth)))
        return Call(name.text, parts, name.column)

    def _check_depth(self, token: Token, depth: int) -> None:
        if depth > MOST_DEPTH:
            fail(self.text, token.column, f"laws and lists may be nested {MOST_DEPTH} deep")

    def _until(self, close: str, read: Callable[[], Any]) -> Iterator[Any]:
        while not self._at(close):
            yield read()
            if not self._at(close):
                self._take("sign", f"',' or {close!r}", ",")
        self._advance()

    def _part(self, depth: int) -> tuple[str | None, Value]:
        if self.next.kind != "name":
            return None, self._value(depth)
        name = self._advance()
        if not self._at("="):
            return None, self._law(name, depth + 1)
        self._advance()
        return name.text, self._value(depth)

    def _value(self, depth: int) -> Value:
        token = self.next
        if token.kind == "name":
            return self._law(self._advance(), depth + 1)
        if token.kind == "number":
            return self._number_or_component(self._advance(), depth)
        if self._at("["):
            self._check_depth(token, depth)
            self._advance()
            return Items(tuple(self._until("]", lambda: self._value(depth + 1))), token.column)
        self._unexpected("a number, a list or a law")

    def _number_or_component(self, token: Token, depth: int) -> Number | Weighted:
        number = Number(self._finite(token), token.column)
        if not self._at(":"):
            return number
        self._advance()
        name = self._take("name", "a law after the weight")
        return Weighted(number, self._law(name, depth + 1), token.column)

    def _finite(self, token: Token) -> float | int:
        if len(token.text) > MOST_DIGITS:
            fail(self.text, token.column, f"a number may take {MOST_DIGITS} characters")
        if token.text.lstrip("+-").isdigit():
            return int(token.text)
        value = float(token.text)
        if not math.isfinite(value):
            fail(self.text, token.column, "numbers must be finite")
        mantissa = re.split("[eE]", token.text)[0]
        if value == 0 and re.search("[1-9]", mantissa):
            fail(self.text, token.column, "a number underflows to 0; finite_logs takes its log")
        return value


def fail(text: str, column: int, what: str) -> NoReturn:
    """Raise with the column, and a line that shows it."""
    start = max(column - 41, 0)
    line = re.sub(r"\s", " ", text[start : start + 80])
    pointer = " " * (column - 1 - start) + "^"
    raise LawSyntaxError(f"{what} (column {column}).\n  {line}\n  {pointer}")
