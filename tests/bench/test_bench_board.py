"""Standings, pairs and scores are what they say."""

import json
import math

import numpy as np
import pytest
from bench_work import fine

from divkit.bench.board import standing, standings
from divkit.bench.cells import Cell, Row, failed
from divkit.bench.counts import Count, total
from divkit.bench.pairing import paired
from divkit.bench.scores import Score, scores, together
from divkit.bench.tables import leaderboard
from divkit.bench.truth import ProblemTruth
from divkit.report.standings import as_records, from_records, joined, of_standing

TRUTH = ProblemTruth(0.3, 0.0, 1.0, 1.0)
SIGMA = TRUTH.bound(1000, 1000)
ONE = {("shift1", "js"): TRUTH}


def rows_of(errors, name="auto", lucks=None, problem="shift1"):
    """Estimates with these errors, in σ, on draws where the oracle has its own."""
    lucks = errors if lucks is None else lucks
    return [
        Row(
            Cell(problem, "js", name, 1000, seed),
            0.3 + error * SIGMA,
            SIGMA,
            0.3 + (error - 2) * SIGMA,
            0.3 + (error + 2) * SIGMA,
            0.3 + luck * SIGMA,
            1.0,
        )
        for seed, (error, luck) in enumerate(zip(errors, lucks, strict=True))
    ]


def test_the_oracle_stands_at_one_and_noise_beyond_it_is_seen():
    rng = np.random.default_rng(0)
    luck, noise = rng.normal(size=(2, 400))
    found = standing(rows_of(luck), TRUTH)
    assert found.limit.common == found.limit.centred == 1.0 and found.limit.common_error == 0.0
    assert found.limit.plain == pytest.approx(1.0, abs=5 / math.sqrt(800))  # 5 sigma
    assert found.covered.share == pytest.approx(0.954, abs=0.055)  # 5 sigma
    assert found.limit.stated == pytest.approx(1.0) and found.limit.bias == 0.0
    noisy = standing(rows_of(luck + noise, lucks=luck), TRUTH).limit
    # δ² + 2δε has variance 2 + 4 and the ratio is √2
    assert noisy.common_error == pytest.approx(math.sqrt(6 / 400) / math.sqrt(8), rel=0.3)
    assert noisy.common == pytest.approx(math.sqrt(2), abs=5 * math.sqrt(6 / 400) / math.sqrt(8))
    assert noisy.centred == pytest.approx(math.sqrt(2), abs=0.25)


def test_the_centred_ratio_is_free_of_the_luck_of_a_biased_estimator():
    luck = np.array([0.5, -0.5, 1.5, 0.5])  # mean ½: a bias of −1 seems to help
    found = standing(rows_of(luck - 1, lucks=luck), TRUTH).limit
    assert found.common == pytest.approx(1.0) and found.bias == pytest.approx(-1.0)
    assert found.centred == pytest.approx(math.sqrt(2))


def test_failures_are_counted_and_an_infinite_bound_gives_no_ratio():
    cells = [Cell("shift1", "js", "auto", 100, seed) for seed in range(2)]
    rows = [fine(cells[0]), failed(cells[1], "why")]
    (found,) = standings(rows, {("shift1", "js"): ProblemTruth(0.1, 0.0, 1.0, math.inf)})
    assert (found.seeds, found.failures, found.failure) == (1, 1, "why")
    assert math.isnan(found.limit.common) and found.covered == Count(1, 1)
    (none,) = standings(rows[1:], {("shift1", "js"): TRUTH})
    assert none.seeds == 0 and math.isnan(none.rmse) and none.covered == Count()
    page = leaderboard([none], {})
    assert "| auto | 100 | 0 (+1 refused) | refused | – | – |" in page and "nan" not in page


def below(cell, low, *told):
    return Row(cell, 1.0, math.inf, low, math.inf, 1.0, 0.1, warnings=told, lower_bound=True)


def test_lower_bounds_are_counted_apart():
    cells = [Cell("shift6", "kl", "auto", 50, seed) for seed in range(3)]
    rows = [
        below(cells[0], 0.9, "a bound"),
        below(cells[1], 19.0, "a bound", "few"),
        Row(cells[2], 1.0, 0.5, 0.0, 2.0, 1.0, 0.1),
    ]
    found = standing(rows, ProblemTruth(18.0, 0.0, 1.0, 1.0))
    assert found.below == Count(1, 2)  # [0.9, ∞) holds 18
    assert found.covered == Count(0, 1)  # a confident wrong number
    assert (found.warned, found.warning, found.typical) == (2, "a bound", 17.0)
    assert found.limit.stated == pytest.approx(0.5 / found.sigma)
    alone = standing(rows[:2], ProblemTruth(18.0, 0.0, 1.0, 1.0))
    assert alone.ratio >= 1 and math.isnan(together([Score(alone)]).mean)
    assert together([Score(found), Score(alone)]).worst == found.ratio


def test_counts_have_the_interval_of_clopper_and_pearson():
    low, high = Count(0, 10).interval()
    assert low == 0.0 and high == pytest.approx(1 - 0.025**0.1)  # (1 − high)¹⁰ = 0.025
    assert Count().interval() == (0.0, 1.0) and math.isnan(Count().share)
    assert total([Count(1, 2), Count(3, 4)]) == Count(4, 6)


def test_pairs_compare_common_seeds_and_keep_them_together():
    rng = np.random.default_rng(1)
    luck = rng.normal(size=40)
    rows = [*rows_of(luck), *rows_of(2 * luck, "double"), *rows_of(rng.normal(size=9), "other")]
    found = paired(rows, ONE)
    double, other = (found["shift1", "js", name, 1000] for name in ("double", "other"))
    assert (double.ratio, double.low, double.high) == pytest.approx((2.0, 2.0, 2.0))
    wrong = np.array([row.value - 0.3 for row in rows[80:]])
    assert other.seeds == 9
    assert other.ratio**2 == pytest.approx((wrong**2).sum() / (luck[:9] ** 2).sum() / SIGMA**2)
    assert other.low < other.ratio < other.high
    assert set(found) == {("shift1", "js", name, 1000) for name in ("double", "other")}


def test_scores_say_who_is_lower_and_whether_chance_may_be_why():
    rng = np.random.default_rng(2)
    luck = rng.normal(size=40)
    rows = [
        *rows_of(luck),
        *rows_of(luck / 2, "surely"),
        *rows_of(np.append(luck[:-1], 0.0), "perhaps"),
        *rows_of(3 * luck, "worse"),
        *rows_of(luck, problem="shift2d"),
        *rows_of(3 * luck, "worse", problem="shift2d"),
    ]
    truths = ONE | {("shift2d", "js"): TRUTH}
    found, beside = standings(rows, truths), paired(rows, truths)
    one, two = scores(found, beside, ("surely", "perhaps", "worse"))
    assert one.lower == ("surely", "perhaps") and one.surely_lower == ("surely",)
    assert one.close == ("perhaps",)
    assert two.lower == () and set(two.others) == {"worse"}
    both = together([one, two])
    assert (both.problems, both.compared, both.lowest, both.tied) == (2, 2, 1, 1)
    assert both.mean == both.worst == pytest.approx(1.0) and both.covered.of == 80
    page = leaderboard(found, beside)
    assert "no: perhaps; surely (within chance: perhaps) |" in page and "| yes |" in page
    short = {cells[2]: cells for cells in (line.strip("| ").split(" | ")
             for line in page.splitlines()) if cells[0] == "js" and len(cells) == 10}  # fmt: skip
    assert set(short) == {"auto", "surely", "perhaps", "worse"}
    assert short["auto"][-1] == "another is lower on 1 of 2, beyond chance on 1"
    assert short["surely"][-1] == "lower on 1 of 1, beyond chance on 1; above it on 0"
    assert short["worse"][3:5] == ["2", "0 of 80"] and short["worse"][-1].endswith("above it on 2")


def test_a_bound_above_the_truth_gives_no_ratio():
    wide = {("shift1", "js"): ProblemTruth(0.01, 0.0, 1.0, 1.0)}
    found = standings(rows_of(np.ones(4)), wide)
    (score,) = scores(found, {}, ())
    assert found[0].limit.common == 1.0 and math.isnan(score.standing.ratio)
    few = standings(rows_of([0.0, 0.0, 1.5], lucks=[1.6, 1.2, 0.98]), ONE)[0]
    assert few.limit.common_error > few.ratio and "(too few draws)" in leaderboard([few], {})
    assert together([score]).where == "" and "nan" not in leaderboard(found, {})


def test_standings_come_back_from_their_file_and_of_two_that_of_more_seeds_counts():
    rows = [*rows_of([0.1, 0.2]), *rows_of([1.0, 2.0], name="knn")]
    members, ratios = standings(rows, ONE), paired(rows, ONE)
    records = json.loads(json.dumps(as_records(members, ratios), allow_nan=False))
    again, their_ratios = from_records(records)
    assert leaderboard(again, their_ratios) == leaderboard(members, ratios)
    more = standings(rows_of([0.1, 0.2, 0.3]), ONE)
    both = joined(more, again)
    assert [s.seeds for s in both] == [3, 2]
    assert of_standing(their_ratios, again, again) == their_ratios
    assert of_standing(their_ratios, both, again) == {}  # they are over another run's `auto`
