r"""Perceptrons of one input and one output as curves.

With a_k = W_k h_{k−1} + b_k and h_k = tanh a_k, derivatives in z follow from t = tanh a,

    t₁ = 1 − t²,  t₂ = −2 t t₁,  t₃ = t₁(6t² − 2),
    h′ = t₁ a′,   h″ = t₁ a″ + t₂ a′²,   h‴ = t₁ a‴ + 3 t₂ a′a″ + t₃ a′³.

Differences keep their digits: tanh(a + δ) − tanh a = 2 sinh δ / (cosh(2a + δ) + cosh δ), and from
a = ±∞ it is ∓2σ(∓2a), so that G(z) is kept apart from its limit where the two are one float.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from divkit.generators.folds.intervals import Interval, widened
from divkit.types import FloatArray


@dataclass(frozen=True, eq=False, repr=False)
class TanhNetwork:
    """G(z) of a perceptron with tanh layers and a linear output.

    Attributes
    ----------
    layers : (W, b) of each layer; the first W has one column, the last one row.
    """

    layers: tuple[tuple[FloatArray, FloatArray], ...]

    def __repr__(self) -> str:
        return f"TanhNetwork({', '.join(str(len(bias)) for _, bias in self.layers)})"

    def jet(self, z: FloatArray, order: int) -> tuple[FloatArray, ...]:
        """G and its derivatives, layer by layer."""
        one, zero = np.ones((len(z), 1)), np.zeros((len(z), 1))
        h = [z[:, None], one, zero, zero][: order + 1]
        for k, (weight, bias) in enumerate(self.layers):
            a = [part @ weight.T for part in h]
            a[0] = a[0] + bias
            h = a if k == len(self.layers) - 1 else _tanh_jet(a)
        return tuple(part[:, 0] for part in h)

    def change(self, start: float, step: FloatArray) -> FloatArray:
        """Differences passed from layer to layer."""
        (weight, bias), *rest = self.layers
        if np.isinf(start):
            h, moved = _from_infinity(weight[:, 0], bias, np.sign(start), step)
        else:
            a, gap = weight[:, 0] * start + bias, step[:, None] * weight[:, 0]
            h, moved = np.tanh(a), _tanh_change(a, gap)
        for weight, bias in rest[:-1]:
            a, gap = weight @ h + bias, moved @ weight.T
            h, moved = np.tanh(a), _tanh_change(a, gap)
        return np.asarray(moved @ rest[-1][0][0])

    def bounds(self, low: FloatArray, high: FloatArray) -> tuple[Interval, Interval]:
        """Enclosures passed from layer to layer."""
        one, zero = np.ones((len(low), 1)), np.zeros((len(low), 1))
        h = Interval(low[:, None], high[:, None])
        slope, bend = Interval(one, one), Interval(zero, zero)
        for k, (weight, bias) in enumerate(self.layers):
            a, slope, bend = h.through(weight, bias), slope.through(weight), bend.through(weight)
            if k < len(self.layers) - 1:
                h, t1 = widened(np.tanh(a.low), np.tanh(a.high)), _slopes(a)
                bend = t1 * bend + (h * t1 * slope.square()).scaled(-2.0)
                slope = t1 * slope
        return Interval(slope.low[:, 0], slope.high[:, 0]), Interval(
            bend.low[:, 0], bend.high[:, 0]
        )

    def limit(self, side: int) -> float:
        """The output for saturated first units."""
        (weight, bias), *rest = self.layers
        h = np.where(weight[:, 0] == 0, np.tanh(bias), np.sign(side * weight[:, 0]))
        for weight, bias in rest[:-1]:
            h = np.tanh(weight @ h + bias)
        return float((rest[-1][0] @ h + rest[-1][1])[0])

    def extent(self) -> float:
        """Not known: far out all slopes vanish together."""
        return np.inf


def _tanh_jet(a: list[FloatArray]) -> list[FloatArray]:
    t = np.tanh(a[0])
    out = [t]
    if len(a) > 1:
        t1 = _sech2(a[0])
        out.append(t1 * a[1])
    if len(a) > 2:
        t2 = -2 * t * t1
        out.append(t1 * a[2] + t2 * a[1] ** 2)
    if len(a) > 3:
        out.append(t1 * a[3] + 3 * t2 * a[1] * a[2] + t1 * (6 * t * t - 2) * a[1] ** 3)
    return out


def _sech2(a: FloatArray) -> FloatArray:
    """1 − tanh², without the cancellation where tanh is near ±1."""
    e = np.exp(-2 * np.abs(a))
    return np.asarray(4 * e / (1 + e) ** 2)


def _slopes(a: Interval) -> Interval:
    """1 − tanh² on intervals: it falls with |a|."""
    return widened(_sech2(a.size), _sech2(a.least), ulps=8)


def _tanh_change(a: FloatArray, gap: FloatArray) -> FloatArray:
    """tanh(a + gap) − tanh(a), all exponents taken from the largest."""
    wide, near = np.abs(2 * a + gap), np.abs(gap)
    top = np.maximum(wide, near)
    low, high = np.exp(near - top), np.exp(wide - top)
    below = low * (1 + np.exp(-2 * near)) + high * (1 + np.exp(-2 * wide))
    return np.asarray(np.sign(gap) * -2 * np.expm1(-2 * near) * low / below)


def _from_infinity(
    weight: FloatArray, bias: FloatArray, side: float, z: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """First units at side · ∞, and how far from there they are at z."""
    ends = np.where(weight == 0, np.tanh(bias), np.sign(side * weight))
    a = z[:, None] * weight + bias
    return ends, np.where(weight == 0, 0.0, -2 * ends * expit(-2 * ends * a))
