r"""From text to a tree: tokens, then recursive descent. Length, depth and digits are limited.

text    = law | list
law     = name "(" [part {"," part}] ")"
part    = [name "="] value | sum ":" law
value   = sum | list | law
list    = "[" [value {"," value}] "]"
sum     = product {("+" | "-") product}
product = signed {("*" | "/") signed}
signed  = ("+" | "-") signed | power
power   = atom [("^" | "**") signed]
atom    = number | name | function "(" sum ")" | "(" sum ")"
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

from divkit.distributions.parse.arithmetic import (
    BINARY,
    FUNCTIONS,
    Expression,
    Name,
    Number,
    Operation,
    names_in,
)
from divkit.signs import plain_signs

MOST_CHARACTERS = 100_000
MOST_DEPTH = 20
MOST_DIGITS = 40
MOST_OPERATIONS = 200
"""In one expression."""

Value: TypeAlias = "Expression | Items | Call | Weighted"
_SIGNS = ("+", "-")
_INFINITE = ("inf", "infinity")


class LawSyntaxError(ValueError):
    """A text that is no law; the message shows the column."""


@dataclass(frozen=True)
class Token:
    """A word, a number or a sign, with the column where it starts (from 1)."""

    kind: str
    text: str
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

    weight: Expression
    law: Call
    column: int


_PATTERN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>\*\*|[()\[\],:=+*/^-])"
)


def _tokens(given: str) -> Iterator[Token]:
    text, place = plain_signs(given), 0
    while place < len(text):
        token = _PATTERN.match(text, place)
        if token is None:
            fail(given, place + 1, f"unexpected {given[place]!r}")
        if token.lastgroup and token.lastgroup != "space":
            yield Token(token.lastgroup, token.group(), place + 1)
        place = token.end()
    yield Token("end", "", len(text) + 1)


class Reader:
    """Recursive descent over the tokens; two tokens of look-ahead.

    `usage` says how a law is written, "" of a name that is none: a part that is not understood is
    refused with the usage of the law that it is a part of.
    """

    def __init__(self, text: str, usage: Callable[[str], str]) -> None:
        if len(text) > MOST_CHARACTERS:
            raise LawSyntaxError(
                f"a law may take {MOST_CHARACTERS} characters; this text has {len(text)}."
            )
        self.text = text
        self.stream = _tokens(text)
        self.next = next(self.stream)
        self.after: Token | None = None
        self.ended = 1  # the column after the token that was read last
        self.operations = 0
        self.usage = usage
        self.within: list[str] = []

    def whole(self) -> Call | Items:
        """One law, or a list, and nothing after it."""
        if self._at("["):
            law: Call | Items = self._list(self.next, 0)
        else:
            law = self._law(self._take("name", "a law such as normal(0, 1)"), 0)
        self._take("end", "the end of the text")
        return law

    def _advance(self) -> Token:
        token = self.next
        self.next, self.after = self.after or next(self.stream, token), None
        self.ended = token.column + len(token.text)
        return token

    def _before(self, sign: str) -> bool:
        """Whether this sign stands after the next token."""
        if self.after is None:
            self.after = next(self.stream, self.next)
        return self.after.kind == "sign" and self.after.text == sign

    def _take(self, kind: str, wanted: str, sign: str | None = None) -> Token:
        if self.next.kind != kind or (sign is not None and self.next.text != sign):
            self._unexpected(wanted)
        return self._advance()

    def _unexpected(self, wanted: str) -> NoReturn:
        came = repr(self.next.text) if self.next.text else "the end of the text"
        usage = self.usage(self.within[-1]) if self.within else ""
        told = f"; usage {usage}" if usage else ""
        fail(self.text, self.next.column, f"expected {wanted}, got {came}{told}")

    def _at(self, *signs: str) -> bool:
        return self.next.kind == "sign" and self.next.text in signs

    def _law(self, name: Token, depth: int) -> Call:
        self._check_depth(name, depth)
        self._take("sign", f"'(' after {name.text!r}", "(")
        self.within.append(name.text)
        parts = tuple(self._until(")", lambda: self._part(depth)))
        self.within.pop()
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
        if self.next.kind != "name" or not self._before("="):
            return None, self._value(depth)
        name = self._advance()
        self._advance()
        return name.text, self._value(depth)

    def _value(self, depth: int) -> Value:
        token = self.next
        if token.kind == "name" and token.text not in FUNCTIONS and self._before("("):
            return self._law(self._advance(), depth + 1)
        if self._at("["):
            return self._list(token, depth)
        return self._number_or_component(token, depth)

    def _list(self, token: Token, depth: int) -> Items:
        self._check_depth(token, depth)
        self._advance()
        return Items(tuple(self._until("]", lambda: self._value(depth + 1))), token.column)

    def _number_or_component(self, token: Token, depth: int) -> Expression | Weighted:
        self.operations = 0
        number = self._sum(depth)
        if not self._at(":"):
            return number
        self._advance()
        name = self._take("name", "a law after the weight")
        return Weighted(number, self._law(name, depth + 1), token.column)

    def _sum(self, depth: int) -> Expression:
        return self._chain(_SIGNS, lambda: self._product(depth))

    def _product(self, depth: int) -> Expression:
        return self._chain(("*", "/"), lambda: self._signed(depth))

    def _chain(self, signs: tuple[str, ...], read: Callable[[], Expression]) -> Expression:
        """Terms between signs of one rank, the left ones first; "1 -2" may mean two numbers."""
        whole = read()
        while self._at(*signs):
            apart = self.next.column > self.ended
            sign = self._operation()
            if apart and sign.text in _SIGNS and self.next.column == self.ended:
                fail(self.text, sign.column, f"write ', {sign.text}' or '{sign.text} '")
            whole = Operation(sign.text, BINARY[sign.text], (whole, read()), sign.column)
        return whole

    def _operation(self) -> Token:
        self.operations += 1
        if self.operations > MOST_OPERATIONS:
            fail(self.text, self.next.column, f"a number may take {MOST_OPERATIONS} operations")
        return self._advance()

    def _signed(self, depth: int) -> Expression:
        if not self._at(*_SIGNS):
            return self._power(depth)
        self._check_depth(self.next, depth)
        sign = self._operation()
        term = self._signed(depth + 1)
        if sign.text == "+":
            return term
        if isinstance(term, Number):
            return Number(-term.value, sign.column)
        return Operation("-", operator.neg, (term,), sign.column)

    def _power(self, depth: int) -> Expression:
        base = self._atom(depth)
        if not self._at("^", "**"):
            return base
        self._check_depth(self.next, depth)
        sign = self._operation()
        return Operation(
            sign.text, BINARY[sign.text], (base, self._signed(depth + 1)), sign.column
        )

    def _atom(self, depth: int) -> Expression:
        token = self.next
        if token.kind == "number":
            return Number(self._finite(self._advance()), token.column)
        if token.kind == "name":
            return self._named(self._advance(), depth)
        if not self._at("("):
            self._unexpected("a number, a list or a law")
        return self._bracket(token, depth)

    def _named(self, name: Token, depth: int) -> Expression:
        if name.text.lower() in _INFINITE:  # the end of an interval; laws refuse it elsewhere
            return Number(math.inf, name.column)
        if name.text.lower() == "nan":
            fail(self.text, name.column, "numbers must be finite")
        if name.text not in FUNCTIONS:
            return Name(name.text, name.column)
        self.operations += 1
        if not self._at("("):
            self._unexpected(f"'(' after {name.text!r}")
        term = self._bracket(name, depth)
        return Operation(name.text, FUNCTIONS[name.text], (term,), name.column)

    def _bracket(self, token: Token, depth: int) -> Expression:
        self._check_depth(token, depth + 1)
        self._advance()
        inner = self._sum(depth + 1)
        self._take("sign", "')'", ")")
        return inner

    def _finite(self, token: Token) -> float | int:
        if len(token.text) > MOST_DIGITS:
            fail(self.text, token.column, f"a number may take {MOST_DIGITS} characters")
        if token.text.isdigit():
            return int(token.text)
        value = float(token.text)
        if not math.isfinite(value):
            fail(self.text, token.column, "numbers must be finite")
        mantissa = re.split("[eE]", token.text)[0]
        if value == 0 and re.search("[1-9]", mantissa):
            fail(self.text, token.column, "a number underflows to 0; finite_logs takes its log")
        return value


def free_names(node: Value) -> Iterator[Name]:
    """Yield the free names below a node, in the order of the text."""
    if isinstance(node, Call):
        for _, part in node.parts:
            yield from free_names(part)
    elif isinstance(node, Items):
        for part in node.values:
            yield from free_names(part)
    elif isinstance(node, Weighted):
        yield from names_in(node.weight)
        yield from free_names(node.law)
    else:
        yield from names_in(node)


def fail(text: str, column: int, what: str) -> NoReturn:
    """Raise with the column, and a line that shows it."""
    start = max(column - 41, 0)
    line = re.sub(r"\s", " ", text[start : start + 80])
    pointer = " " * (column - 1 - start) + "^"
    raise LawSyntaxError(f"{what} (column {column}).\n  {line}\n  {pointer}")
