r"""How far a critic is from the best one, measured with the known densities.

For a critic with logits f and D = σ(f), and l = log p − log q, D* = σ(l),

    V(D*) − V(D) = ∫ (p+q) KL(Ber D* ‖ Ber D) dx ≥ 0,

an integral with no difference of large numbers in it: gaps of 1e-13 keep their digits. For a
game of an f-divergence the same gap is ∫ p[φ(l) − φ(f)] + q[ψ(l) − ψ(f)] dx. The judge works on
nodes that no critic was trained on: a finer rule on the line, cubature in two and three
dimensions, and a large sample of m = (p+q)/2 beyond, whose spread is the error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import logsigmoid

from divkit.critics.points import WeightedPoints
from divkit.critics.population import line_points, mixture_points
from divkit.distributions.base import Law, Law1D
from divkit.divergences.stable import kl_from_ratio
from divkit.divergences.table import JS
from divkit.exact.tensor_sweep import Sweep
from divkit.exact.tensor_rule import integrate
from divkit.games import Game
from divkit.rng import RandomState
from divkit.types import Critic, Tensor


@dataclass(frozen=True)
class Verdict:
    """What a judge found; each number with its error.

    Attributes
    ----------
    value : V(D), nats.
    gap : V(D*) − V(D) by the integral of pointwise losses.
    l2 : root of E_m (D − D*)².
    sup : largest |D − D*| at the nodes (a lower bound of the supremum).
    """

    value: float
    value_error: float
    gap: float
    gap_error: float
    l2: float
    sup: float
    nodes: int


def bernoulli_kl(logit_star: Tensor, logit: Tensor) -> Tensor:
    """KL(Ber σ(l) ‖ Ber σ(f)), exact to a few roundings for nearly equal logits."""
    up, down = logsigmoid(logit_star), logsigmoid(-logit_star)
    move = logit - logit_star
    # log σ(f) − log σ(l) = −log1p(σ(−l)·expm1(−move)), and the same for 1 − σ
    real = torch.log1p(torch.sigmoid(-logit_star) * torch.expm1(-move))
    fake = torch.log1p(torch.sigmoid(logit_star) * torch.expm1(move))
    near = move.abs() < 1
    real = torch.where(near, real, up - logsigmoid(logit))
    fake = torch.where(near, fake, down - logsigmoid(-logit))
    return kl_from_ratio(up, up - real, real) + kl_from_ratio(down, down - fake, fake)


def pointwise_gap(game: Game, star: Tensor, f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """a[φ(l*) − φ(f)] + b[ψ(l*) − ψ(f)] ≥ 0; for the GAN's payoffs without cancellation."""
    if game.name == "gan":
        return (a + b) * bernoulli_kl(star, f)
    best = game.optimal(star)
    gain_p, gain_q = game.on_p(best) - game.on_p(f), game.on_q(best) - game.on_q(f)
    zero = torch.zeros_like(a)
    return torch.where(a > 0, a * gain_p, zero) + torch.where(b > 0, b * gain_q, zero)


def judge(
    p: Law, q: Law, critic: Critic, game: Game, *, draws: int = 2**17, rng: RandomState = 1
) -> Verdict:
    """Measure a critic against the best one on nodes of the judge's own."""
    if isinstance(p, Law1D) and isinstance(q, Law1D):
        rough, fine = (line_points(p, q, order) for order in (16, 25))
        one, two = (_integrals(points, critic, game).sum(0) for points in (rough, fine))
        return _verdict(two, (two - one).abs() + 1e-15, _sup(fine, critic), len(fine))
    if p.dim <= 3:
        return _by_cubature(p, q, critic, game)
    points = mixture_points(p, q, draws, rng)
    rows = _integrals(points, critic, game)
    half = rows.split([draws // 2, draws - draws // 2])
    spread = sum((part.var(0) * len(part) for part in half), torch.zeros(3).to(rows)).sqrt()
    return _verdict(rows.sum(0), spread, _sup(points, critic), len(points))


def _integrals(points: WeightedPoints, critic: Critic, game: Game) -> Tensor:
    """Rows of (value, gap, squared distance) per point, weighted."""
    ratio = points.log_ratio
    if ratio is None:
        raise ValueError("the judge needs points whose log ratio is known.")
    f = critic(points.x)
    return _integrands(game, ratio, f, points.p_weight, points.q_weight)


def _integrands(game: Game, star: Tensor, f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    zero = torch.zeros_like(a)
    paid = torch.where(a > 0, a * game.on_p(f), zero) + torch.where(b > 0, b * game.on_q(f), zero)
    distance = 0.5 * (a + b) * (torch.sigmoid(f) - torch.sigmoid(star)) ** 2
    return torch.stack([paid, pointwise_gap(game, star, f, a, b), distance], dim=-1)


def _sup(points: WeightedPoints, critic: Critic) -> float:
    star = points.log_ratio if points.log_ratio is not None else torch.zeros(len(points))
    return float((torch.sigmoid(critic(points.x)) - torch.sigmoid(star)).abs().max())


def _by_cubature(p: Law, q: Law, critic: Critic, game: Game) -> Verdict:
    cells, _ = Sweep(p, q, JS, 1e-9, 3_000_000).run()
    largest = [0.0]

    def integrand(x: Tensor) -> Tensor:
        lp, lq, f = p.log_prob(x), q.log_prob(x), critic(x)
        star = torch.where((lp == -math.inf) & (lq == -math.inf), torch.zeros_like(lp), lp - lq)
        present = torch.logaddexp(lp, lq) > -60
        away = (torch.sigmoid(f) - torch.sigmoid(star)).abs()[present]
        largest[0] = max(largest[0], float(away.max()) if len(away) else 0.0)
        return _integrands(game, star, f, lp.exp(), lq.exp())

    judged = integrate(integrand, cells.low, cells.high)
    total, error = judged.value.sum(0), judged.error.sum(0) + 1e-15
    return _verdict(total, error, largest[0], len(cells) * 15**p.dim)


def _verdict(total: Tensor, error: Tensor, sup: float, nodes: int) -> Verdict:
    value, gap, squared = total.tolist()
    return Verdict(value, float(error[0]), gap, float(error[1]), math.sqrt(squared), sup, nodes)
