"""Laws on the line for density estimates: Marron and Wand's, and ones with edges or tails.

The fifteen normal mixtures are those of Marron and Wand (1992, table 1), in their order.
`OUTSIDE` and `KEPT_BACK` belong to no family and no mixture that `fit_density(x, "auto")` stacks:
choices were made on draws of the former, none was ever made on the latter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

import divkit
from divkit.distributions import (
    Affine,
    Beta,
    Exp,
    Exponential,
    Gamma,
    Laplace,
    Law1D,
    Logistic,
    LogNormal,
    Mixture1D,
    Normal,
    Pareto,
    StudentT,
    Transformed1D,
    Uniform,
    truncated,
)
from divkit.types import FloatArray

Part = tuple[float, float, float]


def normals(*parts: Part) -> Law1D:
    """Weights in any unit, means, standard deviations."""
    total = sum(w for w, _, _ in parts)
    return Mixture1D(
        tuple(w / total for w, _, _ in parts), tuple(Normal(m, s) for _, m, s in parts)
    )


def boxes(weights: Sequence[float], ends: Sequence[tuple[float, float]]) -> Law1D:
    return Mixture1D(tuple(weights), tuple(Uniform(a, b) for a, b in ends))


def line(base: Law1D, map: Affine | Exp) -> Law1D:
    return Transformed1D(base, map)


def own(
    density: Callable[[FloatArray], FloatArray],
    support: tuple[float, float],
    kinks: Sequence[float] = (),
) -> Law1D:
    made = divkit.law(density=density, support=support, kinks=kinks)
    assert isinstance(made, Law1D)
    return made


MARRON_WAND: dict[str, Law1D] = {
    "gaussian": Normal(0, 1),
    "skewed": normals((1, 0, 1), (1, 1 / 2, 2 / 3), (3, 13 / 12, 5 / 9)),
    "strongly_skewed": normals(*((1, 3 * ((2 / 3) ** k - 1), (2 / 3) ** k) for k in range(8))),
    "kurtotic": normals((2, 0, 1), (1, 0, 1 / 10)),
    "outlier": normals((1, 0, 1), (9, 0, 1 / 10)),
    "bimodal": normals((1, -1, 2 / 3), (1, 1, 2 / 3)),
    "separated": normals((1, -3 / 2, 1 / 2), (1, 3 / 2, 1 / 2)),
    "skewed_bimodal": normals((3, 0, 1), (1, 3 / 2, 1 / 3)),
    "trimodal": normals((9, -6 / 5, 3 / 5), (9, 6 / 5, 3 / 5), (2, 0, 1 / 4)),
    "claw": normals((5, 0, 1), *((1, k / 2 - 1, 1 / 10) for k in range(5))),
    "double_claw": normals(
        (49 / 100, -1, 2 / 3),
        (49 / 100, 1, 2 / 3),
        *((1 / 350, (k - 3) / 2, 1 / 100) for k in range(7)),
    ),
    "asymmetric_claw": normals(
        (1 / 2, 0, 1), *((2 ** (1 - k) / 31, k + 1 / 2, 2**-k / 10) for k in range(-2, 3))
    ),
    "asymmetric_double_claw": normals(
        (46 / 100, -1, 2 / 3),
        (46 / 100, 1, 2 / 3),
        *((1 / 300, -k / 2, 1 / 100) for k in range(1, 4)),
        *((7 / 300, k / 2, 7 / 100) for k in range(1, 4)),
    ),
    "smooth_comb": normals(
        *((2 ** (5 - k), (65 - 96 / 2**k) / 21, 32 / 63 / 2**k) for k in range(6))
    ),
    "discrete_comb": normals(
        *((6, (12 * k - 15) / 7, 2 / 7) for k in range(3)),
        *((1, 2 * k / 7, 1 / 21) for k in range(8, 11)),
    ),
}
"""In the order of the paper."""

EDGES_AND_TAILS: dict[str, Law1D] = {
    "exponential": Exponential(1.0),
    "uniform": Uniform(-0.7, 1.9),  # no end that might be guessed
    "student_2": StudentT(2.0, 0.0, 1.0),
    "arcsine": line(Beta(0.5, 0.5), Affine(-0.7, 2.6)),
    "lognormal": LogNormal(0.0, 1.0),
}

MEMBERS: dict[str, Law1D] = {
    "laplace": Laplace(0.0, 1.0),
    "pole": Gamma(0.5, 1.0),
    "shifted_exponential": line(Exponential(1.0), Affine(7.0, -2.0)),
}
"""Others of families that the stack has."""

OUTSIDE: dict[str, Law1D] = {
    "half_normal": truncated(Normal(0.0, 1.0), 0.0),
    "two_boxes": boxes([0.5, 0.5], [(0.0, 1.0), (2.0, 2.5)]),
    "heavy": Mixture1D((0.7, 0.3), (StudentT(1.5, 0.0, 1.0), Normal(3.0, 0.3))),
    "triangle": own(lambda x: 1 - np.abs(x), (-1.0, 1.0), [0.0]),
    "skew_normal": divkit.as_law(stats.skewnorm(6.0)),
    "ripples": own(lambda x: stats.norm.pdf(x) * (1 + 0.8 * np.sin(6 * x)), (-np.inf, np.inf)),
    "laplace_pair": Mixture1D((0.4, 0.6), (Laplace(-2.0, 0.5), Laplace(2.0, 1.0))),
}
"""Of no family that the stack has."""

KEPT_BACK: dict[str, Law1D] = {
    "flat_topped": divkit.as_law(stats.gennorm(8.0)),
    "inverse_gaussian": divkit.as_law(stats.invgauss(1.0)),
    "loglogistic": line(Logistic(0.0, 0.4), Exp()),
    "pareto": Pareto(1.5, 1.0),
    "saw": own(lambda x: 2 * (x % 1) / 3, (0.0, 3.0), [1.0, 2.0]),
    "student_pair": Mixture1D((0.5, 0.5), (StudentT(3.0, -3.0, 1.0), StudentT(3.0, 3.0, 0.5))),
    "inner_jump": Mixture1D((0.6, 0.4), (Normal(0.0, 1.0), Uniform(0.5, 1.0))),
    "truncated_normal": truncated(Normal(0.0, 1.0), -0.5, 2.0),
}
"""Of no such family, and no choice was ever made on a draw of theirs."""

TWENTY = MARRON_WAND | EDGES_AND_TAILS
OUTSIDERS = OUTSIDE | KEPT_BACK
LAWS: dict[str, Law1D] = TWENTY | MEMBERS | OUTSIDERS
GROUPS = {
    "twenty": TWENTY,
    "members": MEMBERS,
    "outside": OUTSIDE,
    "kept_back": KEPT_BACK,
    "outsiders": OUTSIDERS,
    "all": LAWS,
}
