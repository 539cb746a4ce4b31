"""The law of G(z) on the line for a G that need not be monotone: all preimages, none missed."""

from divkit.generators.folds.curve import LineMap
from divkit.generators.folds.folded import FoldedLaw
from divkit.generators.folds.network import TanhNetwork
from divkit.generators.folds.polynomial import PolynomialCurve

__all__ = ["FoldedLaw", "LineMap", "PolynomialCurve", "TanhNetwork"]
