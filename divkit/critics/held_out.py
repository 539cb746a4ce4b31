r"""The value of a critic on samples it has not seen; its interval assumes nothing of P, Q.

For Z_1, …, Z_n independent in an interval of length R, with sample variance S² (divisor n − 1),

    |mean − E Z| ≤ √(2 S² log(2/δ)/n) + 7 R log(2/δ) / (3 (n − 1))

on either side with probability at least 1 − δ (Maurer and Pontil 2009, theorem 4). V(D) is a sum
of two means and has four such sides, each with δ = (1 − level)/4. For a critic bounded by B the
payoffs log σ(±c) range over an interval of length exactly B. Since V(D) ≤ −2 log 2 + 2 JSD for
every D that was fixed before the points were drawn, the lower end bounds the JSD from below.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import torch

from divkit.games import GAN
from divkit.results import Result
from divkit.types import Critic, Tensor


@dataclass(frozen=True)
class Bounded:
    """The critic B tanh(c/B): log σ(±) of it ranges over an interval of length B.

    Raises
    ------
    ValueError
        If the bound is not positive.
    """

    critic: Critic
    bound: float = 12.0

    def __post_init__(self) -> None:
        if not 0 < self.bound < math.inf:
            raise ValueError(f"bound must be in (0, inf); got {self.bound!r}.")

    def __call__(self, x: Tensor) -> Tensor:
        """Logits (n,) in (−bound, bound) at points (n, d)."""
        return self.bound * torch.tanh(self.critic(x) / self.bound)


def held_out_value(critic: Bounded, x: Tensor, y: Tensor, level: float = 0.99) -> Result:
    """Estimate the GAN value V(D) of a critic from fresh samples x (n, d) of P and y (m, d) of Q.

    Raises
    ------
    ValueError
        If a sample has fewer than two rows, or level is not in (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1); got {level!r}.")
    if min(len(x), len(y)) < 2:
        raise ValueError(f"both samples need two rows or more; got {len(x)} and {len(y)}.")
    start = time.perf_counter()
    with torch.no_grad():
        on_p, on_q = GAN.on_p(critic(x)), GAN.on_q(critic(y))
    value = float(on_p.mean() + on_q.mean())
    delta = (1 - level) / 4
    half = _half_width(on_p, critic.bound, delta) + _half_width(on_q, critic.bound, delta)
    spread = math.sqrt(float(on_p.var()) / len(x) + float(on_q.var()) / len(y))
    return Result(
        value,
        spread,
        "standard error",
        (value - half, value + half),
        level,
        f"held_out_value(level={level!r})",
        {"n": len(x), "m": len(y), "seconds": time.perf_counter() - start},
        "gan value of this critic",
    )


def _half_width(z: Tensor, span: float, delta: float) -> float:
    n, words = len(z), math.log(2 / delta)
    return math.sqrt(2 * float(z.var()) * words / n) + 7 * span * words / (3 * (n - 1))
