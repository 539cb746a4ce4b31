r"""Perceptrons of a few inputs as maps: values, Jacobians, and the affine pieces of their layers.

With a_k = W_k h_{k−1} + b_k and h_k = s(a_k), a tangent t of h passes as
t_k = s'(a_k) ∘ W_k t_{k−1}; one tangent an input gives the Jacobian.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import special

from divkit.types import FloatArray

_BLOCK = 4096  # points at a time, so that a layer stays in the cache


class Unit(Protocol):
    """A hidden unit h = s(a)."""

    @property
    def name(self) -> str:
        """The unit's name."""
        ...

    @property
    def leak(self) -> float | None:
        """The slope below 0 where s is a for a > 0 and leak · a below; None where s is smooth."""
        ...

    def value(self, a: FloatArray) -> FloatArray:
        """s(a)."""
        ...

    def slope(self, a: FloatArray, h: FloatArray) -> FloatArray:
        """s'(a), where h = s(a)."""
        ...


@dataclass(frozen=True)
class TanhUnit:
    """tanh a."""

    name: str = "tanh"
    leak: None = None

    def value(self, a: FloatArray) -> FloatArray:
        """tanh a."""
        return np.tanh(a)

    def slope(self, a: FloatArray, h: FloatArray) -> FloatArray:
        """1 − h²."""
        return 1 - h * h


@dataclass(frozen=True)
class SigmoidUnit:
    """1/(1 + e^{−a})."""

    name: str = "sigmoid"
    leak: None = None

    def value(self, a: FloatArray) -> FloatArray:
        """1/(1 + e^{−a})."""
        return np.asarray(special.expit(a))

    def slope(self, a: FloatArray, h: FloatArray) -> FloatArray:
        """h (1 − h)."""
        return h * (1 - h)


@dataclass(frozen=True)
class LeakyUnit:
    """max(a, leak · a): a ReLU where leak is 0.

    Raises
    ------
    ValueError
        If leak is not in [0, 1).
    """

    leak: float

    def __post_init__(self) -> None:
        if not 0 <= self.leak < 1:
            raise ValueError(f"leak must be in [0, 1); got {self.leak!r}.")

    @property
    def name(self) -> str:
        """With its leak."""
        return f"leaky({self.leak:g})"

    def value(self, a: FloatArray) -> FloatArray:
        """max(a, leak · a)."""
        return np.maximum(a, self.leak * a)

    def slope(self, a: FloatArray, h: FloatArray) -> FloatArray:
        """1 above 0, leak below."""
        return np.where(a > 0, 1.0, self.leak)


NAMED_UNITS: dict[str, Unit] = {unit.name: unit for unit in (TanhUnit(), SigmoidUnit())}


@dataclass(frozen=True, eq=False, repr=False)
class Layers:
    """x = W_L h_{L−1} + b_L, h_k = s_k(W_k h_{k−1} + b_k), h_0 = z.

    Attributes
    ----------
    affine : (W (b, a), b (b,)) of each layer.
    units : s_k of each layer but the last.
    """

    affine: tuple[tuple[FloatArray, FloatArray], ...]
    units: tuple[Unit, ...]

    def __repr__(self) -> str:
        widths = (self.inputs, *(len(bias) for _, bias in self.affine))
        kinds = "".join(f", {name}" for name in dict.fromkeys(u.name for u in self.units))
        return f"Layers({'-'.join(map(str, widths))}{kinds})"

    @property
    def inputs(self) -> int:
        """Number of coordinates of z."""
        return int(self.affine[0][0].shape[1])

    @property
    def outputs(self) -> int:
        """Number of coordinates of x."""
        return len(self.affine[-1][1])

    @property
    def piecewise_linear(self) -> bool:
        """Whether every hidden unit is."""
        return all(unit.leak is not None for unit in self.units)

    def after(self, matrix: FloatArray, shift: FloatArray) -> Layers:
        """The map of u to G(shift + matrix u)."""
        weight, bias = self.affine[0]
        first = (weight @ matrix, bias + weight @ shift)
        return Layers((first, *self.affine[1:]), self.units)

    def placed(self, centre: float, spread: float) -> Layers:
        """The map of z to centre + spread · G(z)."""
        weight, bias = self.affine[-1]
        return Layers((*self.affine[:-1], (spread * weight, centre + spread * bias)), self.units)

    def __call__(self, z: FloatArray) -> FloatArray:
        """Points (n, d) of z (n, k)."""
        out = np.empty((len(z), self.outputs))
        for start in range(0, len(z), _BLOCK):
            h = z[start : start + _BLOCK]
            for (weight, bias), unit in zip(self.affine[:-1], self.units, strict=True):
                h = unit.value(h @ weight.T + bias)
            weight, bias = self.affine[-1]
            out[start : start + _BLOCK] = h @ weight.T + bias
        return out

    def jet(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Points (n, d), and the Jacobian (n, d, k)."""
        x, slope = np.empty((len(z), self.outputs)), np.empty((len(z), self.outputs, self.inputs))
        for start in range(0, len(z), _BLOCK):
            rows = slice(start, start + _BLOCK)
            x[rows], slope[rows] = self._block(z[rows])
        return x, slope

    def _block(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        h, tangents = z, [np.broadcast_to(e, z.shape) for e in np.eye(self.inputs)]
        for (weight, bias), unit in zip(self.affine[:-1], self.units, strict=True):
            a = h @ weight.T + bias
            h = unit.value(a)
            slope = unit.slope(a, h)
            tangents = [slope * (t @ weight.T) for t in tangents]
        weight, bias = self.affine[-1]
        return h @ weight.T + bias, np.stack([t @ weight.T for t in tangents], axis=-1)
