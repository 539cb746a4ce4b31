"""Maximum-likelihood fits: no nearby law is more likely, and known answers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import divkit
from divkit.density import MaximumLikelihood, fit_density
from divkit.density.likelihood_fits import FAMILIES
from divkit.distributions import (
    Cauchy,
    Exponential,
    Gamma,
    Gumbel,
    Laplace,
    Logistic,
    LogNormal,
    Normal,
    Pareto,
    StudentT,
    Uniform,
)

TRUTHS = {
    "normal": Normal(3, 2),
    "laplace": Laplace(-1, 0.5),
    "uniform": Uniform(2, 5),
    "exponential": Exponential(3.0),
    "lognormal": LogNormal(0.5, 0.7),
    "pareto": Pareto(2.5, 1.5),
    "gamma": Gamma(2.5, 4.0),
    "cauchy": Cauchy(5, 2),
    "logistic": Logistic(-2, 3),
    "gumbel": Gumbel(1, 0.3),
    "student_t": StudentT(4.0, 10, 0.1),
}


def test_every_family_is_tried():
    assert set(TRUTHS) == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_nearby_member_is_more_likely(family):
    x = TRUTHS[family].sample(2000, 0).numpy()
    law = fit_density(x, "maximum_likelihood", family=family).law_
    best = law.log_prob(x).sum()
    for field in dataclasses.fields(law):
        value = getattr(law, field.name)
        for step in (-1e-3, 1e-3):
            near = dataclasses.replace(law, **{field.name: value + step * (1 + abs(value))})
            assert near.log_prob(x).sum() <= best + 1e-6


@pytest.mark.parametrize("family", FAMILIES)
def test_the_fit_is_near_the_law_that_was_sampled(family):
    """2n KL is near χ² of at most 3 (Wilks): below 40 but once in a hundred million."""
    x = TRUTHS[family].sample(2000, 1)
    fitted = fit_density(x, "maximum_likelihood", family=family)
    if family in ("uniform", "pareto"):
        assert divkit.tv_distance(TRUTHS[family], fitted).value < 0.02
        return
    assert 2 * 2000 * divkit.kl_divergence(TRUTHS[family], fitted).value < 40


@pytest.mark.parametrize("scale", [1e-300, 1e200])
def test_extreme_scales(scale):
    x = TRUTHS["normal"].sample(500, 0).numpy()
    for family in ("normal", "laplace", "logistic", "cauchy", "student_t"):
        law = fit_density(scale * x, "maximum_likelihood", family=family).law_
        plain = fit_density(x, "maximum_likelihood", family=family).law_
        assert law.scale == pytest.approx(scale * plain.scale, rel=1e-6)


def test_normal_in_space_and_errors():
    x = np.random.default_rng(0).normal(size=(500, 3))
    law = MaximumLikelihood().fit(x).law_
    assert np.allclose(law.covariance, np.cov(x.T, bias=True))
    with pytest.raises(ValueError, match="one column; got 3"):
        MaximumLikelihood("gamma").fit(x)
    with pytest.raises(ValueError, match="family must be one of"):
        MaximumLikelihood("beta").fit(x)
    with pytest.raises(ValueError, match="positive samples; row"):
        MaximumLikelihood("gamma").fit(x[:, :1])
