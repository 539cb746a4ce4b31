"""What a step of likelihood training sees, weighted points, and the step itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.gan.state import in_range
from divkit.types import Tensor

Batches: TypeAlias = Callable[[np.random.Generator], tuple[Tensor, Tensor]]
"""A random state -> points (n, d) and weights (n,) that sum to 1."""


def every_atom(law: FiniteLaw) -> Batches:
    """All atoms of a finite law with their probabilities, each step: the population itself."""
    x = torch.tensor(law.atoms, dtype=torch.float64)
    weight = torch.tensor(law.probs, dtype=torch.float64)
    return lambda rng: (x, weight)


def fresh_draws(law: Law, n: int) -> Batches:
    """New draws of a law at each step, weighted 1/n.

    Raises
    ------
    ValueError
        If n is not positive.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1; got {n!r}.")
    weight = torch.full((n,), 1 / n, dtype=torch.float64)
    return lambda rng: (law.sample(n, rng), weight)


def rows_of(x: Tensor, n: int) -> Batches:
    """Batches of n rows of a sample (m, d), drawn with replacement, weighted 1/n.

    Raises
    ------
    ValueError
        If n is not positive, or the sample is empty.
    """
    if n < 1 or not len(x):
        raise ValueError(f"n must be at least 1 and x not empty; got {n!r} of {len(x)} rows.")
    weight = torch.full((n,), 1 / n, dtype=torch.float64)
    return lambda rng: (x[torch.from_numpy(rng.integers(len(x), size=n))], weight)


def descend(solver: torch.optim.Optimizer, theta: Tensor, loss: Tensor, index: int) -> None:
    """One step of a solver down the loss.

    Raises
    ------
    ArithmeticError
        If the loss, its slope or a parameter after the step leaves the range of the floats.
    """
    _require_in_range("the loss", loss, index)
    (theta.grad,) = torch.autograd.grad(loss, theta)
    _require_in_range("its slope", theta.grad, index)
    solver.step()
    _require_in_range("a parameter", theta, index)


def _require_in_range(what: str, value: Tensor, index: int) -> None:
    if not in_range(value):
        raise ArithmeticError(
            f"step {index}: {what} is not finite, or too large to be squared. The state yielded "
            "before is the last good one; lower the rate."
        )
