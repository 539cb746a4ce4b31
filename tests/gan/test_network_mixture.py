"""The law of a mixture of networks, against a mixture of normal laws and network by network."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

import divkit
from divkit.critics.activations import TANH
from divkit.distributions import MultivariateNormal, mixture, ring
from divkit.generators import NetworkGenerator, NetworkMixtureGenerator
from divkit.generators.generator import standard_normal
from divkit.generators.mesh.api import mesh_mixture
from divkit.generators.mesh.layers import Layers


def begun(hidden, moved=0.0):
    generator = NetworkMixtureGenerator(3, hidden=hidden, centre=0.2, spread=1.5)
    theta = generator.start(np.random.default_rng(0))
    theta[:3] = torch.tensor([0.03, 0.0, -0.05])
    noise = np.random.default_rng(1).normal(0.0, moved, generator.network.size * 3)
    theta[-len(noise) :] += torch.from_numpy(noise)
    return generator, theta


@pytest.mark.parametrize("hidden", [(), (7,), (6, 5)])
def test_it_starts_as_a_mixture_of_normal_laws(hidden):
    """Affine maps of the noise: the divergence is that of normal laws, by another method."""
    generator, theta = begun(hidden)
    weight, centre, scale, _ = (part.numpy() for part in generator.parts(theta))
    pairs = zip(centre, scale, strict=True)
    normal = [MultivariateNormal(tuple(c), np.diag(s**2).tolist()) for c, s in pairs]
    same, law, p = mixture(weight.tolist(), normal), generator.law(theta), ring(4, 1.0, 0.5)
    x = p.sample(200, 0)
    assert torch.allclose(law.log_prob(x), same.log_prob(x), rtol=0, atol=1e-8)
    found, wanted = (divkit.js_divergence(p, q) for q in (law, same))
    assert found.method != wanted.method
    assert abs(found.value - wanted.value) <= found.error + wanted.error


def test_its_density_is_that_of_the_networks_weighed():
    generator, theta = begun((6,), moved=0.4)
    weight, centre, scale, networks = generator.parts(theta)
    single = NetworkGenerator(hidden=(6,))
    law = generator.law(theta)
    x, drawn = law.drawn(300, np.random.default_rng(2))
    logs = []
    for w, c, s, own in zip(weight, centre, scale, networks, strict=True):
        inner = single.law(own).log_prob((x - c) / s)
        logs.append(inner + w.log() - s.log().sum())
    wanted = torch.stack(logs).logsumexp(0)
    assert torch.allclose(drawn, wanted, rtol=0, atol=1e-8)
    assert torch.allclose(law.log_prob(x), wanted, rtol=0, atol=1e-8)
    assert law.singular == 0
    gap = law.near.log_prob(x) - wanted  # what bounded divergences see: without far noise
    assert torch.all((gap <= 1e-9) & (gap > -1e-9)) and law.near.near is law.near
    assert law.near.noise.outside < 1e-16


def test_noise_that_is_pushed_onto_a_line_weighs_as_much_as_its_network():
    generator, theta = begun(())
    theta[-2 * 6 - 6 : -2 * 6 : 1] = torch.tensor([1.0, 1.0, 1.0, 1.0, 0.0, 0.0])  # rank 1
    law = generator.law(theta)
    share = float(generator.parts(theta)[0][0])
    assert math.isclose(law.singular, share, rel_tol=1e-9)


def test_smooth_networks_have_no_known_law_and_batches_have_a_point_a_network():
    smooth = NetworkMixtureGenerator(2, hidden=(3,), activation=TANH)
    assert smooth.law(smooth.start(np.random.default_rng(0))) is None
    with pytest.raises(ValueError, match="n must be at least 1 a component, 2; got 1"):
        smooth.draw(1, 0)
    with pytest.raises(ValueError, match="components must be a positive int"):
        NetworkMixtureGenerator(0)


def test_sharp_modes_below_broad_networks_are_resolved_or_told():
    """Four broad normal laws against eight sharp ones, by the engine's own rule in the plane.

    With few triangles modes hide from them, and halving where one was seen said nothing of others:
    the error must stand, or draws of p be taken instead.
    """
    rng = np.random.default_rng(0)
    maps = [(2 * rng.normal(size=(2, 2)), rng.normal(size=2)) for _ in range(4)]
    even, p = np.full(4, 1 / 4), ring(8, 1.0, 0.03)
    law = mesh_mixture(standard_normal(2), [Layers((pair,), ()) for pair in maps], even)
    same = mixture(even, [MultivariateNormal(b, a @ a.T) for a, b in maps])
    truth = divkit.js_divergence(p, same, method="tensor", tolerance=1e-5)
    for most in (400_000, 4000):
        found = divkit.js_divergence(p, replace(law, most=most))
        assert abs(found.value - truth.value) <= found.error + truth.error
        assert found.error < 1e-3 or "above the tolerance" in found.warnings[0]
