"""torch.distributions' images of known laws are divkit's own images: closed forms stay."""

import numpy as np
import pytest
import torch
import torch.distributions as td
from torch.distributions import transforms as tr

import divkit
from divkit.distributions import LogNormal, Poisson, as_law, transformed
from divkit.distributions.compose.product import Product
from divkit.distributions.maps.scalar import Affine

FACTORS = torch.tensor([1.0, -2.0, 4.0], dtype=torch.float64)
CHAINS = [
    [tr.AffineTransform(0.0, 2.0)],
    [tr.AffineTransform(FACTORS, FACTORS)],
    [tr.AffineTransform(0.0, FACTORS), tr.AffineTransform(1.0, 3.0, event_dim=1)],
    [tr.ExpTransform()],
    [tr.ComposeTransform([tr.AffineTransform(1.0, 0.5), tr.TanhTransform()])],
    [tr.IndependentTransform(tr.SigmoidTransform(), 1), tr.AffineTransform(0.0, 3.0)],
]


def normals(seed):
    draws = torch.Generator().manual_seed(seed)
    loc = torch.randn(2, 3, generator=draws, dtype=torch.float64)
    scale = 0.5 + torch.rand(2, 3, generator=draws, dtype=torch.float64)
    return td.Independent(td.Normal(loc, scale), 1)


@pytest.mark.parametrize("chain", CHAINS, ids=range(len(CHAINS)))
def test_images_of_products_are_products_of_images(chain):
    p, q = (td.TransformedDistribution(normals(seed), chain) for seed in (0, 1))
    truth = td.kl_divergence(normals(0), normals(1)).numpy()
    found = divkit.kl_divergence(p, q)
    np.testing.assert_allclose(found.value, truth, rtol=1e-14, atol=found.error.max())
    assert found.error.max() < 1e-13
    one = td.TransformedDistribution(td.Normal(normals(0).mean[0], 1.0), chain)
    alone = td.Independent(one, 1 - len(one.event_shape)) if len(one.event_shape) < 1 else one
    at = alone.sample((5,))
    law = as_law(alone)
    assert isinstance(law, Product)
    np.testing.assert_allclose(law.log_prob(at), alone.log_prob(at), rtol=1e-9, atol=1e-9)


def test_images_of_normals_of_full_covariance():
    eye = torch.eye(5, dtype=torch.float64)
    p, q = (td.MultivariateNormal(eye[0] * k, eye * (1 + k)) for k in (0, 1))
    truth = float(td.kl_divergence(p, q))
    steps = torch.arange(1.0, 6.0, dtype=torch.float64)
    for transform in (tr.AffineTransform(1.0, 2.0), tr.AffineTransform(0.0, steps)):
        images = [td.TransformedDistribution(law, transform) for law in (p, q)]
        found = divkit.kl_divergence(*images)
        assert found.method == "ClosedForm()"
        assert found.value == pytest.approx(truth, abs=found.error)


def test_images_on_the_line():
    image = as_law(td.TransformedDistribution(td.Normal(0.5, 2.0), tr.ExpTransform()))
    assert image == LogNormal(0.5, 2.0)
    counts = td.TransformedDistribution(td.Poisson(3.0), tr.AffineTransform(1.0, 2.0))
    assert as_law(counts) == transformed(Poisson(3.0), Affine(1.0, 2.0))
    logs = td.TransformedDistribution(td.LogNormal(0.0, 1.0), tr.ExpTransform().inv)
    found = divkit.kl_divergence(logs, "normal(1, 1)")
    assert found.value == pytest.approx(0.5, abs=found.error)


def test_other_maps_are_torch_s_own():
    softplus = td.TransformedDistribution(td.Normal(0.0, 1.0), tr.SoftplusTransform())
    assert "TransformedDistribution" in repr(as_law(softplus))
