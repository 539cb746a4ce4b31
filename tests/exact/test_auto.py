"""What "auto" chooses, and that it says so."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

import divkit
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.compose.product import Product
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.families.location_scale import Laplace, Logistic
from divkit.distributions.families.multivariate import MultivariateNormal, MultivariateStudentT
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.maps.scalar import Exp
from divkit.divergences import ENERGY, JS, KL, TV, W1
from divkit.exact.auto import Auto
from divkit.exact.method import NotApplicableError

N = Normal
MIX = mixture((0.5, 0.5), (N(-1, 1), N(1, 1)))
PLANE = MultivariateNormal([0, 0], np.eye(2))
CHOICES = [
    (Uniform(0, 1), Uniform(2, 3), JS, "Symbolic()"),
    (N(), N(), JS, "Symbolic()"),
    (N(0, 1), N(1, 1), KL, "ClosedForm()"),
    (N(0, 1), N(1, 1), JS, "Quadrature("),
    (FiniteLaw([0, 1], [0.5, 0.5]), FiniteLaw([0, 1], [0.25, 0.75]), JS, "Discrete()"),
    (N(0, 1), MIX, W1, "Metric()"),
    (MIX, Laplace(0, 1), TV, "Quadrature("),
    (Product((N(), MIX)), Product((MIX, N())), KL, "Tensorised("),
    (Product((N(), MIX)), Product((MIX, N())), JS, "Affinity("),
    (PLANE, MultivariateNormal([1, 0], np.eye(2)), JS, "Affinity("),
    (PLANE, mixture((0.5, 0.5), (PLANE, MultivariateNormal([3, 0], np.eye(2)))), JS, "TensorQ"),
    (
        MultivariateNormal(np.zeros(4), np.eye(4)),
        MultivariateStudentT(5, np.zeros(4), np.eye(4)),
        JS,
        "QuasiMonteCarlo(",
    ),
    (transformed(N(0, 1), Exp()), transformed(N(1, 1), Exp()), KL, "ClosedForm()"),
]


@pytest.mark.parametrize(("p", "q", "row", "name"), CHOICES, ids=str)
def test_the_choice_and_the_reasons(p, q, row, name):
    result = Auto()(p, q, row)
    assert result.diagnostics["chosen"].startswith(name)
    refused = result.diagnostics["not_applicable"]
    tried = [repr(method) for method in Auto().methods(p, q)]
    before = tried.index(result.diagnostics["chosen"])
    assert list(refused) == tried[:before]
    assert all(refused.values())


def test_no_method_lists_every_reason():
    with pytest.raises(NotApplicableError, match=r"energy.*Metric\(\): .*mixture of Gau") as error:
        Auto()(PLANE, MultivariateStudentT(5, [0, 0], np.eye(2)), ENERGY)
    assert "QuasiMonteCarlo" in str(error.value)


def test_a_product_of_fifty_coordinates():
    """Ten copies each of five unlike laws against shifted and scaled ones: KL adds up."""
    pairs = [
        (N(0, 1), N(0.1, 1.1)),
        (Laplace(0, 1), Laplace(0.1, 1.1)),
        (Logistic(0, 1), Logistic(0.1, 1.1)),
        (Exponential(1), Exponential(1.1)),
        (Gamma(3, 1), Gamma(3, 1.1)),
    ]
    p = Product(tuple(a for a, _ in pairs for _ in range(10)))
    q = Product(tuple(b for _, b in pairs for _ in range(10)))
    kl = divkit.kl_divergence(p, q)
    parts = [divkit.kl_divergence(a, b, method="quadrature") for a, b in pairs]
    truth = 10 * math.fsum(part.value for part in parts)
    assert abs(kl.value - truth) <= kl.error + 10 * sum(part.error for part in parts)
    js = divkit.js_divergence(p, q)
    assert js.diagnostics["chosen"].startswith("Affinity")
    assert js.error <= 1e-10
    assert js.value <= math.log(2)


def test_equal_coordinates_are_left_out_and_moved_normals_lie_along_a_line():
    """TV of 50 coordinates was a standard error of 1e-4; erf by mpmath."""
    rest = (Laplace(0, 1),) * 49
    one = divkit.tv_distance(N(0.2, 1), N(0, 2)), divkit.js_divergence(N(0.2, 1), N(0, 2))
    p, q = Product((N(0.2, 1), *rest)), Product((N(0, 2), *rest))
    found = divkit.divergence(p, q, ["tv", "js"])
    assert [r.value for r in found] == [r.value for r in one]
    moved = divkit.tv_distance("iid(normal(0, 1), 50)", "iid(normal(0.1, 1), 50)")
    truth = mpmath.erf(mpmath.mpf(0.1) * mpmath.sqrt(50) / (2 * mpmath.sqrt(2)))
    assert abs(moved.value - truth) <= moved.error + 2**-54 and moved.error < 1e-15
    logs = divkit.tv_distance("iid(lognormal(0, 1), 50)", "iid(lognormal(0.1, 1), 50)")
    assert logs.value == moved.value


def test_where_quadrature_is_loose_the_affinity_is_taken():
    """Gamma laws of shapes s, 2s → 0: exponential laws of −s log x, of rates 1 and 2, nearly."""
    found = divkit.js_divergence("gamma(0.0001)", "gamma(0.0002)")
    truth = 0.0537819479412943900633  # mpmath at 30 digits: ∫ over y = log x, y > −80/s, by panels
    assert abs(found.value - truth) <= found.error < 1e-12
    assert "Affinity" in found.diagnostics["chosen"]
