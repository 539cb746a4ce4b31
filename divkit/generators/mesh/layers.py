r"""Perceptrons of a few inputs as maps: values, Jacobians, and the affine pieces of their layers.

With a_k = W_k h_{k−1} + b_k and h_k = s(a_k), a tangent t of h passes as
t_k = s'(a_k) ∘ W_k t_{k−1}; one tangent an input gives the Jacobian.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from divkit.critics.activations import Activation
from divkit.types import FloatArray

_BLOCK = 4096  # points at a time, so that a layer stays in the cache


@dataclass(frozen=True, eq=False, repr=False)
class Layers:
    """x = W_L h_{L−1} + b_L, h_k = s_k(W_k h_{k−1} + b_k), h_0 = z.

    Attributes
    ----------
    affine : (W (b, a), b (b,)) of each layer.
    units : s_k of each layer but the last.
    """

    affine: tuple[tuple[FloatArray, FloatArray], ...]
    units: tuple[Activation, ...]

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
                h = unit.of_array(h @ weight.T + bias)
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
            h = unit.of_array(h @ weight.T + bias)
            slope = unit.slope_of_array(h)
            tangents = [slope * (t @ weight.T) for t in tangents]
        weight, bias = self.affine[-1]
        return h @ weight.T + bias, np.stack([t @ weight.T for t in tangents], axis=-1)
