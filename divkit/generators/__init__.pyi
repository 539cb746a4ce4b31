from divkit.generators.affine import AffineGenerator
from divkit.generators.categorical import CategoricalGenerator
from divkit.generators.conditional import ConditionalGenerator
from divkit.generators.decoders import BinaryDecoder, GaussianDecoder
from divkit.generators.flows import FlowGenerator
from divkit.generators.folds import FoldedLaw
from divkit.generators.generator import Generator, standard_normal
from divkit.generators.mixtures import MixtureGenerator
from divkit.generators.mlp import MLPGenerator
from divkit.generators.modules import ModuleGenerator
from divkit.generators.network import NetworkGenerator
from divkit.generators.network_mixture import NetworkMixtureGenerator
from divkit.generators.polynomials import PolynomialGenerator
from divkit.generators.ppca import ProbabilisticPCA
from divkit.generators.rejection import Rejection, best_rejection
from divkit.generators.singular import SingularImage
from divkit.generators.targets import TARGETS

__all__ = [
    "TARGETS",
    "AffineGenerator",
    "BinaryDecoder",
    "CategoricalGenerator",
    "ConditionalGenerator",
    "FlowGenerator",
    "FoldedLaw",
    "GaussianDecoder",
    "Generator",
    "MLPGenerator",
    "MixtureGenerator",
    "ModuleGenerator",
    "NetworkGenerator",
    "NetworkMixtureGenerator",
    "PolynomialGenerator",
    "ProbabilisticPCA",
    "Rejection",
    "SingularImage",
    "best_rejection",
    "standard_normal",
]
