"""Sums of compact kernels by cells against all kernels one by one, and scikit-learn's tree."""

import math

import numpy as np
import pytest
from sklearn.neighbors import KernelDensity

from divkit.distributions import as_law

PROFILES = {
    "tophat": lambda r: 1.0 * (r < 1),
    "epanechnikov": lambda r: (1 - r**2) * (r < 1),
    "linear": lambda r: (1 - r) * (r < 1),
    "cosine": lambda r: np.cos(0.5 * math.pi * r) * (r < 1),
}
MASSES = {  # of the profiles over the plane and over space
    "tophat": (math.pi, 4 * math.pi / 3),
    "epanechnikov": (math.pi / 2, 8 * math.pi / 15),
    "linear": (math.pi / 3, math.pi / 3),
    "cosine": (4 - 8 / math.pi, 8 - 64 / math.pi**2),
}


@pytest.mark.parametrize("offset", [0.0, 1e6])
@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("kernel", PROFILES)
def test_the_sum_by_cells_is_that_of_all_kernels(kernel, dim, offset):
    rng, h = np.random.default_rng(dim), 0.7
    spread = np.array([3.0, 0.2, 1.0])[:dim]
    centers, weights = offset + rng.normal(size=(300, dim)) * spread, rng.uniform(0.1, 2, 300)
    given = KernelDensity(kernel=kernel, bandwidth=h).fit(centers, sample_weight=weights)
    x = offset + rng.uniform(-3, 3, size=(4000, dim)) * spread
    radii = np.linalg.norm(x[:, None] - centers, axis=2) / h
    density = PROFILES[kernel](radii) @ weights / weights.sum()
    density /= MASSES[kernel][dim - 2] * h**dim
    held = density > 0
    assert 300 < held.sum() < 4000
    got = as_law(given).log_prob(x)
    assert (np.isfinite(got) == held).all()
    assert np.allclose(np.exp(got[held]) / density[held], 1, rtol=0, atol=1e-9)
    apart = given.score_samples(x)[held] - got[held]  # one constant, but for the tree's rounding
    assert np.allclose(apart[density[held] > 1e-3], np.median(apart), rtol=0, atol=1e-8)
