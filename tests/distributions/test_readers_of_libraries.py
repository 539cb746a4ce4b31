"""Laws of pyro, numpyro and statsmodels: objects shaped like theirs, and theirs if installed."""

import math

import numpy as np
import pytest
import scipy.stats as ss
import torch
import torch.distributions as td

import divkit
from divkit.distributions import FiniteLaw, Gamma, Normal, Poisson, as_law

ROWS = np.random.default_rng(5).normal(size=(40, 2))


def of_numpyro(name, batch=(), event=(), **parameters):
    """An object with the attributes that numpyro's have; arrays stand for those of JAX."""

    def log_prob(self, value):
        raise AssertionError("a family that torch has is read by its parameters")

    body = {"__module__": "numpyro.distributions.continuous", "log_prob": log_prob}
    made = type(name, (), body)()
    made.arg_constraints = dict.fromkeys(parameters)
    made.batch_shape, made.event_shape = batch, event
    for key, value in parameters.items():
        setattr(made, key, value)
    return made


class Wave:
    """An unknown numpyro family, uniform on (0, 1): a sampler that wants a key and a shape."""

    __module__ = "numpyro.distributions.continuous"
    arg_constraints: dict = {}
    batch_shape: tuple = ()
    event_shape: tuple = ()
    support = (0.0, 1.0)

    def log_prob(self, value):
        value = np.asarray(value)
        return np.where((value > 0) & (value < 1), 0.0, -np.inf)

    def sample(self, key, sample_shape=()):
        assert key.dtype == np.uint32 and key.shape == (2,)
        return np.random.default_rng(key).random(sample_shape)


class PyroNormal(td.Normal):
    """As pyro writes it: torch's, with methods of its own that leave the law as it is."""

    __module__ = "pyro.distributions.torch"

    def expand(self, batch_shape, _instance=None):
        return super().expand(batch_shape, _instance)

    def mask(self, mask):
        return self


class Gaussian:
    """The kernel of statsmodels."""

    def __init__(self, weights=None):
        self.weights = weights


def fitted_line(kernel, weights=None):
    made = type("KDEUnivariate", (), {"__module__": "statsmodels.nonparametric.kde"})()
    made.endog, made.bw, made.kernel = ROWS[:, 0], 0.3, kernel
    return made


def fitted_plane(kinds="cc"):
    made = type(
        "KDEMultivariate", (), {"__module__": "statsmodels.nonparametric.kernel_density"}
    )()
    made.data, made.bw, made.nobs, made.var_type = ROWS, np.array([0.3, 0.5]), len(ROWS), kinds
    return made


@pytest.mark.parametrize(
    ("given", "law"),
    [
        (of_numpyro("Normal", loc=np.float64(1.0), scale=np.float64(2.0)), Normal(1.0, 2.0)),
        (of_numpyro("Gamma", concentration=np.array(2.0), rate=np.array(3.0)), Gamma(2.0, 3.0)),
        (of_numpyro("Poisson", rate=np.array(3.0)), Poisson(3.0)),
        (
            of_numpyro("CategoricalProbs", probs=np.array([0.25, 0.75])),
            FiniteLaw.from_probs([0.0, 1.0], [0.25, 0.75]),
        ),
    ],
)
def test_families_of_numpyro_are_divkit_s(given, law):
    assert divkit.w1_distance(given, law).value == 0
    assert type(as_law(given)) is type(law)


def test_batches_of_numpyro_keep_their_shape():
    means = np.arange(6.0).reshape(2, 3)
    p = of_numpyro("Normal", (2, 3), loc=means, scale=np.ones(()))
    found = divkit.kl_divergence(p, Normal(0, 1))
    np.testing.assert_allclose(found.value, means**2 / 2, atol=found.error.max())


def test_float32_of_numpyro_is_taken_as_it_is():
    single = of_numpyro("Normal", loc=np.float32(0.1), scale=np.float32(1.0))
    assert as_law(single) == Normal(float(np.float32(0.1)), 1.0)


def test_unknown_families_of_numpyro_are_read_by_their_methods():
    law = as_law(Wave())
    assert divkit.tv_distance(law, ss.uniform(0, 2)).value == pytest.approx(0.5, abs=1e-9)
    assert float(law.sample(5, rng=0).min()) > 0


def test_pyro_s_are_torch_s():
    p = PyroNormal(torch.tensor(0.0, dtype=torch.float64), torch.tensor(1.0, dtype=torch.float64))
    assert as_law(p) == Normal(0.0, 1.0)
    batch = divkit.js_divergence(p.expand((3,)), "normal(1, 1)")
    assert batch.shape == (3,)


def test_kernel_densities_of_statsmodels_are_mixtures():
    law = as_law(fitted_line(Gaussian()))
    at = np.linspace(-3, 3, 7)
    expected = ss.norm.pdf(at[:, None], ROWS[:, 0], 0.3).mean(axis=1)
    np.testing.assert_allclose(np.exp(law.log_prob(at)), expected, rtol=1e-13)
    weighted = as_law(fitted_line(Gaussian(np.arange(1.0, 41.0))))
    expected = ss.norm.pdf(at[:, None], ROWS[:, 0], 0.3) @ np.arange(1, 41) / 820
    np.testing.assert_allclose(np.exp(weighted.log_prob(at)), expected, rtol=1e-13)


def test_kernel_densities_in_the_plane_are_mixtures():
    law, at = as_law(fitted_plane()), ROWS[:5] + 0.1
    factors = ss.norm.pdf(at[:, None], ROWS, [0.3, 0.5])
    np.testing.assert_allclose(
        np.exp(law.log_prob(at)), factors.prod(axis=2).mean(axis=1), rtol=1e-13
    )


def test_what_is_no_density_of_statsmodels_is_refused():
    with pytest.raises(TypeError, match="not continuous"):
        as_law(fitted_plane("cu"))
    with pytest.raises(TypeError, match="kernel Cosine of KDEUnivariate is not known"):
        as_law(fitted_line(type("Cosine", (), {"weights": None})()))
    bare = type("KDEUnivariate", (), {"__module__": "statsmodels.nonparametric.kde"})()
    with pytest.raises(ValueError, match=r"call its fit\(\)"):
        as_law(bare)


def test_numpyro_itself():
    dist = pytest.importorskip("numpyro.distributions")
    js = divkit.js_divergence(dist.Normal(0.0, 1.0), dist.Normal(1.0, 1.0))
    assert js.value == pytest.approx(0.111421482185, abs=1e-12)
    mixture = dist.MixtureSameFamily(
        dist.Categorical(probs=np.array([0.5, 0.5])), dist.Normal(np.array([0.0, 4.0]), 1.0)
    )
    assert (
        divkit.kl_divergence(mixture, "mixture(0.5: normal(0, 1), 0.5: normal(4, 1))").value
        < 1e-12
    )
    assert divkit.kl_divergence(dist.Poisson(3.0), "poisson(5)").value == pytest.approx(
        3 * math.log(3 / 5) + 2, abs=1e-12
    )


def test_pyro_itself():
    dist = pytest.importorskip("pyro.distributions")
    assert as_law(dist.Normal(0.0, 1.0)) == Normal(0.0, 1.0)
    assert as_law(dist.Poisson(3.0)) == Poisson(3.0)


def test_statsmodels_itself():
    kde = pytest.importorskip("statsmodels.nonparametric.api").KDEUnivariate(ROWS[:, 0])
    kde.fit()
    at = np.linspace(-2, 2, 5)
    np.testing.assert_allclose(np.exp(as_law(kde).log_prob(at)), kde.evaluate(at), rtol=1e-10)
