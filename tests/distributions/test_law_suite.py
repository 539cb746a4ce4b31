"""What every law owes, checked on all of them (see law_instances.py)."""

import copy
import math

import numpy as np
import pytest
import torch
from double_exponential import mass
from law_instances import (
    ALL,
    DENSE,
    FINITE,
    LINE,
    PLANE,
    SPACE,
    STRETCHED,
    kinds,
    label,
    without_instance,
)
from scipy import stats

from divkit.distributions import Normal, Product
from divkit.distributions.support import Atoms, Boxes, MeasuredSet, is_discrete

INF = math.inf
FALSE_ALARM = 1e-6  # of each stochastic assertion; seeds are fixed, so a failure stays


def each(laws):
    return pytest.mark.parametrize("law", laws, ids=label)


def test_every_law_is_in_the_suite():
    assert len(kinds()) >= 20
    missing = [kind.__name__ for kind in without_instance()]
    assert missing == [], f"add instances of {missing} to law_instances.py"


@each(LINE)
def test_density_integrates_to_one(law):
    rounding = 1e-9 if not law.anchored else 1e-11
    assert mass(law) == pytest.approx(1.0, abs=rounding)


@pytest.mark.sweep(4)
@each(LINE)
def test_distribution_function_is_the_integral_of_the_density(law):
    a, b, c = law.ppf([0.03, 0.4, 0.98])
    for low, high in ((a, b), (b, c)):
        share = law.cdf(high) - law.cdf(low)
        assert mass(law, low, high) == pytest.approx(share, abs=1e-9)
    x = law.ppf(np.linspace(0.001, 0.999, 101))
    assert law.cdf(x) + law.sf(x) == pytest.approx(1.0, abs=1e-9)
    assert (np.diff(law.cdf(np.sort(x))) >= 0).all()


@each(LINE)
def test_quantiles_and_distribution_function_are_inverse(law):
    levels = np.array([1e-6, 0.01, 0.3, 0.5, 0.8, 0.999])
    x = law.ppf(levels)
    last_digit = np.exp(law.log_prob(x)) * np.spacing(np.abs(x))
    tolerance = 1e-9 * levels + 4 * np.where(np.isfinite(last_digit), last_digit, 0.0)
    assert (np.abs(law.cdf(x) - levels) <= tolerance).all()
    assert law.cdf([-INF, INF]) == pytest.approx([0.0, 1.0], abs=1e-9)
    assert law.sf([-INF, INF]) == pytest.approx([1.0, 0.0], abs=1e-9)


@pytest.mark.sweep(3)
@each(LINE)
def test_sampler_agrees_with_the_distribution_function(law):
    x = law.sample(4000, 17)[:, 0].numpy()
    assert stats.kstest(x, law.cdf).pvalue > FALSE_ALARM


@pytest.mark.sweep(4)
@each(PLANE)
def test_sampler_agrees_with_the_density_in_the_plane(law):
    n, cells, fine = 20_000, 8, 30
    x = law.sample(n, 23).numpy()
    low, high = np.quantile(x, [0.02, 0.98], axis=0)
    ticks = np.linspace(low, high, cells * fine + 1)
    middles = 0.5 * (ticks[1:] + ticks[:-1])
    points = np.stack(np.meshgrid(*middles.T, indexing="ij"), axis=-1).reshape(-1, 2)
    area = np.prod((high - low) / (cells * fine))
    shares = np.exp(law.log_prob(points)).reshape(cells, fine, cells, fine).sum(axis=(1, 3)) * area
    seen = np.histogram2d(*x.T, bins=list(ticks[::fine].T))[0]
    # Bernstein's bound at 1e-6/64 a cell: |count − n p| ≤ √(2 n p t) + t, t = log(2·64/1e-6);
    # the midpoint rule may miss 1% of the largest cell, where an edge crosses a fine cell
    t = math.log(2 * cells * cells / FALSE_ALARM)
    allowed = np.sqrt(2 * n * shares * t) + t + 0.01 * n * shares.max()
    assert (np.abs(seen - n * shares) <= allowed).all()
    inside = ((x >= low) & (x <= high)).all(axis=1).mean()
    assert abs(inside - shares.sum()) <= math.sqrt(t / (2 * n)) + 0.01 * cells * shares.max()


@each([*SPACE, *STRETCHED])
def test_score_of_the_density_vanishes_under_the_sampler(law):
    """E ∇log p(X) = 0 and E X·∇log p(X) = −d, by parts, on all of R^d."""
    n = 20_000
    x = law.sample(n, 29).requires_grad_()
    (score,) = torch.autograd.grad(law.log_prob(x).sum(), x)
    trace = (x.detach() * score).sum(dim=1, keepdim=True) + law.dim
    means = torch.cat([score, trace], dim=1)
    # six standard errors; the means are asymptotically normal: 2e-9 each
    assert (means.mean(dim=0).abs() <= 6 * means.std(dim=0) / math.sqrt(n)).all()


@each(STRETCHED)
def test_the_funnel_is_normal_in_its_first_coordinate(law):
    sd = law.base.cov[0][0] ** 0.5
    x = law.sample(4000, 31)
    assert stats.kstest(x[:, 0].numpy(), Normal(0, sd).cdf).pvalue > FALSE_ALARM
    ratio = (x[:, 1] * torch.exp(-0.5 * x[:, 0])).numpy()
    assert stats.kstest(ratio, Normal().cdf).pvalue > FALSE_ALARM


@each(FINITE)
def test_probabilities_sum_to_one_and_the_sampler_has_them(law):
    atoms = torch.tensor(law.support.atoms, dtype=torch.float64)
    probs = law.log_prob(atoms).exp()
    assert float(probs.sum()) == pytest.approx(1.0, abs=1e-12)
    n = 20_000
    x = law.sample(n, 37)
    counts = (x[:, None, :] == atoms).all(dim=2).sum(dim=0)
    assert int(counts.sum()) == n
    expected = (n * probs / probs.sum()).numpy()
    assert expected.min() >= 5  # where the χ² approximation holds
    assert stats.chisquare(counts.numpy(), expected).pvalue > FALSE_ALARM


@pytest.mark.sweep(4)
@each(ALL)
def test_same_state_same_draws_and_nothing_global_moves(law):
    before = torch.random.get_rng_state()
    x = law.sample(50, 5)
    assert x.shape == (50, law.dim) and x.dtype == torch.float64
    assert torch.equal(x, law.sample(50, np.random.default_rng(5)))
    generator = np.random.default_rng(5)
    law.sample(50, generator)
    if not is_discrete(law.support):
        assert not torch.equal(x, law.sample(50, generator))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.get_default_dtype() == torch.float32
    assert law.sample(0, 5).shape == (0, law.dim)
    with pytest.raises(ValueError, match="n must be"):
        law.sample(-1, 5)


@pytest.mark.sweep(4)
@each(ALL)
def test_support_is_honest(law):
    x = law.sample(500, 41)
    inside = law.log_prob(x)
    assert not inside.isnan().any() and (inside > -INF).all()
    support = law.support
    if isinstance(support, Boxes):
        assert support.contains(x).all()
        for box in support.boxes:
            for axis, end in ((i, e) for i, ends in enumerate(box) for e in ends):
                out = x[:1].repeat(2, 1)
                out[0, axis], out[1, axis] = math.nextafter(end, -INF), math.nextafter(end, INF)
                outside = ~support.contains(out)
                assert (law.log_prob(out)[outside] == -INF).all()
    if isinstance(support, MeasuredSet):
        assert support.contains(x).all()
        assert law.log_prob(torch.full((1, law.dim), math.nan)) == -INF
    if isinstance(support, Atoms):
        assert set(map(tuple, x.tolist())) <= set(support.atoms)
        assert (law.log_prob(x + 0.25) == -INF).all()


NASTY = [-INF, -1.7e308, -1e155, -1.0, -5e-324, -0.0, 0.0, 5e-324, 1.0, 1e155, 1.7e308, INF]


@each(ALL)
def test_no_input_gives_nan_or_raises(law):
    columns = [np.roll(np.repeat([*NASTY, math.nan], 2), shift) for shift in range(law.dim)]
    points = np.stack(columns, axis=1)
    values = law.log_prob(points)
    assert isinstance(values, np.ndarray) and values.shape == (len(points),)
    assert not np.isnan(values).any()
    not_finite = ~np.isfinite(points).all(axis=1)
    assert (values[not_finite] == -INF).all()


@each(ALL)
def test_shapes_and_kinds_of_arrays(law):
    x = law.sample(7, 43)
    values = law.log_prob(x)
    assert values.shape == (7,) and values.dtype == torch.float64
    assert np.array_equal(law.log_prob(x.numpy()), values.detach().numpy())
    assert np.array_equal(law.log_prob(x.tolist()), values.detach().numpy())
    frozen = x.numpy()[::-1]
    frozen.flags.writeable = False
    assert np.array_equal(law.log_prob(frozen), values.detach().numpy()[::-1])
    assert law.log_prob(np.empty((0, law.dim))).shape == (0,)
    with pytest.raises(ValueError, match=rf"\(n, {law.dim}\).*\(7, {law.dim + 1}\)"):
        law.log_prob(torch.zeros(7, law.dim + 1))


@each(DENSE)
def test_features_kinks_and_reach_are_usable(law):
    assert len(law.features) >= 1
    for feature in law.features:
        assert len(feature.center) == len(feature.scale) == law.dim
        assert all(map(math.isfinite, feature.center))
        assert all(0 < s < INF for s in feature.scale)


@each(LINE)
def test_the_reach_holds_the_mass(law):
    low, high = law.reach
    assert low < high
    assert float(law.cdf(low)) <= 1e-14 and float(law.sf(high)) <= 1e-14
    assert tuple(sorted(law.kinks)) == tuple(law.kinks)


def has_moments(law):
    return (
        law.mean is not None and law.covariance is not None and np.isfinite(law.covariance).all()
    )


@each([law for law in DENSE if has_moments(law)])
def test_moments_agree_with_the_sampler(law):
    n = 20_000
    x = law.sample(n, 47).numpy()
    sd = np.sqrt(np.diag(law.covariance))
    # six standard errors: 2e-9 a coordinate for the normal limit
    assert (np.abs(x.mean(axis=0) - law.mean) <= 6 * sd / math.sqrt(n)).all()


@each([law for law in DENSE if law.mean is not None])
def test_moments_have_the_right_shape(law):
    assert law.mean.shape == (law.dim,)
    assert law.covariance is None or law.covariance.shape == (law.dim, law.dim)


@each(ALL)
def test_laws_are_values(law):
    twin = copy.copy(law)
    hash(law), repr(law)
    if "lambda" not in repr(law) and "CallableLaw" not in repr(law):
        assert twin == law and hash(twin) == hash(law)
    with pytest.raises(AttributeError):
        law.loc = 3.0


def test_a_product_of_products_is_flat():
    assert Product((Product((Normal(), Normal(1))), Normal(2))).dim == 3
