"""The ELBO is a bound with the gap that theory gives; training raises it, copies fall."""

import itertools
import math

import numpy as np
import pytest
import torch

from divkit.distributions import MultivariateNormal, Normal, bars_and_stripes
from divkit.exact.api import divergence
from divkit.generators.decoders import BinaryDecoder, GaussianDecoder
from divkit.generators.latent import normal_grid
from divkit.generators.ppca import ProbabilisticPCA
from divkit.training.batches import every_atom, fresh_draws, rows_of
from divkit.training.systems.autoencoder import AutoEncoder
from divkit.training.systems.descents import train_autoencoder, train_vae
from divkit.training.systems.vae import VAE, code_kl, importance_bound

IMAGES = bars_and_stripes(2)
SMALL = BinaryDecoder(4, 1, (6,))


def test_probabilistic_pca_has_the_printed_numbers():
    model, x = ProbabilisticPCA(np.array([[1.0], [2.0]]), 0.5), np.array([0.7, -0.4])
    log_p = float(model.law.log_prob(x[None])[0])
    assert log_p == pytest.approx(-2.991859340, abs=5e-10)
    assert model.elbo(x, model.posterior(x)) == pytest.approx(log_p, abs=1e-13)
    assert log_p - model.elbo(x, Normal(0, 1)) == pytest.approx(3.802870545, abs=5e-10)


@pytest.mark.parametrize("k", [1, 3])
def test_the_gap_of_probabilistic_pca_is_kl_to_the_posterior(k):
    rng = np.random.default_rng(k)
    model = ProbabilisticPCA(rng.normal(size=(4, k)), 0.7, rng.normal(size=4))
    x, a = rng.normal(size=4), rng.normal(size=(k, k))
    spread = a @ a.T + 0.3 * np.eye(k)
    mean = rng.normal(size=k)
    q = Normal(mean[0], math.sqrt(spread[0, 0])) if k == 1 else MultivariateNormal(mean, spread)
    gap = float(model.law.log_prob(x[None])[0]) - model.elbo(x, q)
    assert gap == pytest.approx(divergence(q, model.posterior(x), "kl").value, abs=1e-10)


def test_the_kl_of_codes_is_the_engines():
    mean, log_sd = torch.tensor([0.3, -1.2]).double(), torch.tensor([-0.5, 0.4]).double()
    q = MultivariateNormal(mean.numpy(), np.diag(np.exp(2 * log_sd.numpy())))
    wanted = divergence(q, MultivariateNormal([0, 0], np.eye(2)), "kl").value
    assert float(code_kl(mean, log_sd)) == pytest.approx(wanted, abs=1e-12)


def test_a_networks_gap_is_kl_of_its_codes_to_the_posterior():
    """Log p(x) from the decoder's law, the gap as E_q log q/p(z|x), on a grid of codes."""
    vae = VAE(SMALL, (5,))
    theta = 0.5 * vae.start(np.random.default_rng(2))
    x = torch.tensor(IMAGES.atoms[:3], dtype=torch.float64)
    log_p = SMALL.law(vae.decoding(theta)).log_prob(x)
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    noise = torch.from_numpy(nodes)[:, None, None].expand(-1, 3, 1)
    mass = torch.from_numpy(weights / weights.sum())
    terms = vae.terms(theta, x, noise)
    elbo = mass @ terms.log_weights  # E_q log p(x, z)/q(z|x), (3,)
    z, prior = normal_grid(1, 801)
    given = torch.stack([SMALL.log_likelihood(vae.decoding(theta), z, row) for row in x])
    joint = given + prior.log()
    posterior = (joint - joint.logsumexp(1, keepdim=True)).exp()
    mean, log_sd = vae.posterior(theta, x)
    step = float(z[1] - z[0])
    q = step * torch.distributions.Normal(mean, log_sd.exp()).log_prob(z[:, 0]).exp()
    kl = (q * (q / posterior).log()).sum(1)
    assert (log_p - elbo).tolist() == pytest.approx(kl.tolist(), abs=1e-8)


def test_the_two_terms_make_the_elbo_on_average():
    """Mean of log weights against likelihood − KL, at 1e-6 of false alarm (4.9 deviations)."""
    vae = VAE(SMALL, (5,))
    theta = vae.start(np.random.default_rng(1))
    x = torch.tensor(IMAGES.atoms[:2], dtype=torch.float64)
    noise = torch.from_numpy(np.random.default_rng(0).normal(size=(20_000, 2, 1)))
    terms = vae.terms(theta, x, noise)
    gap = terms.log_weights.mean(0) - terms.elbo
    mean, log_sd = vae.posterior(theta, x)
    z = mean + log_sd.exp() * noise
    spread = (0.5 * noise**2 - 0.5 * z**2).sum(-1).std(0) / math.sqrt(20_000)
    assert (gap.abs() <= 4.9 * spread).all()


def test_importance_bounds_rise_with_k_on_the_same_draws():
    logs = torch.from_numpy(np.random.default_rng(0).normal(size=(8, 4000)))
    by_k = [importance_bound(logs[:k]).mean() for k in (1, 8)]
    assert by_k[0] < by_k[1] < logs.exp().mean().log() + 1e-2
    assert torch.equal(importance_bound(logs[:1]), logs[0])


@pytest.mark.sweep(3)
@pytest.mark.parametrize("options", [{}, {"codes": 3, "bound": "importance"}, {"kl_weight": 0.5}])
def test_training_a_vae_brings_its_law_nearer(options):
    steps = train_vae(VAE(SMALL, (8,), **options), every_atom(IMAGES), rate=0.02, rng=0)
    first, *_, last = itertools.islice(steps, 300)
    assert last.index == 300
    elbos = [s.record.terms["likelihood"] - s.record.terms["kl"] for s in (first, last)]
    assert elbos[1] > elbos[0] or options.get("kl_weight") == 0.5
    far, near = (divergence(IMAGES, step.law(), "js").value for step in (first, last))
    assert near < far - 0.05


def test_training_repeats_itself_and_moves_no_global_state():
    def end():
        return list(itertools.islice(train_vae(VAE(SMALL), every_atom(IMAGES), rng=4), 5))[-1]

    state = torch.random.get_rng_state()
    assert torch.equal(end().theta, end().theta)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_an_autoencoder_copies_and_its_noise_is_that_of_its_copies():
    law = MultivariateNormal([1.0, -1.0], [[1.0, 0.8], [0.8, 1.0]])
    model = AutoEncoder(GaussianDecoder(2, 1, (8,)), (8,))
    steps = train_autoencoder(model, fresh_draws(law, 128), rate=0.02, rng=0)
    first, *_, last = itertools.islice(steps, 200)
    assert last.record.loss < 0.2 * first.record.loss
    assert last.law().scale == pytest.approx(math.sqrt(last.record.loss / 2), rel=1e-12)
    x = law.sample(100, rng=0)
    copies = model.decoder.mean(last.theta[: model.decoder.size], model.codes(last.theta, x))
    errors = ((x - copies) ** 2).sum(1)
    assert torch.allclose(model.errors(last.theta, x), errors)


def test_batches_weigh_their_points():
    rng = np.random.default_rng(0)
    x, weight = every_atom(IMAGES)(rng)
    assert torch.allclose(IMAGES.log_prob(x).exp(), weight)
    rows = torch.arange(12.0).double().reshape(6, 2)
    x, weight = rows_of(rows, 4)(rng)
    assert x.shape == (4, 2)
    assert weight.tolist() == [0.25] * 4
    assert all(any(torch.equal(row, other) for other in rows) for row in x)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: VAE(SMALL, kl_weight=-1.0), "kl_weight"),
        (lambda: VAE(SMALL, codes=0), "codes"),
        (lambda: VAE(SMALL, bound="iwae"), "bound"),
        (lambda: VAE(SMALL, bound="importance", kl_weight=0.5), "kl_weight"),
        (lambda: fresh_draws(Normal(0, 1), 0), "n must be"),
        (lambda: rows_of(torch.zeros(0, 2), 3), "not empty"),
        (lambda: ProbabilisticPCA(np.ones((2, 1)), 0.0), "noise"),
        (lambda: ProbabilisticPCA(np.ones(2), 1.0), "loadings"),
        (lambda: ProbabilisticPCA(np.ones((2, 1)), 1.0, np.ones(3)), "shift"),
    ],
)
def test_what_cannot_be_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_loss_that_is_not_finite_stops_with_the_step():
    steps = train_vae(
        VAE(SMALL),
        lambda rng: (torch.full((1, 4), math.nan).double(), torch.ones(1).double()),
        rng=0,
    )
    with pytest.raises(ArithmeticError, match="step 1"):
        next(steps)
