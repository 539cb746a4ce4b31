"""Contestants of the benchmark: divkit's estimators by name, and anybody's own.

A contestant has a name in the ledger, says which version of code it is, and answers two samples.
It is a plain value that pickles, so that it can be handed to another process or machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from divkit.bench.answers import Answer, EstimatorError, of_result
from divkit.bench.code import digest, sources_of
from divkit.bench.methods import estimator_of, is_ours, method
from divkit.bench.own_code import OwnVersion, own_version
from divkit.bench.own_state import require_stateless
from divkit.estimators.api import estimate
from divkit.estimators.registry import Estimator
from divkit.types import Tensor


class Contestant(Protocol):
    """An estimator with a name and a version."""

    @property
    def name(self) -> str:
        """Its name in the ledger."""
        ...

    def sources(self) -> list[str]:
        """Return the texts that its version is a digest of (`divkit.bench.code.listed`)."""
        ...

    def answer(self, x: Tensor, y: Tensor, divergence: str, seed: int) -> Answer:
        """Estimate a divergence from x (n, d) of P and y (m, d) of Q."""
        ...


def version_of(contestant: Contestant) -> str:
    """Return the version of a contestant's code, as twelve hexadecimal digits.

    >>> version_of(Named("knn(k=3)")) == version_of(Named("knn")) != version_of(Named("auto"))
    True
    """
    return digest(contestant.sources())


@dataclass(frozen=True)
class Named:
    """An estimator of divkit by its name with options, as the ledger writes it."""

    name: str

    def sources(self) -> list[str]:
        """Return all that it imports (`divkit.bench.code`)."""
        return sources_of(estimator_of(self.name))

    def answer(self, x: Tensor, y: Tensor, divergence: str, seed: int) -> Answer:
        """Estimate with the seed as `rng`."""
        name, options = method(self.name)
        return of_result(estimate(x, y, divergence, name, rng=seed, **options))


@dataclass(frozen=True)
class Made:
    """An estimator object under a name of its user's."""

    name: str
    estimator: Estimator = field(compare=False)  # its version is compared
    version: OwnVersion

    @classmethod
    def of(cls, name: str, estimator: Estimator) -> Made:
        """Return an object as a contestant, in its present version.

        Raises
        ------
        ValueError
            If that cannot be told (`divkit.bench.own_code.own_version`).
        """
        require_stateless(name, estimator)
        return cls(name, estimator, own_version(name, estimator))

    def sources(self) -> list[str]:
        """Return the object and all that its class imports."""
        return [*sources_of(self.estimator), *self.version.sources()]

    def answer(self, x: Tensor, y: Tensor, divergence: str, seed: int) -> Answer:
        """Estimate; what the object draws, it draws by its own `rng`.

        Raises
        ------
        EstimatorError
            If the object raises what is no refusal: its code is anybody's.
        """
        del seed
        try:
            return of_result(estimate(x, y, divergence, self.estimator))
        except (ValueError, ArithmeticError, MemoryError):
            raise
        except (Exception, SystemExit) as error:
            raise EstimatorError(f"{type(error).__name__}: {error}") from error


def require_own_name(name: str) -> str:
    """Return a name for an own estimator.

    Raises
    ------
    ValueError
        If it is empty, has a comma, an equals sign or a bracket, would break a table, or is that
        of one of divkit's.
    """
    if not name or set(name) & set(",=()") or name != name.strip():
        raise ValueError(
            f"an own estimator's name is a word without commas, = and brackets; got {name!r}."
        )
    require_plain(name)
    if is_ours(name):
        raise ValueError(f"{name!r} is an estimator of divkit: give yours another name.")
    return name


def require_plain(name: str) -> None:
    """Raise if a name would break a table in Markdown or HTML.

    Raises
    ------
    ValueError
        If it has one of | < > ` or a character that is not printed.
    """
    if set(name) & set("|<>`") or not name.isprintable():
        raise ValueError(
            "an estimator's name has no |, <, >, ` or line break, which would break the tables; "
            f"got {name!r}."
        )


def by_name(own: Iterable[Contestant]) -> Mapping[str, Contestant]:
    """Return own estimators by their names.

    Raises
    ------
    ValueError
        If two have one name, or one that is not free.
    """
    table: dict[str, Contestant] = {}
    for each in own:
        if require_own_name(each.name) in table:
            raise ValueError(f"two own estimators are called {each.name!r}.")
        table[each.name] = each
    return table


def contestant(name: str, own: Mapping[str, Contestant]) -> Contestant:
    """Return what a name in a suite means: an own estimator, or one of divkit's."""
    return own[name] if name in own else Named(name)
