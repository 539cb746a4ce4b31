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
from divkit.divergences.stable import weighted
from divkit.types import Tensor

Share = Callable[[Tensor], Tensor]
_FAR = 100.0


@dataclass(frozen=True, eq=False)
class Push:
    """(log p, log q, l, g) -> (∂g/∂log p, ∂g/∂log q) of one divergence."""

    by_p: Share
    by_q: Share
    thin_p: Continuation
    thin_q: Continuation

    def __call__(self, lp: Tensor, lq: Tensor, ratio: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
        """Both derivatives, in the units of g."""
        far_p, far_q = ratio < -_FAR, ratio > _FAR
        far, top = far_p | far_q, torch.maximum(lp, lq)
        beyond = torch.where(far, ratio.abs() - _FAR, torch.zeros_like(ratio))
        inside = torch.where(far, torch.sign(ratio) * _FAR, ratio)
        by_p, by_q = weighted(top, self.by_p(inside)), weighted(top, self.by_q(inside))
        thin_p, rest_p = self.thin_p(top, beyond, g)
        thin_q, rest_q = self.thin_q(top, beyond, g)
        by_p = torch.where(far_p, thin_p, torch.where(far_q, rest_q, by_p))
        return by_p, torch.where(far_q, thin_q, torch.where(far_p, rest_p, by_q))


@dataclass(frozen=True)
class Continuation:
    """The thinner law's derivative beyond |l| = 100, and the denser law's, which is the rest of g.

    `last` is the thinner law's at |l| = 100 in units of the denser density, and `fall` the power
    of e^{−|l|} with which it falls; or, where it grows, `share` is its share of g.
    """

    last: float
    fall: float
    share: float | None

    def __call__(self, top: Tensor, beyond: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
        """(the thinner law's, the denser law's)."""
        if self.share is not None:
            return self.share * g, (1 - self.share) * g
        fallen = torch.exp(-self.fall * beyond) if self.fall else torch.ones_like(beyond)
        thin = weighted(top, self.last * fallen)
        return thin, g - thin


def push_of(divergence: FDivergence) -> Push:
    """The derivatives of an f-divergence's non-negative integrand."""
    at_one = divergence.prime_at_one - divergence.at_one  # f*(f'(1))

    def by_p(ratio: Tensor) -> Tensor:  # in units of the denser density
        return _shrunk(ratio) * (divergence.witness(ratio) - divergence.prime_at_one)

    def by_q(ratio: Tensor) -> Tensor:
        return _shrunk(-ratio) * (at_one - divergence.conjugate_at(ratio))

    return Push(
        by_p,
        by_q,
        _continued(lambda size: by_p(-size), lambda size: by_q(-size)),
        _continued(by_q, by_p),
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
