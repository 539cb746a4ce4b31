"""Pairs that once went wrong: singular ends, laws closer than rounding, proved bits."""

import mpmath
import pytest
import scipy.stats as ss
import torch

import divkit
from divkit.distributions import Affine, Gamma, Laplace, Logistic, Normal, StudentT, transformed
from divkit.distributions.adapt import as_law


@pytest.mark.parametrize(
    ("p", "q", "p_home", "q_home"),
    [
        (ss.beta(0.3, 2, loc=5), Normal(5, 1), ss.beta(0.3, 2), Normal(0, 1)),
        (
            transformed(Gamma(0.3, 1), Affine(8.5, 2.0)),
            Normal(9, 1),
            Gamma(0.3, 0.5),
            Normal(0.5, 1),
        ),
        (
            ss.beta(0.1, 0.1, loc=5000, scale=2),
            ss.uniform(5000, 2),
            ss.beta(0.1, 0.1),
            ss.uniform(),
        ),
    ],
    ids=["beta", "gamma", "far beta"],
)
@pytest.mark.parametrize("kind", ["js", "hellinger2", "tv"])
def test_a_density_that_is_infinite_at_a_shifted_end_is_the_one_at_home(
    p, q, p_home, q_home, kind
):
    moved, home = divkit.divergence(p, q, kind), divkit.divergence(p_home, q_home, kind)
    assert abs(moved.value - home.value) <= moved.error + home.error
    assert moved.error < 1e-9


@pytest.mark.parametrize("shift", [1e-16, 1e-17, 1e-20, 1e-60])
def test_laws_closer_than_rounding_get_an_error_that_covers(shift):
    js = divkit.js_divergence(Normal(0, 1), Normal(shift, 1))
    truth = shift**2 / 8  # to relative order shift²
    assert abs(js.value - truth) <= js.error < 1e-28
    assert divkit.js_divergence(Laplace(0, 1), Laplace(shift, 1)).error >= truth
    tv = divkit.tv_distance(StudentT(3, 0, 1), StudentT(3, shift, 1))
    density = float(ss.t(3).pdf(0))  # TV of a small shift is shift · density at the mode
    assert abs(tv.value - shift * density) <= tv.error < 1e-13
    hellinger = divkit.hellinger2(Logistic(0, 1), Logistic(shift, 1))
    assert abs(hellinger.value - shift**2 / 24) <= hellinger.error  # Fisher information 1/3


@pytest.mark.parametrize("base", [2, 10, 1.5])
def test_proved_digits_are_in_the_unit_that_was_asked_for(base):
    proved = divkit.js_divergence(
        Normal(0, 1), Normal(1, 1), method="certified", digits=30, base=base
    )
    nats = divkit.js_divergence(Normal(0, 1), Normal(1, 1), method="certified", digits=40)
    with mpmath.workdps(50):
        truth = mpmath.mpf(nats.diagnostics["lower"]) / mpmath.log(mpmath.mpf(base))
        low, high = (mpmath.mpf(proved.diagnostics[end]) for end in ("lower", "upper"))
        assert low <= truth <= high
        assert high - low < mpmath.mpf(10) ** -29


def test_a_lazily_parametrised_torch_law_is_read_and_bad_sizes_get_advice():
    assert as_law(torch.distributions.Geometric(0.3)).mean == pytest.approx(7 / 3, rel=1e-7)
    with pytest.raises(TypeError, match="n must be an int"):
        divkit.sample(Normal(0, 1), 1.5)
