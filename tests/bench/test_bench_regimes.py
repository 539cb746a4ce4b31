"""The leaderboard by regime: ranks, ratios, refusals, and the page."""

import csv
import io
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from divkit.bench.board import standings
from divkit.bench.cells import Cell, Row, failed
from divkit.bench.regimes import mean_ranks, regime_scores
from divkit.bench.truth import ProblemTruth
from divkit.plots.bench_paper import PAGE, draw_regimes, draw_time
from divkit.plots.bench_tasks import draw_tasks
from divkit.report.leaderboard import as_csv, as_html, as_markdown, formats_of

TRUTHS = {(p, "js"): ProblemTruth(0.3, 0.0, 1.0, 1.0) for p in ("shift1", "shift2d", "scale3")}
SIGMA = math.sqrt(2 / 1000)


def row(problem, name, seed, error, stated=1.0):
    value = 0.3 + error * SIGMA
    ends = value - 2 * stated * SIGMA, value + 2 * stated * SIGMA
    cell = Cell(problem, "js", name, 1000, seed)
    return Row(cell, value, stated * SIGMA, *ends, 0.3, 1.0, memory=2**20)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    out = []
    for problem in ("shift1", "scale3", "shift2d"):
        for seed, luck in enumerate(rng.normal(size=30)):
            out += [row(problem, "fine", seed, luck), row(problem, "double", seed, 2 * luck)]
            out.append(row(problem, "sure", seed, 2.5 * luck, stated=0.1))
            if problem == "shift2d" and seed < 20:
                out.append(failed(Cell(problem, "js", "shy", 1000, seed), "why"))
            else:
                out.append(row(problem, "shy", seed, 0.5 * luck))
    return out


def test_ranks_are_those_of_paired_errors_and_refusals_are_last(rows):
    ranks = mean_ranks([r for r in rows if r.cell.problem == "shift1"], TRUTHS)
    assert {name: rank[0] for name, rank in ranks.items()} == {
        "shy": 1.0, "fine": 2.0, "double": 3.0, "sure": 4.0,
    }  # fmt: skip
    assert ranks["fine"] == (2.0, 2.0, 2.0)  # a hard draw weighs on all of them alike
    plane = mean_ranks([r for r in rows if r.cell.problem == "shift2d"], TRUTHS)
    assert plane["shy"][0] == 4.0 and plane["fine"][0] == 1.0


def test_one_that_was_not_run_on_every_problem_has_no_rank(rows):
    some = [*rows, *(row("shift1", "partial", seed, 0.0) for seed in range(30))]
    ranks = mean_ranks(some, TRUTHS)
    assert math.isnan(ranks.pop("partial")[0]) and ranks == mean_ranks(rows, TRUTHS)
    line = [s for s in regime_scores(some, standings(some, TRUTHS), TRUTHS) if s.regime == "line"]
    assert line[-1].estimator == "partial" and "| partial | – (1 of 2 tasks) |" in as_markdown(
        line
    )
    assert "partial (1 of 2 tasks)" in [
        words.get_text() for words in draw_regimes(line).axes[0].get_yticklabels()
    ]
    halved = [r for r in rows if r.cell.estimator != "fine" or r.cell.seed < 15]
    assert mean_ranks(halved, TRUTHS)["fine"][0] < 3  # draws that it was not given are no refusals
    assert all(math.isnan(r[0]) for r in mean_ranks(some[-30:] + rows[-1:], TRUTHS).values())


def test_scores_by_regime_count_what_they_say(rows):
    scores = {
        (s.regime, s.estimator): s for s in regime_scores(rows, standings(rows, TRUTHS), TRUTHS)
    }
    fine, shy, sure = (scores["line", name] for name in ("fine", "shy", "sure"))
    assert fine.problems == 2 and fine.answers.of == 60 and fine.memory == 2**20
    assert scores["plane", "shy"].answers.hits == 10
    # the luck of these rows is all beyond the oracle: ratio² is 1 + mean of squares
    assert shy.ratio < fine.ratio < scores["line", "double"].ratio
    assert 0 < fine.log_error < 0.2
    assert sure.sure.hits > 40 and fine.sure.hits <= 3  # |2.5 z| > .3, and |z| > 3: 2.7e-3 each


def test_the_page_has_every_estimator_and_sorts_without_the_network(rows):
    scores = regime_scores(rows, standings(rows, TRUTHS), TRUTHS)
    page = as_html(scores)
    assert page.count("<table>") == 2 and page.count("<tr><td>") == len(scores) == 8
    assert not re.search(r"https?://|src=", page) and "aria-sort" in page
    assert page.count("<dt>") == 9 and "Below 1 is chance" in page
    assert as_markdown(scores).count("| fine |") == 2
    records = list(csv.DictReader(io.StringIO(as_csv(scores))))
    assert float(records[0]["rank"]) == scores[0].rank and records[0]["answers_of"] == "60"
    assert formats_of("pdf, svg") == ("pdf", "svg")
    with pytest.raises(ValueError, match="--format takes"):
        formats_of("gif")


def test_figures_have_a_pages_width_and_a_panel_a_regime(rows):
    scores = regime_scores(rows, standings(rows, TRUTHS), TRUTHS)
    figure = draw_regimes(scores)
    assert figure.get_figwidth() == PAGE
    assert [axes.get_title(loc="left") for axes in figure.axes if axes.axison] == ["line", "plane"]
    assert len(draw_time(scores).axes[0].get_lines()) == 5  # four estimators and the line at 1
    failing = [replace(scores[0], estimator="failing", ratio=1e51), *scores]
    panel, paper = draw_regimes(failing).axes[0], draw_time(failing).axes[0]
    assert panel.get_xlim()[1] < 200 and paper.get_ylim()[1] < 200
    assert [text.get_text() for text in panel.texts] == ["1e+51"]
    with pytest.raises(ValueError, match="no score has a ratio"):
        draw_regimes([])


def test_a_figure_has_a_line_a_task_and_grows_with_them(rows):
    members = standings(rows, TRUTHS)
    one, all_ = (
        draw_tasks([s for s in members if s.problem in names])
        for names in (["shift2d"], ["shift1", "shift2d", "scale3"])
    )
    assert one.get_figwidth() == all_.get_figwidth() == PAGE
    tasks = [words.get_text() for words in all_.axes[0].get_yticklabels()]
    assert all_.get_figheight() > one.get_figheight() and "shift2d, JS" in tasks
    assert [text.get_text() for text in all_.axes[0].texts] == ["line", "plane"]
    with pytest.raises(ValueError, match="no standing has a ratio"):
        draw_tasks([])


def test_samples_of_few_rows_are_a_regime_of_their_own(rows):
    few = [replace(r, cell=replace(r.cell, n=100)) for r in rows if r.cell.problem == "shift1"]
    found = regime_scores([*rows, *few], standings([*rows, *few], TRUTHS), TRUTHS)
    tasks = {score.regime: score.tasks for score in found}
    assert tasks["few rows"] == 1 and sum(tasks.values()) == 4
