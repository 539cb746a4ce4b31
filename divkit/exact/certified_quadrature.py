r"""Gauss–Legendre quadrature whose error is proved, on panels that are bisected until it is small.

Let f be analytic in the Bernstein ellipse E_r, r > 1, of a panel of half-width w, with |f| ≤ M
there. The n-point rule then misses the panel's integral by at most

    w · (64/15) M r^{−2n} / (1 − 1/r)

(Petras 2002, section 2, and Johansson 2018, section 3). M is the upper end of f on a complex ball
that covers E_r; f returns a ball that is not finite where it may fail to be analytic, and then a
smaller ellipse, or half the panel, is tried. The nodes are enclosed, and f is evaluated at them in
ball arithmetic, so that the sum is an enclosure of the integral.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flint import acb, arb, ctx

from divkit.exact.method import NotApplicableError

Ball = Any
"""An enclosure of a real (flint.arb) or a complex number (flint.acb)."""

Panel = tuple[Ball, Ball]
"""The ends of a panel."""

_RADII = (8.0, 5.0, 3.4, 2.4, 1.8)
_DEEPEST = 400
_MOST_PANELS = 20_000


@dataclass(frozen=True)
class Rule:
    """A panel with the number of nodes that it was given and the bound of its error."""

    mid: Ball
    half: Ball
    nodes: int
    error: Ball

    def points(self) -> Iterator[tuple[Ball, Ball]]:
        """Nodes and weights on the panel."""
        for node, weight in legendre(self.nodes, ctx.prec):
            yield self.mid + self.half * node, self.half * weight


def integrate(
    value: Callable[[Ball], Ball],
    bound: Callable[[Ball], Ball],
    panels: Iterable[Panel],
    tolerance: Ball,
) -> tuple[Ball, int]:
    """Return an enclosure of the sum of ∫ value over the panels, and the number of nodes.

    Parameters
    ----------
    value : the integrand at a real ball.
    bound : an upper bound of |integrand| on a complex ball, not finite where it may not be
        analytic.
    panels : ends of the panels, all finite.
    tolerance : the quadrature error that is aimed at; the enclosure accounts for what is reached.
    """
    total, nodes = arb(0), 0
    for rule in plan(bound, panels, tolerance):
        total += arb(0, rule.error)
        nodes += rule.nodes
        for x, weight in rule.points():
            total += weight * value(x)
    return total, nodes


def plan(
    bound: Callable[[Ball], Ball], panels: Iterable[Panel], tolerance: Ball
) -> Iterator[Rule]:
    """Yield rules that cover the panels, each with its proved error.

    Raises
    ------
    NotApplicableError
        If bisection does not end.
    """
    todo = [(low, high, 0) for low, high in panels]
    share = tolerance / max(4 * len(todo), 16)
    most = 12 + ctx.prec // 5
    done = 0
    while todo:
        low, high, depth = todo.pop()
        mid, half = (low + high) / 2, (high - low) / 2
        rule = _cheapest(bound, mid, half, share, most)
        if rule is not None:
            done += 1
            yield rule
            continue
        if depth > _DEEPEST or done + len(todo) > _MOST_PANELS:
            raise NotApplicableError(f"the panels near {float(mid)!r} do not become smooth.")
        todo += [(low, mid, depth + 1), (mid, high, depth + 1)]


def _cheapest(
    bound: Callable[[Ball], Ball], mid: Ball, half: Ball, share: Ball, most: int
) -> Rule | None:
    best: Rule | None = None
    for r in _RADII:
        width, height = half * (r + 1 / r) / 2, half * (r - 1 / r) / 2
        size = bound(acb(mid + arb(0, width.upper()), arb(0, height.upper())))
        if not size.is_finite():
            continue
        rule = _rule(mid, half, size * half * 64 / 15 / (1 - 1 / arb(r)), r, share, most)
        if rule is None or (best is not None and rule.nodes >= best.nodes):
            break
        best, most = rule, rule.nodes
    return best


def _rule(mid: Ball, half: Ball, factor: Ball, r: float, share: Ball, most: int) -> Rule | None:
    """The smallest rule with factor · r^{−2n} ≤ share, unless it needs more than `most` nodes."""
    ratio = factor / share
    n = 1
    if ratio > 1:
        need = ratio.log() / (2 * arb(r).log())
        n = int(float(need.upper())) + 1 if need < most else most + 1
    if n > most:
        return None
    return Rule(mid, half, n, (factor * arb(r) ** (-2 * n)).upper())


@lru_cache(maxsize=4096)
def legendre(n: int, prec: int) -> tuple[tuple[Ball, Ball], ...]:
    """Nodes and weights of the n-point Gauss–Legendre rule on [−1, 1], enclosed at `prec` bits."""
    upper = [arb.legendre_p_root(n, k, weight=True) for k in range((n + 1) // 2)]
    lower = [(-x, w) for x, w in reversed(upper[: n // 2])]
    return tuple(upper + lower)
