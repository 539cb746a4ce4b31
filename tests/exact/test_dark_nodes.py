"""A log density that fails at nodes inside its support: the rest of the integral, or the truth."""

import math

import numpy as np
import pytest
import scipy.stats as ss
import torch
import torch.distributions as td

import divkit
from divkit.distributions.callable.dark import darkness


def t64(*values):
    return [torch.tensor(float(v), dtype=torch.float64) for v in values]


def weibull_by_a_power(concentration, scale):
    """Torch's Weibull law as a user may build it: log 0 next to 0, no closed form for divkit."""
    power, factor = t64(1 / concentration, scale)
    steps = [
        td.PowerTransform(power),
        td.AffineTransform(torch.zeros((), dtype=power.dtype), factor),
    ]
    return td.TransformedDistribution(td.Exponential(*t64(1)), steps)


def density_of_normal(x):
    return np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


underflowing = divkit.law(density=density_of_normal)
LAPLACE_NORMAL = 0.5 * math.log(2 * math.pi) - math.log(2)

FINITE = [
    (td.Exponential(*t64(1)), td.Weibull(*t64(2, 1.5)), 0.3928562966758),
    (ss.levy(), ss.levy(scale=1.3), 0.0188178677663),
    (ss.uniform(), ss.semicircular(loc=0.5, scale=0.5), 0.0652883441696),
    (ss.t(4), ss.hypsecant(), 0.0195785365765),
    (td.Gamma(*t64(2, 1)), td.InverseGamma(*t64(2, 1)), 0.6911373403939),
    (td.Exponential(*t64(1)), weibull_by_a_power(1.5, 2.0), 0.3928562966758),
    (ss.laplace(), underflowing, LAPLACE_NORMAL),
    (ss.norm(0, 2), underflowing, 1.5 - math.log(2)),
]


@pytest.mark.parametrize(("p", "q", "truth"), FINITE, ids=lambda v: type(v).__name__)
def test_kl_is_right_to_its_error(p, q, truth):
    found = divkit.kl_divergence(p, q)
    assert abs(found.value - truth) <= found.error + 1e-13  # the truths have thirteen digits
    assert found.error < 1e-8


def zero_below(x):
    return np.where(x > 0, np.exp(-np.maximum(x, 0.0)), 0.0)


def cut_laplace(x):
    return np.where(abs(x) < 30, np.exp(-abs(x)) / (2 * -math.expm1(-30)), 0.0)


holed = divkit.law(density=lambda x: np.where(abs(x - 0.5) < 0.1, 0.0, 1.25), support=(0, 1))


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (ss.norm(), divkit.law(density=zero_below)),
        (ss.norm(), divkit.law(density=cut_laplace)),
        (ss.uniform(), holed),
    ],
)
def test_a_density_that_is_zero_is_believed(p, q):
    found = divkit.kl_divergence(p, q)
    assert found.value == math.inf and found.error == 0
    assert "p has mass where q has none" in found.reason


def test_a_jump_to_zero_is_found_to_the_float():
    found = divkit.kl_divergence(ss.expon(), divkit.law(density=zero_below))
    assert abs(found.value) <= found.error < 1e-20
    rest = divkit.kl_divergence(holed, ss.uniform())
    assert abs(rest.value + math.log(0.8)) <= rest.error < 1e-14


def test_what_stays_unknown_is_one_sided():
    """A valley that underflows: from −log p = 745 on nothing is known of its depth."""
    valley = divkit.law(
        density=lambda x: 0.5 * (density_of_normal(x - 60) + density_of_normal(x + 60)),
        features=[(-60, 1), (60, 1)],
    )
    found = divkit.kl_divergence(ss.norm(0, 20), valley)
    assert found.one_sided == "lower" and found.error == math.inf and found.warnings
    assert found.interval[1] == math.inf
    truth = divkit.kl_divergence(
        ss.norm(0, 20), ss.Mixture([ss.Normal(mu=-60, sigma=1), ss.Normal(mu=60, sigma=1)])
    )
    assert found.interval[0] <= truth.value
    bounded = divkit.js_divergence(ss.norm(0, 20), valley)
    assert bounded.one_sided is None and bounded.error < 1e-9


@pytest.mark.slow
def test_an_infinite_value_is_never_finite_without_a_flag():
    found = divkit.kl_divergence(ss.cauchy(), underflowing)
    assert found.error == math.inf and found.warnings
    proved = divkit.kl_divergence(ss.landau(), ss.norm())
    assert proved.value == math.inf and "diverges" in proved.reason


def test_a_transform_names_its_codomain_and_not_the_support():
    weibull = divkit.as_law(weibull_by_a_power(1.5, 2.0))
    assert weibull.support.boxes == (((0.0, math.inf),),)
    found = divkit.js_divergence(weibull, td.Weibull(*t64(2, 1.5)))
    assert abs(found.value) <= found.error < 1e-14
    beyond = divkit.kl_divergence(td.Normal(*t64(1, 1)), weibull)
    assert beyond.value == math.inf and beyond.error == 0


def test_nothing_is_dark_of_a_density_in_logs():
    assert not darkness(lambda x: -0.5 * x * x, -1e100, 1e100, [(0.0, 1.0)])


def test_the_continuation_of_a_power_is_exact():
    def cut(x):
        with np.errstate(over="ignore"):
            return np.where(np.abs(x) < 100, -(np.abs(x) ** 1.5), -math.inf)

    found = darkness(cut, -math.inf, math.inf, [(0.0, 1.0)])
    x = np.array([150.0, 1e4, -1e5])
    logs, doubt = found.fill(x, np.zeros(3))
    assert logs == pytest.approx(-(np.abs(x) ** 1.5), rel=0.02)
    assert doubt == pytest.approx(np.abs(x) ** 1.5 - 1000, rel=0.03)


def test_what_floats_do_not_reach_is_no_fault_of_the_density():
    with pytest.raises(ValueError, match=r"beyond 1e300.*scale both laws"):
        divkit.divergence(ss.kappa3(0.018, scale=1e300), ss.kappa3(0.018, scale=1.5e300), "tv")
    with pytest.raises(ValueError, match=r"width of .* is 0 in floats"):
        narrow = [ss.pearson3(skew, scale=1e-300) for skew in (9e-6, 1e-5)]
        divkit.divergence(*narrow, "hellinger2")
