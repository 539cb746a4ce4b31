"""Finite laws: sums against mpmath, metrics against linear programming and exact fractions."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scipy.stats
from scipy.optimize import linprog

import divkit
from divkit.distributions import FiniteLaw, Normal, bernoulli, categorical
from divkit.divergences import ENERGY, JS, KL, W1, W2, FDivergence, mmd, rows
from divkit.exact.discrete import Discrete
from divkit.exact.method import NotApplicableError

P = categorical([0.1, 0.2, 0.3, 0.4])
Q = categorical([0.25, 0.25, 0.4, 0.1])


def definition(row: FDivergence, p: FiniteLaw, q: FiniteLaw):
    """Σ q f(p/q) from the printed f, at laws divided by their sums; f in floats is the limit."""
    import torch

    a, b = (np.array(law.probs) / math.fsum(law.probs) for law in (p, q))
    return float((torch.from_numpy(b) * row.f(torch.from_numpy(a / b))).sum())


@pytest.mark.parametrize("row", rows(), ids=repr)
def test_sums_are_the_definition(row):
    got = Discrete()(P, Q, row)
    assert got.value == pytest.approx(definition(row, P, Q), rel=1e-13)
    assert got.kind == "closed form"


def test_bernoulli_against_mpmath():
    with mpmath.workdps(40):
        for a, b in ((0.5, 0.1), (0.3, 0.3 + 1e-9), (1e-12, 0.5)):
            p, q = [1 - mpmath.mpf(a), mpmath.mpf(a)], [1 - mpmath.mpf(b), mpmath.mpf(b)]
            kl = sum(x * mpmath.log(x / y) for x, y in zip(p, q, strict=True))
            m = [(x + y) / 2 for x, y in zip(p, q, strict=True)]
            js = sum(
                x * mpmath.log(x / z) / 2 + y * mpmath.log(y / z) / 2
                for x, y, z in zip(p, q, m, strict=True)
            )
            first, second = bernoulli(a), bernoulli(b)
            for row, truth in ((KL, kl), (JS, js)):
                got = Discrete()(first, second, row)
                assert abs(mpmath.mpf(got.value) - truth) <= got.error
                assert got.error <= 1e-14 + 1e-6 * got.value
    assert divkit.js_divergence(bernoulli(0.5), bernoulli(0.1)).value == pytest.approx(
        0.101749225079, abs=1e-12
    )


def test_atoms_of_one_law_only():
    p, q = FiniteLaw([0, 1, 2], [0.5, 0.25, 0.25]), FiniteLaw([1, 2, 3], [0.5, 0.25, 0.25])
    got = Discrete()(p, q, KL)
    assert got.value == math.inf
    assert "atom" in got.reason
    assert Discrete()(p, q, divkit.divergences.TV).value == 0.5


def test_gan_value_by_definition():
    got = divkit.gan_value(P, Q)
    js = Discrete()(P, Q, JS)
    assert abs(got.value - (2 * js.value - 2 * math.log(2))) <= got.error + 2 * js.error + 1e-15


X, Y = FiniteLaw([-1.5, 0.0, 2.0, 7.0], P.probs), FiniteLaw([-1.0, 0.5, 2.0], [0.5, 0.125, 0.375])


def transport(x: FiniteLaw, y: FiniteLaw, order: int) -> float:
    """The optimal transport cost by linear programming."""
    a, b = np.array(x.atoms)[:, 0], np.array(y.atoms)[:, 0]
    cost = np.abs(a[:, None] - b[None, :]) ** order
    n, m = cost.shape
    rows_, columns = np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))
    found = linprog(
        cost.ravel(),
        A_eq=np.vstack([rows_, columns]),
        b_eq=np.concatenate([x.probs, y.probs]),
        bounds=(0, None),
    )
    return float(found.fun)


def test_wasserstein_is_optimal_transport():
    assert Discrete()(X, Y, W1).value == pytest.approx(transport(X, Y, 1), abs=1e-10)
    assert Discrete()(X, Y, W2).value == pytest.approx(math.sqrt(transport(X, Y, 2)), abs=1e-10)
    a, b = np.array(X.atoms)[:, 0], np.array(Y.atoms)[:, 0]
    scipy_w1 = scipy.stats.wasserstein_distance(a, b, X.probs, Y.probs)
    assert Discrete()(X, Y, W1).value == pytest.approx(scipy_w1, abs=1e-12)


def test_metrics_in_exact_fractions():
    weights = {
        law: [Fraction(p) / sum(map(Fraction, law.probs)) for p in law.probs] for law in (X, Y)
    }
    signed = [(Fraction(a[0]), w) for a, w in zip(X.atoms, weights[X], strict=True)]
    signed += [(Fraction(a[0]), -w) for a, w in zip(Y.atoms, weights[Y], strict=True)]
    energy = -sum(u * v * abs(x - y) for (x, u), (y, v) in itertools.product(signed, signed))
    got = Discrete()(X, Y, ENERGY)
    assert abs(Fraction(got.value) - energy) <= Fraction(got.error)
    total, lead, w1 = sorted(signed), Fraction(0), Fraction(0)
    for (x, u), (y, _) in itertools.pairwise(total):
        lead += u
        w1 += abs(lead) * (y - x)
    got = Discrete()(X, Y, W1)
    assert abs(Fraction(got.value) - w1) <= Fraction(got.error)


def test_mmd_in_the_plane_against_mpmath():
    p = FiniteLaw([[0, 0], [1, 2]], [0.25, 0.75])
    q = FiniteLaw([[0, 1], [1, 2], [3, 3]], [0.5, 0.25, 0.25])
    with mpmath.workdps(30):
        signed = [(a, mpmath.mpf(w)) for a, w in zip(p.atoms, p.probs, strict=True)]
        signed += [(a, -mpmath.mpf(w)) for a, w in zip(q.atoms, q.probs, strict=True)]
        truth = sum(
            u
            * v
            * mpmath.exp(-sum((s - t) ** 2 for s, t in zip(x, y, strict=True)) / mpmath.mpf(8))
            for (x, u), (y, v) in itertools.product(signed, signed)
        )
    got = Discrete()(p, q, mmd(2.0))
    assert abs(got.value - truth) <= got.error
    moved = Discrete()(p, q, W1)  # a quarter each by 1, by √2 and by √5
    assert abs(moved.value - (1 + math.sqrt(2) + math.sqrt(5)) / 4) <= moved.error


def test_only_finite_laws():
    with pytest.raises(NotApplicableError, match="q is a Normal"):
        Discrete()(P, Normal(), KL)
