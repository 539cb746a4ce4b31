"""Laws at the edges of their parameters, and parameters in every dress that users hold them in."""

import math

import numpy as np
import pytest
import torch

from divkit import divergence, parse_law
from divkit.distributions import (
    BetaNegativeBinomial,
    Binomial,
    Dirichlet,
    DiscreteUniform,
    FiniteLaw,
    Linear,
    Logarithmic,
    MatrixNormal,
    Multinomial,
    MultivariateNormal,
    NegativeBinomial,
    Poisson,
    SingularNormal,
    Wishart,
    Zipfian,
)

mp = pytest.importorskip("mpmath").mp


@pytest.mark.parametrize("p", [1e-300, 1e-100, 1e-20, 0.5])
def test_the_log_series_law_of_a_tiny_chance(p):
    """P(k) = −p^k/(k log(1 − p)) in 400 digits: 1 − p is 1 to any fixed precision."""
    law, k = Logarithmic(p), np.array([1.0, 2.0, 10.0])
    found = law.log_pmf(k)
    with mp.workdps(400):
        chance = mp.mpf(p)
        truth = [mp.log(-(chance ** int(i)) / (int(i) * mp.log(1 - chance))) for i in k]
        gaps = [float(abs(t - mp.mpf(v))) for t, v in zip(truth, found.value, strict=True)]
    assert (np.array(gaps) <= found.error).all()
    assert law.sample(100, 0).min() >= 1
    assert law.mean[0] >= 1 - 1e-15
    if p < 1e-10:
        assert law.sample(100, 0).max() == 1


@pytest.mark.parametrize(("size", "a", "b"), [(0.7, 1.0, 0.7), (200.0, 37.5, 200.0), (3, 2, 3)])
def test_equal_factors_of_a_ratio_are_paired_one_by_one(size, a, b):
    """log Γ(size+k) Γ(b+k)/(k! Γ(a+b+size+k)) far out, in 60 digits."""
    law, k = BetaNegativeBinomial(size, a, b), 10.0 ** np.arange(3, 40, 4)
    found = law.log_pmf(k)
    with mp.workdps(60):
        r, s, t, g = mp.mpf(size), mp.mpf(a), mp.mpf(b), mp.loggamma
        first = g(s + r) + g(s + t) - g(r) - g(s) - g(t)
        for i, value, error in zip(k, found.value, found.error, strict=True):
            x = mp.mpf(i)
            truth = first + g(r + x) + g(t + x) - g(x + 1) - g(s + r + t + x)
            assert abs(truth - mp.mpf(value)) <= error <= 1e-10
    assert divergence(law, BetaNegativeBinomial(5, 1, 0.1), "js").error < 1e-10


def test_draws_of_large_counts_follow_the_mean():
    """6 standard errors: a false alarm below 1e-6 in all; draws stopped at 1e15 before."""
    for law in (NegativeBinomial(1e17, 0.5), NegativeBinomial(0.5, 1e-18), Poisson(1e20)):
        draws = law.sample(400, 1).numpy()
        spread = math.sqrt(law.covariance[0, 0] / 400)
        assert abs(draws.mean() - law.mean[0]) < 6 * spread


def test_counts_beyond_all_ints_of_a_machine_have_probabilities():
    for law in (Poisson(1e20), Zipfian(1.5, 1e300), DiscreteUniform(1e300)):
        assert np.isfinite(law.log_prob([1.0])).all()
        assert math.isfinite(law.mean[0])


def test_the_upper_end_of_a_law_that_is_no_float():
    """k = 1e17 is one below the end 10^17 + 1: log of n, not 0, above the end's."""
    n = 10**17 + 1
    found = Binomial(n, 0.5).log_pmf(np.array([1e17]))
    with mp.workdps(60):
        truth = mp.log(n) - n * mp.log(2)
    assert abs(truth - mp.mpf(found.value[0])) <= found.error[0] < 20


def test_probabilities_that_are_no_law_are_refused():
    with pytest.raises(ValueError, match=r"probs must sum to 1 within 1e-06; they sum to 1\.1\."):
        Multinomial(2, [0.5, 0.6])
    law = Multinomial(2, np.array([0.1, 0.2, 0.7], dtype=np.float32))
    assert law.shares.sum() == pytest.approx(1, abs=1e-15)


def test_ends_of_intervals_may_be_infinite_in_a_text():
    half = parse_law("truncnormal(0, 1, 0, inf)")
    found = divergence(half, parse_law("halfnormal()"), "js")
    assert found.value <= found.error < 1e-20
    assert parse_law("truncnormal(0, 1, -inf, inf)") == parse_law("normal()")
    lower = parse_law("truncated(cauchy(), -infinity, 0)")
    assert lower.log_prob([-1.0])[0] == pytest.approx(-math.log(math.pi))
    for text in ("truncated(normal(), nan, 0)", "uniform(-inf, 0)", "iid(normal(), inf)"):
        with pytest.raises(ValueError, match="column"):
            parse_law(text)
    fold = divergence(parse_law("foldnormal(0)"), parse_law("halfnormal()"), "kl")
    assert fold.value <= fold.error < 1e-20


def test_parameters_that_autograd_follows_are_taken_as_numbers():
    def tensor(*values):
        return torch.tensor(values, dtype=torch.float64, requires_grad=True)

    eye = torch.eye(2, dtype=torch.float64, requires_grad=True)
    assert Dirichlet(tensor(1, 2)) == Dirichlet([1, 2])
    assert MultivariateNormal(tensor(0, 1), eye) == MultivariateNormal([0, 1], np.eye(2))
    assert MatrixNormal(tensor(0, 1)[None], [[1]], eye) == MatrixNormal([[0, 1]], [[1]], np.eye(2))
    assert Wishart(3, eye) == Wishart(3, np.eye(2))
    assert Linear(eye, tensor(0, 1)) == Linear(np.eye(2), [0, 1])
    assert FiniteLaw(tensor(0, 1)[:, None], [0.5, 0.5]) == FiniteLaw([[0], [1]], [0.5, 0.5])
    singular = SingularNormal([0, 0], eye.detach().new_ones(2, 2).requires_grad_())
    assert singular == SingularNormal([0, 0], np.ones((2, 2)))
    assert Binomial(torch.tensor(3), 0.5) == Binomial(np.array(3), 0.5) == Binomial(3, 0.5)
    with pytest.raises(TypeError, match="concentration must be one tensor"):
        Dirichlet([tensor(1)[0], 2.0])
    with pytest.raises(ValueError, match="concentration must hold real numbers"):
        Dirichlet([[1], [1, 2]])


def test_a_breakpoint_may_be_nearer_to_an_edge_than_panels_come():
    """Beta primes of shape 0.001 have half their mass below 1e-300: the error says so."""
    p, q = parse_law("betaprime(0.001, 10000)"), parse_law("uniform()")
    assert 0.1 < divergence(p, q, "js").error < 1


def test_a_density_that_overflows_at_one_point_is_asked_at_the_others():
    """Boost raises OverflowError far out, where a non-central t is below all floats."""
    p, q = parse_law("nct(1, 1, -20, 0.001)"), parse_law("nct(2.5, 0, 0, 2)")
    found = divergence(p, q, "js")
    assert 0.6 < found.value <= math.log(2)
    assert found.error < 1e-9


def test_ridges_of_a_mixture_between_scales_whose_ratio_is_no_float():
    p = parse_law("mixture(0.3: f(2, 0.001), 0.7: f(0.01, 5))")
    found = divergence(p, parse_law("lomax(5, 1)"), "hellinger2")
    assert found.error > 0.1  # the mass that floats do not hold
    assert found.interval[0] < 0.844045 < found.interval[1]  # Simpson's rule in log x
