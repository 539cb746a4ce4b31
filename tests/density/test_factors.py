"""Mixtures of factor analysers: their covariances, their climb, and their place in the stack."""

import numpy as np
import pytest
from scipy import stats
from sklearn.decomposition import FactorAnalysis

from divkit.density import fit_density
from divkit.density.auto.space_factors import FactorNormals, factored, scaling
from divkit.density.auto.space_mixtures import mean_log, mixtures_of


def covariances(rng, count, dim, rank):
    load = rng.normal(size=(count, dim, rank))
    own = rng.uniform(0.2, 1.0, size=(count, dim))
    return load @ load.mT + own[..., None] * np.eye(dim)


@pytest.mark.parametrize(("dim", "rank"), [(6, 1), (8, 2), (20, 4)])
def test_covariances_of_factors_are_found_again(dim, rank, rng):
    truth = covariances(rng, 3, dim, rank)
    assert np.allclose(factored(truth, rank, 3000), truth, atol=1e-3)


def test_one_component_is_scikit_learns_factor_analysis(rng):
    """Both maximise one likelihood, which `factored` reaches to 1e-4 nats a row in a few steps."""
    rows = rng.multivariate_normal(np.zeros(8), covariances(rng, 1, 8, 2)[0], size=400)
    frame = scaling(rows)
    z = frame.of(rows)
    peer = FactorAnalysis(2, tol=1e-8, max_iter=5000, svd_method="lapack").fit(z).score(z)
    scatter = z.T @ z / len(z)
    many = stats.multivariate_normal(np.zeros(8), factored(scatter, 2, 500)).logpdf(z).mean()
    assert many == pytest.approx(peer, abs=1e-5)
    assert mean_log(FactorNormals(1, 2).fitted(z, 1), z) == pytest.approx(peer, abs=5e-3)


def test_a_share_of_the_whole_variance_is_a_columns_own(rng):
    """A column that is a factor itself (Heywood's case) would have none."""
    load = np.array([[1.0], [0.5], [0.4], [0.3], [0.2]])
    matrix = load @ load.T + np.diag([0.0, 0.5, 0.5, 0.5, 0.5]) + 1e-6 * np.eye(5)
    found = factored(matrix, 1, 500)
    assert np.linalg.eigvalsh(found)[0] > 1e-3


def test_many_columns_and_few_rows_are_nearer_by_factors(rng):
    """Fresh rows are likelier by .1 nats and more; 5 standard errors of 4,000 are below .08."""
    truth = covariances(rng, 3, 20, 2)
    means = 1.5 * rng.normal(size=(3, 20))

    def draw(n):
        parts = rng.integers(3, size=n)
        z = np.einsum("nij,nj->ni", np.linalg.cholesky(truth)[parts], rng.normal(size=(n, 20)))
        return means[parts] + z

    rows, fresh = draw(500), draw(4000)
    frame = scaling(rows)
    z, later = frame.of(rows), frame.of(fresh)
    by_factors = mean_log(FactorNormals(3, 2).fitted(z, 4), later)
    free = max(mean_log(mixtures_of(z, 3, s * 20.0, 4)[0][1], later) for s in (0.5, 2.0))
    assert by_factors > free + 0.1


def test_the_stack_takes_factors_and_says_so(rng):
    """170 parameters less are worth 85 nats of the left-out rows, with a deviation of 13."""
    rows = rng.multivariate_normal(np.zeros(20), covariances(rng, 1, 20, 1)[0], size=300)
    fitted = fit_density(rows)
    assert "factor" in max(fitted.members_, key=lambda each: each.weight).name


def test_few_columns_have_no_factors(rng):
    rows = rng.normal(size=(200, 3))
    assert not [each for each in fit_density(rows).members_ if "factor" in each.name]
