r"""The log probabilities of two product laws, as few independent tables.

A log ratio Σ_i log p_i/q_i is a sum of independent terms, and only its law matters. Equal factors
with two atoms become one table, of how often the second atom comes; small tables are multiplied.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from divkit.distributions.base import Law
from divkit.distributions.finite.log_weights import UNIT
from divkit.distributions.finite.tables import common, table
from divkit.divergences import TV
from divkit.exact.counts.method import summed
from divkit.exact.counts.remainder import costs_of
from divkit.exact.method import NotApplicableError
from divkit.exact.quadrature.fields import of_divergence
from divkit.types import FloatArray

MOST_ATOMS = 2**16
"""Of one factor."""


@dataclass(frozen=True, eq=False)
class RatioTable:
    """Log probabilities of two laws on shared atoms, `count` independent times.

    Attributes
    ----------
    lp, lq : (K,), −inf where a law has no atom.
    slip : what errors of the logs move both laws' probabilities by, summed.
    count : of equal copies.
    """

    lp: FloatArray
    lq: FloatArray
    slip: float
    count: int = 1

    def __len__(self) -> int:
        return len(self.lp)


def block(lp: FloatArray, lq: FloatArray, errors: FloatArray, lost: float = 0.0) -> RatioTable:
    """A block of logs with bounds of their errors, of either law, and of the mass left out."""
    there = (lp > -math.inf) | (lq > -math.inf)
    lp, lq, errors = lp[there], lq[there], errors[there]
    sizes = [np.where(own > -math.inf, np.abs(own), 0.0) for own in (lp, lq)]
    moved = [
        np.exp(own) * np.expm1(errors + 4 * UNIT * (1 + size))
        for own, size in zip((lp, lq), sizes, strict=True)
    ]
    return RatioTable(lp, lq, float(sum(part.sum() for part in moved)) + lost)


def blocks(pairs: Counter[tuple[Law, Law]]) -> list[RatioTable]:
    """One block for each pair of factors; for equal pairs of two atoms, one of their counts.

    Raises
    ------
    NotApplicableError
        If a factor is no law with atoms on one lattice, or has more than 2^16.
    """
    return [_repeated(*_factor(a, b), n) for (a, b), n in pairs.items()]


def _factor(p: Law, q: Law) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    own, other = table(p), table(q)
    if own is not None and other is not None:
        _, a, b = common(own, other)
        found = a.logs, b.logs, np.maximum(a.errors, b.errors), 0.0
    else:
        counted = summed(p, q, of_divergence(TV), costs_of(TV), None)
        if not counted.exact:
            raise NotApplicableError("a factor has too many atoms to list.")
        nodes = counted.nodes
        errors = np.maximum(nodes.p.error, nodes.q.error)
        found = nodes.p.value, nodes.q.value, errors, math.exp(counted.masses)
    if len(found[0]) > MOST_ATOMS:
        raise NotApplicableError(f"a factor has more than {MOST_ATOMS} atoms.")
    return found


def _repeated(
    lp: FloatArray, lq: FloatArray, errors: FloatArray, lost: float, n: int
) -> RatioTable:
    """n copies, as one table where there are two atoms."""
    if n == 1 or len(lp) != 2 or lost:
        whole = block(lp, lq, errors, lost)
        return RatioTable(whole.lp, whole.lq, whole.slip, n)
    ones = np.arange(n + 1.0)
    zeros = n - ones
    ways = special.gammaln(n + 1) - special.gammaln(ones + 1) - special.gammaln(zeros + 1)
    wide = 8 * UNIT * (1 + 3 * special.gammaln(n + 1))
    sums = [ways + _times(ones, own[1]) + _times(zeros, own[0]) for own in (lp, lq)]
    size = np.max([np.where(own > -math.inf, np.abs(own), 0.0) for own in sums], axis=0)
    slips = ones * errors[1] + zeros * errors[0] + wide + 4 * UNIT * size
    return block(sums[0], sums[1], slips)


def _times(n: FloatArray, log: float) -> FloatArray:
    """n·log, 0 where n is 0."""
    return np.where(n > 0, np.where(n > 0, n, 1.0) * log, 0.0)


def product_of(parts: Sequence[RatioTable]) -> RatioTable:
    """Independent blocks as one, of as many atoms as their numbers multiply to."""
    lp, lq = np.zeros(1), np.zeros(1)
    for part in parts:
        lp = np.add.outer(lp, part.lp).reshape(-1)
        lq = np.add.outer(lq, part.lq).reshape(-1)
    there = (lp > -math.inf) | (lq > -math.inf)
    rounding = 2 * len(parts) * UNIT * _largest(lp, lq)
    slip = math.fsum(part.slip for part in parts) + rounding
    return RatioTable(lp[there], lq[there], slip)


def _largest(lp: FloatArray, lq: FloatArray) -> float:
    """A bound of Σ p |log p| + q |log q| over the table, per part that is added."""
    both = [np.where(own > -math.inf, own, 0.0) for own in (lp, lq)]
    return float(sum((np.exp(own) * np.abs(own)).sum() for own in both)) + 2.0


def gathered(parts: Sequence[RatioTable], most: int) -> Iterator[RatioTable]:
    """Single blocks multiplied together while they have at most `most` atoms."""
    held: list[RatioTable] = []
    for part in sorted(parts, key=len):
        if part.count > 1:
            yield part
        elif math.prod(map(len, held)) * len(part) > most and held:
            yield product_of(held)
            held = [part]
        else:
            held.append(part)
    if held:
        yield product_of(held)
