"""The law of G(z) on the line for a G that need not be monotone: all preimages, none missed."""

from divkit.gan.generators.folds.curve import Curve
from divkit.gan.generators.folds.folded import FoldedLaw
from divkit.gan.generators.folds.network import TanhNetwork
from divkit.gan.generators.folds.polynomial import PolynomialCurve

__all__ = ["Curve", "FoldedLaw", "PolynomialCurve", "TanhNetwork"]
