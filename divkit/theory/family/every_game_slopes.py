r"""The WGAN's game, played by slopes: T' = tanh(c) keeps every T 1-Lipschitz.

E_p T − E_q T = ∫ T' (G − F) dx, so that the nodes carry (G − F)₊ dx and (F − G)₊ dx in place of
the laws, and the slopes play a game on them (see `divkit.games.metric`). On samples F and G are
steps, constant between neighbours of the pooled rows; T at a row is the sum of the integrals of
tanh(c) from the first row on, by two Gauss nodes an interval.
"""

from __future__ import annotations

import numpy as np
import torch

from divkit.critics.points import WeightedPoints
from divkit.critics.training import train
from divkit.critics.wrappers import EarlyStopping
from divkit.distributions.base import Law1D
from divkit.games import MetricGame
from divkit.theory.family.every_game_train import (
    CRITIC,
    SOLVER,
    Board,
    Played,
    graded,
    measure,
    quantile_grid,
    shared_out,
    sign_changes,
)
from divkit.theory.framework.computations import line_edges
from divkit.theory.framework.integration import legendre_nodes
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.pairs import Pair
from divkit.theory.framework.stochastic import mean_of_two
from divkit.types import Critic, FloatArray, Tensor

EMPTY = 1e-18


def slope_board(pair: Pair) -> Board:
    """Nodes that carry what lies between F and G."""
    p, q = pair

    def lead(x: FloatArray) -> FloatArray:
        return between(p, q, x)

    marks = sign_changes(lead, quantile_grid(p, q, 400))
    edges = graded(line_edges(p, q), marks)
    training, rough, fine = (_nodes(p, q, edges, order) for order in (10, 14, 20))
    return Board(training, rough, fine)


def between(p: Law1D, q: Law1D, x: FloatArray) -> FloatArray:
    """G − F at points, from the smaller tails."""
    f, g = p.cdf(x), q.cdf(x)
    return np.where(f + g < 1, g - f, p.sf(x) - q.sf(x))


def _nodes(p: Law1D, q: Law1D, edges: list[float], order: int) -> WeightedPoints:
    x, weights = legendre_nodes(edges, order)
    return _carrying(x, torch.from_numpy(between(p, q, x.numpy())) * weights, f"{len(x)} nodes")


def _carrying(x: Tensor, mass: Tensor, origin: str) -> WeightedPoints:
    a, b = mass.clamp(min=0), (-mass).clamp(min=0)
    return WeightedPoints(x[:, None], a, b, a.log() - b.log(), origin).heavier_than(EMPTY)


def slopes_on_samples(game: MetricGame, nodes: Board, x: Tensor, y: Tensor) -> Played:
    """Train slopes on samples; the value is that on rows held out, the lack by the nodes."""
    seen, held, fresh = shared_out(x, y)
    solver = EarlyStopping(SOLVER, sample_points(*held), patience=10)
    fit = train(sample_points(*seen), critic=CRITIC, game=game.slopes, maximiser=solver)
    value = _mean_rise(game, fit.critic, *fresh)
    return Played(fit.critic, value, measure(game.slopes, nodes, fit.critic).lack)


def sample_points(x: Tensor, y: Tensor) -> WeightedPoints:
    """Two nodes for each interval between neighbours of the pooled rows."""
    rows, order = torch.cat([x, y])[:, 0].sort()
    step = torch.cat([x.new_full((len(x),), -1 / len(x)), y.new_full((len(y),), 1 / len(y))])
    lead = step[order].cumsum(0)[:-1]  # G − F on each interval
    nodes, weights = _gauss(rows)
    return _carrying(nodes.reshape(-1), (lead[:, None] * weights).reshape(-1), f"{len(rows)} rows")


def _gauss(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Two Gauss nodes and weights for each interval of sorted rows, (n − 1, 2)."""
    half, middle = 0.5 * rows.diff()[:, None], 0.5 * (rows[1:] + rows[:-1])[:, None]
    signs = torch.tensor([-1.0, 1.0], dtype=rows.dtype) / 3**0.5
    return middle + half * signs, half.expand(-1, 2)


def _mean_rise(game: MetricGame, critic: Critic, x: Tensor, y: Tensor) -> Measured:
    """The mean of T over x less that over y."""
    rows, order = torch.cat([x, y])[:, 0].sort()
    nodes, weights = _gauss(rows)
    slope = game.slopes.on_p(critic(nodes.reshape(-1, 1))).reshape(nodes.shape)
    climbed = torch.cat([rows.new_zeros(1), (slope * weights).sum(1).cumsum(0)])
    t = torch.empty_like(climbed).index_put((order,), climbed).numpy()
    return mean_of_two(t[: len(x)], -t[len(x) :])
