"""NumPy's rules for floats as divkit is written for them, whatever the caller has set.

An exponential that underflows is 0 to within the smallest float, and is meant. Under the caller's
`np.errstate(all="raise")` it would end the call; under divkit's own rules overflow and invalid
operations still warn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
T = TypeVar("T")


def own_rules(call: Callable[P, T]) -> Callable[P, T]:
    """Let a function run under NumPy's default rules: underflow is silent, the rest warns."""

    @wraps(call)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"):
            return call(*args, **kwargs)

    return run
