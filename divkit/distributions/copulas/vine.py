r"""Regular vines: laws of normal scores by copulas of pairs.

A law of d standard normal coordinates whose density is φ(z_1)…φ(z_d) times the densities of
d(d − 1)/2 pair copulas, one for each edge of d − 1 trees: of the columns a and b at their scores
given columns D that both are tied to (Bedford and Cooke 2002). In an order in which each column
comes after its partners b_1, …, b_k,

    z_{a | b_1…b_j} = h_j(z_{a | b_1…b_{j−1}}, z_{b_j | b_1…b_{j−1}}),

and the score of b_j given b_1…b_{j−1} has come of the columns before it: densities go this way
forwards, draws backwards from an independent z_{a | b_1…b_k} (inverse Rosenblatt). A column whose
partners end early depends on the others through these alone: the vine is truncated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from divkit.distributions.base import Feature, Law
from divkit.distributions.copulas.pair import PairCopula
from divkit.distributions.copulas.scores import log_normal
from divkit.types import FloatArray, Tensor

Key = tuple[int, frozenset[int]]
"""A column, and those that it is given."""


@dataclass(frozen=True)
class VineColumn:
    """A column of a vine, its partners in the order of the trees, and the copula with each.

    Parameters
    ----------
    column : number of the column, from 0.
    partners : of tree 1, 2, …: columns that come before it.
    pairs : copula of the column (first) with each partner, given the partners before.

    Raises
    ------
    ValueError
        If there is not a copula for each partner.

    Examples
    --------
    >>> from divkit.distributions import NormalPair
    >>> VineColumn(1, (0,), (NormalPair(0.5),)).partners
    (0,)
    """

    column: int
    partners: tuple[int, ...] = ()
    pairs: tuple[PairCopula, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "partners", tuple(self.partners))
        object.__setattr__(self, "pairs", tuple(self.pairs))
        if len(self.partners) != len(self.pairs):
            raise ValueError(
                f"column {self.column} needs a copula for each partner; got {len(self.pairs)} for "
                f"{len(self.partners)}."
            )


@dataclass(frozen=True)
class Vine(Law):
    """A regular vine of normal scores: every coordinate is standard normal.

    With margins it is a law of any columns: `Coupled(margins, vine)`. The density is 0 where a
    conditional score is no float, beyond 37 standard deviations.

    Parameters
    ----------
    columns : in an order in which partners come before; the first has none.

    Raises
    ------
    ValueError
        If the columns are not 0 to d − 1, or a partner's score given the partners before it does
        not come of columns before.

    See Also
    --------
    divkit.distributions.Coupled : which gives it margins.

    Examples
    --------
    >>> from divkit.distributions import ClaytonPair, NormalPair
    >>> law = Vine((
    ...     VineColumn(0),
    ...     VineColumn(1, (0,), (ClaytonPair(2.0),)),
    ...     VineColumn(2, (1, 0), (NormalPair(0.5), ClaytonPair(0.5))),
    ... ))
    >>> round(float(law.log_prob([[0.0, 0.5, 0.0]])[0]), 4)
    -2.4864
    """

    columns: tuple[VineColumn, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns))
        names = [each.column for each in self.columns]
        if sorted(names) != list(range(len(names))) or not names:
            raise ValueError(f"columns must be 0 to d - 1, each once; got {names}.")
        known = set[Key]()
        for each in self.columns:
            known.add((each.column, frozenset()))
            for partner, given in _partners(each):
                if (partner, given) not in known:
                    raise ValueError(
                        f"column {each.column} asks for column {partner} given {sorted(given)}, "
                        "which no pair of columns before it has: it is no regular vine."
                    )
                known |= {(each.column, given | {partner}), (partner, given | {each.column})}

    @property
    def dim(self) -> int:
        """Number of columns."""
        return len(self.columns)

    @property
    def features(self) -> tuple[Feature, ...]:
        """One: the margins' centre and scale."""
        return (Feature((0.0,) * self.dim, (1.0,) * self.dim),)

    @property
    def mean(self) -> FloatArray:
        """Zeros (d,): the margins are standard normal."""
        return np.zeros(self.dim)

    @cached_property
    def _asked_keys(self) -> frozenset[Key]:
        """Conditional scores that some column asks for."""
        return frozenset(key for each in self.columns for key in _partners(each))

    def _log_prob(self, x: Tensor) -> Tensor:
        total = log_normal(x).sum(dim=1)
        known: dict[Key, Tensor] = {}
        for each in self.columns:
            score = known[each.column, frozenset()] = x[:, each.column]
            total = total + self._met(each, score, known)
        return torch.where(total.isnan(), torch.full_like(total, -math.inf), total)

    def _met(self, each: VineColumn, score: Tensor, known: dict[Key, Tensor]) -> Tensor:
        """The log densities of a column's pairs; scores that others ask for become known."""
        total = torch.zeros_like(score)
        for (partner, given), pair in zip(_partners(each), each.pairs, strict=True):
            theirs = known[partner, given]
            total = total + pair.log_density(score, theirs)
            own = (each.column, given | {partner})
            self._add(known, (partner, given | {each.column}), pair.swapped, theirs, score)
            if len(own[1]) < len(each.partners) or own in self._asked_keys:
                score = known[own] = pair.given(score, theirs)
        return total

    def _add(
        self, known: dict[Key, Tensor], key: Key, pair: PairCopula, a: Tensor, b: Tensor
    ) -> None:
        if key in self._asked_keys:
            known[key] = pair.given(a, b)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        known: dict[Key, Tensor] = {}
        for each, normal in zip(self.columns, rng.standard_normal((self.dim, n)), strict=True):
            score = torch.from_numpy(normal)
            places = list(zip(_partners(each), each.pairs, strict=True))
            for (partner, given), pair in reversed(places):
                known[each.column, given | {partner}] = score
                score = pair.inverse(score, known[partner, given])
            known[each.column, frozenset()] = score
            for (partner, given), pair in places:
                key = (partner, given | {each.column})
                self._add(
                    known, key, pair.swapped, known[partner, given], _own(known, each, given)
                )
        ordered = [known[k, frozenset()] for k in range(self.dim)]
        return np.stack([column.numpy() for column in ordered], axis=1)


def _own(known: Mapping[Key, Tensor], each: VineColumn, given: frozenset[int]) -> Tensor:
    return known[each.column, given]


def _partners(each: VineColumn) -> Sequence[Key]:
    """Of each partner its column and those that it is given: the partners before."""
    return [(p, frozenset(each.partners[:j])) for j, p in enumerate(each.partners)]
