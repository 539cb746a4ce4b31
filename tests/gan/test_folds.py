"""The law of G(z) on the line against closed forms, monotone maps, and counted preimages."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.optimize import brentq

from divkit.distributions import Affine, Gamma, Normal, Power, Tanh, Uniform, mixture, transformed
from divkit.divergences import JS
from divkit.exact.named import js_divergence, kl_divergence
from divkit.exact.quadrature.method import Quadrature
from divkit.generators import FoldedLaw, MLPGenerator, PolynomialGenerator
from divkit.generators.folds import PolynomialCurve, TanhNetwork
from divkit.generators.folds.critical import critical_points

CHI2 = FoldedLaw(Normal(), PolynomialCurve((0.0, 0.0, 1.0)))
WIDTHS = [(8,), (12, 12), (6, 6, 6)]


def network(hidden, seed=0, gain=1.0):
    """A generator of these widths and parameters that fold the line a few times."""
    generator = MLPGenerator(hidden=hidden)
    return generator, gain * generator.start(np.random.default_rng(seed))


def folded(hidden, seed=0, gain=1.0):
    generator, theta = network(hidden, seed, gain)
    return generator.law(theta)


def dense_values(law, n=400_001):
    z = np.linspace(-12.0, 12.0, n)
    return z, *law.curve.jet(z, 1)


def test_the_square_of_a_normal_is_chi2():
    x = np.array([1e-300, 1e-20, 0.01, 0.3, 1.0, 9.0, 700.0])
    truth = stats.chi2(1)
    assert CHI2.log_prob(x) == pytest.approx(truth.logpdf(x), rel=1e-14, abs=1e-14)
    assert CHI2.cdf(x) == pytest.approx(truth.cdf(x), rel=1e-14)
    assert CHI2.sf(x) == pytest.approx(truth.sf(x), rel=1e-12)
    assert CHI2.ppf([0.1, 0.5, 0.999]) == pytest.approx(truth.ppf([0.1, 0.5, 0.999]), rel=1e-14)
    assert CHI2.log_prob([0.0, -1.0]).tolist() == [math.inf, -math.inf]
    assert CHI2.support.boxes == (((0.0, math.inf),),)
    assert js_divergence(CHI2, Gamma(0.5, 0.5)).value < 1e-25


def test_a_network_of_one_unit_is_tanh():
    law = MLPGenerator(hidden=(1,)).law(torch.tensor([1.0, 0.0, 1.0, 0.0], dtype=torch.float64))
    truth = transformed(Normal(), Tanh())
    x = np.array([-1 + 1e-12, -0.5, 0.0, 0.3, 0.999])
    assert law.log_prob(x) == pytest.approx(truth.log_prob(x), abs=1e-13)
    assert law.cdf(x) == pytest.approx(truth.cdf(x), abs=1e-15)
    other = Normal(0.3, 0.5)
    assert js_divergence(law, other).value == pytest.approx(
        js_divergence(truth, other).value, abs=1e-14
    )


@pytest.mark.sweep(3)
@pytest.mark.parametrize("hidden", WIDTHS)
@pytest.mark.parametrize("gain", [0.5, 1.0, 2.0])
def test_no_turn_is_missed_and_none_is_made_up(hidden, gain):
    law = folded(hidden, seed=3, gain=gain)
    _, _, slope = dense_values(law)
    seen = int((np.sign(slope[1:]) != np.sign(slope[:-1])).sum())
    found = critical_points(law.curve, -12.0, 12.0).roots
    assert len(found) == seen
    assert (np.abs(law.curve.jet(found, 1)[1]) < 1e-13 * np.abs(slope).max()).all()


def beyond(law, x):
    return lambda z: law.curve.jet(np.array([z]), 0)[0][0] - x


@pytest.mark.sweep(3)
@pytest.mark.parametrize("hidden", WIDTHS)
def test_the_density_sums_over_every_preimage(hidden):
    law = folded(hidden, seed=1, gain=2.0)
    z, values, _ = dense_values(law)
    for x in law.ppf([0.02, 0.3, 0.55, 0.9]):
        at = np.flatnonzero(np.sign(values[1:] - x) != np.sign(values[:-1] - x))
        roots = [brentq(beyond(law, x), z[k], z[k + 1], xtol=1e-15) for k in at]
        slopes = law.curve.jet(np.array(roots), 1)[1]
        wanted = (stats.norm.pdf(roots) / np.abs(slopes)).sum()
        assert float(law.log_prob(x)[0]) == pytest.approx(math.log(wanted), abs=1e-9)


@pytest.mark.parametrize("law", [CHI2, *(folded(h, seed=2) for h in WIDTHS)], ids=str)
def test_the_mass_is_one_to_rounding(law):
    made = Quadrature()(law, Normal(), JS)
    assert abs(made.diagnostics["mass_p"] - 1) < 1e-12
    assert made.error < 1e-13


@pytest.mark.slow
@pytest.mark.parametrize("law", [CHI2, *(folded(h, seed=2) for h in WIDTHS)], ids=str)
def test_jsd_agrees_with_a_histogram_of_samples(law):
    """Binned exactly under both laws; the plug-in's own law gives bias and 5.1 σ, 1e-6 at most."""
    n, q = 200_000, Normal(0.2, 1.3)
    edges = np.unique(law.ppf(np.linspace(0, 1, 41)))
    inner = edges[1:-1]
    a, b = (np.diff(np.concatenate([[0.0], one.cdf(inner), [1.0]])) for one in (law, q))
    counts = np.bincount(np.searchsorted(inner, law.sample(n, 5)[:, 0].numpy()), minlength=len(a))
    exact, seen = _binned(a, b), _binned(counts / n, b)
    spread = np.log(2 * a / (a + b)) / 2
    sigma = math.sqrt((a * spread**2).sum() - (a * spread).sum() ** 2) / math.sqrt(n)
    assert abs(seen - exact) < 5.1 * sigma + 20 * len(a) / n
    assert exact <= js_divergence(law, q).value


def _binned(a, b):
    m = (a + b) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [np.where(w > 0, w * np.log(w / m), 0.0) for w in (a, b)]
    return 0.5 * float(sum(t.sum() for t in terms))


@pytest.mark.parametrize("hidden", WIDTHS)
def test_distribution_and_quantile_functions_undo_each_other(hidden):
    law = folded(hidden, seed=4)
    u = np.array([1e-9, 0.01, 0.5, 0.93, 1 - 1e-9])
    x = law.ppf(u)  # next to a fold one float of x holds 1e-8 of mass
    assert (law.cdf(x) >= u - 1e-15).all() and (law.cdf(np.nextafter(x, -9)) <= u + 1e-15).all()
    assert law.cdf(x) + law.sf(x) == pytest.approx(1.0, abs=1e-15)


def test_points_of_sampling_follow_the_distribution_function():
    law = folded((12, 12), seed=6)
    result = stats.kstest(law.sample(20_000, 1)[:, 0].numpy(), law.cdf)
    assert result.pvalue > 1e-6


def test_a_bounded_prior_ends_the_image_with_a_jump():
    law = PolynomialGenerator(Uniform(-1.0, 2.0)).law(torch.tensor([1.0, 0.0, 1.0]))
    assert law.support.boxes == (((1.0, 5.0),),)
    assert law.kinks == (1.0, 2.0, 5.0)  # the fold, and the images of both ends
    assert law.log_prob([1.25, 4.0]).tolist() == pytest.approx(
        [math.log(2 / 3), math.log(1 / 3 / (2 * math.sqrt(3)))]
    )
    assert kl_divergence(Normal(), law).value == math.inf


def test_two_maps_without_a_fold_agree_where_one_has_an_inflection():
    cube = FoldedLaw(Normal(), PolynomialCurve((0.0, 0.0, 0.0, 1.0)))
    x = np.array([1e-30, 0.5, -8.0])
    z = np.cbrt(x)
    assert cube.log_prob(x) == pytest.approx(stats.norm.logpdf(z) - np.log(3 * z * z), abs=1e-12)
    assert cube.cdf(x) == pytest.approx(stats.norm.cdf(z), abs=1e-15)


@pytest.mark.parametrize("least", [1e-3, 1e-9, 1e-14])
def test_a_peak_where_the_map_is_nearly_flat_keeps_its_mass(least):
    law = FoldedLaw(
        Normal(), PolynomialCurve((0.7, least, 0.0, 1.0))
    )  # a peak of height 0.4/least
    made = Quadrature()(law, Normal(), JS)
    assert abs(made.diagnostics["mass_p"] - 1) < 1e-10
    cube = transformed(transformed(Normal(), Power(3)), Affine(0.7, 1.0))
    assert made.value == pytest.approx(js_divergence(cube, Normal()).value, abs=least**0.5 / 50)
    assert made.error < 1e-13


def saturated(seed):
    """Six steep units: stairs whose landings are level to 1e-8 and less, to 1e-40."""
    generator = MLPGenerator(hidden=(6,))
    theta = 60 * generator.start(np.random.default_rng(seed)).reshape(-1)
    theta[-7:] /= 40
    return generator.law(theta)


@pytest.mark.parametrize("seed", [4, 5])  # a level that ends beyond all draws; one of width 1e-40
def test_levels_of_a_saturated_network_keep_their_mass(seed):
    law = saturated(seed)
    p = mixture([0.5, 0.5], [Normal(-2, 0.5), Normal(2, 0.5)])
    found = Quadrature()(p, law, JS)
    assert abs(found.diagnostics["mass_q"] - 1) < 1e-12 and found.error < 1e-12
    kinks = np.array(law.kinks)[:, None]

    def below(n):
        """JS of the two laws in cells: at most JS, and O(n⁻²) from it."""
        gaps = np.geomspace(1e-15, 6.0, n)
        edges = np.unique(np.concatenate([kinks, kinks + gaps, kinks - gaps], axis=1))
        return _binned(*(np.diff(each.cdf(edges), prepend=0, append=1) for each in (p, law)))

    rough, fine = below(800), below(1600)
    assert fine <= found.value + found.error <= fine + (fine - rough)


def test_differences_of_a_network_keep_their_digits():
    law = folded((6, 6, 6), seed=7)
    step = np.array([1e-3, 1e-9, 1e-15])
    slope, bend = (float(part[0]) for part in law.curve.jet(np.array([0.3]), 2)[1:])
    wanted = slope * step + bend * step**2 / 2
    assert law.curve.change(0.3, step) == pytest.approx(wanted, rel=1e-6)
    assert law.curve.change(0.3, step)[2] == pytest.approx(wanted[2], rel=1e-13)
    far = np.array([9.0])
    wanted = law.curve.jet(far, 0)[0][0] - law.curve.limit(1)
    assert law.curve.change(math.inf, far)[0] == pytest.approx(wanted, abs=1e-14)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: PolynomialCurve((1.0, 0.0)), "one atom"),
        (lambda: PolynomialCurve((1.0, math.nan)), "finite"),
        (lambda: MLPGenerator(hidden=(2,)).law(torch.zeros(7)), "atom"),
        (lambda: FoldedLaw(Normal(), TanhNetwork(STEP)), "probability 0.991"),
        (lambda: PolynomialGenerator(degree=0), "positive int"),
    ],
)
def test_a_constant_piece_is_refused(make, word):
    with pytest.raises(ValueError, match=word):
        make()


STEP = (
    (np.array([[3e4]]), np.array([0.0])),
    (np.array([[1.0]]), np.array([0.0])),
)


def test_autograd_follows_the_log_density_through_every_preimage():
    law = FoldedLaw(Normal(), PolynomialCurve((0, 0.5, 1, 0.3)))
    x = torch.tensor([-1.3, -0.2, 0.3, 1.0, 2.5], dtype=torch.float64, requires_grad=True)
    slope = torch.autograd.grad(law.log_prob(x[:, None]).sum(), x)[0]
    above, below = (law.log_prob((x.detach() + h)[:, None]) for h in (1e-6, -1e-6))
    assert torch.allclose(slope, (above - below) / 2e-6, rtol=1e-7)
