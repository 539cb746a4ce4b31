"""Tails and ends in words: how the density falls, which moments are finite, where it is 0."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from divkit.density.auto.recipes import StackMember
from divkit.density.auto.vines import vine_words
from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.coupled import Coupled
from divkit.distributions.compose.mixture import MixtureLaw
from divkit.distributions.copulas.vine import Vine
from divkit.distributions.support import Boxes, Support
from divkit.distributions.tails import FACTORIAL, LOG, Growth, Tail

LAST = "; of the last member alone, the others fall otherwise or end"
"""Of a tail that is of the member for rows beyond the others' ends."""


GAIN = "gain: what the member added to the log likelihood of rows left out when it joined, in nats"


MEMBERS = 40
"""Members that a table shows; tables of many cells have hundreds."""


def shown_members(members: Sequence[StackMember]) -> tuple[Sequence[StackMember], str]:
    """Return the members of a table, the heaviest of many, and a line on the others or ""."""
    if len(members) <= MEMBERS:
        return members, ""
    heavy = sorted(members, key=lambda member: -member.weight)
    rest = sum(member.weight for member in heavy[MEMBERS:])
    return heavy[:MEMBERS], f"{len(members) - MEMBERS} more, of weight {rest:.4f} together"


def member_lines(members: Sequence[StackMember]) -> list[str]:
    """Return the table of members."""
    members, more = shown_members(members)
    lines = [f"{'weight':>7}  {'gain':>9}  member"]
    words = [GAIN] if any(m.gain for m in members) else []
    return [
        *lines,
        *(f"{m.weight:7.4f}  {m.gain:9.2f}  {m.name}" for m in members),
        *[more] * bool(more),
        *words,
    ]


def left_out_lines(left_out: tuple[float, float]) -> list[str]:
    """Say the mean log density of rows left out, where it is known."""
    value, error = left_out
    if not math.isfinite(value):
        return []
    if math.isinf(error):
        return [
            f"mean log density of rows left out: {value:.4f} nats, with the ends of the support "
            "that all rows show, and so above that of later rows"
        ]
    return [f"mean log density of rows left out: {value:.4f} ± {error:.4f} nats"]


def dropped_lines(dropped: Sequence[tuple[str, str]]) -> list[str]:
    """Say what no weight could be found for, a line for each reason.

    >>> dropped_lines([("gamma", "no optimum."), ("beta", "no optimum.")])
    ['not tried, as the rows or a fold of them do not allow it: gamma, beta (no optimum.)']
    """
    by_reason: dict[str, list[str]] = {}
    for name, reason in dropped:
        by_reason.setdefault(reason, []).append(name)
    return [
        f"not tried, as the rows or a fold of them do not allow it: {', '.join(names)} ({reason})"
        for reason, names in by_reason.items()
    ]


def law_lines(law: Law, others: Law | None = None) -> list[str]:
    """Say how the density falls on the line, and where that of several columns is 0.

    Of a vine its pairs are said, too.

    `others` is the law without a last member that is for rows beyond the others' ends.
    """
    if not isinstance(law, Law1D):
        parts = law.components if isinstance(law, MixtureLaw) else (law,)
        scores = [part.scores for part in parts if isinstance(part, Coupled)]
        vines = [line for each in scores if isinstance(each, Vine) for line in vine_words(each)]
        return [*ends_words(law.support), *vines]
    theirs = others.tails if isinstance(others, Law1D) else law.tails
    return [
        tail_words(side, tail) + (LAST if tail != other else "")
        for side, tail, other in zip(("lower", "upper"), law.tails, theirs, strict=True)
    ]


def tail_words(side: str, tail: Tail | None) -> str:
    """Return the fall of a density at one end of its support.

    >>> from divkit.distributions import StudentT
    >>> tail_words("upper", StudentT(2, 0, 1).tails[1])
    'upper tail |x|^-3: tail index 2, moments of lower order are finite'
    """
    if tail is None:
        return f"{side} tail: of no named kind; cdf() and sf() have its probabilities"
    return _KINDS[tail.at](side, tail)


def ends_words(support: Support) -> list[str]:
    """Say of each column with a hard end that rows beyond it have no density.

    >>> from divkit.distributions import Normal, Uniform, product
    >>> ends_words(product([Normal(0, 1), Uniform(0, 2)]).support)
    ['column 1: the density is 0 outside [0, 2], so that a row there makes log scores -inf']
    """
    if not isinstance(support, Boxes) or len(support.boxes) != 1:
        return []
    return [
        f"column {k}: the density is 0 outside [{low:.6g}, {high:.6g}], so that a row there makes "
        "log scores -inf"
        for k, (low, high) in enumerate(support.boxes[0])
        if math.isfinite(low) or math.isfinite(high)
    ]


def _finite(side: str, tail: Tail) -> str:
    del tail
    return f"{side} end: finite"


def _fall(side: str, tail: Tail) -> str:
    growth, coefficient = tail.terms[0]
    if growth == LOG:
        order = float(coefficient)  # type: ignore[arg-type]  # a fraction, or a sum that is one
        index = order - 1
        return (
            f"{side} tail |x|^-{order:.3g}: tail index {index:.3g}, moments of lower order are "
            "finite"
        )
    return f"{side} tail: {_growth_words(growth)}, all moments finite"


def _growth_words(growth: Growth) -> str:
    """The leading factor of a density whose −log grows so, in the ranks of `Growth`."""
    if growth == FACTORIAL:
        return "exp(-c |x| log |x|)"
    rank, exponent = growth[:2]
    return (
        "a power of |x|",
        "of a lognormal's kind",
        f"exp(-c |x|^{float(exponent):.3g})",
        f"exp(-c exp({float(exponent):.3g} |x|))",
    )[rank]


_KINDS: Mapping[str, Callable[[str, Tail], str]] = {"endpoint": _finite, "infinity": _fall}
