"""The words every layer shares. This module imports nothing of divkit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray

Tensor: TypeAlias = torch.Tensor
FloatArray: TypeAlias = NDArray[np.float64]

Ball: TypeAlias = Any
"""An enclosure of a real (`flint.arb`) or complex number (`flint.acb`), or a series of them."""

Samples: TypeAlias = Any
"""Points as a user may hand them over, one a row: NumPy array, torch tensor, DataFrame, list."""

Critic: TypeAlias = Callable[[Tensor], Tensor]
"""A function from points (n, d) to logits (n,) that estimate log p − log q."""

Kind: TypeAlias = Literal["closed form", "enclosure", "quadrature", "standard error"]
"""Meaning of the error of a `divkit.results.Result`: rounding, proved bound, estimate, spread."""

CLOSED_FORM: Final = "closed form"
ENCLOSURE: Final = "enclosure"
STANDARD_ERROR: Final = "standard error"

OneSided: TypeAlias = Literal["lower", "upper"]
"""The end of an interval that alone is claimed, where a value has no two sides."""

LOWER: Final = "lower"
UPPER: Final = "upper"


@runtime_checkable
class Distribution(Protocol):
    """A probability law with a known density: the one protocol of divkit.

    Families, mixtures, pushforwards of a generator and fitted density estimates all satisfy it.

    See Also
    --------
    divkit.as_law : the law that an object of another library is.
    divkit.law : a law from a density of your own.

    Examples
    --------
    >>> import divkit
    >>> isinstance(divkit.Normal(0, 1), Distribution)
    True
    """

    @property
    def dim(self) -> int:
        """Number of coordinates d of a point."""
        ...

    @property
    def support(self) -> Any:
        """Where the density is positive: a `divkit.distributions.support.Support`."""
        ...

    def log_prob(self, x: Samples) -> Any:
        """Log density in nats at points (n, d), as (n,): −inf off the support, never NaN."""
        ...

    def sample(self, n: int, rng: Any = None) -> Tensor:
        """Draw n points, (n, d) float64: the same state of `rng` gives the same draws."""
        ...
