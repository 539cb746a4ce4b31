"""What was computed in less than 64 bits says so in its error."""

import math

import numpy as np
import pytest
import torch
import torch.distributions as td
import zuko

import divkit
from divkit.distributions import as_law
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
