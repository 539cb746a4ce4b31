"""Two samples side by side: how far apart, whether at all, in which columns, and where."""

from typing import TYPE_CHECKING

from divkit.comparison.compare import KINDS, Comparison, compare
from divkit.comparison.contrasts import Contrast, contrasts
from divkit.comparison.extremes import Extreme, extremes
from divkit.comparison.features import ColumnComparison, features
from divkit.comparison.permutation import Permutation, permutation_test
from divkit.moved import names_of

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

if not TYPE_CHECKING:
    __getattr__ = names_of(__name__)
