"""Laws by their margins and normal scores, against formulas of copulas and by integration."""

import numpy as np
import pytest
import torch
from scipy import stats

import divkit
from divkit.distributions import (
    Coupled,
    Exponential,
    Gamma,
    MultivariateNormal,
    Normal,
    Uniform,
    mixture,
)

MATRIX = np.array([[1.0, 0.6], [0.6, 1.0]])
GAUSSIAN = Coupled((Exponential(1.0), Gamma(3.0, 2.0)), MultivariateNormal((0.0, 0.0), MATRIX))


def test_normal_scores_make_a_gaussian_copula():
    """log c(u) = −½ log |R| − ½ zᵀ(R⁻¹ − I)z, beside the margins."""
    x = np.array([[0.3, 1.0], [2.0, 0.4], [1e-8, 3.0], [25.0, 9.0]])
    own = stats.expon.logpdf(x[:, 0]) + stats.gamma.logpdf(x[:, 1], 3.0, scale=0.5)
    upper = np.stack([stats.expon.sf(x[:, 0]), stats.gamma.sf(x[:, 1], 3.0, scale=0.5)], axis=1)
    z = -stats.norm.ppf(upper)
    square = np.einsum("ni,ij,nj->n", z, np.linalg.inv(MATRIX) - np.eye(2), z)
    by_hand = own - 0.5 * np.log(np.linalg.det(MATRIX)) - 0.5 * square
    np.testing.assert_allclose(GAUSSIAN.log_prob(x), by_hand, rtol=1e-7)
    assert GAUSSIAN.log_prob([[-1.0, 1.0]])[0] == -np.inf


def test_the_mass_is_one_and_divergences_do_not_see_common_margins():
    roots, weights = np.polynomial.legendre.leggauss(120)
    along = 0.5 * (roots + 1)
    x, y = np.meshgrid(30 * along**3, 20 * along**2)  # nodes drawn to the corner
    size = np.outer(10 * weights * 2 * along, 15 * weights * 3 * along**2)
    logs = GAUSSIAN.log_prob(np.stack([x.reshape(-1), y.reshape(-1)], axis=1))
    assert float(np.exp(logs) @ size.reshape(-1)) == pytest.approx(1.0, abs=1e-5)
    other = Coupled(GAUSSIAN.margins, MultivariateNormal((0.0, 0.0), np.eye(2)))
    scores = divkit.js_divergence(GAUSSIAN.scores, other.scores)
    found = divkit.divergence(GAUSSIAN, other, "js", method="qmc", n=2**10)
    # a t of 15 degrees of freedom is beyond 9 twice in ten million times
    assert abs(found.value - scores.value) <= 9 * found.error + scores.error


def test_draws_have_the_margins():
    x = GAUSSIAN.sample(4000, 5).numpy()
    for column, margin in zip(x.T, GAUSSIAN.margins, strict=True):
        assert stats.kstest(column, margin.cdf).pvalue > 1e-6  # the false-alarm rate


def test_gradients_are_those_of_the_density():
    x = torch.tensor([[0.7, 1.3]], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(GAUSSIAN.log_prob(x).sum(), x)
    step = 1e-5
    for k in (0, 1):
        move = np.zeros((1, 2))
        move[0, k] = step
        at = x.detach().numpy()
        change = GAUSSIAN.log_prob(at + move) - GAUSSIAN.log_prob(at - move)
        assert float(slope[0, k]) == pytest.approx(float(change[0]) / (2 * step), rel=1e-6)


def test_what_makes_no_law_is_refused():
    with pytest.raises(TypeError, match="margin 0 must be a density"):
        Coupled((GAUSSIAN,), Normal())
    with pytest.raises(ValueError, match="2 margins for scores of dimension 1"):
        Coupled((Normal(), Normal()), Normal())
    with pytest.raises(ValueError, match="on all of"):
        Coupled((Normal(),), Uniform())


def test_mixtures_of_coupled_and_plain_laws_are_laws():
    law = mixture([0.5, 0.5], [GAUSSIAN, MultivariateNormal((0.0, 0.0), np.eye(2))])
    x = law.sample(100, 0).numpy()
    both = np.logaddexp(GAUSSIAN.log_prob(x), law.components[1].log_prob(x)) - np.log(2)
    np.testing.assert_allclose(law.log_prob(x), both, rtol=1e-12)
