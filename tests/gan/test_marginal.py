"""Maximum likelihood over a grid of codes is that of the law, and training raises it."""

import itertools

import numpy as np
import pytest
import torch

from divkit.distributions import bars_and_stripes
from divkit.exact.api import divergence
from divkit.generators.decoders import BinaryDecoder, GaussianDecoder
from divkit.training.batches import every_atom
from divkit.training.systems.descents import train_marginal
from divkit.training.systems.marginal import log_marginal

IMAGES = bars_and_stripes(2)


def test_the_objective_is_the_log_density_of_the_law():
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(20, 2)))
    decoder = GaussianDecoder(2, 1, (4,))
    theta = decoder.start(np.random.default_rng(1))
    found = log_marginal(decoder, theta, x, 400)
    assert found.numpy() == pytest.approx(decoder.law(theta).log_prob(x).numpy(), abs=1e-10)
    pixels = BinaryDecoder(4, 2, (4,), grid=40)  # whose law takes twice as many
    theta = pixels.start(np.random.default_rng(1))
    found = log_marginal(pixels, theta, pixels.images, 80)
    wanted = pixels.law(theta).log_prob(pixels.images)
    assert found.numpy() == pytest.approx(wanted.numpy(), abs=1e-12)


def test_training_raises_the_likelihood_and_lowers_jsd():
    decoder = BinaryDecoder(4, 1, (6,))
    steps = train_marginal(decoder, every_atom(IMAGES), 0.02, grid=64, rng=0)
    first, *_, last = itertools.islice(steps, 200)
    assert last.record.loss < first.record.loss - 0.2
    entropy = -float(np.sum(np.array(IMAGES.probs) * np.log(IMAGES.probs)))
    assert -last.record.loss <= -entropy
    far, near = (divergence(IMAGES, step.law(), "js").value for step in (first, last))
    assert near < far - 0.05


def test_the_likelihood_is_minus_entropy_minus_kl():
    decoder = BinaryDecoder(4, 1, (6,), grid=64)
    step = next(train_marginal(decoder, every_atom(IMAGES), 0.02, grid=64, rng=0))
    start = decoder.start(np.random.default_rng(0))
    kl = divergence(IMAGES, decoder.law(start), "kl").value
    entropy = -float(np.sum(np.array(IMAGES.probs) * np.log(IMAGES.probs)))
    assert -step.record.loss == pytest.approx(-entropy - kl, abs=1e-10)
