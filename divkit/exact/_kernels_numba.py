r"""The inner loop of the batch engine as machine code; imported only where numba is installed.

Loops over nodes call no library function, so that the compiler turns them into vector
instructions. exp and log are therefore written out:

    e^x = 2^k e^r,  k = round(x/log 2),  |r| ≤ ½ log 2,  Taylor to degree 13 (error 5e-18);
    log x = k log 2 + 2 artanh((m − 1)/(m + 1)),  √½ ≤ m < √2,  odd series to degree 21 (3e-17 of
    log m at the ends).

log 2 is split in two parts so that k log 2 loses nothing (fdlibm, e_exp.c). There is no fast-math:
sums keep their order.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from divkit.exact.batch_js import ROOT_TWO_PI, ROUNDINGS
from divkit.exact.batch_mesh import Panels
from divkit.exact.batch_panels import Pairs, Rule, Sums

_LOG2_HIGH, _LOG2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_PER_LOG2 = 1 / math.log(2)
_ROUNDER = 1.5 * 2.0**52  # adding it leaves the nearest integer in the low bits
_ROUNDER_BITS = 0x4338000000000000
_ROOT_HALF_BITS = 0x3FE6A09E667F3BCD
_BIAS, _MANTISSA = 1023, 52
_UNDERFLOW = -708.0
_UNSEEN = 12.0


def _bitcast(source: Any, target: Any, kind: Any) -> Any:
    def typing(_context: Any, _x: Any) -> Any:
        def code(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:
            return builder.bitcast(args[0], kind)

        return target(source), code

    return intrinsic(typing)


_bits = _bitcast(types.float64, types.int64, ir.IntType(64))
_float = _bitcast(types.int64, types.float64, ir.DoubleType())
_inline = numba.njit(inline="always", error_model="numpy")  # no check for a division by 0


def _exp(x: float) -> Any:
    """e^x for x ≤ 0; 0 where it is below 1e-307."""
    y = max(x, _UNDERFLOW)
    t = y * _PER_LOG2 + _ROUNDER
    k = t - _ROUNDER
    r = (y - k * _LOG2_HIGH) - k * _LOG2_LOW
    s = 1 / 6227020800
    s = s * r + 1 / 479001600
    s = s * r + 1 / 39916800
    s = s * r + 1 / 3628800
    s = s * r + 1 / 362880
    s = s * r + 1 / 40320
    s = s * r + 1 / 5040
    s = s * r + 1 / 720
    s = s * r + 1 / 120
    s = s * r + 1 / 24
    s = s * r + 1 / 6
    s = s * r + 0.5
    s = s * r + 1.0
    s = s * r + 1.0
    power = s * _float((_bits(t) + _BIAS) << _MANTISSA)
    return power if x >= _UNDERFLOW else 0.0


def _log(x: float) -> Any:
    """The natural logarithm of a positive normal x, to full relative accuracy near 1."""
    code = _bits(x)
    k = (code - _ROOT_HALF_BITS) >> _MANTISSA
    f = _float(code - (k << _MANTISSA)) - 1.0
    exponent = _float(_ROUNDER_BITS + k) - _ROUNDER
    s = f / (2.0 + f)
    z = s * s
    w = 2 / 21
    w = w * z + 2 / 19
    w = w * z + 2 / 17
    w = w * z + 2 / 15
    w = w * z + 2 / 13
    w = w * z + 2 / 11
    w = w * z + 2 / 9
    w = w * z + 2 / 7
    w = w * z + 2 / 5
    w = w * z + 2 / 3
    return exponent * _LOG2_HIGH + ((f - s * (f - z * w)) + exponent * _LOG2_LOW)


_exp_inline = _inline(_exp)
_log_inline = _inline(_log)


def _density(
    out: Any, middle: float, half: float, points: Any, amplitude: Any, start: Any, scale: Any
) -> None:
    """Σ_j amplitude_j exp(−½ ((start_j + offset)/scale_j)²) at every node, into `out`.

    A component is left out on panels that keep 12 scales away from it: its mass there is 4e-33.
    """
    for i in range(points.size):
        out[i] = 0.0
    for j in range(amplitude.size):
        a, m, r = amplitude[j], start[j] + middle, 1.0 / scale[j]
        if abs(m) - half > _UNSEEN * scale[j]:
            continue
        for i in range(points.size):
            z = (m + half * points[i]) * r
            out[i] += a * _exp_inline(-0.5 * z * z)


_density_compiled = numba.njit(cache=True, error_model="numpy")(_density)


def _js(p: Any, q: Any, f: Any, apart: Any) -> None:
    """¼ s (u log u + v log v) and |p − q| at every node; see `divkit.exact.batch_js`."""
    for i in range(p.size):
        total = p[i] + q[i]
        u = 2.0 * min(p[i], q[i]) / (total if total > 0.0 else 1.0)
        v = 2.0 - u
        known = u > 1e-300
        low = u * _log_inline(u if known else 1.0)
        f[i] = 0.25 * total * (v * _log_inline(v) + low)
        apart[i] = abs(p[i] - q[i])


_js_compiled = numba.njit(cache=True, error_model="numpy")(_js)


def _panel_sums(
    pair: Any,
    anchor: Any,
    low: Any,
    high: Any,
    weights: Any,
    locs: Any,
    scales: Any,
    split: int,
    points: Any,
    gauss: Any,
    functionals: Any,
    out: Any,
) -> None:
    nodes, k = points.size, locs.shape[1]
    p, q, f, apart = np.empty(nodes), np.empty(nodes), np.empty(nodes), np.empty(nodes)
    start, amplitude = np.empty(k), np.empty(k)
    for panel in range(pair.size):
        row = pair[panel]
        half, middle = 0.5 * (high[panel] - low[panel]), 0.5 * (high[panel] + low[panel])
        for j in range(k):
            start[j] = locs[row, anchor[panel]] - locs[row, j]
            amplitude[j] = weights[row, j] / (ROOT_TWO_PI * scales[row, j])
        scale = scales[row]
        _density_compiled(p, middle, half, points, amplitude[:split], start[:split], scale[:split])
        _density_compiled(q, middle, half, points, amplitude[split:], start[split:], scale[split:])
        _js_compiled(p, q, f, apart)
        value, rounding, before, tail = 0.0, 0.0, 0.0, 0.0
        for i in range(nodes):
            value += gauss[i] * f[i]
            rounding += gauss[i] * apart[i]
        for d in range(functionals.shape[0]):
            coefficient = 0.0
            for i in range(nodes):
                coefficient += functionals[d, i] * f[i]
            if 2 * d < functionals.shape[0]:
                before += coefficient * coefficient
            else:
                tail += coefficient * coefficient
        out[0, panel], out[1, panel] = half * value, math.sqrt(before)
        out[2, panel], out[3, panel] = math.sqrt(tail), ROUNDINGS * half * rounding


_panel_sums_compiled = numba.njit(cache=True, error_model="numpy")(_panel_sums)


def evaluate(panels: Panels, pairs: Pairs, rule: Rule) -> Sums:
    """Return the sums of JSD's integrand on each panel, as `divkit.exact.batch_js` does."""
    out = np.empty((4, len(panels)))
    _panel_sums_compiled(
        panels.pair,
        panels.anchor,
        panels.low,
        panels.high,
        pairs.weights,
        pairs.locs,
        pairs.scales,
        pairs.split,
        rule.points,
        rule.weights,
        np.ascontiguousarray(rule.functionals.T),
        out,
    )
    return Sums(*out)
