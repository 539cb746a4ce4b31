r"""Bounds of games of pairs and packs, from l = log p − log q at draws of both laws.

The log ratio of pairs is l(x) − l(y), that of packs a sum of l. Where f has finite prices, with
m the mixture of what enters, P and Q,

    D_f(P‖Q) = f(1) + E_m g,     0 ≤ g = integrand(log P/m, log Q/m) ≤ 2 max(f(0), f′(∞)),

so that the mean over draws has a standard error that can be trusted. Elsewhere the log ratio is a
critic that was fixed before the draws, and what it earns is a limit from below.
"""

from __future__ import annotations

import math

import torch
from torch.nn.functional import logsigmoid

from divkit.critics.population import mixture_points
from divkit.distributions.base import Law
from divkit.divergences.stable import LOG2
from divkit.games import Game
from divkit.results import Result
from divkit.training.measures.sampled import SampledCritic, SampledJS
from divkit.types import Tensor

_DRAWS = 2**13


def most_by_draws(game: Game, p: Law, q: Law, *, level: float = 0.95) -> Result:
    """max V of a game between the laws that enter it, from draws at which both are known."""
    kind = game.divergence
    l = mixture_points(p, q, 2 * _DRAWS, 0, sobol=False).log_ratio
    assert l is not None  # mixture points have one
    if math.isinf(kind.at_zero + kind.slope_at_infinity):
        return known_critic(l, level).most(game)
    paid = kind.integrand(LOG2 + logsigmoid(l), LOG2 + logsigmoid(-l))
    sides = paid[:_DRAWS], paid[_DRAWS:]
    error = 0.5 * math.sqrt(sum(float(side.var()) for side in sides) / _DRAWS)
    value = kind.at_one + float(paid.mean())
    found = Result.normal(
        value, error + 1 / _DRAWS, f"Draws(n={_DRAWS})", level=level, unit=kind.unit
    )
    return found.affine(game.scale, game.shift)


def known_critic(l: Tensor, level: float) -> SampledCritic:
    """The critic l, half of its draws to choose how far it reaches, half to read it."""
    on_p, on_q = l[:_DRAWS], l[_DRAWS:]
    half = _DRAWS // 2
    weighed, read = ((on_p[k], on_q[k]) for k in (slice(0, half), slice(half, None)))
    sizes = SampledJS(fakes=_DRAWS, fresh=half, level=level)
    return SampledCritic(sizes, weighed, read, {"critic": "log p − log q"})


def lifted(critic: SampledCritic, paired: bool, pack: int) -> SampledCritic:
    """The critic of pairs or packs that is made of one of points."""
    weighed, read = (_together(*side, paired, pack) for side in (critic.weighed, critic.read))
    return SampledCritic(critic.made_by, weighed, read, critic.seen)


def _together(on_p: Tensor, on_q: Tensor, paired: bool, pack: int) -> tuple[Tensor, Tensor]:
    """Logits of pairs (x, y) and (y, x), or of packs of consecutive points."""
    if paired:
        return on_p - on_q, on_q - on_p
    rows = len(on_p) // pack
    first, second = (side[: rows * pack].reshape(rows, pack).sum(-1) for side in (on_p, on_q))
    return torch.as_tensor(first), torch.as_tensor(second)
