"""Random parameters of finite laws: of every size, with zeros, ones and denormal floats."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

Rng = np.random.Generator


def random_probs(rng: Rng, k: int) -> np.ndarray:
    """Positive numbers of very different sizes, with zeros and denormals."""
    sizes = [lambda: rng.random(), lambda: 10.0 ** -rng.uniform(0, 30)]
    sizes += [lambda: 10.0 ** -rng.uniform(0, 323), lambda: 5e-324, lambda: 0.0]
    w = np.array([sizes[rng.choice(5, p=[0.55, 0.15, 0.1, 0.05, 0.15])]() for _ in range(k)])
    w[rng.integers(k)] += 1.0 if rng.random() < 0.7 else 1e-3
    return w / math.fsum(w)


def random_logs(rng: Rng, k: int) -> np.ndarray:
    """Logits of every size; sometimes −inf."""
    scale = rng.choice([1.0, 10.0, 100.0, 2000.0])
    logs = -scale * rng.random(k)
    logs[rng.random(k) < 0.1] = -math.inf if rng.random() < 0.3 else -1500.0
    logs[rng.integers(k)] = 0.0
    return logs + rng.choice([0.0, 0.0, 5.0, -700.0, 1e4])


def random_p(rng: Rng) -> float:
    """A probability near the middle, or near either end, or at it."""
    kind = rng.choice(6, p=[0.4, 0.15, 0.15, 0.1, 0.1, 0.1])
    values = [rng.random(), 10.0 ** -rng.uniform(1, 20), 1 - 10.0 ** -rng.uniform(1, 15)]
    return float([*values, 10.0 ** -rng.uniform(20, 300), 0.0, 1.0][kind])


def random_logit(rng: Rng) -> float:
    """Log odds up to ±800."""
    return float(rng.normal() * rng.choice([1.0, 10.0, 40.0, 400.0]))


def trials(rng: Rng) -> int:
    return int(rng.choice([1, 3, 20, 100, 400, 5000], p=[0.2, 0.3, 0.2, 0.15, 0.14, 0.01]))


def t64(values: Any) -> torch.Tensor:
    """A float64 tensor."""
    return torch.tensor(np.asarray(values), dtype=torch.float64)


def t32(values: Any) -> tuple[torch.Tensor, np.ndarray]:
    """A float32 tensor, and its values."""
    held = torch.tensor(np.asarray(values), dtype=torch.float32)
    return held, held.double().numpy()
