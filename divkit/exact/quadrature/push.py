r"""Change of the integrand of an f-divergence by an error of log p or log q.

g(log p, log q) is homogeneous of degree one in (p, q), so that

    ∂g/∂log p + ∂g/∂log q = g,      ∂g/∂log p = p [f'(r) − f'(1)],
    ∂g/∂log q = −q [f*(f'(r)) − f*(f'(1))]:

the witness and the conjugate of the divergence carry errors of the log densities into the value.
Both are formed from the denser law and l. Where |l| is so large that powers of e^l may overflow,
they are continued: the part of the thinner law falls as the power of e^{−|l|} that it has become,
or, if it grows, is the fixed share of g that it has become.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from divkit.divergences.base import FDivergence
from divkit.divergences.stable import Densities, times
from divkit.types import Tensor

Share = Callable[[Tensor], Tensor]
_FAR = 100.0


class Nodes:
    """Two log densities at nodes, and what the derivatives of every integrand ask of them.

    `of` holds them for integrands, `ratio` is l, `top` the denser density, `inside` the ratio cut
    to ±100, `beyond` what is cut off, `least_p` and `least_q` are p and q in units of the denser
    one, there.
    """

    def __init__(self, lp: Tensor, lq: Tensor) -> None:
        of = self.of = Densities(lp, lq)
        self.lp, self.lq, self.ratio = lp, lq, of.ratio
        self.p, self.q, self.top = of.p, of.q, of.top
        self.far_p, self.far_q = self.ratio < -_FAR, self.ratio > _FAR
        far = self.far_p | self.far_q
        self.reach = bool(far.any())
        self.inside = self.ratio
        if self.reach:
            self.inside = torch.where(far, torch.sign(self.ratio) * _FAR, self.ratio)
            self.beyond = torch.where(far, self.ratio.abs() - _FAR, torch.zeros_like(self.ratio))
        self.least_p, self.least_q = _shrunk(self.inside), _shrunk(-self.inside)
        self._dense = bool((self.top != 0).all())

    def times_top(self, value: Tensor) -> Tensor:
        """The denser density times a value, with 0 · anything = 0."""
        return self.top * value if self._dense else times(self.top, value)

    def hidden(self, error: Tensor) -> tuple[Tensor, Tensor] | None:
        """Error and squared error of the ratio, in units of the density, where p = q; else 0.

        None where no node is so near to p = q that a ratio wrong by `error` may be 0.
        """
        size = self.ratio.abs()
        near = (size <= error) & (size < 1e-6) & (error < 1e-6)
        if not bool(near.any()):
            return None
        hidden = torch.where(near, error, torch.zeros_like(error))
        return self.times_top(hidden), self.times_top(hidden**2)


@dataclass(frozen=True, eq=False)
class Push:
    """(nodes, g) -> (∂g/∂log p, ∂g/∂log q) of one divergence.

    `by_p`, `by_q` are f'(r) − f'(1) and f*(f'(1)) − f*(f'(r)) as functions of l.
    """

    by_p: Share
    by_q: Share
    thin_p: Continuation
    thin_q: Continuation

    def __call__(self, nodes: Nodes, g: Tensor) -> tuple[Tensor, Tensor]:
        """Both derivatives, in the units of g."""
        by_p = nodes.times_top(nodes.least_p * self.by_p(nodes.inside))
        by_q = nodes.times_top(nodes.least_q * self.by_q(nodes.inside))
        if not nodes.reach:
            return by_p, by_q
        thin_p, rest_p = self.thin_p(nodes, g)
        thin_q, rest_q = self.thin_q(nodes, g)
        by_p = torch.where(nodes.far_p, thin_p, torch.where(nodes.far_q, rest_q, by_p))
        return by_p, torch.where(nodes.far_q, thin_q, torch.where(nodes.far_p, rest_p, by_q))


@dataclass(frozen=True)
class Continuation:
    """The thinner law's derivative beyond |l| = 100, and the denser law's, which is the rest of g.

    `last` is the thinner law's at |l| = 100 in units of the denser density, and `fall` the power
    of e^{−|l|} with which it falls; or, where it grows, `share` is its share of g.
    """

    last: float
    fall: float
    share: float | None

    def __call__(self, nodes: Nodes, g: Tensor) -> tuple[Tensor, Tensor]:
        """(the thinner law's, the denser law's)."""
        if self.share is not None:
            return self.share * g, (1 - self.share) * g
        fallen = torch.exp(-self.fall * nodes.beyond) if self.fall else torch.ones_like(g)
        thin = nodes.times_top(self.last * fallen)
        return thin, g - thin


def push_of(divergence: FDivergence) -> Push:
    """The derivatives of an f-divergence's non-negative integrand."""
    at_one = divergence.prime_at_one - divergence.at_one  # f*(f'(1))

    def by_p(ratio: Tensor) -> Tensor:
        return divergence.witness(ratio) - divergence.prime_at_one

    def by_q(ratio: Tensor) -> Tensor:
        return at_one - divergence.conjugate_at(ratio)

    return Push(
        by_p,
        by_q,
        _continued(
            lambda size: _shrunk(-size) * by_p(-size), lambda size: _shrunk(size) * by_q(-size)
        ),
        _continued(lambda size: _shrunk(-size) * by_q(size), lambda size: by_p(size)),
    )


def _shrunk(ratio: Tensor) -> Tensor:
    """min(1, e^ratio)."""
    return torch.exp(torch.minimum(ratio, torch.zeros_like(ratio)))


def _continued(thin: Share, dense: Share) -> Continuation:
    sizes = torch.tensor([_FAR / 2, _FAR], dtype=torch.float64)
    half, last = thin(sizes).tolist()
    if abs(last) <= abs(half) * (1 + 1e-9) < math.inf:
        fall = 2 / _FAR * math.log(abs(half / last)) if last else 0.0
        return Continuation(last, fall if fall > 1e-9 else 0.0, None)
    points = torch.tensor([_FAR, _FAR / 3, _FAR / 10, _FAR / 30, 1.0], dtype=torch.float64)
    mine, theirs = thin(points), dense(points)
    finite = (mine + theirs).isfinite().nonzero()[0, 0]
    return Continuation(math.inf, 0.0, float(mine[finite] / (mine + theirs)[finite]))
