"""What a refusal says first: the kind of pair, and what would work, which is then tried."""

import math
import re

import numpy as np
import pytest

import divkit
from divkit.distributions import VonMises
from divkit.exact.method import NotApplicableError

FIVE = divkit.law(
    lambda x: -np.abs(x).sum(axis=1) - 5 * math.log(2),
    dim=5,
    sample=lambda n, rng: rng.laplace(size=(n, 5)),
)
PAIRS = {
    "circle and line": ("vonmises(0, 1)", "normal(0, 1)", "kl", r"p lives on the circle.* line"),
    "w1 on the circle": (
        "vonmises(0, 1)",
        "vonmises(1, 2)",
        "w1",
        r"no value of w1 on the circle",
    ),
    "huge counts": ("poisson(1e18)", "poisson(2e18)", "w2", r"here too many.*estimate\("),
    "five coordinates": (
        FIVE,
        "iid(normal(0, 1), 5)",
        "kl",
        r"in dimension 5.*divkit\.estimate\(",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_the_kind_of_pair_comes_first(name):
    p, q, kind, said = PAIRS[name]
    with pytest.raises(NotApplicableError) as error:
        divkit.divergence(p, q, kind)
    first, _, rest = str(error.value).partition(" Tried: ")
    assert first.startswith(f"no method applies to {kind} between a ")
    assert re.search(said, first)
    assert len(first) < 420
    assert "Symbolic(): " in rest
    assert "rounds=" not in rest


def test_a_law_of_angles_is_taken_as_one_of_numbers():
    angles = divkit.law(VonMises(0.0, 1.0).log_prob, support=(-math.pi, math.pi))
    found = divkit.kl_divergence(angles, "normal(0, 1)")
    assert found.value > found.error
    assert found.method.startswith("Quadrature")
