r"""A game's value on weighted points, its slope in the logits and a curvature for Newton steps.

V(f) = Σ a_i φ(f_i) + b_i ψ(f_i). The slope is g_i = a_i φ'(f_i) + b_i ψ'(f_i). Where V is concave
in the logits the curvature is −∂g_i/∂f_i. Elsewhere it is the balanced ½(|a φ'| + |b ψ'|): for
every f-GAN φ' = f''(r)r and ψ' = −f''(r)r², so that both are equal at the maximum, where a = b r,
and there the balanced form is the true curvature; away from it, it stays non-negative.

The GAN's are σ(−f)a − σ(f)b and (a + b)σ(f)σ(−f); other games are differentiated.
"""

from __future__ import annotations

import torch

from divkit.games import Game
from divkit.types import Tensor


def value(game: Game, logits: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """V over the last axis, with 0 · anything = 0."""
    return payoffs(game, logits, a, b).sum((0, -1))


def payoffs(game: Game, logits: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """a φ(f) and b ψ(f), (2, ..., n)."""
    return torch.stack([_times(a, game.on_p(logits)), _times(b, game.on_q(logits))])


def rise(game: Game, before: Tensor, after: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """V(after) − V(before), summed point by point: small rises keep their digits."""
    on_p = game.on_p(after) - game.on_p(before)
    on_q = game.on_q(after) - game.on_q(before)
    return (_times(a, on_p) + _times(b, on_q)).sum(-1)


def slope(game: Game, logits: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """∂V/∂f_i, (..., n)."""
    if game.logistic:
        return a * torch.sigmoid(-logits) - b * torch.sigmoid(logits)
    f = logits.detach().requires_grad_(True)
    with torch.enable_grad():
        total = value(game, f, a, b).sum()
    return _derivative(total, f).detach()


def slope_and_curvature(game: Game, logits: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """∂V/∂f_i and the non-negative curvature, each (..., n)."""
    if game.logistic:
        up, down = torch.sigmoid(-logits), torch.sigmoid(logits)
        return a * up - b * down, (a + b) * up * down
    f = logits.detach().requires_grad_(True)
    with torch.enable_grad():
        up, down = _derivative(game.on_p(f), f), _derivative(game.on_q(f), f)
        slope = _times(a, up) + _times(b, down)
        balanced = 0.5 * (_times(a, up).abs() + _times(b, down).abs())
        exact = -_times(a, _derivative(up, f)) - _times(b, _derivative(down, f))
    concave = exact >= 0
    return slope.detach(), torch.where(concave, exact, balanced).detach()


def _times(weight: Tensor, amount: Tensor) -> Tensor:
    return torch.where(weight == 0, torch.zeros_like(amount), weight * amount)


def _derivative(output: Tensor, f: Tensor) -> Tensor:
    if not output.requires_grad:
        return torch.zeros_like(f)
    (slope,) = torch.autograd.grad(output.sum(), f, create_graph=True, materialize_grads=True)
    return slope
