"""A law that is written in one file has the suite, the parser and every method."""

import pytest
import test_law_suite
from law_instances import LINE
from rayleigh import Rayleigh

import divkit
from divkit.distributions import Exponential, Gamma, parse_law
from divkit.exact.capabilities import Capabilities, capabilities, declare

P, Q = Rayleigh(1.0), Rayleigh(2.5)
SQUARES = Exponential(1.0), Exponential(2.5)
"""The laws of the squares: every f-divergence is the same, as x ↦ x² is one to one."""


SUITE = [
    pytest.param(function, id=name)
    for name, function in vars(test_law_suite).items()
    if any(
        mark.args[0] == "law" and LINE[0] in mark.args[1]
        for mark in getattr(function, "pytestmark", [])
    )
]
"""What the law suite puts laws on the line through."""


@pytest.mark.parametrize("check", SUITE)
def test_a_new_law_is_put_through_the_suite(check):
    check(P)
    check(Rayleigh(4e6))


def test_the_suite_for_the_line_is_found():
    assert len(SUITE) >= 12


def test_a_new_law_is_written_as_text():
    assert parse_law("rayleigh_by_rate(rate=2.5)") == Q
    assert parse_law("mixture(0.5: rayleigh_by_rate(1), 0.5: normal(0, 1))").dim == 1


def test_a_new_law_has_what_was_declared():
    missing = {"one shape", "Gaussian", "variance"}
    assert missing.isdisjoint(capabilities(P))
    assert missing | set(capabilities(P)) == set(capabilities(parse_law("normal()"))) | {
        "certified affinity"
    }


@pytest.mark.parametrize("divergence", ["kl", "reverse_kl", "hellinger2", "chi2"])
def test_a_new_law_has_closed_forms(divergence):
    got = divkit.divergence(P, Q, divergence, method="closed_form")
    assert got.value == divkit.divergence(*SQUARES, divergence, method="closed_form").value


@pytest.mark.parametrize("method", ["auto", "quadrature", "affinity", "qmc", "certified"])
@pytest.mark.parametrize("divergence", ["js", "kl"])
def test_a_new_law_goes_through_every_method(method, divergence):
    if (method, divergence) in {("affinity", "kl"), ("qmc", "kl")}:
        return  # JS only; the variance is not declared to be finite
    got = divkit.divergence(P, Q, divergence, method=method)
    truth = divkit.divergence(*SQUARES, divergence, method="certified")
    assert abs(got.value - truth.value) <= 6 * (got.error + truth.error)


def test_a_new_law_is_certified_against_others():
    got = divkit.divergence(P, Gamma(2.0, 2.0), "kl", method="certified")
    plain = divkit.divergence(P, Gamma(2.0, 2.0), "kl", method="quadrature")
    assert abs(got.value - plain.value) <= got.error + plain.error


def test_a_law_is_declared_once():
    with pytest.raises(ValueError, match="Rayleigh"):
        declare(Rayleigh, Capabilities())
