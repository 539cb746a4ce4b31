"""The catalogue's pairs of the plane and of space, written again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial

import numpy as np
from scipy import special, stats
from second_line import Found, OnTheLine, Road, counted, laplace, normal
from second_space import (
    Atoms,
    FormulaFirst,
    Logs,
    Trapezoid,
    arcs,
    arms,
    blobs,
    covariance,
    full_normal,
    gaussians,
    independent,
    plane,
    product_forms,
    products,
    rings,
    round_normal,
    shifted_normal,
    squares,
)


def alike(dim: int, correlation: float) -> np.ndarray:
    """Unit variances, every correlation the same."""
    return np.full((dim, dim), correlation) + (1 - correlation) * np.eye(dim)


def _ar(dim: int, correlation: float) -> np.ndarray:
    place = np.arange(dim)
    return correlation ** abs(place[:, None] - place).astype(float)


def _gaussian() -> Iterator[tuple[str, Callable[[], Road]]]:
    eye, one = np.eye, partial(gaussians, 0.0)
    for d in (3, 10, 30, 100):
        spike = eye(d) + 3.0 * np.ones((d, d)) / d
        yield f"gaussian_shift_{d}", partial(one, eye(d), 1 / math.sqrt(d), eye(d))
        yield f"gaussian_ar_{d}", partial(one, _ar(d, 0.4), 0.0, eye(d))
        yield f"gaussian_spike_{d}", partial(one, spike, 0.0, eye(d))
        yield f"gaussian_scale_{d}", partial(one, eye(d), 0.0, (1 + d**-0.5) * eye(d))
        yield f"gaussian_dense_{d}", partial(one, alike(d, 0.3), 0.0, alike(d, 0.5))
    informed = ((2, 0.5, 0), (1, 0.75, 0), (3, 0.8, 2), (5, 0.8, 2), (10, 0.6, 5), (25, 0.5, 10))
    for d, rho, pairs in informed:
        joint = alike(2 * d, rho) if not pairs else eye(2 * d)
        for i in range(pairs):
            joint[i, d + i] = joint[d + i, i] = rho
        margins = joint.copy()
        margins[:d, d:] = margins[d:, :d] = 0
        yield f"information_{d}x{d}", partial(one, joint, 0.0, margins)
    ten = cache(partial(one, eye(10), 0.0, _ar(10, 0.4)))
    for name in ("few_against_many_10", "rows_twice_10", "far_units"):
        yield name, ten
    for name in ("bent_normals", "twisted_normals", "sheared_normals"):
        yield name, partial(one, eye(2), 0.5, alike(2, 0.6))
    turns = 0.5 * np.array([1.0, -1.0, 1.0, -1.0, 1.0])
    yield "exp_of_normals_5", partial(one, eye(5), 0.2, _ar(5, 0.5))
    yield "ar10", partial(one, _ar(10, 0.5), 0.0, eye(10))
    yield "ar5_vs_equicorrelated", partial(one, _ar(5, 0.5), turns, 1.5 * alike(5, 0.3))
    yield "ridges", partial(one, alike(2, 0.999), 0.0, alike(2, 0.998))
    for d in (5, 20):
        yield f"equal_{d}", lambda: _nothing
    for d, nats in ((10, 10), (10, 30), (30, 100)):
        yield f"kl{nats}_{d}", partial(one, eye(d), math.sqrt(2 * nats / d), eye(d))


def _nothing(kind: str) -> Found:
    return 0.0, 0.0


def _products() -> Iterator[tuple[str, Callable[[], Road]]]:
    s, one = stats, normal()
    unlike = [(f(), f(0.2)) for f in (s.norm, s.logistic)]
    unlike += [(f(), f(0, 1.2)) for f in (laplace, s.gumbel_r)] + [(s.t(5), s.t(5, 0.2))]
    skewed = [(s.gamma(2), s.gamma(2.5)), (s.lognorm(0.5), s.lognorm(0.5, scale=math.exp(0.1))),
              (s.beta(2, 3), s.beta(2, 2)), (s.expon(), s.expon(scale=1 / 1.3))]  # fmt: skip
    fifty = [(f(), f(0.1, 1.1)) for f in (s.norm, laplace, s.logistic, s.gumbel_r)]
    fifty.append((s.t(5), s.t(5, 0.1, 1.1)))

    def copies(pairs: list, many: int, draws: int = 4_000_000) -> Callable[[], Road]:
        return partial(products, [(p, q, many) for p, q in pairs], draws)

    for many in (1, 2, 4, 10):
        yield f"unlike_{5 * many}", copies(unlike, many, 4_000_000 // many)
    yield "skewed_4", copies(skewed, 1)
    yield "skewed_20", copies(skewed, 5, 1_000_000)
    yield "product50", copies(fifty, 10, 500_000)
    yield "students10_vs_laplaces10", copies([(s.t(3), laplace(0.3))], 10, 2_000_000)
    yield "count_and_number", _count_and_number
    yield (
        "category_and_numbers",
        copies(
            [
                (s.bernoulli(0.5), s.bernoulli(0.4)),
                (one, normal(0.3)),
                (laplace(), laplace(0, 1.2)),
            ],
            1,
        ),
    )


def _count_and_number() -> Road:
    poisson, k = (stats.poisson(3), stats.poisson(4)), np.arange(81)
    rest = independent(Atoms(*(law.logpmf(k) for law in poisson)), shifted_normal(1.0, 0.3))
    factors = [(counted(*poisson, 0, 80), 1), (OnTheLine(normal(), normal(0.3)), 1)]
    return FormulaFirst(product_forms(factors), Trapezoid(rest, 20_000))


def _shapes() -> Iterator[tuple[str, Callable[[], Road]]]:
    ring8 = blobs(rings(8), 0.4)
    yield "ring8_vs_matched_normal", lambda: plane(ring8, round_normal(2.16), 13)
    yield "ring8_vs_normal", lambda: plane(ring8, round_normal(4.0), 17)
    yield "ring4_vs_normal", lambda: plane(blobs(rings(4), 0.4), round_normal(2.16), 13)
    yield "ring12_vs_ring8", lambda: plane(blobs(rings(12), 0.4), ring8, 6)
    five = [blobs(rings(5, turn=turn), 0.4) for turn in (0.0, 0.3)]
    yield "ring_turned", lambda: plane(*five, 6)
    yield "grid3_vs_normal", lambda: plane(blobs(squares(3), 0.3), round_normal(2.76), 14)
    yield "grid5_vs_grid5", lambda: plane(blobs(squares(5), 0.2), blobs(squares(5), 0.3), 6.8)
    for name, sd, matched in (
        ("moons_vs_matched_normal", 0.15, True),
        ("moons_wide_vs_normal", 0.3, False),
    ):
        points, shares = arcs()
        yield name, partial(_against, points, shares, sd, None if matched else np.eye(2), 11)
    spirals = (
        ("spiral_vs_matched_normal", 2, 1.0, 0.3, None),
        ("tight_spiral_vs_matched_normal", 2, 1.5, 0.2, None),
        ("spiral3_vs_normal", 3, 1.0, 0.4, 3 * np.eye(2)),
    )
    for name, number, turns, sd, cov in spirals:
        yield name, partial(_against, *arms(number, turns), sd, cov, 12.5 if cov is None else 17)
    yield "pinwheel_vs_normal", lambda: plane(_pinwheel, round_normal(2.2), 12)
    for name in ("checkerboard_vs_uniform", "checkerboard8_vs_uniform"):
        yield name, lambda: _half_of_a_support
    yield (
        "banana_vs_banana",
        lambda: Trapezoid(partial(_bent, (0.5, 1.0), (0.7, 1.0), (1.0, 1.0)), 1800),
    )
    for name in ("banana3_vs_normal", "banana10_vs_normal"):
        yield name, lambda: Trapezoid(partial(_bent, (0.5, 1.0), (0.0, 1.5), (1.0, 1.0)), 1800)


def _against(
    points: np.ndarray, shares: np.ndarray, sd: float, cov: np.ndarray | None, reach: float
) -> Road:
    """Blobs, against a normal law of the same mean and covariance where none is given."""
    centre = shares @ points if cov is None else np.zeros(2)
    wide = covariance(points, shares, sd) if cov is None else cov
    return plane(blobs(points - centre, sd, shares), full_normal(wide), reach)


def _half_of_a_support(kind: str) -> Found | None:
    """p = 2q on half of q's support."""
    forms = {
        "kl": math.log(2), "tv": 0.5, "chi2": 1.0, "hellinger2": 1 - 2**-0.5,
        "js": 0.5 * (math.log(4 / 3) + 0.5 * math.log(2 / 3) + 0.5 * math.log(2)),
    }  # fmt: skip
    return (forms[kind], 1e-15) if kind in forms else None


def _pinwheel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Five blades at distance 2, .6 long and .2 wide, turned by |x|: undo the turn, then sum."""
    radius, angle = np.hypot(x[:, None], y), np.arctan2(y, x[:, None])
    parts = []
    for k in range(5):
        turned = angle - radius - 2 * math.pi * k / 5
        a, b = (radius * np.cos(turned) - 2) / 0.6, radius * np.sin(turned) / 0.2
        parts.append(-0.5 * (a * a + b * b))
    return np.asarray(special.logsumexp(parts, axis=0) - math.log(5 * 2 * math.pi * 0.12))


def _bent(
    p: tuple[float, float], q: tuple[float, float], first: tuple[float, float], count: int
) -> tuple[Logs, float]:
    """x₀ ~ N(0, 1), and x₁ given it N(c(x₀² − 1), variance): (c, variance) of either law.

    The second coordinate is measured from p's curve.
    """
    x, step = np.linspace(-9, 9, count, retstep=True)
    y, across = np.linspace(-30, 30, 2 * count, retstep=True)
    logs = []
    for curvature, variance in (p, q):
        gap = (curvature - p[0]) * (x**2 - 1)
        logs.append(
            stats.norm().logpdf(x)[:, None]
            + stats.norm(gap[:, None], math.sqrt(variance)).logpdf(y)
        )
    return (logs[0], logs[1]), float(step * across)


def _students() -> Iterator[tuple[str, Callable[[], Road]]]:
    """Laws of a coordinate a along (1, …, 1)/√d and the length r of the rest."""
    for name, dim, gap in (("student10_shift", 10, 0.5), ("student5_shift", 5, 0.4)):

        def road(dim: int = dim, gap: float = gap) -> Road:
            return _radial(
                dim,
                partial(_student, dim, 3.0, 0.0),
                partial(_student, dim, 3.0, gap * math.sqrt(dim)),
            )

        yield name, road

    def modes(a: np.ndarray, r: np.ndarray) -> np.ndarray:
        m = 0.7 * math.sqrt(5)
        return (
            np.logaddexp(*(stats.norm(s * m).logpdf(a) for s in (1, -1)))
            - math.log(2)
            - (0.5 * r * r + 2 * math.log(2 * math.pi))
        )

    yield "mixture5_vs_student5", lambda: _radial(5, modes, partial(_student, 5, 5.0, 0.0))


def _student(dim: int, df: float, centre: float, a: np.ndarray, r: np.ndarray) -> np.ndarray:
    level = (
        special.gammaln(0.5 * (df + dim))
        - special.gammaln(0.5 * df)
        - 0.5 * dim * math.log(df * math.pi)
    )
    return level - 0.5 * (df + dim) * np.log1p(((a - centre) ** 2 + r * r) / df)


def _radial(dim: int, p: Callable[..., np.ndarray], q: Callable[..., np.ndarray]) -> Road:
    sphere = math.log(2) + 0.5 * (dim - 1) * math.log(math.pi) - special.gammaln(0.5 * (dim - 1))

    def grid(count: int) -> tuple[Logs, float]:
        s, h = np.linspace(-14, 14, count, retstep=True)
        t, k = np.linspace(-12, 14, count, retstep=True)
        a, r = np.sinh(s)[:, None], np.exp(t)
        area = np.log(np.cosh(s))[:, None] + sphere + (dim - 1) * t
        return (p(a, r) + area, q(a, r) + area), float(h * k)

    return Trapezoid(grid, 1800)


SPACE: Mapping[str, Callable[[], Road]] = {
    name: road for group in (_gaussian, _products, _shapes, _students) for name, road in group()
}
