r"""Noise that triangles leave out: whether it may reach points that none of theirs does.

Noise without end is covered up to the last floats alone. Where p has mass that no triangle's image
holds, the law of G(z) has none there only if noise beyond the triangles does not come there
either. The triangles at the edge are continued as the affine maps that they are: where one of
these takes noise outside the box to such a point, nothing says that q = 0 there.

Then D_f has a limit from below, that of the two cells "reached by the triangles" and not: with P
the mass of p in the second, and Q that of q, at most the noise outside the box,

    D_f(p‖q) ≥ Q f(P/Q) + (1 − Q) f((1 − P)/(1 − Q)),

which falls in Q up to P (the data-processing inequality; Csiszár 1967). On the line the first cell
need not be one: its own integral, and the second cell, are a limit just as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special

from divkit.generators.mesh.noise import Noise
from divkit.generators.mesh.polygons import BoolArray
from divkit.types import FloatArray

_EDGE = 0.98  # of the box, beyond which a triangle is at its edge
_POINTS = 100  # that are tried
_ROUGH = -29.0  # log of the noise outside the box, where it is not known better
_RARE = 1e-9  # chance that p's share is overstated


def may_be_reached(noise: Noise, triangles: FloatArray, images: FloatArray, x: FloatArray) -> bool:
    """Whether noise beyond triangles (t, 3, 2) with images (t, 3, 2) may reach points x (n, 2)."""
    if not has_more(noise):
        return False
    low, high = noise.box.T
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    edge = at_edge(noise, triangles)
    corner, image = triangles[edge], images[edge]
    if not len(corner):
        return True
    to_z = [np.stack([each[:, 1] - each[:, 0], each[:, 2] - each[:, 0]], axis=-1)
            for each in (corner, image)]  # fmt: skip
    steep = np.abs(np.linalg.det(to_z[1])) > 0
    maps = to_z[0][steep] @ np.linalg.inv(to_z[1][steep])
    for point in x[:_POINTS]:
        z = corner[steep, 0] + np.einsum("tij,tj->ti", maps, point - image[steep, 0])
        if (np.abs(z - middle) > half).any():
            return True
    return False


def has_more(noise: Noise) -> bool:
    """Whether there is noise outside the box."""
    return noise.gaussian or noise.outside > 0


def at_edge(noise: Noise, triangles: FloatArray) -> BoolArray:
    """Which triangles (t, 3, 2) are at the edge of the box (t,)."""
    low, high = noise.box.T
    off = np.abs(triangles - 0.5 * (low + high)) >= _EDGE * 0.5 * (high - low)
    return np.asarray(off.any(axis=(1, 2)))


def log_outside(noise: Noise) -> float:
    """The logarithm of the noise outside its box, at most.

    >>> from divkit.distributions import MultivariateNormal
    >>> plane = MultivariateNormal((0.0, 0.0), ((1.0, 0.0), (0.0, 1.0)))
    >>> round(log_outside(Noise(plane, True, np.array([[-2.0, 2.0]] * 2), 0.09)), 2)
    -2.4
    """
    if noise.gaussian:
        ends = float(np.abs(noise.box).min())
        return min(float(special.log_ndtr(-ends)) + math.log(2.0 * len(noise.box)), 0.0)
    return max(_ROUGH, math.log(noise.outside)) if noise.outside > 0 else _ROUGH


def two_cells(
    integrand: Callable[[FloatArray], FloatArray], missed: int, draws: int, log_q: float
) -> float:
    """The limit in the module's head, less f(1), as `missed` of `draws` points of p show P.

    Parameters
    ----------
    integrand : q's price of a point with log q − log p (n,), (n,).
    log_q : log Q at most.
    """
    share = float(special.betaincinv(missed, draws - missed + 1, _RARE))
    there, paid = outer_cell(integrand, share, log_q)
    if there >= share:
        return 0.0
    rest = math.log1p(-there) - math.log1p(-share)
    return paid + (1 - there) * float(integrand(np.array([rest]))[0])


def outer_cell(
    integrand: Callable[[FloatArray], FloatArray], share: float, log_q: float
) -> tuple[float, float]:
    """Q, and the least that a cell with `share` of p and at most e^`log_q` of q is worth.

    A larger Q makes it less: Q is as small as floats hold the price.
    """
    l = min(log_q - math.log(share), 0.0)
    while True:
        there = share * math.exp(l)
        with np.errstate(over="ignore", invalid="ignore"):
            paid = there * float(integrand(np.array([l]))[0])
        if math.isfinite(paid):
            return there, paid
        l *= 0.7
