"""A catalogue of pairs for the benchmark of estimators, most of them written as law expressions.

Families of the line, heavy tails, narrow ridges, nearly equal pairs, large divergences, counts and
mixed columns, Gaussians up to a hundred columns, products of unlike laws, shapes of the plane,
images under invertible maps, which leave the truth as it is, pairs whose divergence is a mutual
information, and samples that are odd: unequal sizes, repeated rows, contamination, p = q.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from divkit.distributions import toys
from divkit.distributions.base import Law
from divkit.distributions.compose.product import Product
from divkit.distributions.families.multivariate import MultivariateNormal, MultivariateStudentT
from divkit.distributions.maps.scalar import Affine, Asinh, Exp, Power, Sinh, Tanh
from divkit.distributions.maps.space import Bend, Linear, Map, Twist
from divkit.distributions.parse import parse_law
from divkit.problems.information_tasks import dense, sparse
from divkit.problems.pairs_of_laws import Problem, Regime, autoregressive
from divkit.problems.texts import TEXTS
from divkit.types import FloatArray


@cache
def catalogue() -> tuple[Problem, ...]:
    """Return every problem of the catalogue."""
    return tuple(
        problem
        for group in (_written, _gaussian, _products, _shapes, _warped, _information, _odd)
        for problem in group()
    )


def _written() -> Iterator[Problem]:
    """Those whose laws are texts."""
    for regime, members in TEXTS.items():
        for name, p, q, note in members:
            yield Problem(name, parse_law(p), parse_law(q), note, regime)


def normal(covariance: FloatArray, mean: float = 0.0) -> MultivariateNormal:
    """Return the normal law of a covariance, every mean the same."""
    return MultivariateNormal((mean,) * len(covariance), tuple(map(tuple, covariance.tolist())))


def _white(dim: int, mean: float = 0.0, variance: float = 1.0) -> MultivariateNormal:
    return normal(variance * np.eye(dim), mean)


def _spiked(dim: int, spike: float) -> FloatArray:
    """Unit variances but along one slanted direction."""
    along = np.ones(dim) / np.sqrt(dim)
    return np.asarray(np.eye(dim) + (spike - 1) * np.outer(along, along))


def _gaussian() -> Iterator[Problem]:
    """Gaussians by type of covariance and number of columns."""
    for dim in (3, 10, 30, 100):
        regime = Regime.FEW if dim <= 10 else Regime.MANY
        gap = 1 / np.sqrt(dim)
        pairs = {
            "shift": (_white(dim), _white(dim, gap), "a unit shift along the diagonal"),
            "ar": (normal(autoregressive(dim, 0.4)), _white(dim), "AR(.4) against N(0, I)"),
            "spike": (normal(_spiked(dim, 4.0)), _white(dim), "one slanted direction is wider"),
            "scale": (_white(dim), _white(dim, 0.0, 1 + gap), "every column a little wider"),
            "dense": (normal(dense(dim, 0, 0.3)), normal(dense(dim, 0, 0.5)), "equicorrelated"),
        }
        for kind, (p, q, note) in pairs.items():
            yield Problem(f"gaussian_{kind}_{dim}", p, q, f"{note}, {dim} columns", regime)


def _products() -> Iterator[Problem]:
    """Products of unlike laws, to fifty columns."""
    families = ("normal(0, 1)", "laplace(0, 1)", "logistic(0, 1)", "gumbel(0, 1)", "student(5)")
    moved = ("normal(0.2, 1)", "laplace(0, 1.2)", "logistic(0.2, 1)", "gumbel(0, 1.2)",
             "student(5, 0.2, 1)")  # fmt: skip
    for each in (1, 2, 4, 10):
        p, q = (Product(tuple(map(parse_law, each * texts))) for texts in (families, moved))
        regime = Regime.FEW if p.dim <= 10 else Regime.MANY
        yield Problem(f"unlike_{p.dim}", p, q, "independent columns of unlike families", regime)
    skewed = ("gamma(2, 1)", "lognormal(0, 0.5)", "beta(2, 3)", "exponential(1)")
    other = ("gamma(2.5, 1)", "lognormal(0.1, 0.5)", "beta(2, 2)", "exponential(1.3)")
    for each in (1, 5):
        p, q = (Product(tuple(map(parse_law, each * texts))) for texts in (skewed, other))
        regime = Regime.FEW if p.dim <= 10 else Regime.MANY
        yield Problem(
            f"skewed_{p.dim}", p, q, "independent skewed columns, three with edges", regime
        )


def _shapes() -> Iterator[Problem]:
    """Shapes of the plane, mostly against a normal law as wide."""
    plane = Regime.PLANE
    wide = _white(2, 0.0, 2.16)
    yield Problem("ring4_vs_normal", toys.ring(modes=4), wide, "four modes", plane)
    yield Problem(
        "ring12_vs_ring8", toys.ring(modes=12), toys.ring(), "twelve modes and eight", plane
    )
    yield Problem(
        "ring_turned",
        toys.ring(modes=5),
        _turned(toys.ring(modes=5), 0.3),
        "one ring turned",
        plane,
    )
    yield Problem(
        "grid3_vs_normal", toys.grid(side=3, sd=0.3), _white(2, 0.0, 2.76), "nine modes", plane
    )
    yield Problem(
        "grid5_vs_grid5", toys.grid(sd=0.2), toys.grid(sd=0.3), "narrow modes and less so", plane
    )
    uniform = parse_law("product(uniform(-4, 4), uniform(-4, 4))")
    yield Problem(
        "checkerboard_vs_uniform", toys.checkerboard(), uniform, "JSD by half a support", plane
    )
    yield Problem(
        "checkerboard8_vs_uniform", toys.checkerboard(cells=8), uniform, "finer squares", plane
    )
    yield Problem(
        "spiral3_vs_normal", toys.spiral(arms=3, sd=0.4), _white(2, 0.0, 3.0), "three arms", plane
    )
    yield Problem("moons_wide_vs_normal", toys.moons(sd=0.3), _white(2), "two blurred arcs", plane)
    yield Problem(
        "banana_vs_banana",
        toys.banana(curvature=0.5),
        toys.banana(curvature=0.7),
        "a curve bent more",
        plane,
    )
    yield Problem(
        "pinwheel_vs_normal", toys.pinwheel(), _white(2, 0.0, 2.2), "five swirled blades", plane
    )
    yield Problem(
        "funnel_vs_funnel",
        toys.funnel(spread=1.0),
        toys.funnel(spread=1.3),
        "widths that vary",
        plane,
    )


def _turned(law: Law, angle: float) -> Law:
    c, s = float(np.cos(angle)), float(np.sin(angle))
    return Problem("", law, law).mapped(Linear(((c, -s), (s, c)), (0.0, 0.0))).p


def _warped() -> Iterator[Problem]:
    """Images of one pair under invertible maps: the truth is the pair's."""
    line = Problem("", parse_law("normal(0, 1)"), parse_law("normal(0.8, 1.3)"))
    maps: dict[str, Map] = {
        "exp": Exp(),
        "tanh": Tanh(),
        "sinh": Sinh(),
        "asinh": Asinh(),
        "cube": Power(3),
    }
    for name, each in maps.items():
        image = line.mapped(each)
        note = f"N(0, 1) and N(.8, 1.69) under {name}"
        yield Problem(f"{name}_of_normals", image.p, image.q, note, Regime.LINE)
    plane = Problem("", _white(2), normal(np.array([[1.0, 0.6], [0.6, 1.0]]), 0.5))
    bent = {
        "bent": Bend(0.6),
        "twisted": Twist(0.8),
        "sheared": Linear(((1.0, 3.0), (0.0, 1.0)), (0.0, 0.0)),
    }
    for name, each in bent.items():
        image = plane.mapped(each)
        yield Problem(
            f"{name}_normals", image.p, image.q, "two planar normal laws, mapped", Regime.PLANE
        )
    five = Problem("", _white(5), normal(autoregressive(5, 0.5), 0.2)).mapped(Exp())
    yield Problem("exp_of_normals_5", five.p, five.q, "five log-normal columns", Regime.FEW)


def _information() -> Iterator[Problem]:
    """A law of pairs against the product of its margins: KL is a mutual information."""
    for size, joint in {
        "1x1": dense(1, 1, 0.75), "2x2": dense(2, 2, 0.5), "3x3": sparse(3, 3, 0.8, 2),
        "5x5": sparse(5, 5, 0.8, 2), "10x10": sparse(10, 10, 0.6, 5),
        "25x25": sparse(25, 25, 0.5, 10),
    }.items():  # fmt: skip
        half = len(joint) // 2
        apart = joint.copy()
        apart[:half, half:] = apart[half:, :half] = 0.0
        regime = {1: Regime.PLANE}.get(half, Regime.FEW if half <= 5 else Regime.MANY)
        note = "KL is the mutual information of normal pairs"
        yield Problem(f"information_{size}", normal(joint), normal(apart), note, regime)


def _odd() -> Iterator[Problem]:
    """Samples that are odd, and pairs that are hardly one."""
    odd, line = Regime.ROWS, (parse_law("normal(0, 1)"), parse_law("normal(0.5, 1.2)"))
    yield Problem("few_against_many", *line, "ten rows of Q for one of P", odd, ratio=10.0)
    yield Problem("many_against_few", *line, "one row of Q for ten of P", odd, ratio=0.1)
    ten = _white(10), normal(autoregressive(10, 0.4))
    yield Problem("few_against_many_10", *ten, "ten rows of Q for one of P", odd, ratio=10.0)
    yield Problem("rows_twice", *line, "each row is there twice", odd, copies=2)
    yield Problem("rows_twice_10", *ten, "each row is there twice", odd, copies=2)
    for share in (0.01, 0.1):
        dirty = parse_law(f"mixture({1 - share}: normal(0, 1), {share}: normal(8, 1))")
        note = f"{share:.0%} of P lie far away"
        yield Problem(f"contaminated_{share:g}", dirty, line[1], note, odd)
    for dim in (1, 5, 20):
        white = line[0] if dim == 1 else _white(dim)
        yield Problem(f"equal_{dim}", white, white, "p = q: every divergence is 0", Regime.NEAR)
    heavy = tuple(map(tuple, np.eye(5).tolist()))
    near, far = (MultivariateStudentT(3.0, (m,) * 5, heavy) for m in (0.0, 0.4))
    yield Problem("student5_shift", near, far, "five heavy-tailed columns", Regime.HEAVY)
    ridge = normal(np.array([[1.0, 0.999], [0.999, 1.0]]))
    other = normal(np.array([[1.0, 0.998], [0.998, 1.0]]))
    yield Problem("ridges", ridge, other, "two narrow ridges, one a little wider", Regime.PLANE)
    for moved in (20.0**0.5, 60.0**0.5, 200.0**0.5):
        there = parse_law(f"normal({moved!r}, 1)")
        nats = round(0.5 * moved**2)
        yield Problem(
            f"kl{nats}", line[0], there, f"KL {nats}: no sample shows the overlap", Regime.LARGE
        )
    for dim, nats in ((10, 10), (10, 30), (30, 100)):
        gap = float(np.sqrt(2 * nats / dim))
        pair = _white(dim), _white(dim, gap)
        yield Problem(f"kl{nats}_{dim}", *pair, f"KL {nats} over {dim} columns", Regime.LARGE)
    units = Problem("", *ten).mapped(Affine(1e6, 1e-3))
    yield Problem("far_units", units.p, units.q, "a large offset, a small unit", odd)
