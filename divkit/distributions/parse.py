r"""Reads laws such as "mixture(0.3: normal(-3, 0.5), 0.7: normal(0, 1))"; never evaluates code.

    law   = name "(" [part {"," part}] ")"
    part  = [name "="] value | number ":" law
    value = number | list | law
    list  = "[" [value {"," value}] "]"

Text becomes tokens, tokens a tree, the tree a law through the constructors in `LAWS`. Length,
depth and the digits of a number are limited, so that no text takes long.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

from divkit.distributions import images, toys
from divkit.distributions.base import Law
from divkit.distributions.discrete import FiniteLaw, bernoulli, categorical
from divkit.distributions.families_bounded import Beta, Uniform
from divkit.distributions.families_heavy import Cauchy, StudentT
from divkit.distributions.families_location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families_positive import Exponential, Gamma, LogNormal, Pareto
from divkit.distributions.mixture import mixture
from divkit.distributions.multivariate import MultivariateNormal, MultivariateStudentT
from divkit.distributions.normal import Normal
from divkit.distributions.product import product
from divkit.distributions.scalar_maps import Affine
from divkit.distributions.transformed import transformed
from divkit.registry import Registry, UnknownNameError

MOST_CHARACTERS = 100_000
MOST_DEPTH = 20
MOST_DIGITS = 40

Value: TypeAlias = "Number | Items | Call | Weighted"
Constructor: TypeAlias = Callable[..., Law]

LAWS: Registry[Constructor] = Registry("law")
"""Constructors by the names that `parse_law` reads; register more with `LAWS.register`."""


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


def parse_law(text: str) -> Law:
    """Return the law that a text means.

    Parameters
    ----------
    text : `name(values)`, values by order or by name; for a mixture `weight: law`, for a product
        laws, for vectors and matrices lists. Names are the keys of `LAWS`.

    Raises
    ------
    TypeError
        If `text` is no string.
    LawSyntaxError
        If it is no law (a ValueError); the message points to the column, and offers the nearest
        name where a name is unknown.

    >>> parse_law("mixture(0.3: normal(-3, 0.5), 0.7: laplace(loc=0, scale=1))").dim
    1
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a string; got {text!r}.")
    return _build(_Reader(text).whole(), text)


_PATTERN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>[()\[\],:=])"
)


def _tokens(text: str) -> Iterator[Token]:
    place = 0
    while place < len(text):
        found = _PATTERN.match(text, place)
        if found is None:
            _fail(text, place + 1, f"unexpected {text[place]!r}")
        if found.lastgroup and found.lastgroup != "space":
            yield Token(found.lastgroup, found.group(), place + 1)
        place = found.end()
    yield Token("end", "", len(text) + 1)


class _Reader:
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
        _fail(self.text, self.next.column, f"expected {wanted}, got {came}")

    def _at(self, sign: str) -> bool:
        return self.next.kind == "sign" and self.next.text == sign

    def _law(self, name: Token, depth: int) -> Call:
        if name.text.lower() in ("inf", "infinity", "nan"):
            _fail(self.text, name.column, "numbers must be finite")
        if depth > MOST_DEPTH:
            _fail(self.text, name.column, f"laws may be nested {MOST_DEPTH} deep")
        self._take("sign", f"'(' after {name.text!r}", "(")
        parts = tuple(self._until(")", lambda: self._part(depth)))
        return Call(name.text, parts, name.column)

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
        if self._at("[") and depth <= MOST_DEPTH:
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
            _fail(self.text, token.column, f"a number may take {MOST_DIGITS} characters")
        if token.text.lstrip("+-").isdigit():
            return int(token.text)
        value = float(token.text)
        if not math.isfinite(value):
            _fail(self.text, token.column, "numbers must be finite")
        return value


def _build(node: Value, text: str) -> Any:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Items):
        return [_build(value, text) for value in node.values]
    if isinstance(node, Weighted):
        return (node.weight.value, _build(node.law, text))
    return _construct(node, text)


def _construct(call: Call, text: str) -> Law:
    try:
        constructor = LAWS[call.name]
    except UnknownNameError as error:
        _fail(text, call.column, str(error).rstrip("."))
    ordered = [_build(value, text) for name, value in call.parts if name is None]
    named = [(name, value) for name, value in call.parts if name is not None]
    if len({name for name, _ in named}) < len(named):
        _fail(text, call.column, f"{call.name}: a value is named twice")
    keywords = {name: _build(value, text) for name, value in named}
    try:
        inspect.signature(constructor).bind(*ordered, **keywords)
    except TypeError as error:
        _fail(text, call.column, f"{call.name}: {error}; usage {usage(call.name)}")
    try:
        return constructor(*ordered, **keywords)
    except (TypeError, ValueError) as error:
        _fail(text, call.column, f"{call.name}: {str(error).rstrip('.')}")


def usage(name: str) -> str:
    """Return how a law is written: "normal(loc=0.0, scale=1.0)"."""
    if LAWS[name] is _mixture:
        return f"{name}(weight: law, ...)"
    parameters = inspect.signature(LAWS[name]).parameters.values()
    words = (str(p.replace(annotation=inspect.Parameter.empty)) for p in parameters)
    return f"{name}({', '.join(words)})"


def _fail(text: str, column: int, what: str) -> NoReturn:
    """Raise with the column, and a line that shows it."""
    start = max(column - 41, 0)
    line = re.sub(r"\s", " ", text[start : start + 80])
    pointer = " " * (column - 1 - start) + "^"
    raise LawSyntaxError(f"{what} (column {column}).\n  {line}\n  {pointer}")


def _mixture(*components: tuple[float, Law]) -> Law:
    if not components or not all(isinstance(part, tuple) for part in components):
        raise ValueError("components are written weight: law, such as 0.3: normal(0, 1)")
    return mixture([w for w, _ in components], [law for _, law in components])


def _product(*factors: Law) -> Law:
    return product(factors)


def _affine(law: Law, shift: float = 0.0, factor: float = 1.0) -> Law:
    return transformed(law, Affine(shift, factor))


_KNOWN: tuple[tuple[Constructor, tuple[str, ...]], ...] = (
    (Normal, ("normal", "gaussian", "norm")),
    (Laplace, ("laplace",)),
    (Logistic, ("logistic",)),
    (StudentT, ("student", "student_t", "studentt", "t")),
    (Cauchy, ("cauchy",)),
    (Gumbel, ("gumbel",)),
    (Uniform, ("uniform",)),
    (Exponential, ("exponential", "expon")),
    (Gamma, ("gamma",)),
    (Beta, ("beta",)),
    (LogNormal, ("lognormal", "log_normal", "lognorm")),
    (Pareto, ("pareto",)),
    (MultivariateNormal, ("mvnormal", "multivariate_normal")),
    (MultivariateStudentT, ("mvstudent", "multivariate_student", "multivariate_t")),
    (_mixture, ("mixture",)),
    (_product, ("product",)),
    (_affine, ("affine",)),
    (categorical, ("categorical",)),
    (bernoulli, ("bernoulli",)),
    (FiniteLaw, ("finite",)),
    (images.bars_and_stripes, ("bars_and_stripes",)),
    (images.ising, ("ising",)),
    *((toy, (toy.__name__,)) for toy in toys.TOYS),
)
for _constructor, (_name, *_aliases) in _KNOWN:
    LAWS.register(_name, _constructor, *_aliases)
