"""The law of points on the line, of one or two coordinates of noise."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import logsigmoid

from divkit.critics.activations import TANH, leaky
from divkit.distributions import Gamma, Normal, Uniform, mixture
from divkit.distributions.compose.product import Product
from divkit.exact.api import divergence
from divkit.exact.named import js_divergence
from divkit.generators import MLPGenerator
from divkit.generators.generator import standard_normal
from divkit.generators.mesh import Layers, LevelLaw, mesh_law
from divkit.generators.network import NetworkGenerator

LOG2 = math.log(2)
PLANE = standard_normal(2)
BOTH = mixture((0.5, 0.5), (Normal(-1.0, 0.2), Normal(1.0, 0.5)))


def line(first, last, leak=0.0, bias=None, latent=PLANE):
    first, last = np.array(first, float), np.array(last, float)
    shift = np.zeros(len(first)) if bias is None else np.array(bias, float)
    layers = Layers(((first, shift), (last, np.zeros(1))), (leaky(leak),))
    return mesh_law(latent, layers)


def test_a_linear_map_is_the_normal_law():
    law = mesh_law(PLANE, Layers(((np.array([[1.0, 2.0]]), np.array([0.5])),), ()))
    truth = Normal(0.5, math.sqrt(5))
    x = truth.sample(200, 0)
    assert isinstance(law, LevelLaw)
    assert torch.allclose(law.log_prob(x), truth.log_prob(x), atol=1e-9)
    for kind in ("js", "tv", "hellinger2"):
        found = divergence(BOTH, law, kind)
        assert abs(found.value - divergence(BOTH, truth, kind).value) <= found.error < 1e-3


def test_the_sum_of_absolute_values_has_its_closed_form():
    """|z₁| + |z₂| has density 2√2 φ(x/√2) [2Φ(x/√2) − 1]·… = (2/√π) e^{−x²/4} erf(x/2)."""
    law = line([[1, 0], [-1, 0], [0, 1], [0, -1]], [[1, 1, 1, 1]])
    x = torch.linspace(0.01, 6, 50, dtype=torch.float64)
    truth = math.log(2 / math.sqrt(math.pi)) - x**2 / 4 + torch.erf(x / 2).log()
    assert torch.allclose(law.log_prob(x[:, None]), truth, atol=1e-9)
    assert law.singular == 0


def test_all_of_the_noise_on_points_leaves_no_density():
    law = line([[0, 0]], [[1]], bias=[0.5])
    assert law.singular == pytest.approx(1.0, abs=1e-12)
    assert bool((law.log_prob(torch.tensor([[0.5], [1.0]])) == -math.inf).all())
    assert js_divergence(Normal(), law).value == pytest.approx(LOG2, abs=1e-14)


def test_a_steep_piece_between_panels_is_seen():
    """z and 0.001 z on the two sides of 0: half of the mass on a thousandth of the length."""
    law = line([[1.0], [-1.0]], [[1.0, -0.001]], latent=Uniform(-1.0, 1.0))
    truth = 0.5 * (js_step(0.0, 1.0, 0.5) + js_step(-0.001, 0.0, 500.0))
    outside = 0.5 * LOG2 * (Normal().cdf(-0.001) + Normal().sf(1.0))
    found = js_divergence(Normal(), law)
    assert abs(found.value - truth - outside) <= found.error < 1e-6


def js_step(low, high, q):
    """∫ of p log 2p/(p+q) + q log 2q/(p+q), p standard normal."""
    x, w = np.polynomial.legendre.leggauss(60)
    x, w = 0.5 * (low + high) + 0.5 * (high - low) * x, 0.5 * (high - low) * w
    p = np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    return float(w @ (p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q))))


@pytest.mark.parametrize("size", [1e3, 1e8])
def test_a_map_that_jumps_has_no_law_that_is_known(size):
    """Its triangles hold 1.6 % of the noise where values jump; JSD came 26 errors too low."""
    rng = np.random.default_rng(3)
    first = size * rng.normal(size=(5, 2)), size * rng.normal(size=5)
    assert (
        mesh_law(PLANE, Layers((first, (rng.normal(size=(1, 5)), np.zeros(1))), (TANH,))) is None
    )


def test_uniform_noise_through_a_linear_map():
    """z₁ + z₂ of two uniform laws has the triangular density."""
    square = Product((Uniform(0.0, 1.0), Uniform(0.0, 1.0)))
    law = mesh_law(square, Layers(((np.array([[1.0, 1.0]]), np.zeros(1)),), ()))
    x = torch.tensor([[0.25], [0.75], [1.3], [1.9]], dtype=torch.float64)
    truth = torch.log(1 - (x[:, 0] - 1).abs())
    assert torch.allclose(law.log_prob(x), truth, atol=1e-9)


def test_a_unit_that_is_off_leaves_an_atom_that_pays_in_full():
    law = line([[1, 0]], [[1]])  # max(z₁, 0): an atom of ½ at 0
    assert law.singular == pytest.approx(0.5, abs=1e-12)
    found = js_divergence(Normal(), law)
    assert abs(found.value - 0.5 * LOG2) <= found.error < 2e-3
    assert divergence(law, Normal(), "kl").value == math.inf


def test_noise_of_one_coordinate():
    law = line([[1.0], [-1.0]], [[1.0, 1.0]], latent=Normal())  # |z|
    x = torch.tensor([[0.3], [1.7]], dtype=torch.float64)
    assert torch.allclose(law.log_prob(x), LOG2 + Normal().log_prob(x), atol=1e-9)
    found = js_divergence(Normal(), law)
    truth = 0.25 * (math.log(2 / 3) + LOG2) + 0.5 * math.log(4 / 3)
    assert abs(found.value - truth) <= found.error < 2e-3
    curved = NetworkGenerator(Normal(), 1, (8,), centre=0.5)
    assert isinstance(curved.law(curved.start(np.random.default_rng(0))), LevelLaw)


@pytest.mark.sweep(4)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("smooth", [False, True])
def test_random_networks_against_draws(seed, smooth):
    """JSD by 20,000 draws of both: 6 standard errors, 1e-8."""
    hidden = (8, 8)
    generator = MLPGenerator(PLANE, 1, hidden) if smooth else NetworkGenerator(PLANE, 1, hidden)
    theta, n = generator.start(np.random.default_rng(seed)), 20_000
    law = generator.law(theta)
    found = js_divergence(BOTH, law)
    x, (y, _) = BOTH.sample(n, 1), generator.push(theta, generator.draw(n, 0))
    a = LOG2 + logsigmoid(BOTH.log_prob(x) - law.log_prob(x))
    b = LOG2 + logsigmoid(law.log_prob(y) - BOTH.log_prob(y))
    b = b[b.isfinite()]  # the mesh's values end a little below those of the map
    assert len(b) > 0.999 * n
    spread = 0.5 * math.sqrt(float(a.var() / n + b.var() / len(b)))
    assert found.error < 3e-3
    assert abs(found.value - 0.5 * float(a.mean() + b.mean())) < 6 * spread + found.error
    assert found.diagnostics["mass_q"] == pytest.approx(1.0, abs=1e-3)


def test_a_heavy_tail_and_a_smooth_product():
    """tanh z₁ against a Gamma law: no mass below 0 for one, above 1 for the other."""
    eye = np.eye(2)
    layers = Layers(((eye, np.zeros(2)), (np.array([[1.0, 0.0]]), np.zeros(1))), (TANH,))
    law, truth = mesh_law(PLANE, layers), MLPGenerator(Normal(), 1, (1,))
    exact = truth.law(torch.tensor([1.0, 0.0, 1.0, 0.0], dtype=torch.float64))
    found = js_divergence(Gamma(2.0, 2.0), law)
    assert abs(found.value - float(js_divergence(Gamma(2.0, 2.0), exact))) <= found.error < 5e-3
