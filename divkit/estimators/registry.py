"""The protocol of an estimator, and the table of their names.

An estimator is a frozen dataclass: its fields are its hyper-parameters, its repr goes into the
result. Fields named `level` and `rng` are filled by `divkit.estimators.api.estimate`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from divkit.divergences.base import Divergence
from divkit.registry import Registry
from divkit.results import Result
from divkit.types import Samples


class NotEstimableError(ValueError):
    """An estimator does not apply to this divergence or these samples; the message says why."""


class Estimator(Protocol):
    """Samples of two laws to an estimate of a divergence, with an interval."""

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        ...


ESTIMATORS: Registry[Callable[..., Estimator]] = Registry("estimator")
"""Makers by name; `divkit.estimators.api` fills it."""
