"""Mutual information from pairs: every method, its invariances, its errors and its flags."""

from __future__ import annotations

import math

import numpy as np
import pytest

import divkit
from divkit.estimators.information.api import INFORMATION, AutoInformation
from divkit.estimators.information.copula import GaussianCopula
from divkit.estimators.information.neighbour_kin import BiasImproved, MixedNeighbour
from divkit.estimators.information.paired_logistic import PairedLogistic, bridge
from divkit.estimators.information.pairs import paired
from divkit.estimators.information.permuted import Permuted
from divkit.estimators.information.result import information_limit
from divkit.problems.information_tasks import TASKS, gaussian

ONE_EACH = TASKS["gaussian-1x1"]
FEW = np.random.default_rng(3).normal(size=(20, 2))


@pytest.mark.sweep(3)
@pytest.mark.parametrize("method", list(INFORMATION))
def test_every_method_is_near_a_gaussian_truth(method):
    """Within 6 errors (2e-9) and a bias of 5%, n = 400."""
    found = divkit.mutual_information(*ONE_EACH.sample(400, 5), method)
    assert abs(found.value - ONE_EACH.truth) <= 6 * found.error + 0.05 * ONE_EACH.truth
    assert found.name == "mutual information"
    assert found.unit == "nats"
    assert found.interval[0] < found.value < found.interval[1]


@pytest.mark.sweep(3)
@pytest.mark.parametrize("method", list(INFORMATION))
def test_every_method_is_near_zero_under_independence(method):
    """Within 6 errors (2e-9) and .02, n = 400."""
    found = divkit.mutual_information(*np.random.default_rng(8).normal(size=(2, 400)), method)
    assert abs(found.value) <= 6 * found.error + 0.02


@pytest.mark.sweep(3)
@pytest.mark.parametrize("method", ["auto", "permuted", "mixed"])
def test_the_same_state_gives_the_same_estimate(method):
    pairs = TASKS["gaussian-sparse-2x2"].sample(200, 1)
    one, other = (divkit.mutual_information(*pairs, method, rng=4) for _ in range(2))
    assert one.value == other.value
    assert one.interval == other.interval


@pytest.mark.slow
@pytest.mark.parametrize("method", ["auto", "copula"])
def test_monotone_maps_do_not_matter(method):
    x, y = TASKS["gaussian-sparse-2x2"].sample(200, 2)
    plain = divkit.mutual_information(x, y, method)
    bent = divkit.mutual_information(np.exp(1e-3 * x) * 1e200, np.arcsinh(y) + 1e8, method)
    assert bent.value == pytest.approx(plain.value, rel=1e-9)
    assert bent.error == pytest.approx(plain.error, rel=1e-9)


@pytest.mark.parametrize("method", ["auto", "copula", "mixed", "bi_ksg"])
def test_the_order_of_the_pairs_does_not_matter(method):
    x, y = TASKS["student-1x1-df1"].sample(200, 2)
    order = np.random.default_rng(0).permutation(200)
    plain = divkit.mutual_information(x, y, method).value
    assert divkit.mutual_information(x[order], y[order], method).value == pytest.approx(plain)


@pytest.mark.slow
def test_logistic_beats_neighbours_where_many_columns_are_empty():
    """Two informative pairs of columns among five: KSG misses half of 1.02 nats, 15 errors."""
    task = TASKS["gaussian-sparse-5x5"]
    pairs = task.sample(500, 0)
    kernels, neighbours = (divkit.mutual_information(*pairs, m) for m in ("klr", "ksg"))
    assert abs(kernels.value - task.truth) <= 6 * kernels.error
    assert neighbours.value < task.truth - 0.25


def test_auto_says_what_it_chose_and_takes_the_larger():
    found = divkit.mutual_information(*TASKS["swiss-roll-2x1"].sample(400, 1))
    assert found.diagnostics["chosen"].startswith("kernels ")
    assert ("Kraskov" in found.method) == ("not above" not in found.diagnostics["chosen"])


def test_bridge_finds_the_constant_of_a_known_ratio():
    """N(1, 1) against N(0, 1), log ratio x − ½: within 6 standard errors (2e-9)."""
    rng = np.random.default_rng(0)
    on_p, on_q = rng.normal(1, 1, 4000) - 0.5, rng.normal(0, 1, 40_000) - 0.5
    assert abs(bridge(on_p, on_q)) <= 6 * math.sqrt(math.e - 1) / math.sqrt(4000)
    assert bridge(on_p + 7, on_q + 7) == pytest.approx(bridge(on_p, on_q) + 7, abs=1e-9)


@pytest.mark.slow
def test_shuffles_cost_one_over_n_squared():
    """The mean of r over all pairs is a degenerate U-statistic: 4 n, 1/16 of the variance.

    2,000 means each; a first-order term would give 1/4. The standard error of log 16 is below
    .1 (kurtosis below 10), so that 8 is more than 6 of them away (1e-9).
    """
    rho, rng = 0.3, np.random.default_rng(0)

    def variance(n):
        x = rng.normal(size=(2000, n, 1))
        y = (rho * x[..., 0] + math.sqrt(1 - rho**2) * rng.normal(size=(2000, n)))[:, None]
        square = rho**2 * (x**2 + y**2) - 2 * rho * x * y
        r = np.exp(-0.5 * square / (1 - rho**2)) / math.sqrt(1 - rho**2)
        diagonal = np.einsum("kii->k", r)
        return float(((r.sum(axis=(1, 2)) - diagonal) / (n * (n - 1))).var())

    assert 8 < variance(20) / variance(80) < 32


@pytest.mark.slow
def test_copula_has_no_bias_and_covers():
    """600 draws of n = 100: mean within 6 standard errors (2e-9) and 1% of the truth."""
    task = gaussian("", np.array([[1, 0.6], [0.6, 1.0]]), 1)
    found = [GaussianCopula()(*task.sample(100, seed)) for seed in range(600)]
    values = np.array([result.value for result in found])
    off = abs(values.mean() - task.truth)
    assert off <= 6 * values.std() / math.sqrt(600) + 0.01 * task.truth
    covered = np.mean([r.interval[0] <= task.truth <= r.interval[1] for r in found])
    assert 0.89 < covered < 0.99  # 95% but for 6 standard errors (1e-9)


def test_mixed_on_a_discrete_and_a_continuous_side():
    """x uniform on 0 … 4, y ~ U(x, x + 2): I = log 5 − (4/5) log 2 (Gao et al. 2017)."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 5, 4000)
    found = MixedNeighbour()(x, x + rng.uniform(0, 2, 4000))
    truth = math.log(5) - 0.8 * math.log(2)
    assert abs(found.value - truth) <= 6 * found.error + 0.02


def test_mixed_on_discrete_columns_is_their_table():
    """ψ of each count in place of its logarithm, by hand; exact, and near Miller's correction."""
    from scipy.special import digamma

    x, y = np.random.default_rng(1).integers(0, 3, size=(2, 900))
    y = np.where(x == 0, x, y)
    table = np.array([[np.sum((x == i) & (y == j)) for j in range(3)] for i in range(3)])
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    cells = [(i, j) for i in range(3) for j in range(3) if table[i, j]]
    terms = [
        table[i, j]
        * (digamma(table[i, j]) + digamma(900) - digamma(rows[i]) - digamma(columns[j]))
        for i, j in cells
    ]
    found = MixedNeighbour()(x, y).value
    assert found == pytest.approx(sum(terms) / 900, rel=1e-12)
    share = table / 900
    plug_in = sum(
        share[i, j] * math.log(900 * table[i, j] / (rows[i] * columns[j])) for i, j in cells
    )
    assert found == pytest.approx(plug_in - (len(cells) - 3 - 3 + 1) / 1800, abs=2e-5)


def test_auto_takes_a_table_for_labels():
    x, y = np.random.default_rng(1).integers(0, 3, size=(2, 900))
    found = AutoInformation()(x, np.repeat(y[:300], 3))
    assert found.diagnostics["chosen"] == "labels in the columns: table"
    assert found.diagnostics["columns"] == ["column 0 of x: labels", "column 0 of y: labels"]


def test_five_fold_duplicates_do_not_make_information():
    """Independent x and y, each pair five times: below .1 for five-fold k."""
    x, y = np.repeat(np.random.default_rng(0).normal(size=(2, 400)), 5, axis=1)
    assert abs(MixedNeighbour(k=25)(x, y).value) < 0.1


def test_bi_ksg_against_all_pairs_by_hand():
    x, y = TASKS["gaussian-sparse-2x2"].sample(60, 2)
    u, v = (s / np.abs(s - np.median(s, axis=0)).mean(axis=0) for s in (x, y))
    du, dv = (np.sqrt(((s[:, None] - s[None]) ** 2).sum(axis=2)) for s in (u, v))
    joint = np.hypot(du, dv) + np.diag(np.full(60, np.inf))
    edge = np.sort(joint, axis=1)[:, 2:3]
    counts = sum(np.log((d <= edge * (1 + 1e-12)).sum(axis=1) - 1).mean() for d in (du, dv))
    ball = math.log(math.pi**2 / (math.pi**2 / 2))  # c₂c₂/c₄
    from scipy.special import digamma

    expected = digamma(3) + math.log(60) + ball - counts
    assert BiasImproved(k=3)(x, y).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.slow
def test_a_near_copy_is_flagged_and_bounded():
    """y = x + noise of 1e-6: the truth is 13.8, more than 1,000 pairs can show."""
    x, noise = np.random.default_rng(0).normal(size=(2, 1000))
    found = divkit.mutual_information(x, x + 1e-6 * noise)
    assert found.one_sided
    assert found.error == math.inf
    assert 0 < found.interval[0] < 13.8
    assert found.interval[1] == math.inf
    assert any("½ log n" in words for words in found.warnings)


@pytest.mark.parametrize("method", ["ksg", "bi_ksg", "mixed", "copula"])
def test_few_pairs_have_no_standard_error(method):
    found = divkit.mutual_information(FEW[:, 0], FEW[:, 1], method)
    assert (found.error, found.interval) == (math.inf, (0.0, math.inf))
    assert any("20 pairs are too few" in words for words in found.warnings)


@pytest.mark.slow
def test_the_limit_holds_for_independent_columns():
    """At level 1 − 1e-7 each, 3 draws: one false alarm in three million runs."""
    rng = np.random.default_rng(0)
    pairs = [paired(*rng.normal(size=(2, 256))) for _ in range(3)]
    assert all(information_limit(each, 1 - 1e-7, 0) == 0 for each in pairs)


def test_permuted_takes_any_estimator():
    pairs = ONE_EACH.sample(300, 0)
    found = divkit.mutual_information(*pairs, "permuted", of="knn", times=2)
    assert found.diagnostics["m"] == 600
    assert "NearestNeighbour" in found.method
    again = Permuted(of="logistic")(*pairs)
    assert abs(again.value - ONE_EACH.truth) < 0.35


def test_bits():
    pairs = ONE_EACH.sample(200, 0)
    nats, bits = (divkit.mutual_information(*pairs, "ksg", base=base) for base in (None, 2))
    assert bits.unit == "bits"
    assert bits.value == pytest.approx(nats.value / math.log(2), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: divkit.mutual_information([1.0] * 3, [1.0] * 2), "row by row; got 3 and 2 rows"),
        (lambda: divkit.mutual_information(FEW, FEW[1:]), "row by row; got 20 and 19 rows"),
        (lambda: divkit.mutual_information(FEW[:15], FEW[:15]), "more than 15 pairs"),
        (lambda: divkit.mutual_information(FEW[:5], FEW[:5], "mixed"), "more than 5 rows"),
        (lambda: divkit.mutual_information(FEW[:5], FEW[:5], "bi_ksg"), "more than 5 rows"),
        (lambda: divkit.mutual_information(np.where(FEW > 0, np.nan, FEW), FEW), "x must be fin"),
        (lambda: divkit.mutual_information(FEW, 0 * FEW, "ksg"), "y is degenerate"),
        (lambda: divkit.mutual_information(FEW[:, [0, 0]], FEW), "Drop the columns"),
        (lambda: divkit.mutual_information(FEW[:, 0], FEW[:, 0], "copula"), "Drop columns"),
        (lambda: divkit.mutual_information(FEW, FEW, "ksgg"), "Did you mean 'ksg'"),
        (lambda: divkit.mutual_information(FEW, FEW, level=1.0), "level must be in"),
        (lambda: MixedNeighbour(k=0), "k must be"),
        (lambda: BiasImproved(k=1.5), "k must be"),
        (lambda: PairedLogistic(shuffles=0), "shuffles must be"),
        (lambda: PairedLogistic(centres=0), "centres must be"),
        (lambda: Permuted(times=0), "times must be"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_options_are_checked():
    with pytest.raises(TypeError, match="no option 'kk'"):
        divkit.mutual_information(FEW, FEW, "ksg", kk=3)
    with pytest.raises(TypeError, match="real numbers"):
        divkit.mutual_information([["a"], ["b"]], [1.0, 2.0], "ksg")
