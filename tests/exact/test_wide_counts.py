"""W1 and the energy distance of laws of counts with too many atoms for a table."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from scipy import special

from divkit import divergence
from divkit.distributions import Law, Poisson, YuleSimon, Zipf
from divkit.exact.method import NotApplicableError


def _zipf_mean(a: float) -> float:
    with mp.workdps(30):
        return float(mp.zeta(mp.mpf(a) - 1) / mp.zeta(a))


@pytest.mark.parametrize(
    ("p", "q", "truth"),
    [  # likelihood ratios are monotone: W1 is the difference of the means
        (Zipf(2.5), Zipf(3), _zipf_mean(2.5) - _zipf_mean(3)),
        (Zipf(2.1), Zipf(4), _zipf_mean(2.1) - _zipf_mean(4)),
        (YuleSimon(1.5), YuleSimon(3), 1.5),
        (Poisson(1e14), Poisson(1e14 + 1e7), 1e7),
    ],
    ids=repr,
)
def test_ordered_laws_are_as_far_apart_as_their_means(p: Law, q: Law, truth: float) -> None:
    found = divergence(p, q, "w1")
    assert abs(found.value - truth) <= found.error + 1e-15 * truth
    assert found.error < 1e-12 * max(truth, 1) * math.sqrt(max(truth, 1))


def _gaps(a: float, rate: float, n: int) -> np.ndarray:
    """P(X > k) − P(Y > k), k = 0 … n − 1, of Zipf(a) and a Poisson law, by special functions."""
    k = np.arange(n)
    return special.zeta(a, k + 1) / special.zeta(a) - special.gammainc(k + 1, rate)


def test_w1_where_the_distribution_functions_cross() -> None:
    found = divergence(Zipf(2.5), Poisson(3), "w1")
    gaps = _gaps(2.5, 3.0, 200)
    assert (gaps[:3] < 0).any() and (gaps[30:] > 0).all()
    # beyond 200 the Poisson law has no mass that counts: the rest is that of Zipf's mean
    rest = _zipf_mean(2.5) - special.zeta(2.5, np.arange(1, 201)).sum() / special.zeta(2.5)
    truth = np.abs(gaps).sum() + rest
    assert abs(found.value - truth) <= found.error + 1e-13


def test_energy_distance_is_twice_the_sum_of_squares() -> None:
    found = divergence(Zipf(3), Zipf(3.5), "energy")
    k = np.arange(1, 10**5) * 1.0
    gaps = special.zeta(3, k + 1) / special.zeta(3) - special.zeta(3.5, k + 1) / special.zeta(3.5)
    left = 1e-14  # 2 Σ_{k ≥ 1e5} k⁻⁴/(4 ζ(3)²)
    assert abs(found.value - 2 * (gaps**2).sum()) <= found.error + left


def test_energy_distance_of_wide_laws() -> None:
    rate, shift = 1e14, 1e9  # 100 standard deviations apart: normal laws, to 1/√rate
    found = divergence(Poisson(rate), Poisson(rate + shift), "energy")
    near = 2 * (math.sqrt(rate) + math.sqrt(rate + shift)) / math.sqrt(math.pi)
    far = 2 * shift
    assert abs(found.value - (far - near)) <= found.error + 1e-7 * near
    assert found.error < 1e-9 * found.value


def test_other_metrics_of_such_laws_are_refused_with_what_works() -> None:
    with pytest.raises(NotApplicableError, match="W1 and the energy distance"):
        divergence(Zipf(3.5), Zipf(4), "w2")
