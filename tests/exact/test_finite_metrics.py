"""Metrics of finite laws: transport by linear programmes and assignments, energy, MMD in full."""

from __future__ import annotations

import importlib.util
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog

from divkit.distributions import FiniteLaw, categorical
from divkit.distributions.finite.tables import table
from divkit.divergences import ENERGY
from divkit.exact import finite_metrics, finite_transport
from divkit.exact.api import divergence
from divkit.exact.finite_metrics import masses
from divkit.exact.method import NotApplicableError


def cloud(k, d, seed, spread=1.0):
    rng = np.random.default_rng(seed)
    return FiniteLaw.from_probs(spread * rng.normal(size=(k, d)), rng.dirichlet(np.ones(k)))


def costs_of(p, q, power):
    gaps = np.linalg.norm(p.points[:, None] - q.points[None], axis=2)
    return gaps**power


def by_linear_programme(p, q, power):
    costs = costs_of(p, q, power)
    n, m = costs.shape
    rows = np.kron(np.eye(n), np.ones(m))
    columns = np.kron(np.ones(n), np.eye(m))
    margins = np.concatenate([p.probs, q.probs])
    found = linprog(costs.ravel(), A_eq=np.vstack([rows, columns]), b_eq=margins, method="highs")
    return found.fun ** (1 / power)


@pytest.mark.parametrize("d", [2, 3, 7])
@pytest.mark.parametrize(("kind", "power"), [("w1", 1), ("w2", 2)])
def test_transport_against_a_linear_programme(kind, power, d):
    p, q = cloud(9, d, 1), cloud(13, d, 2, 2.0)
    found = divergence(p, q, kind)
    assert found.value == pytest.approx(by_linear_programme(p, q, power), rel=1e-8)
    assert found.error <= 1e-12
    assert found.kind == "closed form"


@pytest.mark.parametrize(("kind", "power"), [("w1", 1), ("w2", 2)])
def test_even_weights_against_the_best_assignment(kind, power):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(60, 2)), rng.normal(0.5, 1.5, (60, 2))
    p, q = (FiniteLaw.from_probs(rows, np.full(60, 1 / 60)) for rows in (x, y))
    costs = costs_of(p, q, power)
    best = costs[linear_sum_assignment(costs)]
    with mpmath.workdps(30):
        truth = (mpmath.fsum(mpmath.mpf(c) for c in best) / 60) ** (mpmath.mpf(1) / power)
    found = divergence(p, q, kind)
    assert abs(found.value - float(truth)) <= found.error + 2**-50
    assert found.error <= 1e-12


def test_transport_between_points_and_between_equal_laws_of_other_order():
    p = FiniteLaw([[0.0, 0.0]], [1.0])
    q = FiniteLaw([[3.0, 4.0], [0.0, 0.0]], [0.5, 0.5])
    assert abs(divergence(p, q, "w1").value - 2.5) <= divergence(p, q, "w1").error
    root = divergence(p, q, "w2")
    assert abs(root.value - math.sqrt(12.5)) <= root.error
    a = FiniteLaw([[0.0, 1.0], [2.0, 3.0], [5.0, 1.0]], [0.2, 0.3, 0.5])
    b = FiniteLaw([[5.0, 1.0], [0.0, 1.0], [2.0, 3.0]], [0.5, 0.2, 0.3])
    assert divergence(a, b, "w1").value <= divergence(a, b, "w1").error


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e150])
def test_transport_is_carried_by_the_unit_of_length(scale):
    p, q = cloud(8, 2, 5), cloud(6, 2, 6)
    far = [FiniteLaw.from_probs(scale * law.points, law.probs) for law in (p, q)]
    for kind in ("w1", "w2"):
        unit, moved = divergence(p, q, kind), divergence(*far, kind)
        assert abs(moved.value / scale - unit.value) <= 2 * (moved.error / scale + unit.error)


def test_the_lower_bound_holds_for_any_potentials(monkeypatch):
    """A plan that is not the best is seen: the gap to the dual value goes into the error."""
    p, q = cloud(9, 2, 1), cloud(13, 2, 2)
    best = divergence(p, q, "w1")

    def poor(a, b, costs):
        return np.outer(a, b), np.zeros(len(a))

    monkeypatch.setattr(finite_transport, "_solved", poor)
    found = divergence(p, q, "w1")
    assert found.value > best.value + 0.1
    assert abs(found.value - best.value) <= found.error


def test_without_pot_the_refusal_says_what_to_install(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "ot" else find(name, *a)
    )
    with pytest.raises(NotApplicableError, match=r"divkit\[transport\]"):
        divergence(cloud(3, 2, 1), cloud(3, 2, 2), "w1")


def test_too_many_costs_are_refused(monkeypatch):
    monkeypatch.setattr(finite_transport, "MOST_COSTS", 10)
    with pytest.raises(NotApplicableError, match="9 and 13 atoms"):
        divergence(cloud(9, 2, 1), cloud(13, 2, 2), "w1")


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_energy_on_the_line_against_exact_fractions(offset):
    rng = np.random.default_rng(8)
    x = offset + np.sort(rng.normal(size=40))
    p, q = (FiniteLaw.from_probs(x, rng.dirichlet(np.full(40, 0.5))) for _ in range(2))
    a, b = ([Fraction(w) / sum(map(Fraction, law.probs)) for w in law.probs] for law in (p, q))
    lead, truth = Fraction(0), Fraction(0)
    for k in range(39):
        lead += a[k] - b[k]
        truth += 2 * lead**2 * (Fraction(x[k + 1]) - Fraction(x[k]))
    found = divergence(p, q, "energy")
    assert abs(found.value - float(truth)) <= found.error
    assert found.error <= 1e-13 + 1e-15 * offset


def test_energy_of_a_hundred_thousand_atoms_on_the_line():
    """Two even grids a half apart: |F − G| is 1/n on half of each cell."""
    n = 100_000
    p = FiniteLaw.from_probs(np.arange(float(n)), np.full(n, 1 / n))
    q = FiniteLaw.from_probs(np.arange(float(n)) + 0.5, np.full(n, 1 / n))
    found = divergence(p, q, "energy")
    assert abs(found.value - 1 / n) <= found.error
    w1 = divergence(p, q, "w1")
    assert abs(w1.value - 0.5) <= w1.error <= 1e-6


@pytest.mark.parametrize("kind", ["energy", "mmd(0.7)"])
@pytest.mark.parametrize("block", [7, 2**21])
def test_double_sums_in_blocks_against_sums_in_full(monkeypatch, kind, block):
    monkeypatch.setattr(finite_metrics, "_BLOCK", block)
    p, q = cloud(30, 3, 11), cloud(25, 3, 12)
    points = np.concatenate([p.points, q.points])
    d = np.concatenate([p.probs, np.negative(q.probs)])
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
    kernel = -gaps if kind == "energy" else np.exp(-0.5 * (gaps / 0.7) ** 2)
    truth = math.fsum((np.outer(d, d) * kernel).ravel().tolist())
    found = divergence(p, q, kind)
    assert abs(found.value - truth) <= found.error + 1e-15
    assert found.error <= 1e-12


def test_energy_of_counts_as_a_double_sum_and_along_the_line():
    p, q = categorical([0.1, 0.2, 0.3, 0.4]), categorical([0.4, 0.1, 0.2, 0.3])
    rows = np.arange(4.0)[:, None] / 4
    a, b = (masses(table(law)) for law in (p, q))
    value, error = finite_metrics._quadratic(rows, np.negative, a, b)
    found = divergence(p, q, ENERGY)
    assert abs(found.value - 4 * value) <= found.error + 4 * error
