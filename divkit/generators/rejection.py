r"""Rejection by the discriminator: draws of the generator, thinned into draws of the data's law.

A draw x of q is kept with probability

    D*(x) / (M (1 − D*(x))) = p(x)/(M q(x)),   M = sup p/q,

so that kept draws have density q·p/(Mq) = p/M: the overall rate is 1/M and the output follows p
exactly (von Neumann 1951; for GANs, Azadi and others 2019, section 3.1). With a trained critic in
place of log p − log q the output follows q e^{critic}, renormalised.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from divkit.distributions.adapt import as_laws, settle
from divkit.distributions.base import Law, finite
from divkit.rng import RandomState, as_generator
from divkit.types import Critic, Tensor


@dataclass(frozen=True, eq=False)
class Rejection:
    """Draws of q, thinned by a critic.

    Attributes
    ----------
    generator : the law q whose draws are thinned.
    critic : points (n, d) -> logits (n,) of the discriminator, log p − log q.
    log_bound : log M; no logit may exceed it.

    Raises
    ------
    ValueError
        If log_bound is not finite.

    Examples
    --------
    >>> import math
    >>> from divkit import Uniform
    >>> thinned = Rejection(Uniform(0, 1), lambda x: x[:, 0].log(), log_bound=0.0)
    >>> thinned.keep_probability(torch.tensor([[0.25], [1.0]]))
    tensor([0.2500, 1.0000])
    """

    generator: Law
    critic: Critic
    log_bound: float

    def __post_init__(self) -> None:
        settle(self, "generator")
        finite("log_bound", self.log_bound)

    def keep_probability(self, x: Tensor) -> Tensor:
        """D/(M(1 − D)) = e^{logit}/M at points (n, d).

        Raises
        ------
        ValueError
            If a logit exceeds log M, by more than rounding: the output would not follow p.
        """
        over = self.critic(x) - self.log_bound
        worst = int(over.argmax())
        if float(over[worst]) > 1e-12:
            raise ValueError(
                f"the critic exceeds log_bound = {self.log_bound!r} by {float(over[worst]):.3g} "
                f"at {x[worst].tolist()}; pass the supremum of log p − log q."
            )
        return over.exp()

    def batches(self, n: int, rng: RandomState = None) -> Iterator[Tensor]:
        """Yield what is kept of n draws of q, and again, without end."""
        source = as_generator(rng)
        while True:
            x = self.generator.sample(n, source)
            yield x[torch.from_numpy(source.random(n)) < self.keep_probability(x)]

    def sample(self, n: int, rng: RandomState = None) -> Tensor:
        """n kept draws, (n, d): about n·M draws of q are made."""
        kept: list[Tensor] = []
        for batch in self.batches(max(n, 1), rng):
            kept.append(batch)
            if sum(map(len, kept)) >= n:
                break
        return torch.cat(kept)[:n]


def best_rejection(p: Any, q: Any, log_bound: float) -> Rejection:
    """Return rejection by the best discriminator, whose logit is log p − log q.

    >>> kept = best_rejection("normal(0, 1)", "normal(0, 2)", log_bound=0.7)
    >>> kept.sample(5, rng=0).shape
    torch.Size([5, 1])
    """
    one, other = as_laws(p, q)

    def logit(x: Tensor) -> Tensor:
        found: Tensor = one.log_prob(x) - other.log_prob(x)
        return found

    return Rejection(other, logit, log_bound)
