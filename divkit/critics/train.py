"""Maximising an objective over a critic's parameters: L-BFGS and Adam as frozen values."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from divkit.critics.objective import Objective
from divkit.types import Tensor


class DivergedError(ValueError):
    """Training met a value that is not finite; the message says where and what to do."""


@dataclass(frozen=True)
class Training:
    """What training left behind.

    Attributes
    ----------
    value : the objective at the end, without the penalty.
    slope : largest partial derivative at the end, of the penalised objective.
    steps : evaluations of the objective.
    """

    value: float
    slope: float
    steps: int


@dataclass(frozen=True)
class LBFGS:
    """Maximise V − penalty · |weights|² by L-BFGS with strong Wolfe line search.

    Attributes
    ----------
    steps : most iterations.
    penalty : of the weights' squares (biases are free).
    tolerance : stops when every partial derivative is smaller.
    """

    steps: int = 300
    penalty: float = 0.0
    tolerance: float = 1e-9

    def __call__(self, critic: nn.Module, objective: Objective) -> Training:
        """Train in place.

        Raises
        ------
        DivergedError
            If the objective is not finite at some step.
        """
        parameters = list(critic.parameters())
        optimiser = torch.optim.LBFGS(
            parameters,
            max_iter=self.steps,
            tolerance_grad=self.tolerance,
            tolerance_change=1e-14,
            history_size=20,
            line_search_fn="strong_wolfe",
        )
        closure, count = _closure(critic, objective, self.penalty)
        optimiser.step(closure)
        return _summary(critic, objective, closure, count)


@dataclass(frozen=True)
class Adam:
    """Maximise V − penalty · |weights|² by Adam on the whole objective at each step."""

    steps: int = 1000
    rate: float = 0.01
    penalty: float = 0.0

    def __call__(self, critic: nn.Module, objective: Objective) -> Training:
        """Train in place (see `LBFGS`)."""
        optimiser = torch.optim.Adam(critic.parameters(), lr=self.rate)
        closure, count = _closure(critic, objective, self.penalty)
        for _ in range(self.steps):
            closure()
            optimiser.step()
        return _summary(critic, objective, closure, count)


def _closure(
    critic: nn.Module, objective: Objective, penalty: float
) -> tuple[Callable[[], float], list[int]]:
    parameters = list(critic.parameters())
    count = [0]

    def closure() -> float:
        for parameter in parameters:
            parameter.grad = None
        loss = -objective(critic) + penalty * _squares(parameters)
        count[0] += 1
        if not math.isfinite(loss.item()):
            raise DivergedError(
                f"the objective is {loss.item()} at evaluation {count[0]}; "
                "lower the step, or standardise the points."
            )
        loss.backward()
        return loss.item()

    return closure, count


def _squares(parameters: list[nn.Parameter]) -> Tensor:
    total = torch.zeros((), dtype=torch.float64)
    for parameter in parameters:
        if parameter.ndim > 1:
            total = total + parameter.square().sum()
    return total


def _summary(
    critic: nn.Module, objective: Objective, closure: Callable[[], float], count: list[int]
) -> Training:
    closure()
    slopes = [float(p.grad.abs().max()) for p in critic.parameters() if p.grad is not None]
    with torch.no_grad():
        value = float(objective(critic))
    return Training(value, max(slopes), count[0])
