"""The open list of checks: a decorator puts a function on it under its statement's id."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np

from divkit.registry import Registry
from divkit.theory.framework.result import Evidence

T = TypeVar("T")

BOTH_ERRORS = "sum of the two sides' own errors"
FALSE_ALARM = 1e-6
"""Probability that a stochastic comparison fails though its statement holds."""


@dataclass(frozen=True)
class Context:
    """The inputs of a check: the seed, and whether to take its time.

    Attributes
    ----------
    seed : int ≥ 0; each check draws from its own stream, whichever others run.
    full : more instances, more repetitions.
    id : of the check that runs.
    figures : whether the figure of a check is made too.
    progress : called with the share of the check that is done, in [0, 1].

    Examples
    --------
    >>> Context(seed=3).full
    False
    """

    seed: int = 0
    full: bool = False
    id: str = ""
    figures: bool = True
    progress: Callable[[float], None] | None = None

    def rng(self) -> np.random.Generator:
        """A fresh generator for this check."""
        return np.random.default_rng([self.seed, zlib.crc32(self.id.encode())])

    def each(self, parts: Collection[T]) -> Iterator[T]:
        """The parts of a long check in turn; `progress` is called with the share that is done."""
        for done, part in enumerate(parts, start=1):
            yield part
            if self.progress is not None:
                self.progress(done / len(parts))


CheckFunction: TypeAlias = Callable[[Context], Evidence]


@dataclass(frozen=True)
class Check:
    """A statement and the function that tests it.

    >>> from divkit.theory import CHECKS
    >>> CHECKS["gan-identity"].equation
    '(7)'
    """

    id: str
    group: str
    statement: str
    formula: str
    left: str
    right: str
    run: CheckFunction
    equation: str = ""
    because: str = BOTH_ERRORS


CHECKS: Registry[Check] = Registry(
    "check", elsewhere=lambda name: "Laws of your own are checked by divkit.verify_pair(p, q)."
)

GROUPS = {
    "A": "Likelihood and pushforward",
    "B": "The game",
    "C": "Finite samples",
    "D": "The f-divergence family",
    "E": "Inequalities and structure",
    "F": "Dynamics and Wasserstein",
    "G": "Published tables",
}
"""The subject of each group of statements."""

FOLDERS = {
    f"divkit.theory.{name}": letter
    for name, letter in zip(
        ("likelihood", "game", "samples", "family", "inequalities", "dynamics", "tables"),
        GROUPS,
        strict=True,
    )
}
"""The group of the statements in each folder."""


def check(
    id: str,
    *,
    statement: str,
    formula: str,
    left: str,
    right: str,
    equation: str = "",
    because: str = BOTH_ERRORS,
    group: str | None = None,
) -> Callable[[CheckFunction], CheckFunction]:
    r"""Register a function Context -> Evidence as the check of a statement.

    Parameters
    ----------
    id : short name in words joined by hyphens, as in "gan-identity".
    statement : one sentence.
    formula : TeX, without dollar signs.
    left, right : what the two sides are, and how each is calculated.
    equation : number of the equation, as in "(7)".
    because : where the allowed difference comes from.
    group : a key of `GROUPS`; None for that of the folder of divkit's own that the function is in.

    Returns
    -------
    Callable[[CheckFunction], CheckFunction]
        A decorator that registers the function and hands it back.

    Raises
    ------
    ValueError
        If the id is taken, or the group unknown.

    Examples
    --------
    >>> from divkit.theory import CHECKS
    >>> sides = {"left": "1", "right": "1"}
    >>> try:  # it decorates the function that computes both sides
    ...     check("gan-identity", statement="1 = 1.", formula="1=1", group="A", **sides)(print)
    ... except ValueError as fault:
    ...     print(fault)
    check 'gan-identity' is registered already.
    """

    def register(function: CheckFunction) -> CheckFunction:
        letter = group or FOLDERS.get(function.__module__.rpartition(".")[0], "")
        if letter not in GROUPS:
            raise ValueError(f"group must be one of {', '.join(GROUPS)}; got {letter!r}.")
        entry = Check(id, letter, statement, formula, left, right, function, equation, because)
        CHECKS.register(id, entry)
        return function

    return register
