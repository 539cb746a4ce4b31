"""Laws from densities of one's own: what they give, and what is refused, with the point."""

import math

import numpy as np
import pytest
import scipy.stats as ss
import torch

import divkit
from divkit.distributions import Feature, Law1D, law
from divkit.distributions.support import Boxes, interval

INF = math.inf


def test_log_density_on_the_line():
    own = law(ss.norm(3, 0.01).logpdf, features=[(3.0, 0.01)])
    x = np.linspace(2.9, 3.1, 9)
    assert isinstance(own, Law1D) and divkit.law is law
    assert np.array_equal(own.log_prob(x), ss.norm(3, 0.01).logpdf(x))
    assert np.allclose(own.cdf(x), ss.norm(3, 0.01).cdf(x), rtol=1e-12, atol=1e-14)
    assert np.allclose(own.sf(x), ss.norm(3, 0.01).sf(x), rtol=1e-10, atol=1e-14)


@pytest.mark.sweep(4)
@pytest.mark.parametrize(
    ("truth", "options", "tolerance"),
    [
        (ss.norm(), {}, 1e-13),
        (ss.cauchy(1, 3), {}, 1e-13),
        (ss.t(0.5), {}, 1e-13),
        (ss.laplace(1.3), {"kinks": (1.3,)}, 1e-13),
        (ss.laplace(1.3), {}, 1e-12),
        (ss.gamma(0.2), {"support": (0, INF)}, 1e-13),
        (ss.lognorm(2.0), {"support": (0, INF)}, 1e-13),
        (ss.beta(0.3, 2.5), {"support": (0, 1)}, 1e-13),
        (ss.uniform(-2, 5), {"support": (-2, 3)}, 1e-13),
        (ss.uniform(-2, 5), {}, 1e-11),
        (ss.gumbel_l(), {"support": (-INF, INF)}, 1e-13),
        (ss.norm(0, 1e-6), {"features": [(0.0, 1e-6)]}, 1e-13),
        (ss.norm(500, 1), {"features": [(500.0, 1.0)]}, 1e-13),
        (ss.norm(0, 1e100), {"features": [(0.0, 1e100)]}, 1e-13),
    ],
)
def test_distribution_function_by_quadrature(truth, options, tolerance):
    def quiet(x):
        with np.errstate(all="ignore"):
            return truth.logpdf(x)

    own = law(quiet, **options)
    x = truth.ppf([1e-5, 0.01, 0.3, 0.5, 0.9, 0.9999])
    assert np.allclose(own.cdf(x), truth.cdf(x), rtol=0, atol=tolerance)
    assert np.allclose(own.sf(x), truth.sf(x), rtol=0, atol=tolerance)
    assert np.allclose(truth.cdf(own.ppf([0.02, 0.5, 0.97])), [0.02, 0.5, 0.97], atol=tolerance)


def test_a_peak_far_away_is_named_or_its_absence_is_an_error():
    def log_density(x):
        return np.logaddexp(ss.norm(0, 1).logpdf(x), ss.norm(1000, 0.01).logpdf(x)) - math.log(2)

    named = law(log_density, features=[(0, 1), (1000, 0.01)])
    assert float(named.cdf(500.0)) == pytest.approx(0.5, abs=1e-12)
    with pytest.raises(ValueError, match=r"integrates to 0\.5.*features="):
        law(log_density, features=[(0, 1)]).cdf(500.0)


def test_normalize_is_an_explicit_choice():
    def log_density(x):
        return -(x**4)

    with pytest.raises(ValueError, match=r"integrates to 1\.81.*normalize=True"):
        law(log_density).cdf(0.0)
    own = law(log_density, normalize=True)
    assert own.log_prob(0.0)[0] == pytest.approx(-math.log(2 * math.gamma(1.25)), abs=1e-14)
    assert float(own.cdf(0.0)) == pytest.approx(0.5, abs=1e-14)
    with pytest.raises(ValueError, match="dim=1"):
        law(log_density, dim=2, normalize=True)
    with pytest.raises(ValueError, match="could not be integrated"):
        law(lambda x: 0 * x, normalize=True)
    with pytest.raises(ValueError, match="no mass"):
        law(density=lambda x: 0 * x, support=(0, 1), normalize=True)


def test_density_given_instead_of_its_logarithm_and_the_other_way_round():
    with pytest.raises(ValueError, match="integrate"):
        law(ss.norm().pdf).cdf(0.0)
    with pytest.raises(ValueError, match=r"negative at x = -"):
        law(density=ss.norm().logpdf).log_prob([-1.0, 2.0])


def test_wrong_densities_name_the_point():
    with pytest.raises(ValueError, match=r"negative at x = 4\.0"):
        law(density=np.sin, support=(0, 7)).log_prob([1.0, 4.0, 5.0])
    with pytest.raises(ValueError, match=r"NaN at x = 0\.5"):
        law(lambda x: np.where(x == 0.5, np.nan, 0.0), support=(0, 1)).log_prob([0.1, 0.5])
    with pytest.raises(ValueError, match=r"NaN at x = \[0.5, 2.0\]"):
        law(lambda x: x[:, 0] * np.nan, dim=2).log_prob([[0.5, 2.0]])
    with pytest.raises(ValueError, match=r"one number a point.*\(3, 2\)"):
        law(lambda x: np.stack([x, x], axis=1)).log_prob([1.0, 2.0, 3.0])


def test_outside_the_support_the_callable_is_not_asked():
    own = law(lambda x: np.log(x) - x, support=(0, INF))  # warns and is NaN below 0
    values = own.log_prob([-1.0, -INF, math.nan, INF, 2.0])
    assert values.tolist() == [-INF, -INF, -INF, -INF, math.log(2.0) - 2]


def test_a_constant_and_a_column_are_accepted():
    box = law(density=lambda x: 0.5, support=(0, 2))
    assert box.log_prob([1.0, 3.0]).tolist() == [math.log(0.5), -INF]
    column = law(lambda x: -(x[:, :1] ** 2), dim=1 + 1)
    assert column.log_prob([[2.0, 0.0]]).tolist() == [-4.0]


def test_tensors_carry_gradients():
    own = law(lambda x: -0.5 * x**2, arrays="torch", normalize=True)
    x = torch.tensor([0.5, -2.0], dtype=torch.float64, requires_grad=True)
    own.log_prob(x).sum().backward()
    assert x.grad.tolist() == [-0.5, 2.0]


def test_in_space():
    own = law(
        lambda x: ss.multivariate_normal([0, 1]).logpdf(x),
        dim=2,
        sample=lambda n, rng: rng.normal([0, 1], size=(n, 2)),
    )
    x = own.sample(5, 0)
    assert torch.equal(x, own.sample(5, 0)) and len(own.features) >= 1
    assert own.log_prob(x).numpy() == pytest.approx(ss.multivariate_normal([0, 1]).logpdf(x))
    with pytest.raises(ValueError, match="sample="):
        law(lambda x: -x[:, 0], dim=2).sample(3, 0)


def test_supports_and_features():
    assert law(np.sin, support=interval(0, 1)).support == interval(0, 1)
    assert law(lambda x: x[:, 0], dim=2, support=[(0, 1), (2, 3)]).support == Boxes(
        (((0.0, 1.0), (2.0, 3.0)),)
    )
    assert law(np.sin, support=(0, 4)).features == (Feature((2.0,), (2.0,)),)
    assert law(np.sin, support=(1, INF)).features == (Feature((2.0,), (1.0,)),)
    assert law(np.sin, features=[(1, 2)]).features == (Feature((1.0,), (2.0,)),)
    quantiles = law(np.sin, sample=lambda n, rng: rng.normal(5, 2, n)).features
    assert all(abs(f.center[0] - 5) < 4 and f.scale[0] > 0 for f in quantiles)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: law(), TypeError, "one callable"),
        (lambda: law(np.sin, density=np.sin), TypeError, "one callable"),
        (lambda: law(3.0), TypeError, "one callable"),
        (lambda: law(np.sin, dim=0), ValueError, "dim must"),
        (lambda: law(np.sin, support=(1, 1)), ValueError, "low < high"),
        (lambda: law(np.sin, support=[(0, 1), (0, 1)]), ValueError, "1 coordinates; got 2"),
        (lambda: law(np.sin, features=[(0, 0)]), ValueError, "scale > 0"),
        (lambda: law(np.sin, arrays="jax"), ValueError, "arrays"),
    ],
)
def test_wrong_arguments(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_the_derivative_of_a_density_by_numpy_is_refused_where_0_would_be_wrong():
    wrapped = law(ss.norm.logpdf, features=[(0, 1)])
    x = torch.tensor([[0.5]], dtype=torch.float64, requires_grad=True)
    with pytest.raises(ValueError, match="torch functions"):
        wrapped.log_prob(x).sum().backward()
