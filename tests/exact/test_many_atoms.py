"""Sums over many atoms: right to their stated errors against mpmath, and arrays all the way."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from mpmath import mpf

import divkit
from divkit.distributions.finite.discrete import FiniteLaw, categorical
from divkit.distributions.finite.images import ising
from divkit.distributions.finite.points import counts_to
from divkit.distributions.finite.sums import exact_sum, folded, folds
from divkit.distributions.null_sets import are_disjoint, difference_is_null
from divkit.distributions.support import Atoms, union

DIGITS = 40
DEFINITIONS = {
    "kl": lambda p, q: p * mpmath.log(p / q) if p else mpf(0),
    "reverse_kl": lambda p, q: q * mpmath.log(q / p) if q else mpf(0),
    "jeffreys": lambda p, q: (p - q) * mpmath.log(p / q),
    "js": lambda p, q: sum(x * mpmath.log(2 * x / (p + q)) for x in (p, q) if x) / 2,
    "tv": lambda p, q: abs(p - q) / 2,
    "hellinger2": lambda p, q: (mpmath.sqrt(p) - mpmath.sqrt(q)) ** 2 / 2,
    "chi2": lambda p, q: (p - q) ** 2 / q,
    "neyman": lambda p, q: (p - q) ** 2 / p,
    "triangular": lambda p, q: (p - q) ** 2 / (p + q),
    "alpha(0.3)": lambda p, q: (
        (p ** mpf(0.3) * q ** (1 - mpf(0.3)) - q) / (mpf(0.3) * (mpf(0.3) - 1))
    ),
}
ONE_SIDED = ("tv", "js", "hellinger2", "triangular", "alpha(0.3)")


def probabilities(rng, n, spread):
    shares = rng.dirichlet(np.full(n, spread))
    shares = np.maximum(shares, 1e-200)
    return shares / shares.sum()


def near(rng, p, gap):
    q = p * np.exp(gap * rng.normal(size=len(p)))
    return q / q.sum()


def assert_right(p, q, kinds):
    with mpmath.workdps(DIGITS):
        sums = [mpmath.fsum(map(mpf, law.tolist())) for law in (p, q)]
        pairs = [
            (mpf(x) / sums[0], mpf(y) / sums[1])
            for x, y in zip(p.tolist(), q.tolist(), strict=True)
        ]
        for kind in kinds:
            truth = mpmath.fsum(DEFINITIONS[kind](x, y) for x, y in pairs if x or y)
            found = divkit.divergence(p, q, kind)
            assert abs(mpf(found.value) - truth) <= found.error, (kind, found, truth)
            assert found.error <= 1e-13 * (1 + abs(found.value)), kind


@pytest.mark.parametrize("gap", [1e-13, 1e-9, 1e-4, 0.05, 0.24, 0.3, 2.0, 30.0])
@pytest.mark.parametrize("n", [2, 257, 1001])
def test_sums_are_within_their_errors(n, gap):
    rng = np.random.default_rng([n, int(1e15 * gap)])
    p = probabilities(rng, n, 0.7)
    assert_right(p, near(rng, p, gap), DEFINITIONS)


@pytest.mark.slow
def test_sums_of_many_blocks_are_within_their_errors():
    rng = np.random.default_rng(3)
    p, q = (probabilities(rng, 2**15 + 2**10 + 3, 1.0) for _ in range(2))
    assert_right(p, q, ["kl", "js", "tv", "alpha(0.3)"])


def test_atoms_of_one_law_alone_cost_their_price():
    rng = np.random.default_rng(4)
    p, q = (probabilities(rng, 700, 1.0) for _ in range(2))
    p[::7], q[3::11] = 0.0, 0.0
    p, q = p / p.sum(), q / q.sum()
    assert_right(p, q, ONE_SIDED)
    assert divkit.kl_divergence(p, q).value == math.inf
    assert_right(p, probabilities(rng, 700, 1.0), ["kl"])


def test_sums_that_miss_one_by_what_is_allowed_are_divided_by_it():
    rng = np.random.default_rng(5)
    p, q = (probabilities(rng, 600, 1.0) for _ in range(2))
    assert_right(p * (1 + 6e-13), q * (1 - 7e-13), DEFINITIONS)
    assert divkit.kl_divergence(p, p * (1 + 6e-13)).value <= 1e-15


def test_errors_are_of_the_probabilities_and_not_of_their_logs():
    """At a value of 1, 20 roundings: logs of 1e-5 alone would cost 4u (1 + 11) for each law."""
    rng = np.random.default_rng(6)
    p, q = (probabilities(rng, 10**5, 1.0) for _ in range(2))
    found = divkit.kl_divergence(p, q)
    assert found.value == pytest.approx(1.0, abs=0.05) and found.error < 45 * 2.0**-53


def test_exact_sums_lose_nothing():
    rng = np.random.default_rng(7)
    for n in (1, 256, 257, 511, 9_001):
        values = rng.normal(size=n) * 10.0 ** rng.uniform(-12, 12, n)
        values = np.concatenate([values, -values * (1 + 2.0**-40 * rng.integers(0, 2, n))])
        rng.shuffle(values)
        truth = sum(map(Fraction, values.tolist()), Fraction(0))
        size = float(sum(map(abs, map(Fraction, values.tolist()))))
        depth = folds(len(values))
        assert abs(Fraction(exact_sum(values)) - truth) <= 2.0**-53 * abs(float(truth)) + (
            (depth * 2.0**-53) ** 2 * size
        )
        bound = depth * 2.0**-52 * size
        assert abs(sum(map(Fraction, folded(values))) - truth) <= bound


def test_laws_hold_arrays_and_make_tuples_when_asked():
    law = FiniteLaw([[0, 1], [2, 3], [4, 5]], [0.25, 0.0, 0.75])
    assert not {"atoms", "probs"} & set(vars(law))
    assert law.atoms == ((0.0, 1.0), (4.0, 5.0)) and law.probs == (0.25, 0.75)
    assert type(law.probs) is tuple and law.atoms is law.atoms
    for array in (law.points, law.masses, law.support.points):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


@pytest.mark.parametrize(
    "law",
    [
        FiniteLaw([0, 2], [0.25, 0.75]),
        FiniteLaw.from_logs([0, 2], [0.0, -800.0], radii=[0.0, 1e-9], source="here"),
        ising(2, 2, 0.3),
        categorical(np.full(1000, 1e-3)),
    ],
)
def test_laws_are_values(law):
    again = pickle.loads(pickle.dumps(law))
    assert again == law and hash(again) == hash(law) and again.support == law.support
    assert not again.points.flags.writeable
    assert again.atoms == law.atoms and again != categorical([0.5, 0.5])
    assert len({law, again}) == 1


def test_a_users_array_is_copied():
    shares, points = np.array([0.25, 0.75]), np.array([1.0, 2.0])
    law = FiniteLaw(points, shares)
    shares[0], points[0] = 0.5, 9.0
    assert law.probs == (0.25, 0.75) and law.atoms == ((1.0,), (2.0,))


def test_counted_points_are_one_array():
    first, other = categorical(np.full(4, 0.25)), categorical([0.1, 0.2, 0.3, 0.4])
    assert first.points is other.points is counts_to(4)


@pytest.mark.parametrize("dim", [1, 2])
def test_relations_of_many_atoms_are_those_of_sets(dim):
    rng = np.random.default_rng(dim)
    for _ in range(40):
        rows = [rng.integers(0, 4, (int(rng.integers(1, 9)), dim)) for _ in range(2)]
        a, b = ({tuple(map(float, row)) for row in part} for part in rows)
        one, other = Atoms(tuple(a)), Atoms(tuple(b))
        assert difference_is_null(one, other) is (a <= b)
        assert are_disjoint(one, other) is a.isdisjoint(b)
        assert set(union([one, other]).atoms) == a | b
    assert are_disjoint(Atoms(((0.0,),)), Atoms(((0.0, 0.0),)))
