r"""Divergences of laws of counts as sums in ball arithmetic, with what lies beyond them.

Probabilities are products of the exact ratios of neighbours from the lower end of the sum on; the
sum ends where the bound of the rest (`exact.counts.remainder`) is below the tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flint import arb

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import MixtureLaw
from divkit.distributions.counts.alignment import (
    Alignment,
    CountClass,
    NoLatticeError,
    Placed,
    align,
)
from divkit.distributions.counts.image import CountImage
from divkit.distributions.counts.law import CountLaw
from divkit.distributions.counts.ratio import theta_ball
from divkit.distributions.counts.rational import RationalLaw
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.divergences.quantities import Quantity
from divkit.exact.balls.shares import log_shares
from divkit.exact.certified.forms import PairIntegral
from divkit.exact.counts.grid import ends_of
from divkit.exact.counts.remainder import Costs, EntropyCost, log_remainder
from divkit.exact.method import NotApplicableError
from divkit.types import Ball

_MOST = 2**17
_ENTROPY, _REVERSE = EntropyCost(0.0), EntropyCost(0.0, swapped=True)
Value = Callable[[Ball, Ball], Ball]


@dataclass(frozen=True)
class CountSum:
    """A sum over counts: the term from log p and log q, terms of one law alone, and its costs."""

    value: Value
    alone: tuple[Ball | None, Ball | None]
    costs: Costs


def of_counts(p: Law, q: Law) -> Alignment | None:
    """Both laws on one lattice where each leaf has ratios in balls; None elsewhere."""
    try:
        whole = align(p, q)
    except NoLatticeError:
        return None
    leaves = [leaf for found in whole.classes for leaf in (*found.p, *found.q)]
    return whole if all(isinstance(leaf.law, RationalLaw) for leaf in leaves) else None


def costs_of_form(quantity: Quantity) -> Costs:
    """The bounds of a certified form beyond a cut, p log(p/q) with its negative part."""
    match quantity:
        case Quantity("kl"):
            return Costs(0.0, 1.0, (_ENTROPY,))
        case Quantity("reverse_kl"):
            return Costs(1.0, 0.0, (_REVERSE,))
        case Quantity("jeffreys"):
            return Costs(1.0, 1.0, (_ENTROPY, _REVERSE))
    return Costs(1.0, 1.0)


def of_form(form: PairIntegral, quantity: Quantity) -> CountSum:
    """The sum that a form makes of atoms."""
    return CountSum(form.value, form.alone, costs_of_form(quantity))


def variation() -> CountSum:
    """½ Σ |p − q|."""
    half = arb(1) / 2
    return CountSum(lambda a, b: abs(a.exp() - b.exp()) / 2, (half, half), Costs(1.0, 1.0))


def count_sum(p: Law, q: Law, whole: Alignment, terms: CountSum, tolerance: Ball) -> Ball:
    """The sum, with the bound of what lies beyond in its radius.

    Raises
    ------
    NotApplicableError
        If it takes over 2^17 terms, is infinite, or its rest is not bounded.
    """
    target = float(tolerance.log().mid()) - 3
    weights = [list(shares(law)) for law in (p, q)]
    atoms = [atoms_of(law) for law in (p, q)]
    total = _alone(whole.beside.places.tolist(), atoms, terms)
    for found in whole.classes:
        if not (found.p or found.q):
            total += _alone(_points(found), atoms, terms)
            continue
        ends = ends_of(found, _below(found, terms.costs, target))
        if ends[1] - ends[0] > _MOST:
            raise NotApplicableError(
                f"a certified sum over {ends[1] - ends[0]:.3g} counts is out of reach; method "
                '"auto" sums them by rules that adapt.'
            )
        total += _class_sum(found, ends, weights, atoms, terms)
        sides = zip((-1, 1), ends, strict=True)
        rests = [log_remainder(found, side, end, terms.costs) for side, end in sides]
        if max(rests) == math.inf:
            raise NotApplicableError("what lies beyond the sum is not bounded.")
        total += arb(0, sum(math.exp(rest) for rest in rests) * (1 + 1e-12))
    return total


def _below(found: CountClass, costs: Costs, target: float) -> Callable[[int, float], bool]:
    return lambda side, cut: log_remainder(found, side, cut, costs) < target


def shares(law: Law, weight: Ball | None = None) -> Iterator[Ball]:
    """The weights of the leaves of counts that `alignment.leaves` yields, in its order."""
    own = arb(1) if weight is None else weight
    if isinstance(law, CountLaw | CountImage):
        yield own
    elif isinstance(law, MixtureLaw):
        parts = log_shares(law.weights, law.log_weights)
        for share, component in zip(parts, law.components, strict=True):
            yield from shares(component, own * share.exp())


def _points(found: CountClass) -> list[float]:
    """The atoms of finite parts in a class, as they were given."""
    return [float(found.origin + found.step * int(j)) for j in found.extra.places]


def _class_sum(
    found: CountClass,
    ends: tuple[float, float],
    weights: Sequence[list[Ball]],
    atoms: Sequence[dict[float, Ball]],
    terms: CountSum,
) -> Ball:
    first, count = int(ends[0]), int(ends[1] - ends[0]) + 1
    sides = [
        _added([_placed(leaf, own[leaf.order], first, count) for leaf in leaves], count)
        for leaves, own in zip((found.p, found.q), weights, strict=True)
    ]
    for j, x in zip(found.extra.places, _points(found), strict=True):
        place = int(j) - first
        for side, own in zip(sides, atoms, strict=True):
            if x in own:
                side[place] = own[x] if side[place] is None else side[place] + own[x]
    return sum((_term(a, b, terms) for a, b in zip(*sides, strict=True)), arb(0))


def _placed(leaf: Placed, weight: Ball, first: int, count: int) -> list[Ball | None]:
    """weight · probability at j = first, first + 1, …; None beyond the leaf's ends."""
    low, high = (int(max(min(end, first + count), first - 1)) for end in leaf.ends)
    low, high = max(low, first), min(high, first + count - 1)
    if low > high or not isinstance(leaf.law, RationalLaw):
        return [None] * count
    ends = sorted((leaf.start + leaf.stride * low, leaf.start + leaf.stride * high))
    values = list(_products(leaf.law, weight, *ends))[:: abs(leaf.stride)]
    if leaf.stride < 0:
        values.reverse()
    return [None] * (low - first) + values + [None] * (first + count - 1 - high)


def _products(law: RationalLaw, weight: Ball, low: int, high: int) -> Iterator[Ball]:
    theta = theta_ball(law.ratio.log_theta).exp()
    value = weight * law.log_ball(low).exp()
    for k in range(low, high):
        yield value
        value = value * law.ratio.ball(k, theta)
    yield value


def _added(parts: Sequence[list[Ball | None]], count: int) -> list[Ball | None]:
    whole: list[Ball | None] = [None] * count
    for part in parts:
        for k, value in enumerate(part):
            if value is not None:
                whole[k] = value if whole[k] is None else whole[k] + value
    return whole


def _term(a: Ball | None, b: Ball | None, terms: CountSum) -> Ball:
    if a is not None and b is not None:
        return terms.value(a.log(), b.log())
    if a is None and b is None:
        return arb(0)
    mass, factor = (a, terms.alone[0]) if b is None else (b, terms.alone[1])
    if factor is None:
        raise NotApplicableError("one law has mass where the other has none: infinite.")
    return mass * factor


def atoms_of(law: Law, weight: Ball | None = None) -> dict[float, Ball]:
    """The points of the finite laws in a mixture, with their probabilities."""
    own, found = (arb(1) if weight is None else weight), dict[float, Ball]()
    if isinstance(law, FiniteLaw):
        logs = log_shares(law.probs, law.log_weights)
        return {x: own * log.exp() for (x,), log in zip(law.atoms, logs, strict=True)}
    if isinstance(law, MixtureLaw):
        parts = log_shares(law.weights, law.log_weights)
        for share, component in zip(parts, law.components, strict=True):
            for x, ball in atoms_of(component, own * share.exp()).items():
                found[x] = found[x] + ball if x in found else ball
    return found


def _alone(points: Sequence[float], atoms: Sequence[dict[float, Ball]], terms: CountSum) -> Ball:
    """The terms of points that only finite parts have."""
    pairs = ([own.get(x) for own in atoms] for x in points)
    return sum((_term(a, b, terms) for a, b in pairs), arb(0))
