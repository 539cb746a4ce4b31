"""Weights of mixtures and finite laws as balls, divided by their exact sum."""

from __future__ import annotations

from collections.abc import Sequence

from flint import arb

from divkit.distributions.finite.log_weights import LogWeights
from divkit.types import Ball


def log_shares(weights: Sequence[float], given: LogWeights | None) -> list[Ball]:
    """Logs of the shares: of the floats as they are, or of logs within their radii.

    Logs that were computed, as those of a binomial law, are balls of their own rounding, which
    bounds the digits that can be had.
    """
    if given is None:
        logs = [arb(w).log() for w in weights]
    else:
        radii = given.radii or (0.0,) * len(given.logs)
        logs = [arb(log, radius) for log, radius in zip(given.logs, radii, strict=True)]
    top = max(logs, key=float)
    total = sum(((log - top).exp() for log in logs), arb(0)).log() + top
    return [log - total for log in logs]
