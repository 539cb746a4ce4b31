"""The public functions: laws of any library, names, units, methods and their errors."""

from __future__ import annotations

import math

import mpmath
import pytest
import scipy.stats
import torch

import divkit
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.compose.product import Product
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.location_scale import Laplace
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.distributions.finite.discrete import bernoulli
from divkit.distributions.maps.scalar import Exp
from divkit.divergences import DIVERGENCES, JS, KL, TV, rows
from divkit.exact.api import METHODS, as_method
from divkit.exact.method import NotApplicableError
from divkit.exact.quadrature.method import Quadrature
from divkit.registry import UnknownNameError

P, Q = Normal(0, 1), Normal(1, 1)

NAMED = {
    "js_divergence": 0.1114214821847361797172,
    "js_distance": math.sqrt(0.1114214821847361797172),
    "kl_divergence": 0.5,
    "reverse_kl_divergence": 0.5,
    "jeffreys_divergence": 1.0,
    "tv_distance": 0.3829249225480262072754,
    "hellinger2": 0.1175030974154045971351,
    "squared_hellinger": 2 * 0.1175030974154045971351,
    "hellinger_distance": math.sqrt(0.1175030974154045971351),
    "bhattacharyya_distance": 0.125,
    "chi2_divergence": math.expm1(1),
    "neyman_chi2_divergence": math.expm1(1),
    "w1_distance": 1.0,
    "w2_distance": 1.0,
    "gan_value": -1.1634513967504182594,
}


@pytest.mark.parametrize("name", NAMED)
def test_named_functions_on_the_unit_shift(name):
    got = getattr(divkit, name)(P, Q)
    assert abs(got.value - NAMED[name]) <= got.error + 2.0**-53 * abs(NAMED[name])
    assert got.error <= 1e-14
    assert got.method
    assert got.unit == {
        "js_distance": "√nats",
        "w1_distance": "length",
        "w2_distance": "length",
    }.get(name, "" if name in DIMENSIONLESS else "nats")


DIMENSIONLESS = {
    "tv_distance",
    "hellinger2",
    "squared_hellinger",
    "hellinger_distance",
    "chi2_divergence",
    "neyman_chi2_divergence",
}


def test_functions_with_a_parameter():
    assert divkit.renyi_divergence(P, Q, 0.7).value == pytest.approx(0.35, rel=1e-14)
    wanted = math.expm1(0.3 * (0.3 - 1) / 2) / (0.3 * -0.7)
    assert divkit.alpha_divergence(P, Q, 0.3).value == pytest.approx(wanted, rel=1e-14)
    half = divkit.weighted_js_divergence(P, Q, 0.5)
    assert abs(half.value - NAMED["js_divergence"]) <= half.error
    with mpmath.workdps(20):
        truth = 2 * (1 - mpmath.exp(-mpmath.mpf(1) / 6)) / mpmath.sqrt(3)
        root = mpmath.sqrt(mpmath.pi)
        energy = 4 * (mpmath.exp(-mpmath.mpf(1) / 4) - 1) / root + 2 * mpmath.erf(0.5)
    assert abs(divkit.mmd2(P, Q, bandwidth=1.0).value - truth) < 1e-15
    assert abs(divkit.energy_distance(P, Q).value - energy) < 1e-15
    triangular = divkit.triangular_discrimination(P, Q)
    affinity = divkit.triangular_discrimination(P, Q, method="affinity")
    assert abs(triangular.value - affinity.value) <= triangular.error + affinity.error


def test_laws_are_taken_as_they_are():
    torch_law = torch.distributions.Normal(torch.tensor(1.0, dtype=torch.float64), 1.0)
    for p, q in ((scipy.stats.norm(0, 1), torch_law), (scipy.stats.Normal(mu=0, sigma=1), Q)):
        got = divkit.js_divergence(p, q)
        assert abs(got.value - NAMED["js_divergence"]) <= got.error
    kde = scipy.stats.gaussian_kde([0.0, 1.0, 2.5])
    assert divkit.js_divergence(kde, Q).error < 1e-12


@pytest.mark.parametrize("kind", [*DIVERGENCES, "renyi(0.5)", "alpha(2.5)", "weighted_js(0.3)"])
def test_every_name_of_the_table_works(kind):
    got = divkit.divergence(P, Q, kind)
    assert math.isfinite(got.value)
    assert got.error <= 1e-12
    assert repr(got)


@pytest.mark.sweep(4)
@pytest.mark.parametrize("row", rows(), ids=repr)
def test_quadrature_and_auto_agree_on_every_row(row):
    for p, q in ((P, Q), (Laplace(0, 1), Normal(0.5, 1.4)), (Beta(2, 3), Beta(2.2, 2.5))):
        got = divkit.divergence(p, q, row)
        other = divkit.divergence(p, q, row, method="quadrature")
        if math.isinf(got.value):
            assert got.reason
        else:
            assert abs(got.value - other.value) <= got.error + other.error


def test_bits():
    nats, bits = divkit.js_divergence(P, Q), divkit.js_divergence(P, Q, base=2)
    assert bits.value == pytest.approx(nats.value / math.log(2), rel=1e-15)
    assert bits.unit == "bits"
    assert bits.error >= nats.error
    assert divkit.kl_divergence(P, Q, base=10).unit == "hartleys"
    root = divkit.js_distance(P, Q, base=2)
    assert root.value == pytest.approx(math.sqrt(bits.value), rel=1e-14)
    assert divkit.gan_value(P, Q, base=2).value == pytest.approx(-2 + 2 * bits.value, abs=1e-14)
    assert divkit.js_divergence(Uniform(0, 1), Uniform(2, 3), base=2).value == pytest.approx(1.0)
    infinite = divkit.kl_divergence(Uniform(0, 1), Uniform(2, 3), base=2)
    assert (infinite.value, infinite.error) == (math.inf, 0.0)


def test_bits_of_what_is_no_logarithm():
    with pytest.raises(ValueError, match="leave base out"):
        divkit.tv_distance(P, Q, base=2)
    for wrong in (0, -1, 0.5, 1, math.inf, math.nan):
        with pytest.raises(ValueError, match="base must be"):
            divkit.js_divergence(P, Q, base=wrong)
    for wrong in ("e", True, 2j):
        with pytest.raises(TypeError, match="base must be a real number"):
            divkit.js_divergence(P, Q, base=wrong)
    assert TV.unit == ""


def test_methods_by_name_and_by_object():
    for method in ("quadrature", "affinity", "certified", Quadrature(rounds=50)):
        got = divkit.js_divergence(P, Q, method=method)
        assert abs(got.value - NAMED["js_divergence"]) <= got.error + 1e-17
    assert set(METHODS) >= {
        "auto",
        "closed_form",
        "quadrature",
        "certified",
        "qmc",
        "discrete",
        "affinity",
        "tensor",
        "distribution_free",
    }
    qmc = divkit.js_divergence(P, Q, method="qmc", n=2**10, rng=1)
    # a standard error: 7σ are a false alarm in 1e-11, with room for 15 degrees of freedom
    assert abs(qmc.value - NAMED["js_divergence"]) <= 40 * qmc.error + 1e-6


def test_wrong_names_and_options():
    with pytest.raises(UnknownNameError, match="quadrature"):
        divkit.js_divergence(P, Q, method="quadratur")
    with pytest.raises(UnknownNameError, match="Did you mean"):
        divkit.divergence(P, Q, "jss")
    with pytest.raises(TypeError, match="no option 'digits'; it has rounds"):
        divkit.js_divergence(P, Q, method="quadrature", digits=3)
    with pytest.raises(TypeError, match="made already"):
        as_method(Quadrature(), rounds=3)
    with pytest.raises(NotApplicableError, match="no closed form of JS"):
        divkit.js_divergence(P, Q, method="closed_form")


def test_dimensions():
    with pytest.raises(ValueError, match=r"p = Normal has 1, q = Product has 2"):
        divkit.js_divergence(P, Product((P, Q)))


def test_gan_value_elsewhere_and_by_other_methods():
    plane = Product((P, P)), Product((Q, P))
    for law_pair, options in ((plane, {}), ((P, Q), {"method": "affinity"})):
        got = divkit.gan_value(*law_pair, **options)
        assert abs(got.value - NAMED["gan_value"]) <= got.error + 1e-15
    assert divkit.gan_value(bernoulli(0.5), Normal()).value == 0.0
    same = divkit.gan_value(P, P)
    assert abs(same.value + 2 * math.log(2)) <= same.error


def test_common_maps_do_not_change_a_divergence():
    p, q = transformed(P, Exp()), transformed(Q, Exp())
    assert divkit.js_divergence(p, q).value == divkit.js_divergence(P, Q).value
    direct = divkit.js_divergence(p, q, method="quadrature")
    assert abs(direct.value - NAMED["js_divergence"]) <= direct.error


def test_gaussians_in_space_and_results_in_json():
    p = MultivariateNormal([0, 0], [[1, 0.5], [0.5, 1]])
    got = divkit.kl_divergence(p, MultivariateNormal([1, 0], [[2, 0], [0, 2]]))
    assert got.kind == "closed form"
    infinite = divkit.kl_divergence(Uniform(0, 1), Uniform(2, 3))
    assert '"value": "inf"' in infinite.to_json()
    assert float(got) == got.value


def test_symmetry_and_bounds_on_a_mixture():
    m = mixture((0.5, 0.5), (Normal(-1, 0.3), Laplace(2, 1)))
    for row in (JS, TV):
        there, back = divkit.divergence(m, P, row), divkit.divergence(P, m, row)
        assert abs(there.value - back.value) <= there.error + back.error
        assert 0 <= there.value <= row.upper
    kl, reverse = divkit.kl_divergence(m, P), divkit.reverse_kl_divergence(P, m)
    assert abs(kl.value - reverse.value) <= kl.error + reverse.error
    assert divkit.divergence(m, P, KL, method="quadrature").value == kl.value
