r"""Hidden units h = s(z) of perceptrons, and what sweeps through them need.

Critics and generators are swept in tensors; the law of a generator is computed in arrays of NumPy,
whose tanh takes a third of the time of torch's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TypeAlias

import numpy as np
import torch
from scipy import special
from torch.nn.functional import leaky_relu

from divkit.registry import Registry
from divkit.remade import Remade, remember
from divkit.types import FloatArray, Tensor

OfArray: TypeAlias = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Activation(Remade):
    """A hidden unit h = s(z).

    Attributes
    ----------
    value : s(z).
    pull : (δ, h) ↦ δ s'(z).
    bend : (δ, h) ↦ δ s''(z); None where s'' is 0 almost everywhere.
    gain : factor on the standard deviation of a start's weights.
    slope : h ↦ s'(z), where that is one pass over h; it shortens sweeps through one hidden layer.
    leak : the slope below 0 of a unit that is linear on either side; None where it is not.
    arrays : s(z), and h ↦ s'(z), of arrays; None where torch's are taken.
    """

    name: str
    value: Callable[[Tensor], Tensor]
    pull: Callable[[Tensor, Tensor], Tensor]
    bend: Callable[[Tensor, Tensor], Tensor] | None
    gain: float
    slope: Callable[[Tensor], Tensor] | None = None
    leak: float | None = None
    arrays: (
        tuple[Callable[[FloatArray], FloatArray], Callable[[FloatArray], FloatArray]] | None
    ) = None

    def __repr__(self) -> str:
        return self.name

    @property
    def known(self) -> bool:
        """Whether it is smooth, or linear on either side of 0."""
        return self.bend is not None or self.leak is not None

    def of_array(self, z: FloatArray) -> FloatArray:
        """s(z) of an array."""
        if self.arrays is not None:
            return self.arrays[0](z)
        return np.asarray(self.value(torch.from_numpy(z)))

    def slope_of_array(self, h: FloatArray) -> FloatArray:
        """s'(z) where s(z) is h, of an array."""
        if self.arrays is not None:
            return self.arrays[1](h)
        return np.asarray(self.pull(torch.ones(h.shape, dtype=torch.float64), torch.from_numpy(h)))


def _less_square(a: Tensor, h: Tensor) -> Tensor:
    """a (1 − h) as a − a h, in one pass."""
    return torch.addcmul(a, a, h, value=-1)


def _named(name: str) -> Activation:
    return _UNITS[name]


TANH = Activation(
    "tanh",
    torch.tanh,
    torch.ops.aten.tanh_backward,
    lambda delta, h: torch.ops.aten.tanh_backward(-2 * h * delta, h),
    1.0,
    arrays=(np.tanh, lambda h: 1 - h * h),
)
SIGMOID = Activation(
    "sigmoid",
    torch.sigmoid,
    lambda delta, h: _less_square(delta * h, h),
    lambda delta, h: _less_square(delta * h, h) * (1 - 2 * h),
    1.0,
    lambda h: _less_square(h, h),
    arrays=(special.expit, lambda h: h * (1 - h)),
)


@cache
def leaky(leak: float) -> Activation:
    """Return max(z, leak · z): a ReLU where leak is 0.

    Raises
    ------
    ValueError
        If leak is not in [0, 1).

    Examples
    --------
    >>> leaky(0.1), leaky(0.1) is leaky(0.1)
    (leaky(0.1), True)
    """
    if not 0 <= leak < 1:
        raise ValueError(f"leak must be in [0, 1); got {leak!r}.")
    unit = Activation(
        f"leaky({leak:g})",
        partial(leaky_relu, negative_slope=leak),
        lambda delta, h: torch.ops.aten.leaky_relu_backward(delta, h, leak, True),
        None,
        math.sqrt(2 / (1 + leak**2)),
        leak=leak,
        arrays=(lambda z: np.maximum(z, leak * z), lambda h: np.where(h > 0, 1.0, leak)),
    )
    return remember(unit, leaky, leak)


RELU = replace(leaky(0.2), name="relu")
_UNITS = {unit.name: remember(unit, _named, unit.name) for unit in (TANH, SIGMOID, RELU)}
ACTIVATIONS: Registry[Activation] = Registry("activation")
ACTIVATIONS.register("tanh", TANH)
ACTIVATIONS.register("relu", RELU, "leaky_relu")
