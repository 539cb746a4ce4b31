r"""A judge on fixed nodes: V(D), its gap to the best, and how far D is from D*, with their errors.

Two orders of a rule on the same panels or boxes differ by less than the rough one's error, which
is what is reported, panel by panel; draws of m = (p+q)/2 report their spread; a sum over all atoms
is exact.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Protocol

import torch

from divkit.critics.gap import pointwise_gap
from divkit.critics.payoff import payoffs
from divkit.critics.points import WeightedPoints
from divkit.critics.population import LIGHT, CellNodes
from divkit.games import Game
from divkit.types import CLOSED_FORM, Critic, Kind, Tensor

_BLOCK = 2**15
_ROUNDING = 8 * sys.float_info.epsilon


@dataclass(frozen=True)
class Verdict:
    """A judge's measures of a critic, each with its error, of the kind that `kind` says.

    Attributes
    ----------
    value : V(D), nats.
    gap : V(D*) − V(D) by the integral of pointwise losses.
    l2 : root of E_m (D − D*)², D = σ(critic's output).
    sup : largest |D − D*| at the nodes of mass above 1e-12 (a lower bound of the supremum).

    Examples
    --------
    >>> from divkit import critics, games
    >>> coin = lambda x: 0 * x[:, 0]
    >>> verdict = critics.judge("normal(0, 1)", "normal(1, 1)", coin, games.GAN)
    >>> round(verdict.gap, 9), verdict.kind
    (0.222842964, 'quadrature')
    """

    value: float
    value_error: float
    gap: float
    gap_error: float
    l2: float
    sup: float
    nodes: int
    kind: Kind = "quadrature"


class Judge(Protocol):
    """Called with a critic it returns a Verdict, whose errors are of its `kind`.

    >>> from divkit import Normal
    >>> from divkit.critics.judging import judges
    >>> from divkit.games import GAN
    >>> judge: Judge = judges(Normal(0, 1), Normal(1, 1), GAN)[0]
    >>> verdict = judge(lambda x: 0.5 - x[:, 0])  # the best critic, which lacks nothing
    >>> verdict.gap < 1e-12
    True
    """

    @property
    def kind(self) -> Kind:
        """The kind of the errors."""
        ...

    @property
    def resolves(self) -> bool:
        """True where the nodes follow every critic, so that two judges agree on it."""
        ...

    def __call__(self, critic: Critic) -> Verdict:
        """Measure a critic."""
        ...


@dataclass(frozen=True, eq=False)
class NodeJudge:
    """Fixed nodes, and rougher ones of the same cells where the rule has two orders."""

    game: Game
    fine: CellNodes
    rough: CellNodes | None
    kind: Kind

    @property
    def resolves(self) -> bool:
        """A sum over all atoms does."""
        return self.kind == CLOSED_FORM

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
        if self.resolves:
            return torch.zeros(4).to(rows)
        halves = rows.split(len(rows) // 2)
        return torch.stack([half.var(0) * len(half) for half in halves]).sum(0).sqrt()

    def _lack(self, rows: Tensor) -> Tensor:
        """The mass that the nodes miss, at the dearest price that is paid at one of them."""
        points = self.fine.points
        lack = float((points.p_weight.sum() - 1).abs() + (points.q_weight.sum() - 1).abs())
        heavy = points.weight > LIGHT
        return lack * (rows[heavy] / points.weight[heavy, None]).abs().amax(0)


_FAR = 1e30
_FAR_OUT = (
    " Tails so heavy reach to where powers of x and their differences overflow: take a critic "
    "that stays bounded, such as critic='kernel', or map both laws by "
    "an increasing function such as arcsinh, which changes no f-divergence."
)


def seen(critic: Critic, x: Tensor, heavy: Tensor) -> Tensor:
    """A critic's outputs (n,) at x (n, d).

    Raises
    ------
    ValueError
        If one is NaN where `heavy` (n,) says that a law has mass.
    """
    with torch.no_grad():
        f = critic(x)
    bad = f.isnan() & heavy
    if bool(bad.any()):
        at = x[int(bad.nonzero()[0])].tolist()
        raise ValueError(
            f"the critic is NaN at {at}, where a law has mass; it must be a number there."
            f"{_FAR_OUT if max(map(abs, at)) > _FAR else ''}"
        )
    return f


def _by_cell(rows: Tensor, nodes: CellNodes) -> Tensor:
    return rows.new_zeros(nodes.cells, rows.shape[1]).index_add_(0, nodes.cell, rows)


def _integrals(points: WeightedPoints, critic: Critic, game: Game) -> tuple[Tensor, float]:
    """Rows of (value, gap, squared distance, size of the terms) a point, and sup |D − D*|."""
    rows, sup = [], 0.0
    for part in points.blocks(_BLOCK):
        if part.log_ratio is None:
            raise ValueError("a judge needs points whose log ratio is known.")
        f = seen(critic, part.x, part.weight > 0)
        away = (torch.sigmoid(f) - torch.sigmoid(game.optimal(part.log_ratio))).abs()
        rows.append(_integrands(game, part, part.log_ratio, f, away))
        heavy = away[part.weight > LIGHT]
        sup = max(sup, float(heavy.max()) if len(heavy) else 0.0)
    return torch.cat(rows), sup


def _integrands(
    game: Game, points: WeightedPoints, ratio: Tensor, f: Tensor, away: Tensor
) -> Tensor:
    a, b = points.p_weight, points.q_weight
    both = payoffs(game, f, a, b)
    lack = pointwise_gap(game, ratio, f, a, b)
    return torch.stack([both.sum(0), lack, 0.5 * (a + b) * away**2, both.abs().sum(0)], dim=-1)
