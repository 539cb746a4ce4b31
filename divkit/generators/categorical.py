r"""A finite law with trainable probabilities: E_G f = Σ_k p_k f(a_k), with no noise at all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.generators.generator import one_member
from divkit.generators.noise import Line
from divkit.rng import RandomState
from divkit.types import Tensor


@dataclass(frozen=True)
class CategoricalGenerator:
    """P(x = a_k) = softmax(θ)_k on fixed atoms.

    Parameters
    ----------
    atoms : K distinct finite points (K, d), or (K,) on the line.

    Raises
    ------
    ValueError
        If the atoms are not distinct finite points of one dimension.

    Examples
    --------
    >>> import torch
    >>> generator = CategoricalGenerator(((0.0,), (1.0,)))
    >>> generator.law(torch.zeros(2, dtype=torch.float64)).probs
    (0.5, 0.5)
    """

    atoms: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        count = len(self.atoms)
        even = FiniteLaw(self.atoms, (1 / count,) * count if count else ())
        object.__setattr__(self, "atoms", even.atoms)

    @property
    def latent(self) -> Law:
        """Uniform on (0, 1), whose quantile transform would draw an atom; `push` needs none."""
        return Uniform(0.0, 1.0)

    @property
    def dim(self) -> int:
        """Number of coordinates of an atom."""
        return len(self.atoms[0])

    @property
    def size(self) -> int:
        """Number of atoms K."""
        return len(self.atoms)

    @cached_property
    def _points(self) -> Tensor:
        return torch.tensor(self.atoms, dtype=torch.float64)

    def start(self, rng: np.random.Generator) -> Tensor:
        """Logits N(0, 1)."""
        return torch.from_numpy(rng.normal(size=self.size))

    def draw(self, n: int, rng: RandomState) -> Tensor:
        """No noise, (n, 0): the atoms and their probabilities are the expectation itself."""
        if n < 1:
            raise ValueError(f"n must be at least 1; got {n!r}.")
        return torch.empty(n, 0, dtype=torch.float64)

    def nodes(self, line: Line) -> tuple[Tensor, Tensor]:
        """No noise, whose mass is 1."""
        return self.draw(1, 0), torch.ones(1, dtype=torch.float64)

    def push(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """All atoms (..., K, d), and their probabilities (..., K)."""
        probs = theta.softmax(-1)
        return self._points.to(theta).expand(*probs.shape, self.dim), probs

    def log_density(self, theta: Tensor, x: Tensor) -> Tensor:
        """log P(X = x) at atoms x (n, d), for θ (P,); −inf elsewhere."""
        which = self.law(theta).index(x)
        logs = theta.log_softmax(-1)[which.clamp(min=0)]
        return torch.where(which >= 0, logs, -math.inf)

    def law(self, theta: Tensor) -> FiniteLaw:
        """The finite law."""
        return FiniteLaw.from_logs(self.atoms, one_member(theta.double(), self.size).tolist())
