r"""Regular vines of normal scores, tree by tree.

Each tree is a spanning tree of the largest sum of |Kendall's τ| of scores given the columns that
both ends share (Dissmann, Brechmann, Czado, Kurowicka 2013); its edges get pair copulas
(`pair_fits`), and these give the scores of the next tree. A tree without a dependent pair is the
last: what is left is independent. Trees and families are chosen on `CHOSEN` rows at most, and
parameters are of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from divkit.density.auto.pair_fits import pair_of, refitted, tau_of
from divkit.distributions.base import Law
from divkit.distributions.copulas.pair import IndependentPair, PairCopula
from divkit.distributions.copulas.vine import Vine, VineColumn
from divkit.types import FloatArray, Tensor

CHOSEN = 3000
"""Rows on which trees and families are chosen, at most."""


@dataclass(frozen=True, eq=False)
class VineNode:
    """An edge of a tree, and a node of the next.

    Attributes
    ----------
    ends : numbers of the nodes that it joins.
    a, b : the columns that it ties.
    given : the columns that both nodes share.
    pair : their copula, a first.
    scores : (n,) of a and of b given all others of the edge.
    """

    ends: frozenset[int]
    a: int
    b: int
    given: frozenset[int]
    pair: PairCopula
    scores: tuple[Tensor, Tensor]

    @property
    def columns(self) -> frozenset[int]:
        """Those that it ties and those given."""
        return self.given | {self.a, self.b}

    def score(self, column: int) -> Tensor:
        """The score of one of its two columns."""
        return self.scores[0] if column == self.a else self.scores[1]


@dataclass(frozen=True, eq=False)
class _Candidate:
    ends: tuple[int, int]
    a: int
    b: int
    given: frozenset[int]
    x: Tensor
    y: Tensor


def vine(z: FloatArray) -> Sequence[Law]:
    """Fit to scores (n, d), d ≥ 2."""
    columns = [torch.from_numpy(np.ascontiguousarray(column)) for column in z.T]
    some = torch.from_numpy(np.sort(np.random.default_rng(0).permutation(len(z))[:CHOSEN]))
    candidates = [
        _Candidate((i, j), i, j, frozenset(), columns[i], columns[j])
        for i, j in combinations(range(len(columns)), 2)
    ]
    trees: list[list[VineNode]] = []
    while candidates:
        nodes = list(_tree(candidates, len(columns) - len(trees), some))
        if all(isinstance(node.pair, IndependentPair) for node in nodes):
            break
        trees.append(nodes)
        candidates = list(_next(nodes))
    return [Vine(tuple(_ordered(trees, len(columns))))]


def vine_words(vine: Vine) -> list[str]:
    """Say which copulas each tree of a vine has, a line for each.

    >>> from divkit.distributions import ClaytonPair
    >>> vine_words(Vine((VineColumn(0), VineColumn(1, (0,), (ClaytonPair(2.0),)))))
    ['tree 1 of the vine: columns 1 and 0 Clayton (tau 0.50)']
    """
    lines = []
    for level in range(vine.dim - 1):
        tied = [
            f"columns {each.column} and {each.partners[level]} {pair.words} (tau {pair.tau:.2f})"
            for each in vine.columns
            for pair in each.pairs[level : level + 1]
            if not isinstance(pair, IndependentPair)
        ]
        given = f", given {level} more" if level else ""
        if tied:
            lines.append(f"tree {level + 1} of the vine{given}: {', '.join(tied)}")
    return lines or ["the vine has no dependent pair"]


def _tree(candidates: Sequence[_Candidate], count: int, some: Tensor) -> Iterable[VineNode]:
    """Yield the edges of the largest spanning tree of `count` nodes."""
    taus = {each.ends: tau_of(each.x[some], each.y[some]) for each in candidates}
    lengths = np.zeros((count, count))
    for ends, tau in taus.items():
        lengths[ends] = 2 - abs(tau)  # 0 is no edge
    places = minimum_spanning_tree(csr_array(lengths)).nonzero()
    kept = set(zip(*(each.tolist() for each in places), strict=True))
    for each in candidates:
        if each.ends not in kept:
            continue
        x, y = each.x, each.y
        family, pair = pair_of(x[some], y[some], taus[each.ends])
        if family and len(some) < len(x):
            pair = refitted(family, pair, x, y)
        scores = (pair.given(x, y), pair.swapped.given(y, x))
        yield VineNode(frozenset(each.ends), each.a, each.b, each.given, pair, scores)


def _next(nodes: Sequence[VineNode]) -> Iterable[_Candidate]:
    """Yield the edges that a next tree may have: between nodes that share one."""
    for (i, one), (j, other) in combinations(enumerate(nodes), 2):
        if one.ends & other.ends:
            given = one.columns & other.columns
            (a,), (b,) = one.columns - given, other.columns - given
            yield _Candidate((i, j), a, b, given, one.score(a), other.score(b))


def _ordered(trees: Sequence[Sequence[VineNode]], dim: int) -> Sequence[VineColumn]:
    """Columns in an order in which partners come before: the last is an end of every tree."""
    found: list[VineColumn] = []
    left = [list(tree) for tree in trees]
    columns = set(range(dim))
    while columns:
        column = next(c for c in sorted(columns, reverse=True) if _is_end(c, left))
        own = [node for tree in left for node in tree if column in (node.a, node.b)]
        partners = tuple(n.b if column == n.a else n.a for n in own)
        pairs = tuple(n.pair if column == n.a else n.pair.swapped for n in own)
        found.append(VineColumn(column, partners, pairs))
        left = [[node for node in tree if column not in node.columns] for tree in left]
        columns.remove(column)
    return found[::-1]


def _is_end(column: int, trees: Sequence[Sequence[VineNode]]) -> bool:
    """Whether a column is tied at most once in each tree, and nothing is given it."""
    own = [[node for node in tree if column in node.columns] for tree in trees]
    free = all(column not in node.given for tree in own for node in tree)
    return free and all(len(tree) <= 1 for tree in own)
