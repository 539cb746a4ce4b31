"""Names mean what they are in use for; Rényi, Bhattacharyya and the roots of f-divergences."""

from __future__ import annotations

import math

import pytest
from scipy.differentiate import derivative

from divkit.divergences import table
from divkit.divergences.base import IPM, FDivergence, Transformed
from divkit.registry import UnknownNameError

NORMAL_BC = math.exp(-1 / 8)  # ∫√(pq) of N(0, 1) and N(1, 1)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("js", table.JS),
        ("JSD", table.JS),
        ("jensen-shannon", table.JS),
        ("Jensen Shannon", table.JS),
        ("kullback_leibler", table.KL),
        ("total-variation", table.TV),
        ("pearson", table.PEARSON),
        ("gan_value", table.GAN),
        ("wasserstein", table.W1),
        ("mmd", table.DIVERGENCES["mmd2"]),
    ],
)
def test_names_and_aliases(name, row):
    assert table.named(name) is row


def test_an_object_passes_through():
    for divergence in (table.KL, table.HELLINGER, table.W2):
        assert table.named(divergence) is divergence


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("renyi(0.5)", "renyi(0.5)"),
        (" Alpha( 2 ) ", "alpha(2.0)"),
        ("weighted_js(.3)", "weighted_js(0.3)"),
    ],
)
def test_families_take_their_parameter_in_brackets(text, name):
    assert table.named(text).name == name


def test_mmd_keeps_its_bandwidth():
    assert table.named("mmd(2.5)").parameters == (("bandwidth", 2.5),)
    assert repr(table.named("mmd(2.5)")) == "mmd2(bandwidth=2.5)"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("jensenshanon", "Did you mean 'jensen_shannon'"),
        ("helinger2", "'hellinger2'"),
        ("renyi", r"needs its parameter, as in 'renyi\(0.3\)'"),
        ("renyi(a)", "expected one number"),
        ("renyi()", "expected one number"),
        ("renyi(1)", "order must be"),
        ("renyi(-1)", "order must be in"),
        ("renyi(nan)", "order must be"),
        ("weighted_js(2)", r"prior must be in \(0, 1\)"),
        ("mmd(0)", "bandwidth must be in"),
        ("__import__('os')", "unknown divergence"),
    ],
)
def test_wrong_names_get_advice(name, words):
    with pytest.raises(ValueError, match=words):
        table.named(name)


def test_unknown_names_have_their_own_error():
    with pytest.raises(UnknownNameError, match="Known: bhattacharyya, chi2"):
        table.named("nothing like it")


def test_something_else_than_a_name_is_a_type_error():
    with pytest.raises(TypeError, match="got 3 of type int"):
        table.named(3)


def test_every_entry_of_the_table_says_its_scale():
    for name, entry in table.DIVERGENCES.items():
        assert entry.name == name
        assert isinstance(entry, FDivergence | Transformed | IPM)
    labels = [entry.label for entry in table.DIVERGENCES.values()]
    assert len(set(labels)) == len(labels)


TRANSFORMS = [
    table.BHATTACHARYYA,
    table.JS_DISTANCE,
    table.HELLINGER,
    table.renyi(0.5),
    table.renyi(0.01),
    table.renyi(2.0),
    table.renyi(7.5),
]


@pytest.mark.parametrize("transform", TRANSFORMS, ids=repr)
def test_the_slope_is_the_derivative_of_forward(transform):
    import numpy as np

    forward = np.vectorize(transform.forward)
    for d in (0.01, 0.1, 0.4):
        numeric = derivative(forward, d, initial_step=1e-3)
        assert transform.slope(d) == pytest.approx(float(numeric.df), rel=1e-7)


def test_known_values_between_two_normals():
    """N(0,1), N(1,1): H² = 1 − e^{−1/8}, Rényi of any order is α/2, Bhattacharyya 1/8."""
    h2 = 1 - NORMAL_BC
    assert table.BHATTACHARYYA.forward(h2) == pytest.approx(1 / 8, rel=1e-14)
    assert table.HELLINGER.forward(h2) == pytest.approx(math.sqrt(h2), rel=1e-15)
    for order in (0.3, 0.5, 2.0, 3.5):
        power = math.exp(order * (order - 1) / 2)  # ∫ p^α q^{1−α}
        base = (power - 1) / (order * (order - 1))
        assert table.renyi(order).forward(base) == pytest.approx(order / 2, rel=1e-12)


def test_transforms_at_their_ends():
    assert table.BHATTACHARYYA.forward(1.0) == math.inf
    assert table.renyi(0.5).forward(4.0) == math.inf  # the largest α-divergence of order ½
    assert table.renyi(2.0).forward(math.inf) == math.inf
    for transform in TRANSFORMS:
        assert transform.forward(0.0) == 0
    assert table.HELLINGER.slope(0.0) == math.inf


@pytest.mark.parametrize("order", [0.25, 0.5, 2.0, 5.0])
def test_log_gain_gives_the_value_from_the_affinity(order):
    """Rényi = log_gain · log ρ, ρ = 1 + D/gain."""
    renyi = table.renyi(order)
    d = 0.3
    rho = 1 + d / renyi.base.factor
    assert renyi.forward(d) == pytest.approx(renyi.log_gain * math.log(rho), rel=1e-13)
