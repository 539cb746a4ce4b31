r"""Gauss–Kronrod (10, 21) on many panels at once, for several integrands at once.

The Kronrod rule of 21 nodes contains Gauss's rule of 10; their difference bounds the error of the
better one with room to spare wherever the integrand is smooth (Piessens et al. 1983, QUADPACK).
Where it has a kink that no breakpoint names, `resolution` sees it. A field returns its values at
the nodes together with a bound of their own rounding errors, which is the level below which no
refinement can go.

Every integrand is seen at two more nodes of weight zero, a billionth from the ends of the panel,
so that nothing hides between a panel's end and its first node: no kink, and where the integrand
is kinked itself (total variation) no change of sign.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.exact.quadrature.panels import Layout, Panels, PerPanel
from divkit.exact.quadrature.resolution import Resolution
from divkit.types import FloatArray, Tensor

_HALF_NODES = (
    0.995657163025808080735527280689003,
    0.973906528517171720077964012084452,
    0.930157491355708226001207180059508,
    0.865063366688984510732096688423493,
    0.780817726586416897063717578345042,
    0.679409568299024406234327365114874,
    0.562757134668604683339000099272694,
    0.433395394129247190799265943165784,
    0.294392862701460198131126602310386,
    0.148874338981631210884826001129720,
)
_HALF_WEIGHTS = (
    0.011694638867371874278064396062192,
    0.032558162307964727478818972459390,
    0.054755896574351996031381300244580,
    0.075039674810919952767043140916190,
    0.093125454583697605535065465083366,
    0.109387158802297641899210590325805,
    0.123491976262065851077958109585166,
    0.134709217311473325928054001771707,
    0.142775938577060080797094273138717,
    0.147739104901338491374841515972068,
)
_MIDDLE_WEIGHT = 0.149445554002916905664936468389821
_EDGE = 1 - 1e-9
_SLOW = 0.05


def _rule() -> tuple[FloatArray, FloatArray]:
    """Nodes (k,) and the weights of both rules (k, 2)."""
    half = np.array(_HALF_NODES)
    nodes = np.concatenate([-half, [0.0], half[::-1]])
    weights = np.concatenate([_HALF_WEIGHTS, [_MIDDLE_WEIGHT], _HALF_WEIGHTS[::-1]])
    gauss = np.zeros(21)
    gauss[1::2] = np.polynomial.legendre.leggauss(10)[1]
    return nodes, np.stack([weights, gauss], axis=1)


SMOOTH = _rule()
RESOLUTION = Resolution(*SMOOTH, _EDGE)
WITH_ENDS = np.concatenate([[-_EDGE], SMOOTH[0], [_EDGE]])
_ENDS, _INNER = [0, -1], slice(1, -1)
_BARYCENTRIC = 1 / np.prod(
    SMOOTH[0][:, None] - SMOOTH[0] + np.eye(len(SMOOTH[0])), axis=1
)  # (Berrut, Trefethen 2004, equation 3.2)
_SECANTS = 6


@dataclass(frozen=True)
class Values:
    """A field at nodes (n, k): r integrands and bounds of their rounding errors.

    `integrands` and `noise` are (r, n, k); `sign` (n, k) changes where the rows `kinks` have a
    kink. Rows from `judged` on are integrated only: their errors are taken for 0.
    """

    integrands: Tensor
    noise: Tensor
    sign: Tensor | None = None
    kinks: tuple[int, ...] = (0,)
    judged: int | None = None


Field: TypeAlias = Callable[[float, Tensor], Values]
"""(anchor, offsets (n, k)) -> Values."""


@runtime_checkable
class InParts(Protocol):
    """A field that asks its laws anchor by anchor, and computes the rest at all nodes at once."""

    def parts(self, anchor: float, offset: Tensor) -> tuple[Tensor, ...]:
        """The log densities at anchor + offset."""
        ...

    def values(self, *parts: Tensor) -> Values:
        """The values, from what the laws say."""
        ...


@dataclass(frozen=True)
class Sums(PerPanel):
    """Panels with, for each of r integrands: integral, error, rounding, and what lies beyond.

    All are (r, n); `cut` is where to split a panel, 0 in the middle.
    """

    panels: Panels
    integral: FloatArray
    error: FloatArray
    noise: FloatArray
    spill: FloatArray
    cut: FloatArray

    def rows(self, which: list[int]) -> Sums:
        """The sums of those integrands."""
        tables = self.integral, self.error, self.noise, self.spill, self.cut
        integral, error, noise, spill, cut = (table[which] for table in tables)
        return Sums(self.panels, integral, error, noise, spill, cut)

    def total(self, row: int = 0) -> float:
        """The integral."""
        return math.fsum(self.integral[row].tolist())


def sweep(field: Field, where: Layout, panels: Panels) -> Sums:
    """Integrate the field over every panel; panels are ordered by anchor."""
    offsets, near = with_ends(panels, where.nearest)
    scale = panels.jacobian(offsets)
    values = evaluate(field, where.anchors, panels, offsets)
    with np.errstate(invalid="ignore", over="ignore"):  # inf and NaN are kept apart below
        table = values.integrands.numpy() * scale  # (r, n, k)
        rounding = values.noise.numpy() * scale
        inner, blur = table[..., _INNER], rounding[..., _INNER]
        integral, error = RESOLUTION.integral(inner)
        noise = blur @ SMOOTH[1][:, 0]
        own = slice(values.judged)
        ends = np.where(near, math.nan, table[own, :, _ENDS])
        hidden = RESOLUTION.unseen(inner[own], blur[own], ends, rounding[own, :, _ENDS])
    error[own] = np.fmax(error[own], hidden)
    error[len(hidden) :] = 0.0
    endless = np.isinf(inner).any(axis=-1)
    integral[endless], error[endless] = math.inf, math.inf
    cut = np.zeros_like(error)
    if values.sign is not None:
        for row in values.kinks:
            extra, cut[row] = _crossings(values.sign.numpy(), np.abs(table[row]), WITH_ENDS)
            error[row] += extra
    return Sums(panels, integral, error, noise, _spill(inner, panels, SMOOTH[0]), cut)


def with_ends(panels: Panels, nearest: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Offsets of all nodes (n, 23), and which of the two ends (n, 2) are too near to an anchor.

    A law that rounds anchor + offset would be asked at the anchor itself, where its density may
    jump or have a pole; such an end is moved to the outermost node.
    """
    offsets = panels.offsets(WITH_ENDS)
    near = np.abs(offsets[:, _ENDS]) < nearest[panels.anchor][:, None]
    offsets[:, _ENDS] = np.where(near, offsets[:, [1, -2]], offsets[:, _ENDS])
    return offsets, near


def evaluate(field: Field, anchors: FloatArray, panels: Panels, offsets: FloatArray) -> Values:
    """The field at those offsets (n, k) of the panels, anchor by anchor."""
    points = torch.from_numpy(offsets)
    present, starts = np.unique(panels.anchor, return_index=True)
    bounds = itertools.pairwise([*starts.tolist(), len(panels)])
    owned = [points[low:high] for low, high in bounds]
    owners = [float(anchors[k]) for k in present.tolist()]
    if len(owners) == 1:
        return field(owners[0], owned[0])
    if isinstance(field, InParts):
        parts = [field.parts(*own) for own in zip(owners, owned, strict=True)]
        return field.values(*(torch.cat(column) for column in zip(*parts, strict=True)))
    pieces = [field(*own) for own in zip(owners, owned, strict=True)]
    signs = [piece.sign for piece in pieces if piece.sign is not None]
    return Values(
        torch.cat([piece.integrands for piece in pieces], dim=1),
        torch.cat([piece.noise for piece in pieces], dim=1),
        torch.cat(signs) if signs else None,
        pieces[0].kinks,
        pieces[0].judged,
    )


def _crossings(
    sign: FloatArray, height: FloatArray, nodes: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Bound what kinks cost a panel, and say where the worst one is.

    Between two nodes of opposite sign the integrand is below the larger of its two values, up to
    a resolved curvature; so is it where a parabola through three nodes reaches zero unseen.
    """
    left, right = sign[:, :-1], sign[:, 1:]
    gap = np.diff(nodes) * np.maximum(height[:, :-1], height[:, 1:])
    crossed = np.where((left > 0) != (right > 0), gap, 0.0)
    dips = _dips(sign, nodes) * (gap[:, :-1] + gap[:, 1:])
    cost = crossed.sum(axis=1) + dips.sum(axis=1)
    rows = np.arange(len(sign))
    worst = crossed.argmax(axis=1)
    a, b = left[rows, worst], right[rows, worst]
    finite = np.isfinite(a) & np.isfinite(b) & (a != b)
    share = np.full(len(a), 0.5)
    share[finite] = a[finite] / (a[finite] - b[finite])
    at = nodes[worst] + np.minimum(np.maximum(share, 0.0), 1.0) * np.diff(nodes)[worst]
    found = np.flatnonzero(crossed[rows, worst] > 0)
    at[found] = _sharpened(sign[found], worst[found], at[found])
    inside = (crossed[rows, worst] > 0) & (np.abs(at) < _EDGE)
    return cost, np.where(inside, at, 0.0)


def _sharpened(sign: FloatArray, k: NDArray[np.intp], at: FloatArray) -> FloatArray:
    """Zeros (n,) between the nodes k and k + 1 of all nodes' polynomials, by the secant rule.

    `at` are the zeros of the lines through the two nodes; they stay where the rule leaves these.
    """
    values = sign[:, _INNER]
    before, height, here = WITH_ENDS[k], sign[np.arange(len(k)), k], at
    with np.errstate(all="ignore"):  # a node that is met, and logs that are not finite
        for _ in range(_SECANTS):
            low, height = height, _interpolated(values, here)
            step = height * (here - before) / (height - low)
            before, here = here, np.where(height == low, here, here - step)
    between = (here > WITH_ENDS[k]) & (here < WITH_ENDS[k + 1])
    return np.where(between, here, at)


def _interpolated(values: FloatArray, at: FloatArray) -> FloatArray:
    """The polynomials through values (n, 21) at the nodes of the rule, at points (n,) between."""
    weights = _BARYCENTRIC / (at[:, None] - SMOOTH[0])
    return np.asarray((weights * values).sum(axis=1) / weights.sum(axis=1))


def _dips(sign: FloatArray, nodes: FloatArray) -> FloatArray:
    """Where three nodes of one sign hint at two crossings between them, (n, k − 2) of 0 and 1.

    The parabola through them, with slope s at the middle one and leading coefficient d, falls to
    b − s²/(4d) there.
    """
    size = np.minimum(np.abs(sign), 1e100)
    a, b, c = size[:, :-2], size[:, 1:-1], size[:, 2:]
    first, second = np.diff(nodes)[:-1], np.diff(nodes)[1:]
    bend = ((c - b) / second - (b - a) / first) / (first + second)
    slope = (b - a) / first + bend * first
    side = np.sign(sign)
    same = (side[:, :-2] == side[:, 1:-1]) & (side[:, 1:-1] == side[:, 2:])
    low = b - 0.05 * np.minimum(a, c)  # a margin for what a parabola does not see
    deep = np.where(bend > 0, 4 * bend * low <= slope**2, low <= 0)
    nearest = np.divide(-0.5 * slope, bend, out=np.zeros_like(bend), where=bend > 0)
    hidden = same & (nearest >= -first) & (nearest <= second) & deep
    return np.asarray(hidden, dtype=float)


def _spill(table: FloatArray, panels: Panels, nodes: FloatArray) -> FloatArray:
    """A bound of the integral beyond each cut of the line, extrapolated; inf if it grows.

    With F(t) = dx/dt · f in t = log |x − anchor|, F ≈ F(t₁) e^{−α|t − t₁|} beyond the last node,
    so that F(t₁)/α remains; twice that is reported, and four times where α is so small that F may
    be no power but t^{−k}, of which (1 + 1/(k−1)) F/α remains.
    """
    out = np.zeros(table.shape[:2])
    for k in np.flatnonzero(panels.rim):
        last, before = (-1, -5) if panels.rim[k] > 0 else (0, 4)
        width = float(panels.half[k])
        end, inside = np.abs(table[:, k, last]) / width, np.abs(table[:, k, before]) / width
        distance = abs(float(nodes[last] - nodes[before])) * width
        ends = zip(end.tolist(), inside.tolist(), strict=True)
        out[:, k] = [_beyond(x, y, distance) for x, y in ends]
    return out


def _beyond(end: float, inside: float, distance: float) -> float:
    if end == 0.0:
        return 0.0
    rate = (math.log(inside) - math.log(end)) / distance if inside > 0 else -math.inf
    if rate <= 0:
        return math.inf
    return (2 if rate > _SLOW else 4) * end / rate
