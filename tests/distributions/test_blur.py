"""What was computed in less than 64 bits says so in its error."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
import torch.distributions as td
import zuko

import divkit
from divkit.distributions import Normal, as_law, mixture
from divkit.distributions.callable.blur import blur_of
from divkit.distributions.callable.law import CallableLaw1D

TRUTH = 0.1114214821847361797172  # JS of N(0, 1) and N(1, 1)


def log_normal(x):
    return -0.5 * x * x - 0.5 * math.log(2 * math.pi)


NARROW = [
    (lambda x: log_normal(x.astype(np.float32)), 1e-8),
    (lambda x: log_normal(x).astype(np.float32), 1e-8),
    (lambda x: log_normal(x.astype(np.float32)).astype(np.float64), 1e-8),
    (lambda x: log_normal(x).astype(np.float16), 1e-4),
]


@pytest.mark.parametrize(("function", "least"), NARROW)
def test_a_narrow_log_density_widens_the_error(function, least):
    found = divkit.js_divergence(divkit.law(function), td.Normal(1.0, 1.0))
    assert least < found.error and abs(found.value - TRUTH) <= found.error


def test_a_wide_one_does_not():
    found = divkit.js_divergence(divkit.law(log_normal), td.Normal(1.0, 1.0))
    assert abs(found.value - TRUTH) <= found.error < 1e-14
    assert blur_of(lambda x: 0 * x, torch.linspace(0.1, 0.9, 9, dtype=torch.float64)) == 0


def f32(value):
    return torch.tensor(value, dtype=torch.float32)


def f64(value):
    return f32(value).double()


CALCULATED = [
    lambda number: zuko.distributions.Truncated(
        td.Normal(number(0.1), number(1.3)), number(-0.7), number(1.1)
    ),
    lambda number: zuko.distributions.GeneralizedNormal(number(1.3)),
    lambda number: zuko.distributions.Maximum(td.Normal(number(0.1), number(1.3)), 3),
]


@pytest.mark.parametrize("make", CALCULATED)
def test_what_a_library_calculated_in_float32_is_in_the_error(make):
    normal = td.Normal(0.0, 1.0)
    truth = divkit.js_divergence(make(f64), normal)
    found = divkit.js_divergence(make(f32), normal)
    assert truth.error < 1e-8 < found.error < 1e-5
    assert abs(found.value - truth.value) <= found.error + truth.error


def test_a_flow_is_computed_in_float64_and_what_it_returned_says_that_it_was_not():
    torch.manual_seed(0)
    flow = zuko.flows.NSF(1, transforms=1, hidden_features=(4,))
    normal = td.Normal(0.0, 1.0)
    whole = divkit.js_divergence(flow, normal)
    returned = divkit.js_divergence(flow(), normal)
    assert whole.error < 1e-13 < 1e-9 < returned.error
    assert abs(whole.value - returned.value) <= returned.error


EXACT = [
    lambda number: td.TransformedDistribution(
        td.Normal(number(0.1), number(1.3)), [td.TanhTransform()]
    ),
    lambda number: td.TransformedDistribution(
        td.Exponential(number(1.3)), [td.PowerTransform(number(0.7))]
    ),
    lambda number: td.Weibull(number(0.7), number(1.3)),
    lambda number: td.Kumaraswamy(number(0.7), number(1.3)),
    lambda number: td.ContinuousBernoulli(logits=number(0.7)),
]


@pytest.mark.parametrize("make", EXACT)
def test_parameters_in_float32_are_the_numbers_that_they_are(make):
    law, twin = as_law(make(f32)), as_law(make(f64))
    x = law.ppf(np.linspace(0.1, 0.9, 9))
    assert law.log_prob(x) == pytest.approx(twin.log_prob(x), rel=1e-15, abs=1e-15)
    assert not isinstance(law, CallableLaw1D) or law.blur == 0


WEIGHTS = [0.3, 0.6, 0.9], [0.5, 0.7, 0.1]


def in_32_bits(weights):
    """torch's own quotients are rounded in float32; what was given are these numbers."""
    given = torch.tensor(weights, dtype=torch.float32)
    exact = [Fraction(w) for w in given.double().tolist()]
    return given, [float(w / sum(exact)) for w in exact]


@pytest.mark.parametrize("kind", ["kl", "js", "chi2", "tv", "w1", "w2", "energy", "mmd"])
def test_weights_that_torch_divided_in_float32_are_in_the_error(kind):
    places = torch.tensor([-2.0, 0.0, 1.0]), torch.tensor([0.5, 1.0, 2.0])
    parts = [Normal(-2, 0.5), Normal(0, 1), Normal(1, 2)]
    found, exact = [], []
    for weights in WEIGHTS:
        given, shares = in_32_bits(weights)
        found.append(td.MixtureSameFamily(td.Categorical(given), td.Normal(*places)))
        exact.append(mixture(shares, parts, normalize=True))
    rounded, truth = divkit.divergence(*found, kind), divkit.divergence(*exact, kind)
    off = abs(rounded.value - truth.value)
    assert 0 < off <= rounded.error + truth.error
    assert rounded.error < 0.01


@pytest.mark.parametrize("name", ["probs", "logits"])
def test_counts_of_probabilities_in_float32_are_known_to_that(name):
    """KL of multinomials of n draws is n times that of one."""
    laws, shares = [], []
    for weights in WEIGHTS:
        given, exact = in_32_bits(weights)
        laws.append(td.Multinomial(3, **{name: given if name == "probs" else given.log()}))
        shares.append(exact)
    truth = 3 * math.fsum(a * math.log(a / b) for a, b in zip(*shares, strict=True))
    found = divkit.kl_divergence(*laws)
    assert abs(found.value - truth) <= found.error < 1e-4


def test_subnormal_probabilities_that_torch_divided_are_known_to_their_spacing():
    tiny = 3.7 * 1e-320
    p = td.Categorical(torch.tensor([3.7 * 0.25, 3.7 * 0.75, 0.0], dtype=torch.float64))
    q = td.Categorical(torch.tensor([tiny, 3.7, 3.7 * 1e-5], dtype=torch.float64))
    found = divkit.kl_divergence(p, q)
    total = math.fsum([3.7, 3.7 * 1e-5])
    truth = 0.25 * (math.log(0.25) - math.log(tiny) + math.log(total)) + 0.75 * (
        math.log(0.75) - math.log(3.7) + math.log(total)
    )
    assert abs(found.value - truth) <= found.error < 1e-2
