r"""Account of every nat of the gap: approximation + estimation + optimisation.

With F the class of critics, f_F its best member on the population, f_m its best on the m points
trained on, and f̂ what training returned,

    V* − V(f̂) = [V* − V(f_F)] + [V(f_F) − V(f_m)] + [V(f_m) − V(f̂)]
                 approximation     estimation        optimisation

(Bottou, Bousquet 2008, equation 3). Where a judge's nodes follow every critic, on the line and on
atoms, V* comes from the exact engine and the V's from one judge; the gap that they must sum to is
the integral of pointwise losses on another judge's nodes. Elsewhere no two sets of nodes agree on
a steep critic to 1e-9; there the parts and the gap that they sum to are integrals of pointwise
losses on the same nodes, which the other judge's gap can refute within `gap_error`.

f_F and f_m are found by Levenberg–Marquardt from f̂, f_F from a fresh start too, whatever
maximiser trained f̂; a start from which V is not finite is left out. For a class that is linear in
its parameters that is the best; for a network, the best found, so that approximation is an upper
bound of the true one. Early stopping can make the optimisation part negative: the maximiser on the
sample is then worse than what was returned.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import torch

from divkit.critics.judge_nodes import Judge, Verdict
from divkit.critics.model import LinearModel, Model, TrainedCritic
from divkit.critics.payoff import value
from divkit.critics.points import WeightedPoints
from divkit.critics.steps import DivergedError, Maximiser
from divkit.critics.training import Trained, starts
from divkit.games import Game
from divkit.types import Tensor

_FRESH = 12345
_ROUNDING = 8 * sys.float_info.epsilon


@dataclass(frozen=True)
class Budget:
    """The parts of V* − V(f̂) in nats, and the gap that was measured apart.

    Attributes
    ----------
    approximation, estimation, optimisation : see the module.
    gap : V* − V(f̂) as the integral of pointwise losses: on other nodes on the line, on those of
        the parts beyond (see the module).
    error : what the sum of the parts and the gap may differ by, of the judges' own errors.
    gap_error : how far the sum of the parts may be from V* − V(f̂); a standard error beyond three
        dimensions.

    Examples
    --------
    >>> from divkit import maximise_value
    >>> fit = maximise_value("normal(0, 1)", "normal(1, 1)", critic="linear")
    >>> fit.diagnostics["budget"].gap < 1e-12
    True
    """

    approximation: float
    estimation: float
    optimisation: float
    gap: float
    error: float
    gap_error: float

    @property
    def total(self) -> float:
        """The sum of the parts."""
        return self.approximation + self.estimation + self.optimisation

    def to_dict(self) -> dict[str, float]:
        """The parts, their sum, the gap and the error by name."""
        parts = ("approximation", "estimation", "optimisation", "total")
        return {name: getattr(self, name) for name in (*parts, "gap", "error", "gap_error")}


@dataclass(frozen=True, eq=False)
class Account:
    """Ingredients of a budget: the training, the population, V*, and the judge of the parts."""

    trained: Trained
    population: WeightedPoints
    game: Game
    star: float
    star_error: float
    judge: Judge
    solver: Maximiser

    def budget(self, verdict: Verdict) -> Budget:
        """Split the gap of the other judge's verdict."""
        model, theta = self.trained.critic.model, self.trained.critic.theta
        here, best = self._lack(model, theta), self._best(self.population, self._starts())
        if self.trained.points is self.population:
            own = best = min(here, best)
        else:
            own = self._best(self.trained.points, theta[None])
            best = min(here, best, own)
        parts = (best[0], own[0] - best[0], here[0] - own[0])
        rounding = _ROUNDING * max(map(abs, (*parts, here[0])))
        if self.judge.resolves:
            error = here[1] + verdict.gap_error + rounding
            return Budget(*parts, verdict.gap, error, here[1])
        return Budget(*parts, here[0], rounding, here[1])

    def _starts(self) -> Tensor:
        """f̂ and a fresh start (E, P), of those from which V is finite on the population.

        From f̂ alone a class that is linear in its parameters finds its best.
        """
        model, theta = self.trained.critic.model, self.trained.critic.theta
        fresh = starts(model, (_FRESH,)).to(theta)
        begin = torch.cat([theta[None], fresh])
        on, game = self.population, self.game
        values = value(game, model.logits(begin, on.x), on.p_weight, on.q_weight)
        good = begin[values.isfinite()] if bool(values.isfinite().any()) else begin
        return good[:1] if isinstance(model, LinearModel) else good

    def _lack(self, model: Model, theta: Tensor) -> tuple[float, float]:
        """V* − V of these parameters, with its error."""
        verdict = self.judge(TrainedCritic(model, theta))
        if not self.judge.resolves:
            return verdict.gap, verdict.gap_error
        return self.star - verdict.value, self.star_error + verdict.value_error

    def _best(self, points: WeightedPoints, begin: Tensor) -> tuple[float, float]:
        model = self.trained.critic.model
        return self._lack(model, best_of_class(model, points, self.game, begin, self.solver))


def best_of_class(
    model: Model, points: WeightedPoints, game: Game, begin: Tensor, solver: Maximiser
) -> Tensor:
    """The best parameters (P,) on these points that the solver finds from the starts (E, P).

    A search that diverges counts with its last good state.
    """
    ends: list[Tensor] = []
    for start in begin:
        theta = start
        try:
            for step in solver(model, points, game, start):
                theta = step.best
        except DivergedError as error:
            theta = start if error.last is None else error.last.best
        ends.append(theta)
    every = model.logits(torch.stack(ends), points.x)
    values = value(game, every, points.p_weight, points.q_weight)
    return ends[int(values.argmax())]
