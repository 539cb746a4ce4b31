"""Tensor quadrature against polar coordinates, the affinity formula, closed forms and sampling."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from numpy.polynomial import legendre
from sklearn.neighbors import KernelDensity

from divkit.distributions import as_law, toys
from divkit.distributions.base import Law
from divkit.distributions.compose.product import Product
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.families.heavy import Cauchy
from divkit.distributions.families.location_scale import Laplace, Logistic
from divkit.distributions.families.multivariate import MultivariateNormal, MultivariateStudentT
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.distributions.support import Unknown
from divkit.divergences import (
    BHATTACHARYYA,
    GAN,
    HELLINGER2,
    JEFFREYS,
    JS,
    KL,
    PEARSON,
    REVERSE_KL,
    TV,
    W1,
    renyi,
)
from divkit.exact.affinity.method import Affinity
from divkit.exact.method import NotApplicableError
from divkit.exact.monte_carlo.method import DistributionFree
from divkit.exact.tensor.method import TensorQuadrature
from divkit.exact.tensor.rule import GAUSS, KRONROD, NODES, cut, integrate, shell

PLANE = MultivariateNormal([0, 0], np.eye(2))
WIDE = MultivariateNormal([0, 0], 4 * np.eye(2))
TENSOR = TensorQuadrature()


def ring_log_density(r, t, modes, radius, sd):
    """Log density of the ring of Gaussians in polar coordinates, written out."""
    angle = 2 * np.pi * np.arange(modes) / modes
    square = r**2 + radius**2 - 2 * r * radius * np.cos(t[..., None] - angle).transpose(2, 0, 1)
    logs = -square / (2 * sd**2)
    return np.logaddexp.reduce(logs, axis=0) - math.log(modes * 2 * math.pi * sd**2)


def polar_js(modes, radius, sd, variance):
    """JSD of the ring against N(0, variance·I): Gauss–Legendre panels in r, trapezoid in angle.

    The density is periodic and analytic in the angle, with period 2π/modes: the trapezoid rule
    converges geometrically there.
    """
    nodes, weights = legendre.leggauss(40)
    inner = np.linspace(max(radius - 9 * sd, 0), radius + 9 * sd, 25)
    edges = np.unique(np.concatenate([np.linspace(0, 12 * math.sqrt(variance), 60), inner]))
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    r = (middle[:, None] + half[:, None] * nodes).reshape(-1, 1)
    w = (half[:, None] * weights).reshape(-1)
    count = 64 + int(16 * radius / (sd * modes))
    t = np.broadcast_to(2 * np.pi / modes * np.arange(count) / count, (len(r), count))
    lp = ring_log_density(r, t, modes, radius, sd)
    lq = -(r**2) / (2 * variance) - math.log(2 * math.pi * variance) + 0 * t
    lm = np.logaddexp(lp, lq) - math.log(2)
    integrand = 0.5 * (np.exp(lp) * (lp - lm) + np.exp(lq) * (lq - lm))
    return float((2 * np.pi * integrand.mean(axis=1) * r[:, 0]) @ w)


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("modes", "radius", "sd", "variance"), [(8, 2.0, 0.4, 4.0), (8, 1.0, 0.01, 0.5)]
)
def test_ring_of_gaussians_against_polar_coordinates(modes, radius, sd, variance):
    q = MultivariateNormal([0, 0], variance * np.eye(2))
    got = TENSOR(toys.ring(modes, radius, sd), q, JS)
    assert abs(got.value - polar_js(modes, radius, sd, variance)) <= got.error + 1e-13
    assert got.error <= 1e-11


def test_ring_to_full_precision():
    got = TensorQuadrature(tolerance=1e-13)(toys.ring(8, 2.0, 0.4), WIDE, JS)
    assert abs(got.value - polar_js(8, 2.0, 0.4, 4.0)) <= got.error + 1e-14
    assert got.error <= 2e-13


def checkerboard_js(cells, half_width, variance):
    """½ Σ over squares of ∫ p log(2p/(p+q)) + q log(2q/(p+q)), and ½ log 2 · q elsewhere."""
    level = 2 / (2 * half_width) ** 2  # half of the squares are dark
    lines = np.linspace(-half_width, half_width, cells + 1)
    nodes, weights = legendre.leggauss(50)
    total, covered = 0.0, 0.0
    for i in range(cells):
        for j in range(i % 2, cells, 2):
            h = half_width / cells
            x, y = (lines[i] + h * (nodes + 1))[:, None], lines[j] + h * (nodes + 1)
            q = np.exp(-(x * x + y * y) / (2 * variance)) / (2 * math.pi * variance)
            both = level * np.log(2 * level / (level + q)) + q * np.log(2 * q / (level + q))
            total += h * h * weights @ both @ weights
            covered += h * h * weights @ q @ weights
    return 0.5 * (total + (1 - covered) * math.log(2))


def test_checkerboard_against_its_squares():
    got = TENSOR(toys.checkerboard(4, 4.0), WIDE, JS)
    assert abs(got.value - checkerboard_js(4, 4.0, 4.0)) <= got.error + 1e-14
    assert got.error < 1e-11


BENT_ALIKE = (toys.banana(3), MultivariateNormal([0, 0, 0], np.eye(3)))


@pytest.mark.slow
def test_three_dimensional_banana_against_its_conditional():
    """Given x₀ the banana shifts x₁ by δ(x₀): JSD = E_{x₀} JSD(N(0,1), N(δ,1)), by Hermite nodes.

    Both laws have x₀ ~ N(0, 1), and x₁ given x₀ has unit variance: δ = (x₀² − 1)/2.
    """
    x, w = np.polynomial.hermite_e.hermegauss(80)
    inner = [Affinity()(Normal(0, 1), Normal(d, 1), JS).value for d in 0.5 * (x**2 - 1)]
    truth = float(w @ np.array(inner) / w.sum())
    got = TensorQuadrature(tolerance=1e-6, max_points=2_000_000)(*BENT_ALIKE, JS)
    assert abs(got.value - truth) <= got.error
    assert got.error <= 1e-6


CLOSED = [
    (KL, 0.5),
    (REVERSE_KL, 0.5),
    (JEFFREYS, 1.0),
    (HELLINGER2, -math.expm1(-1 / 8)),
    (PEARSON, math.e - 1),
    (BHATTACHARYYA, 1 / 8),
    (renyi(1.5), 0.75),
    (GAN, -1.1634513967504182594),
]


@pytest.mark.parametrize(("divergence", "truth"), CLOSED, ids=[str(row[0]) for row in CLOSED])
def test_every_divergence_of_a_unit_shift(divergence, truth):
    got = TENSOR(PLANE, MultivariateNormal([0.6, 0.8], np.eye(2)), divergence)
    assert abs(got.value - truth) <= got.error
    assert got.error < 1e-7


def test_total_variation_has_a_kink_across_the_boxes():
    got = TensorQuadrature(max_points=200_000)(
        PLANE, MultivariateNormal([0.6, 0.8], np.eye(2)), TV
    )
    assert abs(got.value - math.erf(1 / math.sqrt(8))) <= got.error < 1e-3


PRODUCTS = [
    (Product([Laplace(0, 1), Normal(0, 1)]), Product([Normal(0, 1), Laplace(1, 1)])),
    (Product([Exponential(1), Uniform(0, 1)]), Product([Exponential(3), Uniform(0.5, 2)])),
    (Product([Normal(0, 1)] * 2), Product([Normal(1000, 0.01), Normal(0, 0.01)])),
    (Product([Gamma(0.5, 1), Normal(0, 1)]), Product([Gamma(0.5, 3), Normal(1, 1)])),
    (
        Product([Normal(0, 1e-6), Normal(1e6, 1)]),
        Product([Normal(0, 2e-6), Normal(1e6, 2)]),
    ),
    (Product([Normal(0, 1)] * 2), Product([Normal(1e-6, 1), Normal(0, 1)])),
    (Product([Normal(0, 1)] * 2), Product([Normal(0, 1), Normal(30, 1)])),
]


@pytest.mark.sweep(3)
@pytest.mark.parametrize(("p", "q"), PRODUCTS, ids=range(len(PRODUCTS)))
def test_products_against_the_affinity_formula(p, q):
    exact, got = Affinity()(p, q, JS), TENSOR(p, q, JS)
    assert abs(got.value - exact.value) <= got.error + exact.error
    assert got.error < 1e-10
    assert got.warnings == ()


@pytest.mark.slow
def test_heavy_tail_along_one_axis_is_followed_outwards():
    """Halving towards both laws' centres alone would miss 3e-4 of the Cauchy law's mass."""
    p = Product([Cauchy(0, 1), Normal(0, 1)])
    q = Product([Normal(0, 1), Cauchy(1, 1)])
    got = TensorQuadrature(tolerance=1e-4, max_points=1_000_000)(p, q, JS)
    exact = Affinity()(p, q, JS)
    assert abs(got.value - exact.value) <= got.error + exact.error
    assert got.error < 2e-4
    assert abs(got.diagnostics["mass_p"] - 1) < 1e-4


def test_three_dimensions_against_the_affinity_formula():
    p = Product([Laplace(0, 1), Normal(0, 1), Logistic(0, 1)])
    q = Product([Laplace(0.5, 1), Normal(0, 1.5), Logistic(0.2, 1)])
    got = TensorQuadrature(tolerance=1e-4)(p, q, JS)
    exact = Affinity()(p, q, JS)
    assert abs(got.value - exact.value) <= got.error + exact.error
    assert got.error < 2e-4


def student(df):
    return MultivariateStudentT(df, [0, 0], np.eye(2))


def test_heavy_tails_against_closed_forms():
    """KL(t₃ ‖ N(0, I)) in the plane: −h(t₃) + log 2π + E|x|²/2, h = 1 + 2/ν + log 2π."""
    got = TENSOR(student(3), PLANE, KL)
    truth = -(1 + 2 / 3 + math.log(2 * math.pi)) + math.log(2 * math.pi) + 3.0
    assert abs(got.value - truth) <= got.error < 1e-10


def test_infinite_divergence_is_flagged_never_presented_as_good():
    got = TensorQuadrature(tolerance=1e-6)(student(2), PLANE, KL)
    assert got.error == math.inf
    assert "may be infinite" in got.warnings[0]
    assert got.to_json()


@dataclass(frozen=True)
class Doubled(Law):
    """Twice a density."""

    base: Law
    factor: float = 2.0

    @property
    def dim(self):
        return self.base.dim

    @property
    def support(self):
        return Unknown(self.dim)

    @property
    def features(self):
        return self.base.features

    def _log_prob(self, x):
        return self.base._log_prob(x) + math.log(self.factor)

    def _sample(self, n, rng):
        return self.base._sample(n, rng)


def test_density_that_does_not_integrate_to_one_is_an_error():
    with pytest.raises(ValueError, match=r"density of p integrates to 2"):
        TENSOR(Doubled(PLANE), WIDE, JS)


def test_small_defect_of_mass_is_part_of_the_error():
    got = TENSOR(Doubled(PLANE, 1 + 1e-7), WIDE, JS)
    exact = Affinity()(PLANE, WIDE, JS)
    assert abs(got.value - exact.value) <= got.error + exact.error
    assert got.error >= 1e-8


def test_density_that_is_nan_is_an_error_that_names_the_point():
    class Broken(Doubled):
        def _log_prob(self, x):
            return torch.where(x[:, 0] > 1, torch.nan, self.base._log_prob(x))

    with pytest.raises(ValueError, match="density of p is NaN at"):
        TENSOR(Broken(PLANE, 1.0), WIDE, JS)


def test_stopping_early_is_said_and_the_error_stays_honest():
    exact = polar_js(8, 2.0, 0.4, 4.0)
    got = TensorQuadrature(max_points=20_000)(toys.ring(8, 2.0, 0.4), WIDE, JS)
    assert "max_points" in got.warnings[0]
    assert got.error > 1e-11
    assert abs(got.value - exact) <= got.error


def test_distribution_free_interval_agrees_on_a_funnel():
    p, q = toys.funnel(2, 1.0), PLANE
    got = TENSOR(p, q, JS)
    low, high = DistributionFree(n=20_000)(p, q, JS).interval  # misses with probability ≤ 1e-6
    assert low <= got.value <= high
    assert got.error < 1e-10


def test_common_map_is_taken_off():
    """Two bananas bent alike are two Gaussians."""
    bend = toys.banana(2).map
    bent = TENSOR(transformed(PLANE, bend), transformed(WIDE, bend), JS)
    plain = TENSOR(PLANE, WIDE, JS)
    assert bent.value == plain.value


def test_what_does_not_apply_is_refused():
    with pytest.raises(NotApplicableError, match="dimension 2 or 3; got 1"):
        TENSOR(Normal(0, 1), Normal(1, 1), JS)
    with pytest.raises(NotApplicableError, match="f-divergences"):
        TENSOR(PLANE, WIDE, W1)
    with pytest.raises(ValueError, match="one dimension; got 2 and 1"):
        TENSOR(PLANE, Normal(0, 1), JS)
    with pytest.raises(ValueError, match="tolerance must be"):
        TensorQuadrature(tolerance=0)
    with pytest.raises(ValueError, match="max_points must be"):
        TensorQuadrature(max_points=0)


def test_rule_is_exact_to_its_degrees():
    """Gauss (7) is exact to degree 13, Kronrod (15) to 22 and, by symmetry, 23; neither beyond."""
    for degree in range(24):
        truth = 2 / (degree + 1) if degree % 2 == 0 else 0.0
        power = NODES**degree
        assert abs(float(KRONROD @ power) - truth) < 1e-15
        if degree <= 13:
            assert abs(float(GAUSS @ power) - truth) < 1e-15
    assert abs(float(GAUSS @ NODES**14) - 2 / 15) > 1e-6
    assert abs(float(KRONROD @ NODES**24) - 2 / 25) > 1e-12


def test_boxes_tile_what_they_replace():
    low, high = torch.tensor([[-1.0, -2.0]]), torch.tensor([[3.0, 2.0]])
    low, high = low.double(), high.double()
    pieces = cut(low, high, [[0.0, 1.0, 9.0], [-1.0]])
    assert len(pieces[0]) == 6
    around = shell((low[0], high[0]), (low[0] - 1, high[0] * 4))
    assert len(around[0]) == 8
    for boxes, area in ((pieces, 16.0), (around, 14.0 * 11.0 - 16.0)):
        cells = integrate(lambda x: torch.ones(len(x), 1, dtype=torch.float64), *boxes)
        assert float(cells.value.sum()) == pytest.approx(area, rel=1e-14)


def test_a_law_without_features_is_refused():
    class Featureless(Doubled):
        features = Law.features

    with pytest.raises(NotApplicableError, match="names no features"):
        TENSOR(Featureless(PLANE, 1.0), WIDE, JS)


def test_kinks_end_a_run_with_an_error_that_holds():
    """Total variation has a kink on the line p = q, which the boxes cross aslant."""
    got = TENSOR(PLANE, MultivariateNormal([0.6, 0.8], np.eye(2)), TV)
    assert abs(got.value - math.erf(1 / math.sqrt(8))) <= got.error < 1e-6
    assert "patience" in got.warnings[0]
    longer = TensorQuadrature(patience=6_000)(PLANE, MultivariateNormal([0.6, 0.8], np.eye(2)), TV)
    assert longer.error < got.error and longer.diagnostics["nodes"] > got.diagnostics["nodes"]


@pytest.mark.parametrize("kernel", ["tophat", "epanechnikov"])
def test_compact_kernels_that_do_not_meet(kernel):
    """KL(mean of n kernels‖N(0, I)) = E log K − log n + log 2π + (E|c|² + h²E R²)/2."""
    centers, h = np.array([[0.0, 0.0], [2.0, 1.0], [-1.5, 1.0], [0.3, -2.0]]), 0.7
    # densities 1/π, and (2/π)(1 − r²), of the unit disc: E log K and E R² by calculus
    logs, square = {
        "tophat": (-math.log(math.pi), 1 / 2),
        "epanechnikov": (math.log(2 / math.pi) - 1 / 2, 1 / 3),
    }[kernel]
    second = (centers**2).sum(axis=1).mean() + h**2 * square
    truth = logs - 2 * math.log(h) - math.log(len(centers)) + math.log(2 * math.pi) + second / 2
    law = as_law(KernelDensity(kernel=kernel, bandwidth=h).fit(centers))
    got = TENSOR(law, PLANE, KL)
    assert abs(got.value - truth) <= got.error < 2e-3


def test_several_kinds_share_boxes_and_those_with_kinks_hold_none_up():
    kinds = [JS, KL, TV, HELLINGER2, BHATTACHARYYA, W1]
    other = MultivariateNormal([0.6, 0.8], np.eye(2))
    found = TENSOR.several(PLANE, other, kinds)
    assert isinstance(found[-1], NotApplicableError)
    for kind, result in zip(kinds[:-1], found[:-1], strict=True):
        alone = TENSOR(PLANE, other, kind)
        assert abs(result.value - alone.value) <= result.error + alone.error
        assert result.diagnostics["shared_with"] == 3
        if kind is not TV:
            assert result.error < 1e-7 and result.warnings == ()


def test_an_infinite_kind_leaves_the_others_their_values():
    p = Product([Normal(0, 1), Uniform(0, 2)])
    q = Product([Normal(0, 1), Uniform(0, 1)])
    infinite, js = TENSOR.several(p, q, [KL, JS])
    assert isinstance(infinite, NotApplicableError)
    truth = Affinity()(p, q, JS)
    assert abs(js.value - truth.value) <= js.error + truth.error


@pytest.mark.parametrize("gap", [0.05, 0.5])
def test_a_kink_along_the_diagonal_of_boxes_is_seen(gap):
    """TV of a shift by (gap, gap) is erf(gap/2); it was off by 1.2e-8 and stated 7e-12."""
    found = TENSOR(
        MultivariateNormal([0, 0], np.eye(2)), MultivariateNormal([gap] * 2, np.eye(2)), TV
    )
    assert abs(found.value - math.erf(gap / 2)) <= found.error < 1e-6
