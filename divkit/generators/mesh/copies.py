r"""One of several networks at random, as one map: copies of the noise that lie far apart.

With probability w_k the point is G_k(z), z from one law of noise. That is the law of G(z') where
z' has density w_k p_z(z' − c_k) around places c_k further apart than the noise reaches, and
G(z') = G_k(z' − c_k) around each: one mesh, whose preimages, quadratures and draws are those of a
single network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.distributions.support import Support, Unknown
from divkit.generators.mesh.cells import MOST_CELLS, AffineCells, TooManyPiecesError, cells
from divkit.generators.mesh.layers import Layers
from divkit.generators.mesh.noise import Noise
from divkit.generators.mesh.polygons import IntArray
from divkit.types import FloatArray, Tensor

_APART = 1.25
"""From place to place, in widths of the box of the noise."""


@dataclass(frozen=True, eq=False)
class CopiedLaw(Law):
    """The law of z + c_K, with probability `weights[k]` at the k-th place.

    Attributes
    ----------
    inner : the noise, which its box holds.
    weights : of the copies.
    """

    inner: Noise
    weights: FloatArray

    @property
    def dim(self) -> int:
        """The noise's."""
        return len(self.inner.box)

    @property
    def support(self) -> Support:
        """Not told."""
        return Unknown(self.dim)

    @property
    def apart(self) -> float:
        """Between neighbouring places, along the first coordinate."""
        low, high = self.inner.box[0]
        return _APART * float(high - low)

    def owner(self, z: FloatArray) -> IntArray:
        """The copy that each of some points (…, k) is of."""
        at = np.rint((z[..., 0] - self.inner.box[0].mean()) / self.apart)
        return np.asarray(np.clip(at, 0, len(self.weights) - 1).astype(np.int64))

    def places(self, owner: IntArray) -> FloatArray:
        """c_k of copies (…,), as (…, k)."""
        out = np.zeros((*owner.shape, self.dim))
        out[..., 0] = owner * self.apart
        return out

    def local(self, z: FloatArray) -> tuple[IntArray, FloatArray]:
        """The copy of each point (n, k), and the noise that it stands for."""
        owner = self.owner(z)
        return owner, z - self.places(owner)

    def _log_prob(self, x: Tensor) -> Tensor:
        owner, z = self.local(x.detach().cpu().numpy())
        return torch.from_numpy(self.inner.log_density(z) + np.log(self.weights)[owner])

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        owner = rng.choice(len(self.weights), n, p=self.weights)
        return np.asarray(self.inner.law.sample(n, rng).numpy() + self.places(owner))


@dataclass(frozen=True, eq=False)
class CopiedNoise(Noise):
    """Copies of a noise far apart, as noise; `box` and `outside` are those of one."""

    law: CopiedLaw

    @classmethod
    def of(cls, inner: Noise, weights: FloatArray) -> CopiedNoise:
        """Copies of these weights."""
        return cls(CopiedLaw(inner, weights), False, inner.box, inner.outside)

    @property
    def scale(self) -> float:
        """That of one copy."""
        return self.law.inner.scale

    @property
    def masses_are_exact(self) -> bool:
        """Those of one copy."""
        return self.law.inner.masses_are_exact

    def log_density(self, z: FloatArray) -> FloatArray:
        """log w_k + log p_z(z − c_k)."""
        owner, local = self.law.local(z)
        return np.asarray(self.law.inner.log_density(local) + np.log(self.law.weights)[owner])

    def masses(self, z: FloatArray, nodes: FloatArray) -> FloatArray:
        """Those of triangles (n, 3, 2) in their own copies, times the weights."""
        owner, shift = self._shifts(z)
        return np.asarray(
            self.law.weights[owner] * self.law.inner.masses(z - shift, nodes - shift)
        )

    def peak(self, corners: FloatArray) -> FloatArray:
        """A bound of the log density over convex hulls of corners (n, m, k), each in a copy."""
        owner, shift = self._shifts(corners)
        return np.asarray(np.log(self.law.weights)[owner] + self.law.inner.peak(corners - shift))

    def _shifts(self, corners: FloatArray) -> tuple[IntArray, FloatArray]:
        owner = self.law.owner(corners.mean(axis=1))
        return owner, self.law.places(owner)[:, None]


@dataclass(frozen=True, eq=False, repr=False)
class CopiedLayers:
    """The map of copied noise: the k-th network on the k-th copy.

    Attributes
    ----------
    law : of the noise.
    parts : the networks.
    """

    law: CopiedLaw
    parts: tuple[Layers, ...]

    def __repr__(self) -> str:
        return f"CopiedLayers({len(self.parts)} of {self.parts[0]!r})"

    def __call__(self, z: FloatArray) -> FloatArray:
        """Points (n, d) of noise (n, k)."""
        return self.jet(z)[0]

    def jet(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Points (n, d), and the Jacobian (n, d, k)."""
        owner, local = self.law.local(z)
        outputs, inputs = self.parts[0].outputs, self.parts[0].inputs
        x, slope = np.empty((len(z), outputs)), np.empty((len(z), outputs, inputs))
        for k in np.unique(owner).tolist():
            rows = owner == k
            x[rows], slope[rows] = self.parts[k].jet(local[rows])
        return x, slope


def affine_cells(layers: Layers | CopiedLayers, box: FloatArray) -> AffineCells:
    """The cells of one network, or those of all, each around its place, within a box of one noise.

    Raises
    ------
    TooManyPiecesError
        If there are more than 200,000.
    """
    if isinstance(layers, Layers):
        return cells(layers, box)
    found: list[AffineCells] = []
    count = 0
    for k, part in enumerate(layers.parts):
        own, place = cells(part, box), layers.law.places(np.array(k))
        shift = own.shift - own.slope @ place
        found.append(AffineCells(own.z + place, own.cell + count, own.slope, shift))
        count += len(own.slope)
        if count > MOST_CELLS:
            raise TooManyPiecesError(f"{layers!r} has over {MOST_CELLS} affine pieces.")
    return _joined(found)


def _joined(found: Sequence[AffineCells]) -> AffineCells:
    columns = zip(*((c.z, c.cell, c.slope, c.shift) for c in found), strict=True)
    z, cell, slope, shift = (np.concatenate(column) for column in columns)
    return AffineCells(z, cell, slope, shift)
