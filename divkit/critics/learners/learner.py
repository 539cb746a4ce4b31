"""The floor of all learners: rows of two laws in, a critic of new rows out.

A learner sees P and Q with the weight of one half each, whatever the sizes of the samples, so that
its logit estimates log p − log q. Its rows are of random order: of many, the first are a sample.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch

from divkit.types import Critic, FloatArray, Tensor

Logit: TypeAlias = Callable[[FloatArray], FloatArray]
"""Rows (k, d) ↦ logits (k,)."""


class CriticLearner(ABC):
    """A frozen description of how a critic is made of rows; its repr names it.

    Examples
    --------
    >>> import torch
    >>> from divkit.critics.learners import CellCounts
    >>> critic = CellCounts()(torch.zeros(6, 1), torch.ones(6, 1))
    >>> critic(torch.tensor([[0.0], [1.0]])).sign()
    tensor([ 1., -1.], dtype=torch.float64)
    """

    @abstractmethod
    def logit(self, x: FloatArray, y: FloatArray) -> Logit:
        """Return the logit learnt from x (n, d) of P and y (m, d) of Q."""

    @abstractmethod
    def suits(self, x: FloatArray, y: FloatArray) -> bool:
        """Say whether there is anything in rows x (n, d) and y (m, d) for this class to learn."""

    def __call__(self, x: Tensor, y: Tensor) -> Critic:
        """Return the critic learnt from x (n, d) of P and y (m, d) of Q."""
        logit = self.logit(x.detach().cpu().numpy(), y.detach().cpu().numpy())

        def critic(points: Tensor) -> Tensor:
            found = np.asarray(logit(points.detach().cpu().numpy()), dtype=float)
            return torch.from_numpy(found)

        return critic


def labelled(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return all rows (N, d), their signs ±1 and weights (N,), half of N for either law."""
    n, m = len(x), len(y)
    sign = np.concatenate([np.ones(n), -np.ones(m)])
    half = 0.5 * (n + m)
    return np.concatenate([x, y]), sign, np.where(sign > 0, half / n, half / m)
