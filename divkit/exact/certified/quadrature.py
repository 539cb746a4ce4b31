r"""Gauss–Legendre quadrature whose error is proved, on panels that are bisected until it is small.

Let f be analytic in the Bernstein ellipse E_r, r > 1, of a panel of half-width w, with |f| ≤ M
there. The n-point rule then misses the panel's integral by at most

    w · (64/15) M r^{−2n} / (1 − 1/r)

(Petras 2002, section 2, and Johansson 2018, section 3). M is the largest upper end of |f| on
complex balls that cover the upper half of E_r, which is enough because f is real on the line:
f(z̄) is the conjugate of f(z). f returns a ball that is not finite where it may fail to be
analytic, and then a smaller ellipse, or half the panel, is tried. The nodes are enclosed, and f is
evaluated at them in ball arithmetic, so that the sum is an enclosure of the integral. A panel on
which 2wM, M over the panel alone, is negligible gets no node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from flint import acb, arb, ctx

from divkit.exact.method import NotApplicableError
from divkit.types import Ball

Panel = tuple[Ball, Ball]
"""The ends of a panel."""

_RADII = (5.0, 3.0, 2.0)
_PARTS = ((-0.6875, 0.3125, 0.928), (0.0, 0.375, 1.0), (0.6875, 0.3125, 0.928))
"""Centre and half-width of parts of [−1, 1], and a height that the unit circle stays below."""
_DEEPEST = 2500
_MOST_PANELS = 20_000


@dataclass(frozen=True)
class EnclosedRule:
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
) -> Iterator[EnclosedRule]:
    """Yield rules that cover the panels, each with its proved error.

    Raises
    ------
    NotApplicableError
        If bisection does not end.
    """
    todo = [(low, high, 0) for low, high in panels]
    share = tolerance / max(4 * len(todo), 16)
    most = 16 + ctx.prec // 4
    done = 0
    while todo:
        low, high, depth = todo.pop()
        mid, half = (low + high) / 2, (high - low) / 2
        rule = _negligible(bound, mid, half, share) or _cheapest(bound, mid, half, share, most)
        if rule is not None:
            done += 1
            yield rule
            continue
        if depth > _DEEPEST or done + len(todo) > _MOST_PANELS:
            raise NotApplicableError(f"the panels near {float(mid)!r} do not become smooth.")
        todo += [(low, mid, depth + 1), (mid, high, depth + 1)]


def _negligible(
    bound: Callable[[Ball], Ball], mid: Ball, half: Ball, share: Ball
) -> EnclosedRule | None:
    """The empty rule, where the integrand is so small on the panel that no node is needed."""
    error = (2 * half * bound(acb(mid + arb(0, half.upper())))).upper()
    return EnclosedRule(mid, half, 0, error) if error < share / 64 else None


def _cheapest(
    bound: Callable[[Ball], Ball], mid: Ball, half: Ball, share: Ball, most: int
) -> EnclosedRule | None:
    best: EnclosedRule | None = None
    for r in _RADII:
        size = _largest(bound, mid, half * (r + 1 / r) / 2, half * (r - 1 / r) / 2)
        if size is None:
            continue
        rule = _rule(mid, half, size * half * 64 / 15 / (1 - 1 / arb(r)), r, share, most)
        if rule is None or (best is not None and rule.nodes >= best.nodes):
            break
        best, most = rule, rule.nodes
    return best


def _largest(bound: Callable[[Ball], Ball], mid: Ball, width: Ball, height: Ball) -> Ball | None:
    """The bound over the upper half of an ellipse with these semi-axes; None if not finite."""
    largest = arb(0)
    for centre, part, top in _PARTS:
        reach, lift = (width * part).upper(), (height * top / 2).upper()
        size = bound(acb(mid + centre * width + arb(0, reach), arb(lift, lift)))
        if not size.is_finite():
            return None
        largest = largest.max(size)
    return largest


def _rule(
    mid: Ball, half: Ball, factor: Ball, r: float, share: Ball, most: int
) -> EnclosedRule | None:
    """The smallest rule with factor · r^{−2n} ≤ share, unless it needs more than `most` nodes."""
    ratio = factor / share
    n = 1
    if ratio > 1:
        need = ratio.log() / (2 * arb(r).log())
        n = int(float(need.upper())) + 1 if need < most else most + 1
    if n > most:
        return None
    grain = 1 << max(0, n.bit_length() - 4)  # few distinct rules, so that they are shared
    n = -(-n // grain) * grain
    return EnclosedRule(mid, half, n, (factor * arb(r) ** (-2 * n)).upper())


@lru_cache(maxsize=4096)
def legendre(n: int, prec: int) -> tuple[tuple[Ball, Ball], ...]:
    """Nodes and weights of the n-point Gauss–Legendre rule on [−1, 1], enclosed at `prec` bits."""
    upper = [arb.legendre_p_root(n, k, weight=True) for k in range((n + 1) // 2)]
    lower = [(-x, w) for x, w in reversed(upper[: n // 2])]
    return tuple(upper + lower)
