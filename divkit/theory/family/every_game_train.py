r"""One way to play any game: train a critic, measure what it earns and what it lacks.

On the population the nodes carry both laws. V(D̂) is measured on finer nodes than those of the
training, and so is the lack, ∫ p [a(c*) − a(ĉ)] + q [b(c*) − b(ĉ)], with the best output c* at
each point. Panels are graded towards the points where p = q: the best critic may be a step there.

From samples, one half trains, a tenth says when to stop, and the rest weighs. Held-out value and
what the same critic lacks on the population sum, up to chance, to the theorem's value. Payoffs
without a bound could be driven up without end where one law's sample leaves a gap, so that logits
are kept within ±2, beyond which the pairs' own log ratios hardly go.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.optimize import brentq

from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.mlp import MLP
from divkit.critics.model import CriticClass
from divkit.critics.points import WeightedPoints, from_nodes, from_samples
from divkit.critics.population import training_points
from divkit.critics.sets import Difference
from divkit.critics.squashed import Squashed
from divkit.critics.training import train
from divkit.critics.wrappers import EarlyStopping
from divkit.distributions.base import Law1D
from divkit.exact.api import divergence
from divkit.games import IDENTITY, Game, Lifting, MetricGame, sign_like
from divkit.theory.framework.computations import line_edges
from divkit.theory.framework.integration import legendre_nodes
from divkit.theory.framework.measured import ROUNDING, Measured
from divkit.theory.framework.pairs import Pair, log_densities
from divkit.theory.framework.stochastic import mean_of_two
from divkit.types import Critic, FloatArray, Tensor

CRITIC = MLP((8,))
SOLVER = LevenbergMarquardt(steps=60, seconds=20.0, tolerance=1e-5, acceleration=False)
"""It stops where a step promises 1e-5 nats: a lack is counted in thousandths."""
ROUGH_SOLVER = replace(SOLVER, tolerance=1e-4)
"""From samples it is counted in hundredths."""

WITHIN = 2.0
EMPTY = 1e-20
"""Nodes of less mass play no part: payoffs there are far below 1e10."""


@dataclass(frozen=True)
class Board:
    """The nodes that a game is played on: to train, and two orders to measure by."""

    training: WeightedPoints
    rough: WeightedPoints
    fine: WeightedPoints


@dataclass(frozen=True)
class Played:
    """A trained critic, what it earns, and what it lacks of the best."""

    critic: Critic
    value: Measured
    lack: Measured


def board(pair: Pair, lifting: Lifting) -> Board:
    """Nodes on the line, or of pairs of its points where the lifting has pairs."""
    p, q = pair
    edges = graded(line_edges(p, q), crossings(p, q))
    orders = (10, 14, 20) if lifting == IDENTITY else (4, 6, 8)
    training, rough, fine = (_nodes(p, q, edges, order) for order in orders)
    if lifting == IDENTITY:
        return Board(training, rough, fine)
    coarse = training_points(*lifting.laws(p, q), count=2000)
    return Board(coarse, in_pairs(rough), in_pairs(fine))


def graded(edges: list[float], marks: list[float]) -> list[float]:
    """Panels that halve towards each mark."""
    gaps = np.ldexp(1.0, -np.arange(1, 15))
    near = [mark + side * gap for mark in marks for gap in gaps for side in (-1, 1)]
    return sorted({*edges, *near, *marks})


def crossings(p: Law1D, q: Law1D) -> list[float]:
    """Where p = q, between neighbours of a grid of quantiles of both."""

    def ratio(x: FloatArray) -> FloatArray:
        a, b = log_densities((p, q), torch.from_numpy(x))
        return np.asarray((a - b).numpy())

    return sign_changes(ratio, quantile_grid(p, q, 400))


def quantile_grid(p: Law1D, q: Law1D, count: int) -> FloatArray:
    """Quantiles of both laws, in order."""
    levels = np.linspace(1e-6, 1 - 1e-6, count)
    return np.unique(np.concatenate([law.ppf(levels) for law in (p, q)]))


def sign_changes(f: Callable[[FloatArray], FloatArray], grid: FloatArray) -> list[float]:
    """The zeros of f between neighbours of a grid; one that lies on the grid counts too."""

    def at(x: float) -> float:
        return float(f(np.array([x]))[0])

    values = f(grid)
    kept, signs = grid[values != 0], np.sign(values[values != 0])
    between = np.flatnonzero(signs[1:] != signs[:-1])
    return [float(brentq(at, kept[k], kept[k + 1], xtol=1e-15)) for k in between]


def _nodes(p: Law1D, q: Law1D, edges: list[float], order: int) -> WeightedPoints:
    x, weights = legendre_nodes(edges, order)
    lp, lq = log_densities((p, q), x)
    return from_nodes(x[:, None], weights, lp, lq, f"{len(x)} nodes").heavier_than(EMPTY)


def in_pairs(points: WeightedPoints) -> WeightedPoints:
    """Nodes of P×Q and Q×P from nodes of P and Q."""
    n, l = len(points), ratio_of(points)
    x = torch.cat([points.x.repeat_interleave(n, 0), points.x.repeat(n, 1)], dim=1)
    a = torch.outer(points.p_weight, points.q_weight).reshape(-1)
    b = torch.outer(points.q_weight, points.p_weight).reshape(-1)
    both = WeightedPoints(x, a, b, (l[:, None] - l).reshape(-1), f"{n}² nodes")
    return both.heavier_than(EMPTY)


def ratio_of(points: WeightedPoints) -> Tensor:
    """log p − log q at nodes that know it."""
    if points.log_ratio is None:
        raise ValueError("points of the population know their log ratio; samples do not.")
    return points.log_ratio


def bound(game: Game | MetricGame, pair: Pair) -> Measured:
    """The theorem's value, with D_f by the engine.

    Raises
    ------
    ValueError
        If D_f is infinite: there is no maximum to train for.
    """
    p, q = game.lifting.laws(*pair) if isinstance(game, Game) else pair
    result = divergence(p, q, game.divergence)
    if math.isinf(result.value):
        reason = result.reason or "its integral diverges"
        raise ValueError(f"game {game.name!r} has no maximum on {pair}: {reason}.")
    return game.scale * Measured(result.value, result.error) + game.shift


def critic_for(game: Game, *, bounded: bool = False) -> CriticClass:
    """The class that is trained: a small perceptron, or its differences on pairs.

    A step needs no bound: its payoffs have one, and its logits grow.
    """
    if game.lifting != IDENTITY:
        return Difference(CRITIC.hidden)
    if bounded and game.optimal is not sign_like:
        return Squashed(MLP((4,)), WITHIN)
    return CRITIC


def payoffs_range(game: Game) -> float:
    """By how much payoffs on P and Q change between logits ±2."""
    ends = torch.tensor([-WITHIN, WITHIN], dtype=torch.float64)
    return float((game.on_p(ends).diff() - game.on_q(ends).diff()).abs())


def on_population(game: Game, nodes: Board, seed: int = 0) -> Played:
    """Train on the population, and measure on finer nodes."""
    fit = train(nodes.training, critic=critic_for(game), game=game, maximiser=SOLVER, seed=seed)
    return measure(game, nodes, fit.critic)


def measure(game: Game, nodes: Board, critic: Critic) -> Played:
    """The value of a critic on the population, and its distance from the best."""
    rough = _earned_and_lacked(game, nodes.rough, critic)
    fine = _earned_and_lacked(game, nodes.fine, critic)
    value, lack = (_between(a, b) for a, b in zip(rough, fine, strict=True))
    return Played(critic, value, lack)


def _between(rough: Tensor, fine: Tensor) -> Measured:
    """The sum of the finer terms; its error is twice what the order changes."""
    change = float((fine.sum() - rough.sum()).abs())
    rounding = 64 * ROUNDING * (1 + float(fine.abs().sum()))
    return Measured(float(fine.sum()), 2 * change + rounding)


def _earned_and_lacked(
    game: Game, points: WeightedPoints, critic: Critic
) -> tuple[Tensor, Tensor]:
    c, best = critic(points.x), game.optimal(ratio_of(points))
    a, b = points.p_weight, points.q_weight
    earned = a * game.on_p(c) + b * game.on_q(c)
    lacked = a * (game.on_p(best) - game.on_p(c)) + b * (game.on_q(best) - game.on_q(c))
    return earned, lacked


def on_samples(game: Game, nodes: Board, x: Tensor, y: Tensor, seed: int = 0) -> Played:
    """Train on samples; the value is that on rows held out, the lack that on the population."""
    seen, held, fresh = (game.lifting.samples(*part) for part in shared_out(x, y))
    solver = EarlyStopping(ROUGH_SOLVER, from_samples(*held), patience=6)
    points = from_samples(*seen)
    kind = critic_for(game, bounded=True)
    fit = train(points, critic=kind, game=game, maximiser=solver, seed=seed)
    on_p, on_q = game.on_p(fit.critic(fresh[0])), game.on_q(fit.critic(fresh[1]))
    value = mean_of_two(on_p.numpy(), on_q.numpy())
    return Played(fit.critic, value, measure(game, nodes, fit.critic).lack)


def shared_out(x: Tensor, y: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Rows of both to train on (a half), to stop by (a tenth) and to weigh."""
    cuts = ([len(part) // 2, 6 * len(part) // 10] for part in (x, y))
    parts = (part.tensor_split(at) for part, at in zip((x, y), cuts, strict=True))
    return zip(*parts, strict=True)
