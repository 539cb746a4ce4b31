"""What rounding a law's parameters is worth stands in the error: against 50 digits.

Ends that are no floats, images of modes under affine maps, and SciPy's scales read as rates.
"""

import mpmath as mp
import pytest
import torch
from scipy import stats

import divkit
from divkit.distributions import Affine, Gamma, Laplace, LogNormal, transformed
from divkit.distributions.adapt import neighbours
from divkit.exact.method import NotApplicableError


def of_gammas(a, r, b, s):
    """KL of Gamma(a, rate r) from Gamma(b, rate s)."""
    return (
        (a - b) * mp.digamma(a)
        - mp.loggamma(a)
        + mp.loggamma(b)
        + b * mp.log(r / s)
        + (a * (s - r) / r)
    )


def of_scales(shape, first, second):
    """KL of gamma laws of one shape by their scales."""
    return of_gammas(mp.mpf(shape), 1 / mp.mpf(first), mp.mpf(shape), 1 / mp.mpf(second))


def of_log_normals(sigma, first, second):
    return (mp.log(mp.mpf(first)) - mp.log(mp.mpf(second))) ** 2 / (2 * mp.mpf(sigma) ** 2)


def of_laplaces(gap):
    return gap + mp.exp(-gap) - 1


def image(law, shift, factor):
    return transformed(law, Affine(shift, factor))


NEAR = 3 * (1 + 1e-9)
CASES = {
    "expon": (stats.expon(scale=3), stats.expon(scale=NEAR), lambda: of_scales(1, 3, NEAR)),
    "gamma": (stats.gamma(2, scale=3), stats.gamma(2, scale=3.1), lambda: of_scales(2, 3, 3.1)),
    "large gamma": (
        stats.gamma(1e8),
        stats.gamma(1e8, scale=1 / 1.0001),
        lambda: of_scales(1e8, 1, 1 / 1.0001),
    ),
    "chi2": (
        stats.chi2(1e10, scale=7),
        stats.chi2(1e10, scale=7.0001),
        lambda: of_scales(5e9, 14, 2 * 7.0001),
    ),
    "far log-normal": (
        stats.lognorm(1e-6, scale=1e-200),
        stats.lognorm(1e-6, scale=1.00001e-200),
        lambda: of_log_normals(1e-6, 1e-200, 1.00001e-200),
    ),
    "log-normal": (
        stats.lognorm(0.001, scale=3),
        stats.lognorm(0.001, scale=3.1),
        lambda: of_log_normals(0.001, 3, 3.1),
    ),
    "uniform": (
        stats.uniform(1e8, 0.0011),
        stats.uniform(1e8, 0.0017),
        lambda: mp.log(mp.mpf(0.0017) / mp.mpf(0.0011)),
    ),
    "image of a narrow Laplace": (
        image(Laplace(1, 1e-9), 0.1, 3),
        image(Laplace(1, 1e-9), 0.1000000003, 3),
        lambda: of_laplaces((mp.mpf(0.1000000003) - mp.mpf(0.1)) / (3 * mp.mpf(1e-9))),
    ),
    "image of a narrow log-normal": (
        image(LogNormal(0, 1e-8), 0, 1e5),
        image(LogNormal(0, 1e-8), 0, 1e5 * (1 + 1e-9)),
        lambda: of_log_normals(1e-8, 1e5, 1e5 * (1 + 1e-9)),
    ),
    "image of a gamma": (
        image(Gamma(1e12, 1), 0, 3),
        image(Gamma(1e12, 1), 0, 3 * (1 + 1e-6)),
        lambda: of_scales(1e12, 3, 3 * (1 + 1e-6)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_error_holds_what_was_rounded(name):
    p, q, truth = CASES[name]
    with mp.workdps(50):
        found = divkit.divergence(p, q, "kl")
        assert abs(mp.mpf(found.value) - truth()) <= found.error < 1e-4 * found.value


def test_ends_that_are_no_floats():
    """Both ends of truncnorm(−60, −59) moved by 1e-3: −59.999 is no float, nor is x − 1e-3."""
    p, q = stats.truncnorm(-60, -59), stats.truncnorm(-60, -59, loc=1e-3)
    with mp.workdps(50):
        shift = mp.mpf(1e-3)
        mass = mp.ncdf(-59) - mp.ncdf(-60)
        places = [-60 + shift + (1 - shift) * k / 60 for k in range(61)]
        affinity = mp.quad(lambda x: mp.sqrt(mp.npdf(x) * mp.npdf(x - shift)) / mass, places)
        for kind, truth in (("hellinger2", 1 - affinity), ("w1", shift)):
            found = divkit.divergence(p, q, kind)
            assert abs(mp.mpf(found.value) - truth) <= found.error < 1e-11


def test_only_what_is_rounded_has_neighbours():
    assert not neighbours(stats.gamma(2, scale=4)) and not neighbours(stats.norm(0, 3))
    assert len(neighbours(stats.gamma(2, scale=3))) == 1 and not neighbours(Gamma(2, 1 / 3))
    assert len(neighbours(stats.pearson3(0.7))) == 3


def test_no_proof_of_a_law_whose_parameter_was_rounded():
    with pytest.raises(NotApplicableError, match="rounded"):
        divkit.divergence(stats.expon(scale=3), stats.expon(), "kl", "certified")
    proved = divkit.divergence(stats.expon(scale=4), stats.expon(), "kl", "certified")
    assert proved.kind == "enclosure"


def test_the_game_s_value_holds_what_was_rounded_too():
    """V* of exponential laws of scales 3 and 7, by quadrature of its definition in 50 digits."""
    with mp.workdps(50):
        p, q = (lambda x, s=s: mp.exp(-x / s) / s for s in (mp.mpf(3), mp.mpf(7)))
        truth = mp.quad(
            lambda x: p(x) * mp.log(p(x) / (p(x) + q(x))) + q(x) * mp.log(q(x) / (p(x) + q(x))),
            [0, 1, 3, 10, 30, 100, 300, 900],
        )
        found = divkit.gan_value(stats.expon(scale=3), stats.expon(scale=7))
        assert abs(mp.mpf(found.value) - truth) <= found.error < 1e-13
    steep = divkit.gan_value(stats.gamma(1e8, scale=3), stats.gamma(1e8, scale=3.0003))
    own = divkit.gan_value(Gamma(1e8, 1 / 3), Gamma(1e8, 1 / 3.0003))
    assert steep.value == own.value and steep.error > own.error


def test_a_batch_holds_what_each_pair_holds():
    firsts = [stats.expon(scale=3), stats.norm(0, 3), stats.gamma(2, scale=3)]
    seconds = [stats.expon(scale=NEAR), stats.norm(1, 3), stats.gamma(2, scale=3.1)]
    batch = divkit.divergence_batch(firsts, seconds, "kl")
    for i, laws in enumerate(zip(firsts, seconds, strict=True)):
        alone = divkit.divergence(*laws, "kl")
        assert abs(batch[i].value - alone.value) <= 1e-15 and batch[i].error >= alone.error / 2
    assert batch[2].error == divkit.divergence(firsts[2], seconds[2], "kl").error


def of_normals(mean, first, other, second):
    """KL of N(mean, first) from N(other, second), mpmath matrices."""
    inverse, gap = second**-1, other - mean
    trace = sum((inverse * first)[k, k] for k in range(len(gap)))
    square = (gap.T * inverse * gap)[0]
    return (trace - len(gap) + square + mp.log(mp.det(second) / mp.det(first))) / 2


def factors(seed):
    """Two lower triangles near each other and two means, float64."""
    draw, size = torch.Generator().manual_seed(seed), 2 + seed % 3
    made = [torch.randn(size, size, generator=draw, dtype=torch.float64).tril() for _ in range(2)]
    near = made[0] + 10.0 ** -(seed % 4) * made[1]
    for factor in (made[0], near):
        factor.diagonal().abs_().add_(0.2)
    means = torch.randn(2, size, generator=draw, dtype=torch.float64)
    return (made[0], near), (means[0], means[0] + 0.1 * means[1])


@pytest.mark.parametrize("seed", range(8))
def test_a_covariance_that_was_calculated_is_known_to_its_rounding(seed):
    """The same draws whenever the test runs, so that no chance is involved."""
    (a, b), (m, n) = factors(seed)
    normal = torch.distributions.MultivariateNormal
    with mp.workdps(40):
        m_, n_, a_, b_ = (mp.matrix(t.tolist()) for t in (m, n, a, b))
        by_factor = of_normals(m_, a_ * a_.T, n_, b_ * b_.T)
        p_, q_ = (mp.matrix((t @ t.T).tolist()) for t in (a, b))
        by_precision = of_normals(m_, p_**-1, n_, q_**-1)
        for truth, p, q in (
            (by_factor, normal(m, scale_tril=a), normal(n, scale_tril=b)),
            (
                by_precision,
                normal(m, precision_matrix=a @ a.T),
                normal(n, precision_matrix=b @ b.T),
            ),
        ):
            found = divkit.kl_divergence(p, q)
            assert abs(mp.mpf(found.value) - truth) <= found.error < 1e-9 * (1 + found.value)
        covariance = stats.Covariance
        p, q = (
            stats.multivariate_normal(at.numpy(), covariance.from_cholesky(t.numpy()))
            for at, t in ((m, a), (n, b))
        )
        found = divkit.kl_divergence(p, q)
        assert abs(mp.mpf(found.value) - by_factor) <= found.error < 1e-9 * (1 + found.value)
        p, q = (
            stats.multivariate_normal(at.numpy(), covariance.from_precision((t @ t.T).numpy()))
            for at, t in ((m, a), (n, b))
        )
        found = divkit.kl_divergence(p, q)
        assert abs(mp.mpf(found.value) - by_precision) <= found.error < 1e-9 * (1 + found.value)
    given = normal(m, a @ a.T)
    assert not neighbours(given) and len(neighbours(normal(m, scale_tril=a))) > 1
