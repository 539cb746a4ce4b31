"""The points of a training without a critic, with their weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch

from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.rng import as_generator
from divkit.types import Tensor

Batches: TypeAlias = Callable[[np.random.Generator], tuple[Tensor, Tensor]]
"""A random state -> points (n, d) and weights (n,) that sum to 1."""


def every_atom(law: FiniteLaw) -> Batches:
    """All atoms of a finite law with their probabilities, each step: the population itself.

    >>> import numpy as np
    >>> from divkit import bernoulli
    >>> every_atom(bernoulli(0.25))(np.random.default_rng(0))
    (tensor([[0.],
            [1.]], dtype=torch.float64), tensor([0.7500, 0.2500], dtype=torch.float64))
    """
    x = torch.tensor(law.atoms, dtype=torch.float64)
    weight = torch.tensor(law.probs, dtype=torch.float64)
    return lambda rng: (x, weight)


def fresh_draws(law: Any, n: int) -> Batches:
    """New draws of a law at each step, weighted 1/n.

    Raises
    ------
    ValueError
        If n is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> x, weight = fresh_draws("normal(0, 1)", 4)(np.random.default_rng(0))
    >>> x.shape, weight.tolist()
    (torch.Size([4, 1]), [0.25, 0.25, 0.25, 0.25])
    """
    if n < 1:
        raise ValueError(f"n must be at least 1; got {n!r}.")
    weight = torch.full((n,), 1 / n, dtype=torch.float64)
    read = as_law(law)
    return lambda rng: (read.sample(n, rng), weight)


def rows_of(x: Tensor, n: int) -> Batches:
    """Batches of n rows of a sample (m, d), drawn with replacement, weighted 1/n.

    Raises
    ------
    ValueError
        If n is not positive, or the sample is empty.

    Examples
    --------
    >>> import numpy as np, torch
    >>> x, weight = rows_of(torch.zeros(9, 2), 4)(np.random.default_rng(0))
    >>> x.shape
    torch.Size([4, 2])
    """
    if n < 1 or not len(x):
        raise ValueError(f"n must be at least 1 and x not empty; got {n!r} of {len(x)} rows.")
    weight = torch.full((n,), 1 / n, dtype=torch.float64)
    return lambda rng: (x[torch.from_numpy(rng.integers(len(x), size=n))], weight)


def fixed_sample(p: Law, n: int, seed: int) -> Tensor:
    """n points of a law (n, d), drawn once for a member's training, from a stream of its seed.

    Raises
    ------
    ValueError
        If n is not positive.
    """
    if n < 1:
        raise ValueError(f"data must be at least 1 point; got {n}.")
    return p.sample(n, as_generator(seed).spawn(3)[2])


@dataclass(frozen=True, eq=False)
class PointBatch:
    """Points that a step of a system sees.

    Attributes
    ----------
    x, weight : points (n, d), and weights (n,) that sum to 1.
    noise : for their codes, (K, n, k).
    """

    x: Tensor
    weight: Tensor
    noise: Tensor
