"""Methods ask a divergence what it is, never what it is called: another name changes nothing."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch

import divkit
from divkit.distributions import Normal
from divkit.divergences import table
from divkit.divergences.base import FDivergence, Transformed, is_metric
from divkit.divergences.elementwise import scaled
from divkit.divergences.quantities import JENSEN_SHANNON, KULLBACK, Multiple, Quantity
from divkit.games import GAN, f_gan
from divkit.results import Result

KINDS = [*table.DIVERGENCES.values(), table.weighted_js(0.3), table.alpha(2.5), table.renyi(0.7)]
P, Q = Normal(0, 1), Normal(1, 2)
MIXED = divkit.parse_law("mixture(0.3: normal(-3, 0.5), 0.7: normal(0, 1))")
LINE = divkit.parse_law("laplace(0, 1)"), divkit.parse_law("laplace(1, 2)")
SPACE = (
    divkit.parse_law("product(normal(0, 1), laplace(0, 1))"),
    divkit.parse_law("product(normal(1, 1), laplace(0, 2))"),
)
FINITE = divkit.parse_law("bernoulli(0.3)"), divkit.parse_law("bernoulli(0.6)")


def mine(kind):
    return dataclasses.replace(kind, name="mine")


def outcome(compute):
    """The numbers and the unit of a result; what a refusal is about, without the names."""
    try:
        result = compute()
    except (ValueError, ArithmeticError) as refusal:
        return type(refusal)
    assert isinstance(result, Result)
    return result.value, result.error, result.interval, result.kind, result.unit


PAIRS = [
    ("auto", P, Q),
    ("auto", MIXED, Q),
    ("closed_form", *LINE),
    ("affinity", *SPACE),
    ("certified", P, Q),
    ("discrete", *FINITE),
]


@pytest.mark.parametrize(("method", "p", "q"), PAIRS, ids=lambda each: str(each)[:30])
@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_laws_are_compared_the_same_under_another_name(kind, method, p, q):
    named, renamed = (
        outcome(lambda k=k: divkit.divergence(p, q, k, method)) for k in (kind, mine(kind))
    )
    assert named == renamed


@pytest.mark.parametrize("kind", [table.KL, table.JEFFREYS, table.HELLINGER2, table.W2], ids=repr)
def test_products_split_under_every_name(kind):
    named, renamed = (divkit.divergence(*SPACE, k) for k in (kind, mine(kind)))
    assert named.value == renamed.value
    assert named.method == renamed.method
    assert "Tensorised" in renamed.method


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_batches_and_bases_do_not_see_the_name(kind):
    named, renamed = (divkit.divergence_batch([P, MIXED], [Q, Q], k) for k in (kind, mine(kind)))
    assert (named.value == renamed.value).all() and (named.error == renamed.error).all()
    assert renamed.name == mine(kind).name and named.unit == renamed.unit == kind.unit
    base = [outcome(lambda k=k: divkit.divergence(P, Q, k, base=2)) for k in (kind, mine(kind))]
    assert base[0] == base[1]
    assert (base[0] is ValueError) == ("nats" not in kind.unit)


@pytest.mark.parametrize("method", ["knn", "w1", "sliced", "kernel_metric"])
@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_estimates_do_not_see_the_name(kind, method):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=90), rng.normal(size=90) + 1
    named, renamed = (
        outcome(lambda k=k: divkit.estimate(x, y, k, method)) for k in (kind, mine(kind))
    )
    assert named == renamed


@pytest.mark.parametrize(
    ("kind", "method"),
    [(table.JS, "lower_bound"), (table.KL, "lower_bound"), (table.W2, "sinkhorn")],
)
def test_slow_estimates_do_not_see_the_name(kind, method):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=40), rng.normal(size=40) + 1
    named, renamed = (
        outcome(lambda k=k: divkit.estimate(x, y, k, method)) for k in (kind, mine(kind))
    )
    assert named == renamed


def test_the_gan_bounds_js_under_every_name():
    assert GAN.divergence.is_same_as(mine(table.JS))
    assert not GAN.divergence.is_same_as(table.JS_FGAN)
    assert not GAN.divergence.is_same_as(table.W1)
    own = dataclasses.replace(table.JS, name="own", multiple=None)
    assert own.is_same_as(table.JS) and not own.is_same_as(table.GAN)
    assert f_gan(mine(table.KL)).name == "f-gan(mine)"


@pytest.mark.parametrize(
    ("multiple", "of"),
    [
        (Multiple(JENSEN_SHANNON, 2.0), table.JS),
        (Multiple(JENSEN_SHANNON, 1.0, 1.0), table.JS),
        (Multiple(KULLBACK), table.REVERSE_KL),
        (Multiple(Quantity("affinity", 2.0), 0.5), table.PEARSON),
        (Multiple(Quantity("js", 0.4)), table.JS),
    ],
)
def test_a_multiple_that_does_not_hold_is_refused(multiple, of):
    with pytest.raises(ValueError, match="multiple does not hold"):
        dataclasses.replace(of, multiple=multiple)
    with pytest.raises(ValueError, match=r"it is not D\^0\.5"):
        Transformed("cube", "D³", table.JS, lambda d: d**3, lambda d: 3 * d * d, power=0.5)


@pytest.mark.parametrize("order", [-99.5, -1.0, 1e-9, 0.3, 1 - 1e-9, 1 + 1e-9, 2.0, 100.5])
def test_the_family_of_affinities_is_stated_for_every_order(order):
    assert table.alpha(order).order == order


def test_scaling_scales_every_part():
    bits = scaled(table.JS, 1 / math.log(2), "js_bits", "JSD in bits", "here")
    assert isinstance(bits, FDivergence)
    assert bits.upper == pytest.approx(1.0, rel=1e-15)
    result = divkit.divergence(P, Q, bits)
    truth = divkit.divergence(P, Q, "js", base=2)
    assert result.value == pytest.approx(truth.value, abs=result.error + truth.error)
    t = torch.linspace(-3, 0.4, 9, dtype=torch.float64)
    assert torch.equal(table.JS_FGAN.conjugate(t), 2 * table.JS.conjugate(t / 2))


def test_metrics_are_known_by_their_family():
    assert is_metric(mine(table.W1), "w1") and not is_metric(table.W2, "w1", "energy")
    assert not is_metric(table.JS, "js")
