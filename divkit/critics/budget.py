r"""Where every nat of the gap went: approximation + optimisation + estimation.

With F the class of critics, f_F its best member on the population, f_m its best on the m points
trained on, and f̂ what training returned, all judged on the population with known densities,

    V* − V(f̂) = [V* − V(f_F)] + [V(f_F) − V(f_m)] + [V(f_m) − V(f̂)]
                 approximation     estimation        optimisation

(Bottou, Bousquet 2008, equation 3). f_F and f_m are found by Levenberg–Marquardt from several
starts, f̂ among them, so that approximation is an upper bound of the true one for a network, and
exact for a class that is linear in its parameters. Early stopping can make the optimisation part
negative: the maximiser of the sample is then worse than what was returned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.model import Model
from divkit.critics.payoff import value
from divkit.critics.points import WeightedPoints
from divkit.games import Game
from divkit.types import Tensor


@dataclass(frozen=True)
class Budget:
    """The parts of V* − V(f̂) in nats; they sum to it by construction, `gap` is measured apart."""

    approximation: float
    estimation: float
    optimisation: float

    @property
    def total(self) -> float:
        """The sum of the parts."""
        return self.approximation + self.estimation + self.optimisation


def best_of_class(
    model: Model,
    points: WeightedPoints,
    game: Game,
    starts: Tensor,
    solver: LevenbergMarquardt,
) -> Tensor:
    """The best parameters (P,) on these points that the solver finds from the starts (E, P)."""
    found, reached = starts[0], -np.inf
    for start in starts:
        theta = start
        for step in solver(model, points, game, start):
            theta = step.best
        with torch.no_grad():
            v = float(value(game, model.logits(theta, points.x), points.p_weight, points.q_weight))
        if v > reached:
            found, reached = theta, v
    return found
