"""Decoders: their laws are normalised, their likelihoods are densities, their grids resolve."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from divkit.distributions import FiniteLaw, MultivariateNormal, Normal
from divkit.exact.api import divergence
from divkit.generators import Generator
from divkit.generators.decoders import BinaryDecoder, GaussianDecoder
from divkit.generators.latent import LatentMixture, finest_grid, normal_grid

GAUSSIAN = GaussianDecoder(2, 1, (5,))
BINARY = BinaryDecoder(4, 2, (6,))


def start(decoder, seed=0):
    return decoder.start(np.random.default_rng(seed))


@pytest.mark.parametrize("decoder", [GAUSSIAN, BINARY], ids=["gaussian", "binary"])
def test_a_decoder_is_a_generator(decoder):
    assert isinstance(decoder, Generator)
    thetas = torch.stack([start(decoder, k) for k in range(3)])
    z = decoder.draw(7, 0)
    x, weight = decoder.push(thetas, z.expand(3, -1, -1))
    assert x.shape == (*weight.shape, decoder.dim)
    assert torch.allclose(weight.sum(-1), torch.ones(3, dtype=torch.float64), rtol=1e-12)
    one, share = decoder.push(thetas[1], z)
    assert torch.allclose(one, x[1], rtol=1e-12)
    assert torch.allclose(share, weight[1], rtol=1e-12)


def test_a_gaussian_likelihood_is_the_normal_density(rng):
    theta = start(GAUSSIAN)
    theta[-1] = math.log(0.3)
    z, x = torch.from_numpy(rng.normal(size=(6, 1))), torch.from_numpy(rng.normal(size=(6, 2)))
    mean = GAUSSIAN.mean(theta, z)
    wanted = stats.norm(mean.numpy(), 0.3).logpdf(x.numpy()).sum(1)
    assert GAUSSIAN.log_likelihood(theta, z, x).numpy() == pytest.approx(wanted, rel=1e-12)


def test_a_binary_likelihood_is_the_product_of_bernoullis(rng):
    theta, z = start(BINARY), torch.from_numpy(rng.normal(size=(5, 2)))
    chance = BINARY.mean(theta, z).numpy()
    for image in BINARY.images[[0, 3, 9]]:
        wanted = stats.bernoulli(chance).logpmf(image.numpy().astype(int)).sum(1)
        found = BINARY.log_likelihood(theta, z, image.expand(5, 4)).numpy()
        assert found == pytest.approx(wanted, rel=1e-12)


def test_a_straight_gaussian_decoder_has_the_normal_law(rng):
    """tanh of small inputs is linear to 1e-9, so that x is (nearly) N(b, WWᵀ + s²I)."""
    decoder, small = GaussianDecoder(2, 1, (1,)), 1e-5
    first, outer = torch.tensor([small, 0.0]), torch.tensor([1 / small, -2 / small, 0.5, 1.0])
    theta = torch.cat([first, outer, torch.tensor([math.log(0.5)])]).double()
    w = np.array([[1.0], [-2.0]])
    wanted = MultivariateNormal((0.5, 1.0), tuple(map(tuple, w @ w.T + 0.25 * np.eye(2))))
    x = torch.from_numpy(rng.normal(size=(40, 2)))
    found = decoder.law(theta).log_prob(x)
    assert found.numpy() == pytest.approx(wanted.log_prob(x).numpy(), abs=1e-7)


def test_a_latent_mixture_integrates_to_one_and_its_draws_follow_it():
    """On the line, against SciPy: false alarm 1e-6."""
    decoder = GaussianDecoder(1, 1, (4,))
    law = decoder.law(start(decoder, 3))
    x = torch.linspace(-12, 12, 4001, dtype=torch.float64)
    density = law.log_prob(x).exp()
    assert float(density.sum() * (x[1] - x[0])) == pytest.approx(1, abs=1e-10)
    cdf = (density * (x[1] - x[0])).cumsum(0).numpy()
    draws = law.sample(2000, rng=1)[:, 0].numpy()
    assert stats.kstest(draws, lambda v: np.interp(v, x.numpy(), cdf)).pvalue > 1e-6


def test_pushed_points_and_the_law_agree():
    """Two-sample Kolmogorov–Smirnov on a projection, false alarm 1e-6."""
    theta = start(GAUSSIAN, 5)
    x, _ = GAUSSIAN.push(theta, GAUSSIAN.draw(4000, 0))
    y = GAUSSIAN.law(theta).sample(4000, rng=1)
    assert stats.ks_2samp((x[:, 0] - x[:, 1]).numpy(), (y[:, 0] - y[:, 1]).numpy()).pvalue > 1e-6


def test_a_binary_law_is_the_mean_of_bernoulli_products_over_z():
    theta = start(BINARY)
    law = BINARY.law(theta)
    assert isinstance(law, FiniteLaw)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    z = torch.cartesian_prod(*[torch.from_numpy(nodes)] * 2)
    mass = torch.cartesian_prod(*[torch.from_numpy(weights)] * 2).prod(1)
    chance = BINARY.mean(theta, z)
    for image, p in zip(law.atoms, law.probs, strict=True):
        pixel = torch.tensor(image, dtype=torch.float64)
        wanted = mass @ (pixel * chance + (1 - pixel) * (1 - chance)).prod(1)
        assert p == pytest.approx(float(wanted), abs=1e-9)


def test_a_sharp_binary_law_is_told_with_its_error():
    """x₁ = 1 where tanh(sz) > .3: Φ(−artanh(.3)/s) up to the width of the step, 1e-9."""
    decoder, s = BinaryDecoder(1, 2, (1,)), 3.0
    theta = torch.tensor([s * 0.6, s * 0.8, 0.0, 1e9, -0.3e9], dtype=torch.float64)
    law = decoder.law(theta)
    wanted = stats.norm.sf(math.atanh(0.3) / s)
    exact = FiniteLaw(((0.0,), (1.0,)), (1 - wanted, wanted))
    found = divergence(exact, law, "tv")
    assert found.value <= found.error < 5e-3


def test_the_exact_calculator_takes_a_latent_mixture():
    decoder = GaussianDecoder(2, 1, (3,))
    law = decoder.law(start(decoder))
    far = MultivariateNormal((0.0, 0.0), ((1.0, 0.0), (0.0, 1.0)))
    js = divergence(law, far, "js", "distribution_free", n=2000, rng=0)
    assert 0 <= js.interval[0] <= js.value <= js.interval[1] <= math.log(2) + 1e-12


def test_a_grid_is_refined_until_neighbours_decode_close():
    z, weight = finest_grid(1, lambda z: torch.sin(3 * z), 0.01)
    assert float(torch.sin(3 * z).diff(dim=0).abs().max()) <= 0.01
    assert float(weight.sum()) == pytest.approx(1, abs=1e-14)
    assert float(weight @ z[:, 0] ** 2) == pytest.approx(1, abs=1e-12)
    with pytest.raises(ValueError, match="too sharp"):
        finest_grid(1, lambda z: 1e9 * z, 0.01)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: BinaryDecoder(13), "at most 12"),
        (lambda: GaussianDecoder(2, 0).network, "positive"),
        (lambda: normal_grid(3, 1000), "at most"),
        (lambda: GAUSSIAN.law(torch.zeros(3)), "theta"),
    ],
)
def test_what_cannot_be_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_mixture_of_one_code_is_the_normal_law():
    law = LatentMixture(torch.zeros(1, 1).double(), torch.ones(1).double(), 2.0)
    x = torch.linspace(-5, 5, 11, dtype=torch.float64)
    assert torch.allclose(law.log_prob(x), Normal(0, 2).log_prob(x), rtol=1e-13)
