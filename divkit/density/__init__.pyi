from divkit.density.auto.check import RowsCheck
from divkit.density.auto.method import AutoDensity
from divkit.density.auto.recipes import StackMember
from divkit.density.base import DensityEstimator
from divkit.density.gaussian_mixture import GaussianMixture
from divkit.density.histogram import Histogram
from divkit.density.kde import KernelDensity
from divkit.density.likelihood import MaximumLikelihood
from divkit.density.nearest import NearestNeighbours
from divkit.density.registry import DENSITIES, as_density, fit_density

__all__ = [
    "DENSITIES",
    "AutoDensity",
    "DensityEstimator",
    "GaussianMixture",
    "Histogram",
    "KernelDensity",
    "MaximumLikelihood",
    "NearestNeighbours",
    "RowsCheck",
    "StackMember",
    "as_density",
    "fit_density",
]
