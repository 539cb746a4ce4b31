from divkit.generators.affine import AffineGenerator
from divkit.generators.categorical import CategoricalGenerator
from divkit.generators.flows import FlowGenerator
from divkit.generators.folds import FoldedLaw
from divkit.generators.generator import Generator, standard_normal
from divkit.generators.mixtures import MixtureGenerator
from divkit.generators.mlp import MLPGenerator
from divkit.generators.modules import ModuleGenerator
from divkit.generators.polynomials import PolynomialGenerator
from divkit.generators.singular import SingularImage

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
