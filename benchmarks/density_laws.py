"""Laws on the line for density estimates: Marron and Wand's, and ones with edges or tails.

The fifteen normal mixtures are those of Marron and Wand (1992, table 1), in their order.
"""

from __future__ import annotations

from collections.abc import Sequence

from divkit.distributions import (
    Affine,
    Beta,
    Exponential,
    Gamma,
    Laplace,
    Law1D,
    LogNormal,
    Mixture1D,
    Normal,
    StudentT,
    Transformed1D,
    Uniform,
    truncated,
)

Part = tuple[float, float, float]


def normals(*parts: Part) -> Law1D:
    """Weights in any unit, means, standard deviations."""
    total = sum(w for w, _, _ in parts)
    return Mixture1D(
        tuple(w / total for w, _, _ in parts), tuple(Normal(m, s) for _, m, s in parts)
    )


def boxes(weights: Sequence[float], ends: Sequence[tuple[float, float]]) -> Law1D:
    return Mixture1D(tuple(weights), tuple(Uniform(a, b) for a, b in ends))


def line(base: Law1D, map: Affine) -> Law1D:
    return Transformed1D(base, map)


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

OTHERS: dict[str, Law1D] = {
    "laplace": Laplace(0.0, 1.0),
    "half_normal": truncated(Normal(0.0, 1.0), 0.0),
    "pole": Gamma(0.5, 1.0),
    "two_boxes": boxes([0.5, 0.5], [(0.0, 1.0), (2.0, 2.5)]),
    "shifted_exponential": line(Exponential(1.0), Affine(7.0, -2.0)),
    "heavy": Mixture1D((0.7, 0.3), (StudentT(1.5, 0.0, 1.0), Normal(3.0, 0.3))),
}
"""Ones that no choice was made on."""

TWENTY = MARRON_WAND | EDGES_AND_TAILS
LAWS: dict[str, Law1D] = TWENTY | OTHERS
