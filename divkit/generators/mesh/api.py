"""From a network and its noise to the law of what it pushes out."""

from __future__ import annotations

from divkit.distributions.base import Law
from divkit.generators.mesh.affine_pieces import AffinePieces
from divkit.generators.mesh.bent import bent_triangles
from divkit.generators.mesh.cells import TooManyPiecesError, cells
from divkit.generators.mesh.curved_pieces import CurvedPieces
from divkit.generators.mesh.law import MeshLaw
from divkit.generators.mesh.layers import Layers
from divkit.generators.mesh.noise import placed_noise

_FAR = 38.0  # half the side of a box of N(0, I) beyond which its density is no float


_NEAR = 7.0  # the same beyond which N(0, I) weighs 5e-12


def mesh_law(latent: Law, layers: Layers) -> Law | None:
    """Return the law of a network of noise in the plane; None where it is not known.

    It is not where the noise has no box, or a network of piecewise linear units over 200,000
    pieces.
    """
    if (layers.inputs, layers.outputs) != (2, 2):
        return None
    linear = layers.piecewise_linear
    placed = placed_noise(latent, layers, _FAR if linear else _NEAR)
    if placed is None:
        return None
    noise, moved = placed
    if not linear:
        return MeshLaw(CurvedPieces(noise, moved, bent_triangles(moved, noise)), moved)
    try:
        return MeshLaw(AffinePieces(noise, cells(moved, noise.box)), moved)
    except TooManyPiecesError:
        return None
