r"""Noise in the plane or on the line: where it lives, and what is left outside.

A normal law is the image of N(0, I) under an affine map, which the first layer of a network takes
over; other laws are kept as they are on a box that holds all but a stated mass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from scipy import special

from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.product import Product
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.distributions.support import Boxes, bounding_box
from divkit.generators.mesh.layers import Layers
from divkit.generators.mesh.triangles import doubled_areas
from divkit.types import FloatArray

_CANCELLED = 1e-11  # a mass whose rounding is a millionth of it
_TAIL = 1e-15
_GRIDS, _UNSEEN = (101, 128), 0.02
LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True, eq=False)
class Noise:
    """The law of z (k = 1 or 2), and a box that holds it.

    Attributes
    ----------
    law : of z.
    gaussian : whether it is N(0, I).
    box : (k, 2).
    outside : the mass that the box leaves out.
    """

    law: Law
    gaussian: bool
    box: FloatArray
    outside: float

    @property
    def scale(self) -> float:
        """A length over which the density varies."""
        return 1.0 if self.gaussian else float((self.box[:, 1] - self.box[:, 0]).min()) / 8

    @property
    def masses_are_exact(self) -> bool:
        """Whether they need no nodes."""
        return self.gaussian

    @property
    def is_seen(self) -> bool:
        """Whether the middles of even cells of the box see its mass, on two grids.

        They do not where it is narrow or heavy-tailed beside its box, or its density has poles;
        then no triangles do.
        """
        sums = []
        for count in _GRIDS:
            axes = [
                low + (np.arange(count) + 0.5) * (high - low) / count for low, high in self.box
            ]
            z = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, len(self.box))
            cell = np.prod((self.box[:, 1] - self.box[:, 0]) / count)
            sums.append(float(np.exp(self.log_density(z)).sum() * cell))
        return max(abs(total - 1) for total in sums) <= _UNSEEN

    def within(self, reach: float) -> Noise:
        """The same, of which N(0, I) and its copies are kept within this distance alone."""
        if not self.masses_are_exact:
            return self
        return replace(self, **_gaussian_box(len(self.box), reach))

    def log_density(self, z: FloatArray) -> FloatArray:
        """log p_z at (n, k), as (n,)."""
        if self.gaussian:
            square = np.einsum("...i,...i->...", z, z)
            return np.asarray(-0.5 * square - 0.5 * z.shape[-1] * LOG_2PI)
        return np.asarray(self.law.log_prob(torch.from_numpy(z)).numpy())

    def masses(self, z: FloatArray, nodes: FloatArray) -> FloatArray:
        """The mass of triangles (n, 3, 2), by their nodes (n, m, 2) where it is not known."""
        if self.gaussian:
            return triangle_masses(z)
        flat = np.exp(self.log_density(nodes.reshape(-1, nodes.shape[-1])))
        return np.asarray(0.5 * doubled_areas(z) * flat.reshape(nodes.shape[:2]).mean(axis=1))

    def peak(self, corners: FloatArray) -> FloatArray:
        """A bound of log p_z over convex hulls of corners (n, m, k) not far from a maximum."""
        if not self.gaussian:
            flat = corners.reshape(-1, corners.shape[-1])
            return np.asarray(self.log_density(flat).reshape(corners.shape[:-1]).max(axis=-1))
        centre = corners.mean(axis=1)
        reach = np.sqrt(((corners - centre[:, None]) ** 2).sum(axis=-1)).max(axis=-1)
        near = np.maximum(np.sqrt((centre**2).sum(axis=-1)) - reach, 0.0)
        return np.asarray(-0.5 * near**2 - 0.5 * corners.shape[-1] * LOG_2PI)


def placed_noise(latent: Law, layers: Layers, reach: float) -> tuple[Noise, Layers] | None:
    """The noise with the map of it, N(0, I) where the noise is normal.

    None where it has no box, or is too narrow in it for triangles to see.

    Parameters
    ----------
    latent : the prior of z.
    layers : G.
    reach : half the side of the box of N(0, I).
    """
    moved = _standardised(latent)
    if moved is not None:
        shift, matrix = moved
        dim = len(shift)
        law = MultivariateNormal((0.0,) * dim, tuple(map(tuple, np.eye(dim).tolist())))
        return Noise(law, True, **_gaussian_box(dim, reach)), layers.after(matrix, shift)
    found = _box(latent)
    if found is None:
        return None
    noise = Noise(latent, False, *found)
    return (noise, layers) if noise.is_seen else None


def _gaussian_box(dim: int, reach: float) -> dict[str, Any]:
    """A box around N(0, I), and the mass outside."""
    return {
        "box": np.tile([-reach, reach], (dim, 1)),
        "outside": dim * math.erfc(reach / math.sqrt(2)),
    }


def _standardised(latent: Law) -> tuple[FloatArray, FloatArray] | None:
    """Shift and matrix of a normal law."""
    if isinstance(latent, Normal):
        return np.array([latent.loc]), np.array([[latent.scale]])
    if isinstance(latent, MultivariateNormal):
        return np.array(latent.loc), np.linalg.cholesky(np.array(latent.cov))
    if isinstance(latent, Product) and all(isinstance(f, Normal) for f in latent.factors):
        parts = [f for f in latent.factors if isinstance(f, Normal)]
        return np.array([f.loc for f in parts]), np.diag([f.scale for f in parts])
    return None


def _box(latent: Law) -> tuple[FloatArray, float] | None:
    """A box, and the mass outside."""
    factors = latent.factors if isinstance(latent, Product) else (latent,)
    ends, outside = [], 0.0
    for factor in factors:
        if isinstance(factor.support, Boxes):
            box = np.array(bounding_box(factor.support), dtype=float)
            if np.isfinite(box).all():
                ends += box.tolist()
                continue
        if not isinstance(factor, Law1D):
            return None
        ends.append([float(factor.ppf(_TAIL)), float(factor.ppf(1 - _TAIL))])
        outside += 2 * _TAIL
    box = np.array(ends)
    return (box, outside) if np.isfinite(box).all() else None


def triangle_masses(z: FloatArray) -> FloatArray:
    r"""The mass of N(0, I₂) in triangles (n, 3, 2).

    With an edge at distance h of 0, seen from there from angle α to β off its nearest point, the
    mass between it and 0 is (β − α)/2π − [T(h, tan β) − T(h, tan α)], T Owen's function. A sum
    below `_CANCELLED` has lost its digits: there the density is taken for the exponential of the
    plane through its logarithms at the corners, which only the size of a triangle makes false.
    """
    total = np.zeros(len(z))
    for k in range(3):
        a, b = z[:, k], z[:, (k + 1) % 3]
        along = b - a
        length = np.sqrt((along**2).sum(axis=-1))
        unit = along / np.where(length == 0, 1.0, length)[:, None]
        h = unit[:, 1] * a[:, 0] - unit[:, 0] * a[:, 1]
        start, stop = (a * unit).sum(axis=-1), (b * unit).sum(axis=-1)
        off = np.abs(h)
        inner = np.arctan2(stop, off) - np.arctan2(start, off)
        with np.errstate(divide="ignore", invalid="ignore"):
            tails = special.owens_t(off, stop / off) - special.owens_t(off, start / off)
        part = np.where((off == 0) | (length == 0), 0.0, inner / (2 * math.pi) - tails)
        total += np.sign(h) * part
    total, lost = np.abs(total), np.abs(total) < _CANCELLED
    total[lost] = _far_masses(z[lost])
    return np.asarray(total)


def _far_masses(z: FloatArray) -> FloatArray:
    """2A e^a times the divided difference of e^{−t} at 0, a − b, a − c; a ≥ b ≥ c at corners."""
    log = np.sort(-0.5 * (z**2).sum(axis=-1) - LOG_2PI, axis=1)[:, ::-1]
    x, y = log[:, 0] - log[:, 1], log[:, 0] - log[:, 2]
    near = y - x < 1e-3 * (1 + x)
    middle, step = 0.5 * (x + y), np.where(near, 1.0, y - x)
    apart = np.where(near, _fall(middle), (_decay(x) - _decay(y)) / step)
    return np.asarray(doubled_areas(z) * np.exp(log[:, 0]) * apart)


def _decay(x: FloatArray) -> FloatArray:
    """(1 − e^{−x})/x."""
    safe = np.where(x > 0, x, 1.0)
    return np.where(x > 0, -np.expm1(-safe) / safe, 1.0)


def _fall(x: FloatArray) -> FloatArray:
    """The derivative of `_decay` with the other sign, (1 − e^{−x}(1 + x))/x²."""
    safe = np.where(x > 0.05, x, 1.0)
    series = 0.5 - x / 3 + x**2 / 8 - x**3 / 30 + x**4 / 144
    return np.where(x > 0.05, (1 - np.exp(-safe) * (1 + safe)) / safe**2, series)
