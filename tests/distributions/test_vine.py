"""Vines against the laws that they are known to be: normal, Student's, Clayton's of d columns."""

import numpy as np
import pytest
import torch
from scipy import stats

from divkit.distributions import (
    ClaytonPair,
    Coupled,
    Exponential,
    FlippedPair,
    FrankPair,
    GumbelPair,
    IndependentPair,
    JoePair,
    MultivariateNormal,
    NormalPair,
    StudentPair,
    Vine,
    VineColumn,
)

MATRIX = np.array([[1.0, 0.6, 0.3, -0.2], [0.6, 1.0, 0.5, 0.1], [0.3, 0.5, 1.0, 0.4],
                   [-0.2, 0.1, 0.4, 1.0]])  # fmt: skip
ORDERS = [[(0,), (1, 0), (2, 1, 0)], [(0,), (0, 1), (0, 1, 2)], [(0,), (1, 0), (1, 0, 2)]]
"""Partners of columns 1, 2, 3: a D-vine, a C-vine, and one that is neither."""
MIXED = Vine(
    (
        VineColumn(2),
        VineColumn(0, (2,), (FlippedPair(ClaytonPair(1.5), True, False),)),
        VineColumn(1, (2, 0), (GumbelPair(1.7), StudentPair(3.0, -0.4))),
    )
)


def partial(matrix, a, b, given):
    """The correlation of two columns given others."""
    places = [a, b, *given]
    inner = np.linalg.inv(matrix[np.ix_(places, places)])
    return float(-inner[0, 1] / np.sqrt(inner[0, 0] * inner[1, 1]))


def vine_of(partners, make):
    """Columns 0 to 3; `make` gives the copula of a column and its partner given some."""
    columns = [VineColumn(0)]
    for k, own in enumerate(partners, start=1):
        pairs = tuple(make(k, p, own[:j]) for j, p in enumerate(own))
        columns.append(VineColumn(k, own, pairs))
    return Vine(tuple(columns))


@pytest.mark.parametrize("partners", ORDERS, ids=["D", "C", "R"])
def test_normal_pairs_of_partial_correlations_are_the_normal_law(partners, rng):
    law = vine_of(partners, lambda a, b, given: NormalPair(partial(MATRIX, a, b, given)))
    x = rng.normal(size=(50, 4)) * 2
    truth = MultivariateNormal([0.0] * 4, MATRIX)
    np.testing.assert_allclose(law.log_prob(x), truth.log_prob(x), rtol=1e-12)
    draws = law.sample(20000, rng).numpy()
    # entries have standard errors of at most √2/√n
    assert abs(np.cov(draws.T) - MATRIX).max() < 6 * np.sqrt(2 / 20000)


@pytest.mark.parametrize("partners", ORDERS, ids=["D", "C", "R"])
def test_student_pairs_of_growing_freedom_are_students_law(partners, rng):
    def make(a, b, given):
        return StudentPair(4.0 + len(given), partial(MATRIX, a, b, given))

    z = rng.normal(size=(50, 4)) * 2
    x = stats.t.ppf(stats.norm.cdf(z), 4.0)
    truth = stats.multivariate_t(np.zeros(4), MATRIX, df=4.0).logpdf(x)
    truth += (stats.norm.logpdf(z) - stats.t.logpdf(x, 4.0)).sum(axis=1)
    np.testing.assert_allclose(vine_of(partners, make).log_prob(z), truth, rtol=1e-9)


@pytest.mark.parametrize("partners", ORDERS, ids=["D", "C", "R"])
def test_clayton_pairs_are_claytons_copula(partners, rng):
    """Given j columns θ is θ/(1 + jθ)."""
    t = 2.0
    law = vine_of(partners, lambda a, b, given: ClaytonPair(t / (1 + len(given) * t)))
    z = law.sample(200, rng).numpy()
    u = stats.norm.cdf(z)
    log = np.log1p(t * np.arange(4)).sum() - (1 + t) * np.log(u).sum(axis=1)
    log -= (4 + 1 / t) * np.log((u**-t).sum(axis=1) - 3)
    log += stats.norm.logpdf(z).sum(axis=1)
    np.testing.assert_allclose(law.log_prob(z), log, rtol=1e-9)


def test_the_mass_is_one_in_three_dimensions():
    roots, weights = np.polynomial.legendre.leggauss(90)
    z, size = 8 * roots, 8 * weights
    grid = np.stack([g.reshape(-1) for g in np.meshgrid(z, z, z, indexing="ij")], axis=1)
    area = np.einsum("i,j,k->ijk", size, size, size).reshape(-1)
    assert np.exp(MIXED.log_prob(grid)) @ area == pytest.approx(1.0, abs=2e-4)


def test_draws_are_of_the_density(rng):
    """Margins are normal, and 1/p of draws in a box has the box's volume in the mean."""
    x = MIXED.sample(40000, rng).numpy()
    for column in x.T:
        assert stats.kstest(column, "norm").pvalue > 1e-6
    inside = (abs(x) < 1).all(axis=1)
    values = np.where(inside, np.exp(-MIXED.log_prob(x)), 0.0)
    assert abs(values.mean() - 8.0) < 6 * values.std() / np.sqrt(len(x))


def test_given_scores_are_uniform_and_independent(rng):
    """Rosenblatt's transformation of draws is standard normal in every direction."""
    x = torch.from_numpy(MIXED.sample(20000, rng).numpy())
    first, second, third = (MIXED.columns[k] for k in range(3))
    a = x[:, first.column]
    b = second.pairs[0].given(x[:, second.column], a)
    inner = third.pairs[0].given(x[:, third.column], a)
    c = third.pairs[1].given(inner, b)
    normal = torch.stack([a, b, c]).numpy()
    for one in normal:
        assert stats.kstest(one, "norm").pvalue > 1e-6
    assert abs(np.corrcoef(normal) - np.eye(3)).max() < 6 / np.sqrt(20000)


def test_truncated_vines_are_chains_given_their_trees(rng):
    chain = Vine((VineColumn(0), VineColumn(1, (0,), (NormalPair(0.8),)),
                  VineColumn(2, (1,), (NormalPair(0.5),))))  # fmt: skip
    whole = Vine((*chain.columns[:2],
                  VineColumn(2, (1, 0), (NormalPair(0.5), IndependentPair()))))  # fmt: skip
    x = rng.normal(size=(30, 3))
    np.testing.assert_allclose(chain.log_prob(x), whole.log_prob(x), rtol=1e-13)
    draws = chain.sample(20000, rng).numpy()
    assert np.corrcoef(draws.T)[0, 2] == pytest.approx(0.4, abs=6 / np.sqrt(20000))


def test_gradients_are_those_of_the_density():
    x = torch.tensor([[0.7, -1.3, 0.4]], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(MIXED.log_prob(x).sum(), x)
    for k in range(3):
        move = torch.zeros(1, 3, dtype=torch.float64)
        move[0, k] = 1e-5
        at = x.detach()
        change = MIXED.log_prob(at + move) - MIXED.log_prob(at - move)
        assert float(slope[0, k]) == pytest.approx(float(change[0]) / 2e-5, rel=1e-6)


def test_far_places_have_a_density_or_none_and_never_nan():
    far = np.array([[30.0, -30.0, 30.0], [-36.0, 36.0, 0.0], [1e3, -1e3, 1e3], [0.0, 37.0, -37.0]])
    logs = MIXED.log_prob(far)
    assert not np.isnan(logs).any()
    assert (logs < -300).all()


def test_margins_are_put_on(rng):
    law = Coupled((Exponential(1.0),) * 3, MIXED)
    x = law.sample(5000, rng).numpy()
    assert stats.kstest(x[:, 0], "expon").pvalue > 1e-6
    assert np.isfinite(law.log_prob(x)).all()


def test_what_is_no_regular_vine_is_refused():
    with pytest.raises(ValueError, match="each once"):
        Vine((VineColumn(0), VineColumn(2, (0,), (NormalPair(0.1),))))
    with pytest.raises(ValueError, match="copula for each partner; got 0 for 1"):
        VineColumn(1, (0,))
    with pytest.raises(ValueError, match=r"column 2 asks for column 1 given \[0\]"):
        Vine((VineColumn(0), VineColumn(1), VineColumn(2, (0, 1), (JoePair(2.0), FrankPair(1.0)))))
