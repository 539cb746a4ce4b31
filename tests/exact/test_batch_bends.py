"""KL and TV of normal mixtures in arrays: bends and kinks that no node names, by other roads."""

import math

import mpmath as mp
import numpy as np
import pytest

from divkit.distributions import Normal, mixture
from divkit.exact.api import divergence
from divkit.exact.batch.api import divergence_batch
from divkit.exact.batch.bends import _dips


def random_mixture(rng):
    spread = rng.choice([0.3, 2.0, 8.0])
    weights = rng.dirichlet([0.5] * 3)
    parts = zip(spread * rng.normal(size=3), 10 ** rng.uniform(-2.5, 0.7, 3), strict=True)
    return mixture((weights / weights.sum()).tolist(), [Normal(m, s) for m, s in parts])


@pytest.mark.parametrize("kind", ["kl", "reverse_kl", "jeffreys", "tv"])
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_batches_agree_with_the_adaptive_engine(kind, seed):
    rng = np.random.default_rng(seed)
    n = 40 if seed else 12
    ps, qs = ([random_mixture(rng) for _ in range(n)] for _ in range(2))
    batch = divergence_batch(ps, qs, kind, engine="numpy")
    assert "one pair at a time" not in batch.method
    for i in range(n):
        alone = divergence(ps[i], qs[i], kind)
        assert abs(alone.value - batch.value[i]) <= alone.error + batch.error[i]
    assert (batch.error <= 1e-12 * np.maximum(1, np.abs(batch.value))).all()


def test_kl_of_normals_is_their_closed_form():
    m, s = np.array([0.0, 1.0, 3.0, -8.0]), np.array([0.3, 1.0, 2.0, 5.0])
    ps = [mixture([0.25, 0.75], [Normal(a, b), Normal(a, b)]) for a, b in zip(m, s, strict=True)]
    batch = divergence_batch(ps, [mixture([0.5, 0.5], [Normal(), Normal()])] * 4, "kl")
    truth = 0.5 * (s**2 + m**2 - 1) - np.log(s)
    assert (np.abs(batch.value - truth) <= batch.error + 1e-15 * np.abs(truth)).all()


def tangent(sep):
    """p, q whose densities cross twice, `sep` apart near 0, and once more; and their TV."""
    m, s, v = 0.6, 1.3, 0.4
    a, b = 1 / (2 * s**2) - 0.5, -m / s**2
    u = v * math.exp((b * b - (sep * a) ** 2) / (4 * a) - m * m / (2 * s * s) - math.log(s))
    p = [(u, 0.0, 1.0), (1 - u, 9.0, 1.0)]
    q = [(v, m, s), (1 - v, 9.0, 1.0)]
    with mp.workdps(40):

        def density(parts, x):
            return mp.fsum(mp.mpf(w) * mp.npdf(x, c, r) for w, c, r in parts)

        def below(parts, x):
            return mp.fsum(mp.mpf(w) * mp.ncdf((x - c) / r) for w, c, r in parts)

        def gap(x):
            return density(p, x) - density(q, x)

        middle, half = mp.mpf(-b / (2 * a)), mp.mpf(sep) / 2
        ends = [mp.findroot(gap, middle + k * half) for k in (-1, 1)]
        last = mp.findroot(gap, (3, 7), solver="anderson")
        value = sum(
            below(p, high) - below(p, low) - below(q, high) + below(q, low)
            for low, high in ((ends[0], ends[1]), (last, mp.inf))
        )
        assert abs(ends[1] - ends[0] - sep) < 0.01 * sep
    laws = [mixture([w for w, *_ in parts], [Normal(c, r) for _, c, r in parts])
            for parts in (p, q)]  # fmt: skip
    return laws[0], laws[1], value


@pytest.mark.parametrize("sep", [1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3])
def test_two_crossings_between_neighbouring_nodes_are_found(sep):
    p, q, truth = tangent(sep)
    batch = divergence_batch([p, p], [q, q], "tv", engine="numpy")
    assert abs(float(truth - mp.mpf(batch.value[0]))) <= batch.error[0] + 2e-16
    assert batch.error[0] < 1e-13


def test_two_crossings_beside_the_end_of_a_panel_are_found():
    # p and q are tangent to within .0011 at x ≈ −2.67; the truth is a sum of closed areas
    # between the roots of p − q at 40 digits
    m, s, c = 1.1520292687261848, 1.1966359509200342, 7.1520230001540614
    p = mixture([0.09102025168801786, 0.9089797483119821], [Normal(), Normal(c, 1)])
    q = mixture([0.5061819498432112, 0.4938180501567888], [Normal(m, s), Normal(c, 1)])
    batch = divergence_batch([p, p], [q, q], "tv", engine="numpy")
    assert abs(float(mp.mpf("0.41225742195607008206486") - batch.value[0])) <= batch.error[0]


@pytest.mark.parametrize("place", [*np.linspace(-0.9, 0.9, 13), -0.9995, 0.9995])
def test_a_dip_that_may_cross_zero_is_seen_and_what_it_hides_is_charged(place):
    points = np.concatenate([[-1.0], np.polynomial.legendre.leggauss(56)[0], [1.0]])
    nearest = np.sort(np.abs(points - place))[0]
    depth = (0.9 * nearest) ** 2  # no node is negative
    hidden, cut = _dips(points, ((points - place) ** 2 - depth)[None])
    area = 2 * 4 / 3 * depth**1.5 / 2  # twice the integral of the negative part, a unit of width
    assert hidden[0] >= area and abs(cut[0] - place) < 1e-9
    clear, _ = _dips(points, ((points - place) ** 2 + 0.05)[None])
    assert clear[0] == 0


def test_a_kink_beside_the_end_of_a_panel_is_no_surprise():
    shifts = np.linspace(0, 0.5, 400)
    ps, q = [Normal(t, 1) for t in shifts], mixture([0.5, 0.5], [Normal(0, 1), Normal(0, 1)])
    batch = divergence_batch([mixture([0.5, 0.5], [p, p]) for p in ps], [q] * 400, "tv")
    truth = np.array([math.erf(t / 2 / math.sqrt(2)) for t in shifts])
    assert (np.abs(batch.value - truth) <= batch.error + 2e-16).all()
