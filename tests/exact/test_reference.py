"""All 17 pairs × 6 quantities of the reference file, from divkit's laws and from scipy.stats'.

The file holds 21 digits for decimal parameters ("0.01"); floats differ from decimals by a
relative 2⁻⁵³, which the condition of the needle's KL turns into 6e-17 of the value.
"""

from __future__ import annotations

import math

import mpmath
import pytest
from line_pairs import own_law, reference_pairs, scipy_law

import divkit

PAIRS = reference_pairs()
MAKERS = {"own": own_law, "scipy": scipy_law}
CALLS = {
    "kl_pq": lambda p, q, **o: divkit.kl_divergence(p, q, **o),
    "kl_qp": lambda p, q, **o: divkit.kl_divergence(q, p, **o),
    "js": lambda p, q, **o: divkit.js_divergence(p, q, **o),
    "hellinger2": lambda p, q, **o: divkit.hellinger2(p, q, **o),
    "tv": lambda p, q, **o: divkit.tv_distance(p, q, **o),
    "gan_value": lambda p, q, **o: divkit.gan_value(p, q, **o),
}


def check(result, reference: str) -> None:
    if reference == "inf":
        assert result.value == math.inf
        assert result.error == 0.0
        assert result.reason
        return
    with mpmath.workdps(40):
        truth = mpmath.mpf(reference)
        error = abs(mpmath.mpf(result.value) - truth)
        assert error <= 1e-12 * max(1, abs(truth))
        assert error <= result.error
        assert result.error <= 1e-12 * max(1, abs(truth))


@pytest.mark.sweep(4)
@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_auto_meets_the_reference(pair, maker):
    p, q = MAKERS[maker](pair.p), MAKERS[maker](pair.q)
    for name, call in CALLS.items():
        check(call(p, q), pair.values[name])


@pytest.mark.sweep(4)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_quadrature_alone_meets_the_reference(pair):
    p, q = own_law(pair.p), own_law(pair.q)
    for name, call in CALLS.items():
        if pair.values[name] != "inf":
            check(call(p, q, method="quadrature"), pair.values[name])
