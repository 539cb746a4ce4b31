"""The stack above the line: it finds what a sample is of, and its fits are those of likelihood."""

import numpy as np
import pytest
from scipy import stats
from sklearn.mixture import GaussianMixture

import divkit
from divkit.density import fit_density
from divkit.density.auto.space import GridOf
from divkit.density.auto.space_mixtures import law_of, mixtures_of, whitened
from divkit.density.auto.space_student import student
from divkit.distributions import Exponential, Laplace, MultivariateNormal, product, ring


def test_mixtures_climb_as_far_as_scikit_learn():
    """Of four components apart both find the maximum; a thousandth of a row's prior is nothing."""
    x = ring(4, 3.0, 0.3).sample(400, 0).numpy()
    frame, z = whitened(x)
    value, parts = mixtures_of(z, 4, 1e-3, 4)[0]
    peer = GaussianMixture(4, n_init=4, random_state=0, tol=1e-8, reg_covar=0.0).fit(x)
    ours = law_of(parts, frame).log_prob(x)
    assert ours.mean() == pytest.approx(peer.score(x), abs=2e-4)
    assert value == pytest.approx(ours.mean() + frame.log_volume, abs=1e-3)


def test_covariances_are_drawn_to_the_common_one():
    x = np.r_[np.random.default_rng(0).normal(size=(300, 2)), [[9.0, 9.0]] * 2]
    found = mixtures_of(x, 3, 1e6, 1)[0][1]
    np.testing.assert_allclose(found.covariance, found.covariance[:1].repeat(3, 0), rtol=1e-3)


def test_student_has_the_largest_likelihood():
    x = stats.multivariate_t([1.0, -2.0], [[2.0, 0.5], [0.5, 1.0]], df=4, seed=1).rvs(3000)
    (law,) = student(x)
    assert law.df in (3.0, 4.0, 5.0)
    truth = stats.multivariate_t([1.0, -2.0], [[2.0, 0.5], [0.5, 1.0]], df=4).logpdf(x).mean()
    assert truth - 1e-9 <= law.log_prob(x).mean() <= truth + 20 / 3000  # χ² of six parameters


def test_steps_have_mass_one_on_their_ends():
    x = np.random.default_rng(0).uniform(size=(500, 2))
    (law,) = GridOf(4, ((0.0, 1.0), (0.0, 1.0)))(x)
    assert np.exp(law.log_prob(x)).mean() == pytest.approx(1.0, abs=0.1)
    assert law.masses.sum() == pytest.approx(1.0)
    assert law.log_prob([[1.5, 0.5]])[0] == -np.inf


@pytest.mark.slow
def test_independent_columns_are_found():
    law = product([Exponential(1.0), Laplace()])
    alone = fit_density(law.sample(400, 0).numpy(), "auto")
    assert "independent columns" in alone.members_[0].name
    assert divkit.js_divergence(law, alone).value < 60 / (8 * 400)  # χ²₄ > 60 but 3e-12 times


@pytest.mark.slow
def test_gaussian_copulas_are_found():
    rng = np.random.default_rng(0)
    bent = MultivariateNormal([0, 0], [[1, 0.8], [0.8, 1]]).sample(150, rng).numpy()
    tied = fit_density(np.exp(bent), "auto")
    assert "of normal scores" in tied.members_[0].name
    assert tied.sample(50, 0).min() > 0
    assert "mean log density" in tied.describe()


def test_hard_ends_of_columns_are_told():
    fitted = fit_density(np.random.default_rng(0).random((80, 2)))
    assert fitted.score_samples([[0.5, 9.0]])[0] == -np.inf
    assert "column 1: the density is 0 outside [" in fitted.describe()


def test_rows_on_a_curve_are_told():
    t = np.random.default_rng(0).normal(size=200)
    fit = divkit.fit_density(np.column_stack([t, np.sin(t)]))
    assert "near a set of" in fit.describe() and "drop a column" in fit.describe()
