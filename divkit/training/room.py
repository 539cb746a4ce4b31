"""The memory that a training takes, estimated from its sizes and refused before it is taken."""

from __future__ import annotations

from itertools import pairwise

from divkit.samples import require_memory
from divkit.training.config import GENERATORS
from divkit.training_config import Config

_BYTES, _STATE, _WORK = 8, 8, 6
"""Bytes of a number; copies of parameters (moments, gradients, averages) and of a layer's rows."""


def require_room(config: Config) -> None:
    """Refuse networks, minibatches or data that would not fit.

    Raises
    ------
    ValueError
        With the size, and what to lower.
    """
    runs = len(config.seeds)
    sides = ((config.latent or 1, *config.hidden, 1), (config.pack, *config.critic_hidden, 1))
    weights = sum(a * b for widths in sides for a, b in pairwise(widths)) + config.components
    if {"components", "hidden"} <= GENERATORS[config.generator].used:  # a network each
        weights *= config.components
    rows = sum(sum(widths) for widths in sides) * config.batch * max(1, config.unroll)
    require_memory(
        _BYTES * runs * (_STATE * weights + _WORK * rows),
        f"a training of {runs} run(s) with {weights:,} weights on minibatches of {config.batch:,}",
        "Lower --hidden, --critic-hidden, --batch, --components or the number of seeds.",
    )
    require_memory(
        _BYTES * runs * (config.data or 0),
        f"{config.data or 0:,} points for each of {runs} run(s)",
        "Lower --data or the number of seeds.",
    )
