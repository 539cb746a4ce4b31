"""Mutual information of labels, tables, atoms and many columns, on laws of known truth."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, special, stats

import divkit
from divkit.estimators.information.groups import grouped_limit
from divkit.estimators.information.side import sides
from divkit.estimators.information.table_counts import information_of, mean_plug_in, plug_in
from divkit.estimators.information.table_path import path_of
from divkit.problems.information_tasks import TASKS

HALVES = 0.336831
"""Of a label and a shift by 2 in a normal column: H − ∫, twice checked below."""


def drawn(law, n, rng):
    cell = rng.choice(law.size, n, p=law.ravel() / law.sum())
    return np.unravel_index(cell, law.shape)


def shifted(columns, n, seed):
    rng = np.random.default_rng(seed)
    label, z = rng.random(n) < 0.5, rng.normal(size=(n, columns))
    z[:, 0] += 2 * label
    return label, z


def covers(found, truth):
    return found.interval[0] - 1e-9 <= truth <= found.interval[1] + 1e-9


@pytest.mark.slow
@pytest.mark.parametrize(("levels", "n"), [(20, 1000), (6, 200)])
def test_independent_integers_have_no_information(levels, n):
    """Each interval is above 0 with probability 1/40: 5 of 8 are 5e-7; means within 6 errors."""
    found = []
    for seed in range(8):
        x, y = np.random.default_rng(seed).integers(0, levels, size=(2, n))
        found.append(divkit.mutual_information(x, y))
    assert sum(covers(result, 0.0) for result in found) >= 4
    mean, error = np.mean([[r.value, r.error] for r in found], axis=0)
    assert abs(mean) <= 6 * error / math.sqrt(8)  # 2e-9
    assert all(r.one_sided is None and r.interval[1] < 0.1 for r in found)


@pytest.mark.sweep(3)
@pytest.mark.parametrize("columns", [1, 10, 20])
def test_a_shift_in_one_of_many_columns_is_found(columns):
    """Within 6 errors (2e-9) for each draw, errors of .02 to .035, either side first."""
    for seed in range(1 if columns == 20 else 3):
        label, z = shifted(columns, 500, seed)
        found = divkit.mutual_information(label, z)
        assert abs(found.value - HALVES) <= 6 * found.error
        assert 0.02 < found.error < 0.035
    other = divkit.mutual_information(z, np.where(label, "ill", "well"))
    assert other.value == pytest.approx(found.value, rel=1e-9)


def test_the_truth_of_a_shift_by_quadrature():
    def rest(z):
        p = stats.norm.pdf(z - np.array([0.0, 2.0])) / 2
        return special.entr(p / p.sum()).sum() * p.sum()

    assert math.log(2) - integrate.quad(rest, -12, 14)[0] == pytest.approx(HALVES, abs=1e-6)


@pytest.mark.slow
def test_five_labels_and_a_heavy_tail():
    """Independent roads: quadrature for normals, a closed form of the JSD for Cauchy laws.

    Within 6 errors (2e-9).
    """
    rng = np.random.default_rng(0)
    label, z = rng.integers(0, 5, 1000), rng.normal(size=(1000, 3))
    z[:, 0] += 0.7 * label
    found = divkit.mutual_information(label, z)
    assert abs(found.value - 0.33850) <= 6 * found.error
    b, heavy = rng.random(1000) < 0.5, rng.standard_cauchy(size=(1000, 3))
    heavy[:, 0] += 2 * b
    found = divkit.mutual_information(heavy, b)
    truth = divkit.js_divergence(stats.cauchy(0, 1), stats.cauchy(2, 1)).value
    assert abs(found.value - truth) <= 6 * found.error


@pytest.mark.sweep(2)
@pytest.mark.parametrize("noise", [0.3, 0.9])
def test_dependent_tables(noise):
    """y = x but for noise: a finite sum; within 6 errors (2e-9)."""
    law = (1 - noise) * np.eye(10) / 10 + noise / 100
    truth = special.rel_entr(law, 0.01).sum()
    for seed in range(4):
        x, y = drawn(law, 1000, np.random.default_rng(seed))
        found = divkit.mutual_information(x, y)
        assert abs(found.value - truth) <= 6 * found.error
        assert found.one_sided is None


def test_the_mean_of_the_plug_in_value_against_all_tables():
    """Every table of 5 rows in 2 × 2 cells: to 1e-6, the spline's error."""
    law = np.array([[0.4, 0.1], [0.2, 0.3]])
    every = [
        (a, b, c, 5 - a - b - c)
        for a in range(6) for b in range(6 - a) for c in range(6 - a - b)
    ]  # fmt: skip
    tables = np.array(every, dtype=float).reshape(-1, 2, 2)
    weight = stats.multinomial(5, law.ravel()).pmf(np.array(every))
    assert mean_plug_in(5)(law) == pytest.approx(weight @ plug_in(tables), abs=1e-6)


def test_the_path_begins_at_the_conditional_null():
    """Its mean at t = 0 is that of tables with the same sums: Miller's (r−1)(c−1)/(2n) to 15%."""
    x, y = np.random.default_rng(0).integers(0, 6, size=(2, 2000))
    table = np.histogram2d(x, y, bins=6)[0]
    path = path_of(table, np.random.default_rng(1))
    assert path.mean[0] == pytest.approx(path.null.mean(), rel=1e-9)
    assert path.mean[0] == pytest.approx(25 / 4000, rel=0.15)
    assert path.information[0] == 0.0
    assert (np.diff(path.mean) >= 0).all()


def test_no_value_above_an_entropy_is_told_as_possible():
    """y = x on 20 labels: log 20, and no interval beyond it."""
    for seed in range(3):
        x = np.random.default_rng(seed).integers(0, 20, 1000)
        found = divkit.mutual_information(x, x.astype(str))
        assert abs(found.value - math.log(20)) <= 6 * found.error
        assert found.interval[1] <= math.log(20) + 1e-12
        entropy = stats.entropy(np.bincount(x)) + 19 / 2000
        if found.value > entropy + 1e-9:
            assert found.diagnostics["bounded"] <= math.log(20)
            assert any("entropy" in words for words in found.warnings)


def test_labels_of_every_kind_are_one():
    label, z = shifted(1, 200, 0)
    plain = divkit.mutual_information(label, z)
    texts = np.where(label, "yes", "no")
    kinds = [
        texts,
        texts.tolist(),
        texts.astype(object)[:, None],
        pd.Series(texts),
        pd.Categorical(texts),
        pd.DataFrame({"answer": texts}),
        label.astype(float),
        [bool(b) for b in label],
    ]
    for kind in kinds:
        assert divkit.mutual_information(kind, z).value == pytest.approx(plain.value, rel=1e-9)


@pytest.mark.slow
def test_a_frame_of_labels_and_numbers():
    """x = (label, c), y = 1.5 label + c + noise: I(label; y) + ½ log 2, within 6 errors (2e-9)."""
    rng = np.random.default_rng(0)
    label, c = rng.integers(0, 2, 1000), rng.normal(size=1000)
    frame = pd.DataFrame({"side": np.where(label == 1, "left", "right"), "size": c})
    found = divkit.mutual_information(frame, 1.5 * label + c + rng.normal(size=1000))
    assert abs(found.value - (0.1236945 + 0.5 * math.log(2))) <= 6 * found.error
    assert found.diagnostics["columns"][0] == "column 'side' of x: labels"


def test_zeros_beside_numbers():
    """y is 0, or x + noise, by a coin: ½ · ½ log 2, within 6 errors (2e-9)."""
    rng = np.random.default_rng(0)
    x, seen = rng.normal(size=1000), rng.random(1000) < 0.5
    found = divkit.mutual_information(x, np.where(seen, x + rng.normal(size=1000), 0.0))
    assert abs(found.value - 0.25 * math.log(2)) <= 6 * found.error
    assert found.error < 0.04


@pytest.mark.parametrize("constant", [np.ones(50), ["same"] * 50, np.zeros((50, 2), dtype=bool)])
def test_a_constant_carries_nothing(constant):
    z = np.random.default_rng(0).normal(size=(50, 2))
    for found in (divkit.mutual_information(constant, z), divkit.mutual_information(z, constant)):
        assert (found.value, found.error, found.interval) == (0.0, math.inf, (0.0, math.inf))
        assert "constant" in found.reason and found.one_sided


def test_a_constant_column_beside_others_changes_nothing():
    label, z = shifted(2, 200, 0)
    wide = np.column_stack([z, np.full(200, 3.0)])
    plain, other = (divkit.mutual_information(label, rows).value for rows in (z, wide))
    assert other == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT])
def test_missing_cells_are_refused_with_their_place(missing):
    texts = ["a", "b"] * 25
    texts[7] = missing
    with pytest.raises(ValueError, match="row 7, column 0 of x, is missing"):
        divkit.mutual_information(texts, np.arange(50) % 3)


def test_what_is_no_label_is_refused():
    z = np.random.default_rng(0).normal(size=50)
    with pytest.raises(TypeError, match="numbers as texts"):
        divkit.mutual_information([str(value) for value in z], z)
    with pytest.raises(TypeError, match="row 0"):
        divkit.mutual_information([[{}]] * 50, z)
    with pytest.raises(ValueError, match=r"masked cells.*row 3"):
        divkit.mutual_information(np.ma.masked_array(z, np.arange(50) == 3), z)
    with pytest.raises(ValueError, match="got 50 and 49 rows"):
        divkit.mutual_information(["a", "b"] * 25, z[:49])


def test_too_many_labels_leave_a_lower_limit_only():
    rng = np.random.default_rng(0)
    names = [f"id {i}" for i in range(300)]
    found = divkit.mutual_information(names, rng.random(300) < 0.5)
    assert (found.one_sided, found.error) == ("lower", math.inf)
    assert found.interval[0] == 0.0
    law = 0.5 * np.eye(50) / 50 + 0.5 / 2500
    x, y = drawn(law, 1000, rng)
    found = divkit.mutual_information(np.char.add("a", x.astype(str)), y.astype(str))
    assert found.one_sided == "lower"
    assert 0.05 < found.interval[0] < special.rel_entr(law, 1 / 2500).sum() < found.interval[1]


@pytest.mark.slow
def test_a_limit_from_groups_holds():
    """40 independent tables of 30 × 30: above 0 with probability 1/20; 14 of them are 1e-8."""
    rng = np.random.default_rng(0)
    limits = [grouped_limit(*rng.integers(0, 30, size=(2, 300)), 0.95, 1) for _ in range(40)]
    assert sum(limit > 0 for limit in limits) <= 13


@pytest.mark.slow
def test_five_copies_of_every_pair_are_one():
    """Independent x and y: within 6 errors of 0 (2e-9), at the error of the distinct rows."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 200))
    once = divkit.mutual_information(x, y)
    five = divkit.mutual_information(np.repeat(x, 5), np.repeat(y, 5))
    assert five.value == pytest.approx(once.value, rel=1e-9)
    assert five.error == pytest.approx(once.error, rel=1e-9)
    assert any("copies" in words for words in five.warnings)
    label = rng.integers(0, 6, size=(2, 200))
    table = divkit.mutual_information(*np.repeat(label, 5, axis=1))
    assert any("copies" in words for words in table.warnings)
    assert covers(table, 0.0)
    b, z = shifted(2, 200, 0)
    both = divkit.mutual_information(np.repeat(b, 5), np.repeat(z, 5, axis=0))
    assert both.value == pytest.approx(divkit.mutual_information(b, z).value, rel=1e-9)


def test_columns_are_what_their_values_say():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(500, 2))
    x = np.column_stack([rng.integers(0, 20, 500), np.maximum(z[:, 0], 0), np.round(z[:, 1], 1)])
    both = sides(x, z)
    kinds = [words.rpartition(": ")[2] for words in both.x.kinds]
    assert kinds == ["labels", "mixed", "lattice"]
    assert both.x.dim == 2
    assert both.x.count == 40  # 20 labels, at the atom and beside it
    assert both.y.count == 1


def test_information_of_a_law_of_cells():
    assert information_of(np.eye(4) / 4) == pytest.approx(math.log(4), rel=1e-14)
    assert information_of(np.outer([0.2, 0.8], [0.5, 0.5])) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("method", ["ksg", "bi_ksg", "copula"])
def test_methods_for_numbers_refuse_labels(method):
    label, z = shifted(10, 200, 0)
    with pytest.raises(ValueError, match=r"values repeat in column 0 of x.*method=\"auto\""):
        divkit.mutual_information(label, z, method)
    with pytest.raises(TypeError, match="real numbers"):
        divkit.mutual_information(np.where(label, "a", "b"), z, method)


@pytest.mark.slow
def test_neighbours_for_ties_claim_a_limit_only_where_they_are_biased():
    x, y = np.random.default_rng(0).integers(0, 20, size=(2, 1000))
    assert divkit.mutual_information(x, y, "mixed").one_sided == "lower"
    assert divkit.mutual_information(*shifted(10, 200, 0), "mixed").one_sided == "lower"
    assert divkit.mutual_information(x % 3, y % 3, "mixed").one_sided is None


@pytest.mark.parametrize("method", ["ksg", "bi_ksg", "mixed", "copula", "kernel_logistic"])
def test_every_method_counts_copies_of_pairs_once(method):
    x, y = np.random.default_rng(0).normal(size=(2, 60))
    once = divkit.mutual_information(x, y, method)
    five = divkit.mutual_information(np.repeat(x, 5), np.repeat(y, 5), method)
    assert five.value == pytest.approx(once.value, rel=1e-9, abs=1e-12)
    assert five.error == pytest.approx(once.error, rel=1e-9)
    assert any("copies" in words for words in five.warnings)


@pytest.mark.slow
def test_a_spiral_in_ten_dimensions_is_not_told_for_sure():
    """Truth 1.02; models that show .1 on pairs left out and .5 on those fitted claim a limit."""
    found = divkit.mutual_information(*TASKS["spiral-5x5"].sample(1000, 0))
    assert found.one_sided == "lower"
    assert "do not resolve" in found.warnings[-1]


@pytest.mark.slow
def test_whole_numbers_that_are_names_are_not_told_for_sure():
    """50 codes in no order: as ordered values they show .2 of 1.31."""
    rng = np.random.default_rng(7)
    x, other = rng.integers(0, 50, size=(2, 600))
    y = np.where(rng.random(600) < 0.5, rng.permutation(50)[x], other)
    found = divkit.mutual_information(x, y)
    assert found.one_sided == "lower"
    assert found.interval[0] < 1.31


def test_many_columns_of_labels_are_numbers():
    """A label by the first of 8 answers: .1755, a finite sum; within 6 errors (2e-9)."""
    rng = np.random.default_rng(0)
    answers = rng.integers(0, 5, size=(500, 8))
    chance = special.expit(np.arange(5) - 2.0)
    ill = rng.random(500) < chance[answers[:, 0]]
    entropy = special.entr(chance) + special.entr(1 - chance)
    mean = chance.mean()
    truth = special.entr(mean) + special.entr(1 - mean) - entropy.mean()
    found = divkit.mutual_information(answers, ill)
    assert abs(found.value - truth) <= 6 * found.error
    assert found.error < 0.05


@pytest.mark.slow
def test_a_boolean_beside_ten_numbers():
    """It is noise: the label's .336831 stays, within 6 errors (2e-9)."""
    label, z = shifted(10, 500, 4)
    noise = np.random.default_rng(0).random(500) < 0.5
    found = divkit.mutual_information(label, np.column_stack([z, noise]))
    assert abs(found.value - HALVES) <= 6 * found.error
    assert found.error < 0.05


def test_the_nearest_possible_value_is_in_the_unit_of_the_value():
    """Labels told for sure by a number: above 1 bit, which is the most."""
    label = np.random.default_rng(0).random(300) < 0.5
    z = label + 0.01 * np.random.default_rng(1).normal(size=300)
    nats, bits = (divkit.mutual_information(label, z, base=base) for base in (None, 2))
    assert bits.value == pytest.approx(nats.value / math.log(2), rel=1e-12)
    for found, one in ((nats, math.log(2)), (bits, 1.0)):
        assert found.value > found.diagnostics["bounded"] > 0.99 * one
        assert found.interval[1] <= one * (1 + 1e-12)


def test_several_shuffles_are_for_numbers():
    label, z = shifted(1, 100, 0)
    with pytest.raises(ValueError, match=r"values repeat in column 0 of x.*times=1"):
        divkit.mutual_information(label, z, "permuted", of="knn", times=2)
