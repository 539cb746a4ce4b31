"""The catalogue's pairs on the line and of counts, written again in SciPy's laws."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from scipy import stats
from second_line import (
    Counted,
    DoubledSine,
    Found,
    OnTheLine,
    Road,
    SymmetricStable,
    bars,
    counted,
    ising,
    laplace,
    mixed,
    normal,
    table,
    zipfs,
)

_CLAW = mixed((0.5, 0, 1), *((0.1, k / 2, 0.1) for k in (-2, -1, 0, 1, 2)))
_ODD = (normal(), normal(0.5, 1.2))
_BASE = (normal(), normal(0.8, 1.3))


def _line() -> Mapping[str, Road]:
    one, s = normal(), stats
    pairs = {
        "shift1": (one, normal(1)), "shift6": (one, normal(6)), "scale3": (one, normal(0, 3)),
        "mixture3_vs_mixture2": (mixed((0.3, -3, 0.5), (0.4, 0, 0.7), (0.3, 3, 0.5)),
                                 mixed((0.5, -1, 1), (0.5, 2, 1.5))),
        "bimodal_vs_laplace": (mixed((0.4, -1.5, 0.6), (0.6, 1, 1)), laplace()),
        "fgan_target": (mixed((0.33, -1, 0.25), (0.67, 2, 2**0.5)), normal(1, 1.8)),
        "student3_vs_cauchy": (s.t(3), s.cauchy()),
        "gumbel_vs_logistic": (s.gumbel_r(), s.logistic(0.5, 1.2)),
        "needle": (one, normal(50, 0.01)),
        "uniform_overlap": (s.uniform(0, 1), s.uniform(0.5, 1)),
        "uniform_disjoint": (s.uniform(0, 1), s.uniform(2, 1)),
        "exponentials": (s.expon(), s.expon(scale=1 / 1.6)),
        "gammas": (s.gamma(2), s.gamma(3)),
        "gamma_vs_lognormal": (s.gamma(3), s.lognorm(0.6, scale=math.e)),
        "lognormals": (s.lognorm(1), s.lognorm(1, scale=math.exp(0.5))),
        "weibulls": (s.weibull_min(1.5), s.weibull_min(2)),
        "betas": (s.beta(2, 3), s.beta(3, 2)),
        "triangular_vs_uniform": (s.beta(2, 1), s.uniform()),
        "laplace_vs_normal": (laplace(), normal(0, 2**0.5)),
        "logistic_vs_normal": (s.logistic(), normal(0, math.pi / 3**0.5)),
        "gumbel_vs_normal": (s.gumbel_r(), normal(0.5772, 1.2825)),
        "laplaces": (laplace(), laplace(0.7)), "normals": (one, normal(0.5, 1.5)),
        "skewed": (s.skewnorm(3), normal(0.7569, 0.6530)),
        "halfnormals": (s.halfnorm(), s.halfnorm(scale=1.5)),
        "rayleighs": (s.rayleigh(), s.rayleigh(scale=1.4)),
        "claw": (_CLAW, normal(0, 0.87)),
        "two_modes_vs_one": (mixed((0.5, -1, 0.6), (0.5, 1, 0.6)), normal(0, 1.1662)),
        "separated_modes": (mixed((0.5, -3, 1), (0.5, 3, 1)), mixed((0.3, -3, 1), (0.7, 3, 1))),
        "moved_mode": (mixed((0.9, 0, 1), (0.1, 4, 0.5)), mixed((0.9, 0, 1), (0.1, 5, 0.5))),
        "spike_in_slab": (mixed((0.8, 0, 1), (0.2, 0, 0.05)), one),
        "uniform_in_normal": (s.uniform(-1, 2), one),
        "cauchys": (s.cauchy(), s.cauchy(1)), "cauchy_scale": (s.cauchy(), s.cauchy(0, 2)),
        "student2_vs_student4": (s.t(2), s.t(4)), "students_shift": (s.t(3), s.t(3, 0.8)),
        "normal_vs_student3": (one, s.t(3)), "student5_vs_normal": (s.t(5), normal(0, 1.29)),
        "paretos": (s.pareto(2), s.pareto(3)), "lomaxes": (s.lomax(2), s.lomax(3)),
        "halfcauchys": (s.halfcauchy(), s.halfcauchy(scale=2)),
        "inverse_gammas": (s.invgamma(3), s.invgamma(4)),
        "loglogistics": (s.burr12(2, 1), s.burr12(3, 1)),  # fisk, with the digits of its sf
        "near_shift": (one, normal(0.1)), "near_scale": (one, normal(0, 1.05)),
        "near_tail": (one, s.t(30)), "near_bump": (mixed((0.99, 0, 1), (0.01, 2, 0.2)), one),
        "near_laplace": (laplace(), laplace(0.1)),
        "few_against_many": _ODD, "many_against_few": _ODD, "rows_twice": _ODD,
        "contaminated_0.01": (mixed((0.99, 0, 1), (0.01, 8, 1)), _ODD[1]),
        "contaminated_0.1": (mixed((0.9, 0, 1), (0.1, 8, 1)), _ODD[1]),
        "equal_1": (one, one), "kl10": (one, normal(20**0.5)), "kl30": (one, normal(60**0.5)),
        "kl100": (one, normal(200**0.5)),
        "funnel_vs_funnel": (one, normal(0, 1.3)),  # given x₀ the other coordinate is alike
        "shift2d": (one, normal(2)), "shift20": (one, normal(5**0.5)),
        "near_plane": (one, normal(0.02**0.5)), "near_10": (one, normal(0.025**0.5)),
    }  # fmt: skip
    slopes = {
        "exp": np.exp, "tanh": lambda x: np.cosh(x) ** -2.0, "sinh": np.cosh,
        "asinh": lambda x: 1 / np.hypot(1, x), "cube": lambda x: 3 * x * x,
    }  # fmt: skip
    bathtub = OnTheLine(s.uniform(0, math.pi / 2), DoubledSine(), lambda x: np.sin(2 * x))
    warped = {"beta_bathtub": bathtub} | {
        f"{name}_of_normals": OnTheLine(*_BASE, slope) for name, slope in slopes.items()
    }
    stable = OnTheLine(SymmetricStable(), SymmetricStable(0.7))

    def stables(kind: str) -> Found | None:
        return (0.7, 0.0) if kind == "w1" else stable(kind)  # W1 of a shift is the shift

    return {name: OnTheLine(*pair) for name, pair in pairs.items()} | warped | {"stables": stables}


def _counts() -> Mapping[str, Road]:
    s = stats
    even = [2.0**-9] * 512
    k = np.arange(-60, 101)
    return {
        "poissons": counted(s.poisson(3), s.poisson(5), 0, 80),
        "poisson_vs_negative_binomial": counted(s.poisson(4), s.nbinom(4, 0.5), 0, 130),
        "binomials": counted(s.binom(10, 0.3), s.binom(10, 0.5), 0, 10),
        "geometrics": counted(s.geom(0.3), s.geom(0.5), 1, 3000),
        "zipfs": zipfs,
        "bernoullis": table([0.5, 0.5], [0.7, 0.3]),
        "categories": table([0.1, 0.2, 0.3, 0.4], [0.25] * 4),
        "skellams": Counted(*(_skellam(k, mean) for mean in (3.0, 2.0)), k.astype(float)),
        "five_counts": counted(s.poisson(10), s.poisson(12), 0, 120),  # their sum is sufficient
        "bars": table(bars(), even, on_the_line=False),
        "ising_warm": table(ising(0.3), ising(0.1), on_the_line=False),
    }


def _skellam(k: np.ndarray, mean: float) -> np.ndarray:
    """Log probabilities of Poisson(mean) − Poisson(2), a sum over the second."""
    second = np.arange(0, 120)
    first = k[:, None] + second
    parts = stats.poisson(mean).pmf(first) * stats.poisson(2.0).pmf(second)
    with np.errstate(divide="ignore"):
        return np.log(parts.sum(axis=1))


LINE: Mapping[str, Road] = {**_line(), **_counts()}
