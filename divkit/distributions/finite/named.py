"""Finite laws on names: probabilities under keys that are no numbers.

An atom is a code of its name, one and the same for all laws of a process, so that mixtures,
products and tables put equal names together whatever order they came in. The codes have an order
and distances, the names do not: `Law.nominal` says which coordinates hold them.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.finite.log_weights import LogWeights
from divkit.types import FloatArray

_MOST_SHOWN = 16
_CODES: dict[Hashable, int] = {}
_NAMES: dict[int, Hashable] = {}
_NEXT = itertools.count()


def codes(names: Iterable[Hashable]) -> FloatArray:
    """Return the number that stands for each name, in this process (K,)."""
    return np.array([float(_code(name)) for name in names])


def _code(name: Hashable) -> int:
    known = _CODES.get(name)
    if known is None:
        known = _CODES.setdefault(name, next(_NEXT))
        _NAMES[known] = name
    return known


@dataclass(frozen=True, repr=False, eq=False)
class NamedLaw(FiniteLaw):
    """The finite law of names; make one by `of_names`.

    Atoms are the names' codes. A pickle holds the names, and takes the codes of the process that
    reads it.
    """

    @classmethod
    def of_names(
        cls,
        names: Sequence[Hashable],
        masses: FloatArray,
        log_weights: LogWeights | None = None,
    ) -> Self:
        """Return the law of these names, with probabilities or logs of weights.

        Raises
        ------
        ValueError
            As `FiniteLaw`.
        """
        given = () if log_weights is not None else masses
        return cls(codes(names), given, log_weights=log_weights)  # type: ignore[arg-type]

    @property
    def names(self) -> tuple[Hashable, ...]:
        """The names, in the order of the atoms."""
        return tuple(_NAMES[int(code)] for code in self.points[:, 0])

    @property
    def nominal(self) -> frozenset[int]:
        """Its one coordinate."""
        return frozenset((0,))

    def __repr__(self) -> str:
        shown = dict(zip(self.names[:_MOST_SHOWN], self.masses.tolist(), strict=False))
        more = f", … {len(self.points)} names" if len(self.points) > _MOST_SHOWN else ""
        return f"{type(self).__name__}({shown!r}{more})"

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self).of_names, (self.names, self.masses, self.log_weights)
