"""f-divergences, their transforms and integral probability metrics, as data.

A divergence is a frozen value (`FDivergence`, `Transformed`, `IPM`); `named` turns "js" or
"renyi(0.5)" into one, and `DIVERGENCES` is the table. One entry there adds a divergence to every
calculator, loss and check.

>>> from divkit.divergences import named
>>> named("jensen-shannon").label
'JSD (≤ log 2)'
>>> named("alpha(0.5)").upper
4.0
"""

from divkit.divergences.base import IPM, Divergence, FDivergence, Transformed
from divkit.divergences.families import alpha, weighted_js
from divkit.divergences.parameter_free import (
    GAN,
    HELLINGER2,
    JEFFREYS,
    JS,
    JS_FGAN,
    KL,
    NEYMAN,
    PEARSON,
    REVERSE_KL,
    SQUARED_HELLINGER,
    TRIANGULAR,
    TV,
)
from divkit.divergences.table import DIVERGENCES, named, rows
from divkit.divergences.transforms import (
    BHATTACHARYYA,
    ENERGY,
    HELLINGER,
    JS_DISTANCE,
    W1,
    W2,
    mmd,
    renyi,
)

__all__ = [
    "BHATTACHARYYA",
    "DIVERGENCES",
    "ENERGY",
    "GAN",
    "HELLINGER",
    "HELLINGER2",
    "IPM",
    "JEFFREYS",
    "JS",
    "JS_DISTANCE",
    "JS_FGAN",
    "KL",
    "NEYMAN",
    "PEARSON",
    "REVERSE_KL",
    "SQUARED_HELLINGER",
    "TRIANGULAR",
    "TV",
    "W1",
    "W2",
    "Divergence",
    "FDivergence",
    "Transformed",
    "alpha",
    "mmd",
    "named",
    "renyi",
    "rows",
    "weighted_js",
]
