"""Toy targets: mass one by quadrature, draws that follow the density, closed forms, errors."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import torch
from scipy import integrate, stats

from divkit.distributions import MultivariateNormal, toys
from divkit.distributions.support import Boxes
from divkit.distributions.toys.laws import GaussianRings, UniformBoxes
from divkit.divergences import HELLINGER2
from divkit.exact.tensor.method import TensorQuadrature

FALSE_ALARM = 1e-6
LAWS = {make.__name__: make() for make in toys.TOYS}
LAWS["ring far"] = toys.ring(modes=5, radius=1.0, sd=0.1)
LAWS["banana bent"] = toys.banana(curvature=1.0, spread=2.0)
BY_NAME = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())


@pytest.mark.sweep(4)
@BY_NAME
def test_shares_of_a_grid_of_cells_follow_the_density(law):
    """Masses of 9 × 9 cells by Gauss–Legendre against 40,000 draws: χ², and the total mass."""
    draws = law.sample(40_000, rng=7).numpy()
    low, high = np.quantile(draws, 0.01, axis=0), np.quantile(draws, 0.99, axis=0)
    if law == LAWS["funnel"]:  # its neck is too thin for a coarse rule
        low, high = np.array([-1.0, -8.0]), np.array([6.0, 8.0])
    edges = [np.linspace(a, b, 10) for a, b in zip(low, high, strict=True)]
    masses = cell_masses(law, edges)
    fresh = law.sample(40_000, rng=8).numpy()
    counts = np.histogram2d(*fresh.T, bins=edges)[0]
    expected = np.append(masses.ravel(), 1 - masses.sum()) * 40_000
    observed = np.append(counts.ravel(), 40_000 - counts.sum())
    assert expected.min() > -1e-6 * 40_000
    big = expected > 10
    expected = np.append(expected[big], expected[~big].sum())
    observed = np.append(observed[big], observed[~big].sum())
    statistic = ((observed - expected) ** 2 / np.maximum(expected, 1)).sum()
    assert stats.chi2.sf(statistic, len(expected) - 1) > FALSE_ALARM


def cell_masses(law, edges):
    nodes, weights = np.polynomial.legendre.leggauss(24)
    axes = [
        ((a[1:] + a[:-1]) / 2)[:, None] + np.diff(a)[:, None] / 2 * nodes for a in edges
    ]  # (9, 24)
    x = np.stack(np.meshgrid(axes[0].ravel(), axes[1].ravel(), indexing="ij"), axis=-1)
    density = np.exp(law.log_prob(x.reshape(-1, 2))).reshape(9, 24, 9, 24)
    areas = np.outer(np.diff(edges[0]), np.diff(edges[1])) / 4
    return np.einsum("iajb,a,b->ij", density, weights, weights) * areas


@BY_NAME
def test_the_density_integrates_to_one_by_draws_of_another_law(law):
    """E_q[p/q] = 1 for a wide q that covers p: importance weights, a bound on p/q, 6σ (2e-9)."""
    spread = law.sample(4000, rng=1)
    center, width = spread.median(dim=0).values, spread.std(dim=0)
    z = torch.as_tensor(stats.t(3).rvs((20_000, 2), random_state=2))
    log_q = torch.as_tensor(stats.t(3).logpdf(z.numpy())).sum(dim=1) - width.log().sum()
    ratio = (law.log_prob(center + width * z) - log_q).exp()
    assert abs(float(ratio.mean()) - 1) <= 6 * float(ratio.std()) / math.sqrt(20_000)


@BY_NAME
def test_scores_at_odd_points_are_never_nan(law):
    odd = [[math.inf, 0], [0, -math.inf], [math.nan, 0], [1e300, 1e300], [1e160, 0], [0, 0]]
    logs = law.log_prob(odd)
    assert not np.isnan(logs).any()
    assert (logs[:3] == -math.inf).all()


@BY_NAME
def test_features_are_proper_and_cover_the_draws(law):
    draws = law.sample(2000, rng=5).numpy()
    centers = np.array([f.center for f in law.features])
    scales = np.array([f.scale for f in law.features])
    assert np.isfinite(centers).all() and (scales > 0).all()
    inside = (draws >= (centers - 8 * scales).min(axis=0)) & (
        draws <= (centers + 8 * scales).max(axis=0)
    )
    assert inside.all()


@BY_NAME
def test_moments_where_they_are_known(law):
    """Means of 40,000 draws within 6 standard errors of the law's (2e-9 a coordinate)."""
    if law.mean is None:
        assert law.covariance is None
        return
    draws = law.sample(40_000, rng=9).numpy()
    error = draws.std(axis=0) / 200
    assert (np.abs(draws.mean(axis=0) - law.mean) <= 6 * error).all()
    products = np.einsum("ni,nj->nij", draws - law.mean, draws - law.mean)
    gap = np.abs(products.mean(axis=0) - law.covariance)
    assert (gap <= 6 * products.std(axis=0) / 200).all()


@pytest.mark.sweep(4)
@BY_NAME
def test_features_let_adaptive_quadrature_find_all_of_the_mass(law):
    wide = MultivariateNormal([0, 0], 9 * np.eye(2))
    result = TensorQuadrature(tolerance=1e-5)(law, wide, HELLINGER2)
    assert abs(result.diagnostics["mass_p"] - 1) <= 1e-5
    assert result.error <= 1e-4


def test_ring_and_grid_are_mixtures_of_the_stated_gaussians():
    law = toys.grid(side=5, spacing=2.0, sd=0.05)
    assert {c.loc for c in law.components} == {
        (a, b) for a in (-4.0, -2.0, 0.0, 2.0, 4.0) for b in (-4.0, -2.0, 0.0, 2.0, 4.0)
    }
    eight = toys.ring()
    np.testing.assert_allclose(eight.covariance, (2 + 0.16) * np.eye(2), atol=1e-14)
    np.testing.assert_allclose([np.hypot(*c.loc) for c in eight.components], 2.0, rtol=1e-15)


def test_the_checkerboard_is_uniform_on_eight_squares():
    law = toys.checkerboard()
    assert isinstance(law.support, Boxes) and len(law.support.boxes) == 8
    logs = law.log_prob([[-3, -3], [-1, -3], [5, 0], [3.9, 3.9]])
    np.testing.assert_array_equal(logs, [-math.log(32), -math.inf, -math.inf, -math.log(32)])


@pytest.mark.parametrize("point", [(0.0, 0.0), (1.0, 0.3), (-2.05, 1.9), (4.0, 3.0)])
def test_rings_are_the_circle_integral_of_the_gaussian(point):
    law = toys.rings(radii=(1.0, 2.5), sd=0.2)
    with mpmath.workdps(40):
        sd = mpmath.mpf(0.2)

        def on_circle(radius):
            def gaussian(t):
                gap = (point[0] - radius * mpmath.cos(t)) ** 2
                gap += (point[1] - radius * mpmath.sin(t)) ** 2
                return mpmath.exp(-gap / (2 * sd**2)) / (2 * mpmath.pi * sd**2)

            angles = (2 * mpmath.pi * k / 500 for k in range(500))
            return (
                mpmath.fsum(gaussian(t) for t in angles) / 500
            )  # spectral: the angle is periodic

        truth = mpmath.log((on_circle(1) + on_circle(mpmath.mpf("2.5"))) / 2)
    assert law.log_prob([point])[0] == pytest.approx(float(truth), rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("point", [(0.0, 1.0), (1.02, 0.01), (0.5, -0.55), (0.5, 0.25)])
def test_moons_are_the_arc_integral_of_the_gaussian(point):
    law, sd = toys.moons(0.1), 0.1

    def gaussian(t, upper):
        c = (math.cos(t), math.sin(t)) if upper else (1 - math.cos(t), 0.5 - math.sin(t))
        gap = (point[0] - c[0]) ** 2 + (point[1] - c[1]) ** 2
        return math.exp(-gap / (2 * sd**2)) / (2 * math.pi * sd**2)

    parts = [
        integrate.quad(gaussian, a, a + math.pi / 8, args=(up,), epsabs=1e-14)
        for up in (True, False)
        for a in np.arange(8) * math.pi / 8
    ]
    truth, error = (math.fsum(column) / (2 * math.pi) for column in zip(*parts, strict=True))
    density = math.exp(law.log_prob([point])[0])
    assert abs(density - truth) <= error + 1e-12 * 3  # 1e-12 of the highest density, about 3


def test_spiral_nodes_are_dense_enough():
    """Twice as many nodes change the density by less than 1e-12 of its peak."""
    law = toys.spiral(sd=0.3)
    dense = toys.spiral(sd=0.15)
    blurred = dense.components[0].covariance[0, 0] * 4
    x = law.sample(200, rng=0).numpy()
    squares = ((x[:, None] - np.array([c.loc for c in dense.components])) ** 2).sum(axis=-1)
    kernel = np.exp(-squares / (2 * blurred)) / (2 * math.pi * blurred)
    truth = kernel @ np.array(dense.weights)
    density = np.exp(law.log_prob(x))
    assert np.abs(density - truth).max() <= 1e-12 * truth.max()


def test_banana_and_funnel_in_many_dimensions():
    x = np.random.default_rng(0).normal(size=(5, 4))
    banana = toys.banana(dim=4, curvature=0.7, spread=2.0).log_prob(x)
    straight = x[:, 1] - 0.7 * (x[:, 0] ** 2 - 4)
    wanted = stats.norm(0, 2).logpdf(x[:, 0]) + stats.norm.logpdf(straight)
    np.testing.assert_allclose(
        banana, wanted + stats.norm.logpdf(x[:, 2:]).sum(axis=1), rtol=1e-13
    )
    funnel = toys.funnel(dim=4).log_prob(x)
    inner = stats.norm(0, np.exp(x[:, :1] / 2)).logpdf(x[:, 1:]).sum(axis=1)
    np.testing.assert_allclose(funnel, stats.norm(0, 3).logpdf(x[:, 0]) + inner, rtol=1e-13)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: toys.ring(modes=0), "modes must be a whole number of at least 1; got 0"),
        (lambda: toys.ring(sd=0.0), "sd must be in"),
        (lambda: toys.grid(side=2.5), "side must be a whole number"),
        (lambda: toys.rings(radii=()), "at least one radius"),
        (lambda: toys.rings(radii=(1, -1)), "radii must be in"),
        (lambda: toys.banana(dim=1), "dim must be a whole number of at least 2"),
        (lambda: toys.pinwheel(rate=math.inf), "rate must be finite"),
        (lambda: UniformBoxes((((0, 1),), ((0.5, 2),))), "must not overlap"),
        (lambda: UniformBoxes((((0, math.inf),),)), "positive finite sides"),
        (lambda: UniformBoxes(()), "at least one"),
        (lambda: GaussianRings((1.0,), -1.0), "sd must be in"),
    ],
)
def test_errors(make, words):
    with pytest.raises(ValueError, match=words):
        make()
