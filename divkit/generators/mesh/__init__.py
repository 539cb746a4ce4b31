"""The law of a network of noise in the plane: every preimage, piece by piece."""

from divkit.generators.mesh.api import mesh_law, mesh_mixture
from divkit.generators.mesh.law import MeshLaw
from divkit.generators.mesh.layers import Layers
from divkit.generators.mesh.level_law import LevelLaw

__all__ = ["Layers", "LevelLaw", "MeshLaw", "mesh_law", "mesh_mixture"]
