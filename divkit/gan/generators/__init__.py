"""Generators: maps of latent noise with a flat vector of parameters, and their laws."""

from divkit.gan.generators.affine import AffineGenerator
from divkit.gan.generators.categorical import CategoricalGenerator
from divkit.gan.generators.flows import FlowGenerator
from divkit.gan.generators.folds import FoldedLaw
from divkit.gan.generators.generator import Generator, standard_normal
from divkit.gan.generators.mixtures import MixtureGenerator
from divkit.gan.generators.mlp import MLPGenerator
from divkit.gan.generators.modules import ModuleGenerator
from divkit.gan.generators.polynomials import PolynomialGenerator
from divkit.gan.generators.singular import SingularImage

__all__ = [
    "AffineGenerator",
    "CategoricalGenerator",
    "FlowGenerator",
    "FoldedLaw",
    "Generator",
    "MLPGenerator",
    "MixtureGenerator",
    "ModuleGenerator",
    "PolynomialGenerator",
    "SingularImage",
    "standard_normal",
]
