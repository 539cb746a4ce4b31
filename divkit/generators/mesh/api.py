"""From a network and its noise to the law of what it pushes out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from divkit.critics.activations import TANH
from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.product import Product
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.families.normal import Normal
from divkit.generators.folds import FoldedLaw, TanhNetwork
from divkit.generators.mesh.affine_pieces import AffinePieces
from divkit.generators.mesh.bent import bent_triangles
from divkit.generators.mesh.cells import TooManyPiecesError
from divkit.generators.mesh.copies import CopiedLayers, CopiedNoise, affine_cells
from divkit.generators.mesh.curved_pieces import CurvedPieces
from divkit.generators.mesh.law import MeshLaw
from divkit.generators.mesh.layers import Layers
from divkit.generators.mesh.level_law import LevelLaw
from divkit.generators.mesh.noise import placed_noise
from divkit.generators.mesh.value_mesh import affine_levels, curved_levels
from divkit.types import FloatArray

_FAR = 38.0  # half the side of a box of N(0, I) beyond which its density is no float


_MOST_CROWD = 60.0  # triangles that may hold a point: beyond it the map is not resolved
_JUMPS = 2e-3  # mass of triangles across which values jump: beyond it no law is made
_MOST_MISSED = 0.02  # draws that are no preimages of their images: neither is it then
_ON_LINE = 9.0  # the same for points on the line
_NEAR = 7.0  # the same beyond which N(0, I) weighs 5e-12


def mesh_law(latent: Law, layers: Layers) -> Law | None:
    """Return the law of a network of one or two coordinates of noise and no more of points.

    It is None where the noise has no box, or a network of piecewise linear units over 200,000
    pieces, or a smooth one turns so fast that its triangles do not tell preimages apart.
    """
    if layers.outputs == 1:
        return _on_the_line(latent, layers)
    if (layers.inputs, layers.outputs) != (2, 2):
        return None
    linear = layers.piecewise_linear
    placed = placed_noise(latent, layers, _FAR if linear else _NEAR)
    if placed is None:
        return None
    noise, moved = placed
    if not linear:
        pieces = CurvedPieces(noise, moved, bent_triangles(moved, noise))
        told = pieces.crowd <= _MOST_CROWD and pieces.missed <= _MOST_MISSED
        return MeshLaw(pieces, moved) if told else None
    try:
        return MeshLaw(AffinePieces(noise, affine_cells(moved, noise.box)), moved)
    except TooManyPiecesError:
        return None


def mesh_mixture(latent: Law, networks: Sequence[Layers], weights: FloatArray) -> Law | None:
    """Return the law of one of several networks at random, of one law of noise in the plane.

    Parameters
    ----------
    latent : the prior of z, for each.
    networks : of piecewise linear units, from the plane into it.
    weights : their probabilities, which sum to 1; networks of probability 0 are left out.

    It is None as `mesh_law`'s is, and for networks of smooth units.
    """
    kept, first = np.flatnonzero(weights > 0), networks[0]
    placed = placed_noise(latent, first, _FAR)
    if placed is None or not first.piecewise_linear or (first.inputs, first.outputs) != (2, 2):
        return None
    moved = [placed_noise(latent, networks[k], _FAR) for k in kept.tolist()]
    parts = tuple(layers for _, layers in filter(None, moved))
    noise = CopiedNoise.of(placed[0], weights[kept] / weights[kept].sum())
    layers = CopiedLayers(noise.law, parts)
    try:
        return MeshLaw(AffinePieces(noise, affine_cells(layers, noise.box)), layers)
    except TooManyPiecesError:
        return None


def _on_the_line(latent: Law, layers: Layers) -> Law | None:
    """The law of points on the line, of one or two coordinates of noise."""
    if layers.inputs == 1:  # as of noise in the plane whose second coordinate does nothing
        if not isinstance(latent, Law1D):
            return None
        if not layers.piecewise_linear:
            return _folded(latent, layers)
        weight, bias = layers.affine[0]
        wide = np.concatenate([weight, np.zeros_like(weight)], axis=1)
        other = Normal() if isinstance(latent, Normal) else Uniform(0.0, 1.0)
        flat = Layers(((wide, bias), *layers.affine[1:]), layers.units)
        return _on_the_line(Product((latent, other)), flat)
    placed = placed_noise(latent, layers, _ON_LINE)
    if placed is None:
        return None
    noise, moved = placed
    if not layers.piecewise_linear:
        found = curved_levels(moved, noise)
        if found.unresolved > _JUMPS:
            return None
        return LevelLaw(found.fine, found.coarse, moved, found.unresolved)
    try:
        return LevelLaw(affine_levels(moved, noise), None, moved)
    except TooManyPiecesError:
        return None


def _folded(latent: Law1D, layers: Layers) -> Law | None:
    """The law of a tanh network of the line."""
    if not all(unit is TANH for unit in layers.units):
        return None
    return FoldedLaw(latent, TanhNetwork(layers.affine))
