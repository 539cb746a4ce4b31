r"""The JSD between a known density p and a generator that has only samples.

The critic is log p − log q̂, with q̂(x) = (k − 1)/(n |B_k(x)|) from the ball that reaches the k-th
nearest of n fakes. On fresh points its value V(D̂) is at most −2 log 2 + 2 JSD in the mean, so that
½V + log 2 falls short of JSD; on the n fakes themselves, each of which then is one of its own
neighbours, the same value exceeds it by as much in first order, as for every fitted critic. The
estimate is the mean of the two, and its interval reaches from the lower end of one to the upper
end of the other. What a ball blurs (p and q that change within it) still lowers both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy import special
from scipy.spatial import cKDTree

from divkit.distributions.base import Law
from divkit.divergences.stable import LOG2
from divkit.results import Result, z_of
from divkit.types import FloatArray, Tensor

Sampler = Callable[[int, np.random.Generator], Tensor]


@dataclass(frozen=True)
class NeighbourJS:
    """JSD of a law with a density and a sampler.

    Parameters
    ----------
    fakes : n, from which q̂ is made.
    fresh : points of each law on which the critic is judged.
    k : neighbours.
    level : of the interval.

    Raises
    ------
    ValueError
        If k is not in 2 … fakes.
    """

    fakes: int = 20_000
    fresh: int = 5_000
    k: int = 40
    level: float = 0.95

    def __post_init__(self) -> None:
        if not 2 <= self.k <= self.fakes:
            raise ValueError(f"k must be in 2 … fakes = {self.fakes}; got {self.k!r}.")

    def __call__(self, p: Law, q: Sampler, rng: np.random.Generator) -> Result:
        """Estimate JSD(p‖q), nats."""
        x = p.sample(self.fresh, rng)
        known = q(self.fakes, rng).double().numpy()
        tree = cKDTree(known)
        on_x = self._paid(p, tree, x, 1.0)
        unseen = self._paid(p, tree, q(self.fresh, rng).double(), -1.0)
        seen = self._paid(p, tree, torch.from_numpy(known[: self.fresh]), -1.0)
        low, high = (0.5 * (on_x.mean() + side.mean()) + LOG2 for side in (unseen, seen))
        error = 0.5 * math.sqrt((on_x.var() + unseen.var()) / self.fresh)
        width = z_of(self.level) * error
        return Result(
            float(0.5 * (low + high)),
            float(error),
            "standard error",
            (float(min(low, high) - width), float(max(low, high) + width)),
            self.level,
            repr(self),
            {"held_out": float(low), "in_sample": float(high), "estimate": True},
            "js",
        )

    def _paid(self, p: Law, tree: cKDTree, x: Tensor, sign: float) -> FloatArray:
        """log D̂ (sign 1) or log(1 − D̂) (sign −1) at points."""
        dim = x.shape[-1]
        reach = tree.query(x.numpy(), k=[self.k])[0][:, 0]
        with np.errstate(divide="ignore"):  # where k fakes are one atom, q̂ is infinite
            size = np.log(reach)
        ball = dim * size + 0.5 * dim * math.log(math.pi) - math.lgamma(0.5 * dim + 1)
        log_q = math.log((self.k - 1) / self.fakes) - ball
        return np.asarray(special.log_expit(sign * (p.log_prob(x).numpy() - log_q)))
