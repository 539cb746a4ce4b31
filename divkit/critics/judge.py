r"""How far a critic is from the best one, measured with the known densities.

The judge works on nodes that no critic was trained on: two orders of a rule on the panels of the
line or the boxes of the plane and of space, whose differences, summed over panels, are the error;
the atoms of finite laws; and independent draws of m = (p+q)/2 beyond, whose spread is the error.
`judges` makes two such sets that share no node: what one says of a critic the other can refute.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import torch

from divkit.critics.gap import pointwise_gap
from divkit.critics.points import WeightedPoints
from divkit.critics.population import (
    LIGHT,
    Nodes,
    atoms,
    boxes,
    cell_nodes,
    line_nodes,
    mixture_points,
)
from divkit.distributions.base import Law, Law1D
from divkit.distributions.support import Atoms
from divkit.games import Game
from divkit.rng import RandomState, as_generator
from divkit.types import Critic, Kind, Tensor

_ORDERS = {1: ((16, 25), (14, 21)), 2: ((9, 14), (8, 13)), 3: ((5, 8), (4, 7))}
_BLOCK = 2**15
_ROUNDING = 8 * sys.float_info.epsilon


@dataclass(frozen=True)
class Verdict:
    """What a judge found; each number with its error, of the kind that `kind` says.

    Attributes
    ----------
    value : V(D), nats.
    gap : V(D*) − V(D) by the integral of pointwise losses.
    l2 : root of E_m (D − D*)², D = σ(critic's output).
    sup : largest |D − D*| at the nodes of mass above 1e-12 (a lower bound of the supremum).
    """

    value: float
    value_error: float
    gap: float
    gap_error: float
    l2: float
    sup: float
    nodes: int
    kind: Kind = "quadrature"


@dataclass(frozen=True, eq=False)
class Judge:
    """A set of nodes; called with a critic it returns a Verdict."""

    game: Game
    fine: Nodes
    rough: Nodes | None
    kind: Kind

    def __call__(self, critic: Critic) -> Verdict:
        """Measure a critic on these nodes."""
        rows, sup = _integrals(self.fine.points, critic, self.game)
        value, gap, squared, size = rows.sum(0).tolist()
        error = self._error(rows, critic) + _ROUNDING * size
        nodes = len(self.fine.points)
        l2 = math.sqrt(squared)
        return Verdict(value, float(error[0]), gap, float(error[1]), l2, sup, nodes, self.kind)

    def _error(self, rows: Tensor, critic: Critic) -> Tensor:
        if self.rough is not None:
            rough, _ = _integrals(self.rough.points, critic, self.game)
            away = (_by_cell(rows, self.fine) - _by_cell(rough, self.rough)).abs().sum(0)
            return away + self._lack(rows)
        if self.kind == "closed form":
            return torch.zeros(4).to(rows)
        halves = rows.split(len(rows) // 2)
        return torch.stack([half.var(0) * len(half) for half in halves]).sum(0).sqrt()

    def _lack(self, rows: Tensor) -> Tensor:
        """The mass that the nodes miss, at the dearest price that is paid at one of them."""
        points = self.fine.points
        lack = float((points.p_weight.sum() - 1).abs() + (points.q_weight.sum() - 1).abs())
        heavy = points.weight > LIGHT
        return lack * (rows[heavy] / points.weight[heavy, None]).abs().amax(0)


def judges(
    p: Law, q: Law, game: Game, *, draws: int = 2**17, rng: RandomState = 1
) -> tuple[Judge, Judge]:
    """Two judges of critics for laws that enter the game, with no node in common.

    Of finite laws both sum over the same atoms: that sum is the expectation itself.
    """
    if isinstance(p.support, Atoms) and isinstance(q.support, Atoms):
        both = atoms(p, q)
        one = Judge(game, _loose(both), None, "closed form")
        return one, one
    if isinstance(p, Law1D) and isinstance(q, Law1D):
        a, b = ([line_nodes(p, q, k) for k in orders] for orders in _ORDERS[1])
        return Judge(game, a[1], a[0], "quadrature"), Judge(game, b[1], b[0], "quadrature")
    if p.dim <= 3 and (cells := boxes(p, q, 1e-9, 3_000_000)) is not None:
        a, b = ([cell_nodes(p, q, cells, k) for k in orders] for orders in _ORDERS[p.dim])
        return Judge(game, a[1], a[0], "quadrature"), Judge(game, b[1], b[0], "quadrature")
    streams = as_generator(rng).spawn(2)
    first, second = (
        Judge(game, _loose(mixture_points(p, q, draws, s, sobol=False)), None, "standard error")
        for s in streams
    )
    return first, second


def judge(
    p: Law, q: Law, critic: Critic, game: Game, *, draws: int = 2**17, rng: RandomState = 1
) -> Verdict:
    """Measure a critic against the best one on nodes of the judge's own."""
    return judges(*game.arena.laws(p, q), game, draws=draws, rng=rng)[0](critic)


def _loose(points: WeightedPoints) -> Nodes:
    return Nodes(points, torch.zeros(len(points), dtype=torch.long), 1)


def _by_cell(rows: Tensor, nodes: Nodes) -> Tensor:
    return rows.new_zeros(nodes.cells, rows.shape[1]).index_add_(0, nodes.cell, rows)


def _integrals(points: WeightedPoints, critic: Critic, game: Game) -> tuple[Tensor, float]:
    """Rows of (value, gap, squared distance, size of the terms) a point, and sup |D − D*|."""
    rows, sup = [], 0.0
    for part in points.blocks(_BLOCK):
        if part.log_ratio is None:
            raise ValueError("a judge needs points whose log ratio is known.")
        with torch.no_grad():
            f = critic(part.x)
        away = (torch.sigmoid(f) - torch.sigmoid(game.optimal(part.log_ratio))).abs()
        rows.append(_integrands(game, part, part.log_ratio, f, away))
        heavy = away[part.weight > LIGHT]
        sup = max(sup, float(heavy.max()) if len(heavy) else 0.0)
    return torch.cat(rows), sup


def _integrands(
    game: Game, points: WeightedPoints, ratio: Tensor, f: Tensor, away: Tensor
) -> Tensor:
    a, b, zero = points.p_weight, points.q_weight, torch.zeros_like(f)
    on_p = torch.where(a > 0, a * game.on_p(f), zero)
    on_q = torch.where(b > 0, b * game.on_q(f), zero)
    lack = pointwise_gap(game, ratio, f, a, b)
    terms = on_p.abs() + on_q.abs()
    return torch.stack([on_p + on_q, lack, 0.5 * (a + b) * away**2, terms], dim=-1)
