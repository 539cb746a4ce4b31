r"""The loss of a critic at a point, without a difference of large numbers.

For a critic with logits f and D = σ(f), and l = log p − log q, D* = σ(l),

    V(D*) − V(D) = ∫ (p+q) KL(Ber D* ‖ Ber D) dx ≥ 0,

so that gaps of 1e-13 keep their digits. For another game with payoffs φ, ψ and best output c* the
same gap is ∫ p[φ(c*) − φ(f)] + q[ψ(c*) − ψ(f)] dx.
"""

from __future__ import annotations

import torch
from torch.nn.functional import logsigmoid

from divkit.divergences.stable import kl_from_ratio
from divkit.games import Game
from divkit.types import Tensor


def bernoulli_kl(best: Tensor, logit: Tensor) -> Tensor:
    """KL(Ber σ(best) ‖ Ber σ(logit)), exact to a few roundings; `best` may be ±inf."""
    return _side(best, logit) + _side(-best, -logit)


def _side(best: Tensor, logit: Tensor) -> Tensor:
    """P log(P/Q) − P + Q for P = σ(best), Q = σ(logit)."""
    move = logit - best
    near = move.abs() < 1
    small = torch.where(near, move, torch.zeros_like(move))
    # log P − log Q = log1p(σ(−best)·expm1(−move))
    close = torch.log1p(torch.sigmoid(-best) * torch.expm1(-small))
    log_p, log_q = logsigmoid(best), logsigmoid(logit)
    ratio = torch.where(near, close, log_p - log_q)
    return kl_from_ratio(log_p, log_q, ratio)


def pointwise_gap(game: Game, ratio: Tensor, f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """a[φ(c*) − φ(f)] + b[ψ(c*) − ψ(f)] ≥ 0 at weights a, b with log ratio `ratio`."""
    if game.logistic:
        return (a + b) * bernoulli_kl(ratio, f)
    best = game.optimal(ratio)
    gain_p, gain_q = game.on_p(best) - game.on_p(f), game.on_q(best) - game.on_q(f)
    zero = torch.zeros_like(a)
    return torch.where(a > 0, a * gain_p, zero) + torch.where(b > 0, b * gain_q, zero)
