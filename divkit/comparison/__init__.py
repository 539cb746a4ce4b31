"""Two samples side by side: how far apart, whether at all, in which columns, and where."""

from divkit.comparison.compare import KINDS, Comparison, compare
from divkit.comparison.contrasts import Contrast, contrasts
from divkit.comparison.extremes import Extreme, extremes
from divkit.comparison.features import ColumnComparison, features
from divkit.comparison.permutation import Permutation, permutation_test

__all__ = [
    "KINDS",
    "ColumnComparison",
    "Comparison",
    "Contrast",
    "Extreme",
    "Permutation",
    "compare",
    "contrasts",
    "extremes",
    "features",
    "permutation_test",
]
