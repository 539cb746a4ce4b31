"""Generators: maps of latent noise with a flat vector of parameters, and their laws."""

from divkit.gan.generators.affine import AffineGenerator
from divkit.gan.generators.generator import Generator, standard_normal
from divkit.gan.generators.mlp import MLPGenerator
from divkit.gan.generators.singular import SingularImage

__all__ = [
    "AffineGenerator",
    "Generator",
    "MLPGenerator",
    "SingularImage",
    "standard_normal",
]
