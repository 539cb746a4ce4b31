"""Reads laws such as "mixture(0.3: normal(-3, 0.5), 0.7: normal(0, 1))"; never evaluates code.

Text becomes a tree (`parse.tree`), the tree a law through the constructors in `LAWS`
(`parse.names`). Numbers may be computed from free names (`parse.arithmetic`), as in
"normal(0, 2*t)": such a text is a law at each value of its names.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from divkit.distributions.base import Law
from divkit.distributions.parse.arithmetic import Expression, NoNumberError, evaluate
from divkit.distributions.parse.names import ELSEWHERE, LAWS, LISTED, usage
from divkit.distributions.parse.tree import (
    Call,
    Items,
    LawSyntaxError,
    Reader,
    Value,
    Weighted,
    fail,
    free_names,
)
from divkit.floats import own_rules
from divkit.plain import real
from divkit.registry import UnknownNameError

__all__ = ["LAWS", "LawExpression", "LawSyntaxError", "parse_law", "usage"]


@dataclass(frozen=True)
class LawExpression:
    """A text that is a law at each value of its free names.

    Parameters
    ----------
    text : as for `parse_law`.

    Attributes
    ----------
    names : the free names, in the order of the text.

    Raises
    ------
    TypeError
        If `text` is no string.
    LawSyntaxError
        If it is no law at any values; the message points to the column.

    Examples
    --------
    >>> wide = LawExpression("normal(0, sqrt(t))")
    >>> wide.names, wide(t=4)
    (('t',), Normal(loc=0.0, scale=2.0))
    """

    text: str
    names: tuple[str, ...] = field(init=False)
    _tree: Call | Items = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise TypeError(f"text must be a string; got {self.text!r}.")
        tree = Reader(self.text, _usage).whole()
        object.__setattr__(self, "_tree", tree)
        names = dict.fromkeys(each.name for each in free_names(tree))
        object.__setattr__(self, "names", tuple(names))

    @property
    def count(self) -> int | None:
        """The number of probabilities of a text that is a list; None of any other law."""
        return len(self._tree.values) if isinstance(self._tree, Items) else None

    @own_rules
    def __call__(self, /, **values: float) -> Law:
        """Return the law at these values of the free names.

        Raises
        ------
        TypeError
            If a value is no real number.
        LawSyntaxError
            If a name has no value, a value has no name, a number is not finite there, or the
            constructor refuses what it gets.
        """
        given = {name: real(name, value) for name, value in values.items()}
        for each in free_names(self._tree):
            if each.name not in given:
                fail(
                    self.text,
                    each.column,
                    f"{each.name!r} is a free name and has no value; a law is written "
                    f"{each.name}(...)",
                )
        odd = sorted(set(given) - set(self.names))
        if odd:
            has = f"it has {', '.join(self.names)}" if self.names else "it has none"
            fail(self.text, 1, f"there is no free name {odd[0]!r} in this law; {has}")
        made = _Construction(self.text, given)
        if isinstance(self._tree, Items):
            return made.listed(self._tree)
        return made.law(self._tree)


def _usage(name: str) -> str:
    """The usage of a law; nothing of a name that is none."""
    return usage(name) if name in LAWS else ""


def is_list(text: str) -> bool:
    """Whether a text is a list: probabilities, as in Python.

    >>> is_list("[0.5, 0.5]"), is_list("normal(0, 1)")
    (True, False)
    """
    return text.lstrip().startswith("[")


def is_written(text: str) -> bool:
    """Whether a text is written as a law or a list is, and is no name of something else.

    >>> is_written("normal(0, 1)"), is_written("[0.5, 0.5]"), is_written("ring8")
    (True, True, False)
    """
    return "(" in text or is_list(text)


def numbers_of(text: str) -> list[Any]:
    """Return the list that a text is, which is read as the same list in Python is.

    Raises
    ------
    LawSyntaxError
        If it is no list of numbers.

    Examples
    --------
    >>> numbers_of("[1/4, 0.75]")
    [0.25, 0.75]
    """
    tree = Reader(text, _usage).whole()
    for each in free_names(tree):
        fail(text, each.column, f"{each.name!r} is a free name and has no value")
    if not isinstance(tree, Items):
        fail(text, 1, "expected a list of probabilities, such as [0.5, 0.5]")
    return _Construction(text, {}).numbers(tree)


def parse_law(text: str, **values: float) -> Law:
    """Return the law that a text means.

    Parameters
    ----------
    text : `name(values)`, values by order or by name; for a mixture `weight: law`, for a product
        laws, for vectors and matrices lists; or a list of probabilities alone, "[0.5, 0.5]". Names
        are the keys of `LAWS`. A number may be computed, as in `2*t` or `1/sqrt(t)`, from the
        names in `values`.
    **values : of the free names.

    Returns
    -------
    Law
        The same that its constructor makes.

    Raises
    ------
    TypeError
        If `text` is no string, or a value no real number.
    LawSyntaxError
        If it is no law (a ValueError); the message points to the column, and offers the nearest
        name where a name is unknown.

    See Also
    --------
    divkit.as_law : which reads words, too.
    divkit.distributions.LawExpression : words with free names.

    Examples
    --------
    >>> parse_law("mixture(0.3: normal(-3, 0.5), 0.7: laplace(loc=0, scale=1))").dim
    1
    >>> parse_law("normal(-t, 2*t)", t=0.5)
    Normal(loc=-0.5, scale=1.0)
    """
    return LawExpression(text)(**values)


@dataclass(frozen=True)
class _Construction:
    """Laws made of a tree, at values of its free names."""

    text: str
    values: Mapping[str, float]

    def law(self, call: Call) -> Law:
        """The law of a call; what a constructor refuses is said at the call's column."""
        if call.name in ELSEWHERE and call.name not in LAWS:
            here = usage(ELSEWHERE[call.name])
            words = f"{call.name} is SciPy's, whose parameters mean other things: write {here}, "
            fail(self.text, call.column, f"{words}or pass scipy.stats.{call.name}(...)")
        try:
            constructor = LAWS[call.name]
        except UnknownNameError as error:
            fail(self.text, call.column, str(error).rstrip("."))
        ordered = [self._build(value) for name, value in call.parts if name is None]
        named = [(name, value) for name, value in call.parts if name is not None]
        if len({name for name, _ in named}) < len(named):
            fail(self.text, call.column, f"{call.name}: a value is named twice")
        keywords = {name: self._build(value) for name, value in named}
        for name in keywords:
            from divkit.distributions.parse.keywords import no_parameter, takes  # of few texts

            if not takes(call.name, name):
                fail(self.text, call.column, no_parameter(call.name, name))
        try:
            inspect.signature(constructor).bind(*ordered, **keywords)
        except TypeError as error:
            fail(self.text, call.column, f"{call.name}: {error}; usage {usage(call.name)}")
        try:
            return constructor(*ordered, **keywords)
        except (TypeError, ValueError) as error:
            fail(self.text, call.column, f"{call.name}: {str(error).rstrip('.')}")

    def listed(self, items: Items) -> Law:
        """The law of a list of probabilities, refused as the list itself is."""
        try:
            return LISTED["probabilities"](self.numbers(items))
        except (TypeError, ValueError) as error:
            fail(self.text, items.column, str(error).rstrip("."))

    def numbers(self, items: Items) -> list[Any]:
        """The numbers of a list, or of lists in it; no laws."""
        found = []
        for node in items.values:
            if isinstance(node, Call | Weighted):
                fail(
                    self.text,
                    node.column,
                    "a list alone is probabilities, as in [0.5, 0.5]; laws are mixed as "
                    "mixture(0.3: normal(0, 1), 0.7: normal(1, 1))",
                )
            found.append(self.numbers(node) if isinstance(node, Items) else self._number(node))
        return found

    def _build(self, node: Value) -> Any:
        if isinstance(node, Items):
            return [self._build(value) for value in node.values]
        if isinstance(node, Call):
            return self.law(node)
        if isinstance(node, Weighted):
            return self._number(node.weight), self.law(node.law)
        return self._number(node)

    def _number(self, node: Expression) -> float | int:
        try:
            return evaluate(node, self.values)
        except NoNumberError as error:
            fail(self.text, error.column, str(error))
