"""Progress of what has parts: a line now and then without a terminal, and the time left."""

import io
import threading
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from tqdm import tqdm
from typer.testing import CliRunner

import divkit
from divkit.cli import progress
from divkit.cli.main import app
from divkit.cli.progress import TimeLeft, counted, each_of
from divkit.work import observed, part, parts


class Once(threading.Event):
    """Is not over when it is first waited for, however quick the work was."""

    asked = False

    def wait(self, timeout=None):
        first, self.asked = not self.asked, True
        return not first and super().wait(timeout)


def look_once(monkeypatch):
    """Let progress be looked at without a pause, and at least once."""
    monkeypatch.setattr(progress, "PAUSE", 0.0)
    monkeypatch.setattr(
        progress, "threading", SimpleNamespace(Event=Once, Thread=threading.Thread)
    )


def test_without_a_terminal_a_line_comes_after_each_pause(capsys, monkeypatch):
    clock = iter([0.0, 4.0, 12.0, 13.0, 30.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with counted("point") as count:
        for done in range(1, 5):
            count(done, 4)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "[2/4] points, 12 s, about 12 s left",
        "[4/4] points, 30 s, about 0 s left",
    ]


@pytest.mark.parametrize(
    ("more", "words"),
    [(("--kind", "js"), "[0/1] divergences, "), (("--information",), "[0/1] estimates, ")],
)
def test_an_estimate_that_is_under_way_is_told(more, words, tmp_path, monkeypatch):
    look_once(monkeypatch)
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for seed, file in enumerate(files):
        rows = np.random.default_rng(seed).normal(seed, 1, 80)
        file.write_text("\n".join(["x", *map(str, rows)]))
    done = CliRunner().invoke(app, ["estimate", *map(str, files), *more])
    assert done.exit_code == 0, done.output
    assert words in done.stderr and words not in done.stdout


def test_each_part_is_counted_when_it_is_over():
    seen = []
    parts = each_of(["a", "b"], lambda done, total: seen.append((done, total)))
    assert next(parts) == "a" and not seen
    assert next(parts) == "b" and seen == [(1, 2)]
    assert list(parts) == [] and seen == [(1, 2), (2, 2)]


@pytest.mark.parametrize("over", [[0.5, 1.0, 2.0], "0.5:2"])
def test_a_curve_tells_of_every_point(over):
    seen = []
    made = divkit.curve(
        "normal(0, 1)",
        "normal(0, t)",
        ["js", "energy"],
        over={"t": over},
        observe=lambda done, total: seen.append((done, total)),
    )
    assert [done for done, _ in seen] == list(range(1, len(made.points) + 1))
    assert all(done <= total for done, total in seen)
    assert seen[-1][0] == seen[-1][1]


def test_a_comparison_tells_of_every_part():
    seen = []
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 1)), rng.normal(1, 1, size=(60, 1))
    divkit.compare(x, y, ["js"], permutations=99, observe=lambda *parts: seen.append(parts))
    assert seen == [(k, 6) for k in range(1, 7)]


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        (("divergence", "--kind", "js,kl"), "divergences, "),
        (("verify",), "the identity and the bounds, each side by itself, "),
        (("value", "--critic", "quadratic"), "training, "),
    ],
)
def test_a_step_without_parts_is_told_to_be_under_way(verb, words, monkeypatch):
    look_once(monkeypatch)
    name, *more = verb
    done = CliRunner().invoke(app, [name, "normal(0, 1)", "laplace(1, 1)", *more])
    assert done.exit_code == 0, done.output
    assert words in done.stderr and words not in done.stdout


def test_what_has_no_total_yet_shows_none(capsys, monkeypatch):
    clock = iter([0.0, 12.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    progress._Pauses("parts").look()
    assert capsys.readouterr().err == "parts, 12 s\n"


def test_the_time_left_never_grows_while_a_part_is_under_way():
    left = TimeLeft(0.0)
    assert left.seconds(5.0) is None  # nothing is over
    left.advance(0.25, 10.0)
    told = [left.seconds(10.0 + k) for k in range(40)]
    assert told[0] == pytest.approx(30)
    assert all(later <= earlier for earlier, later in pairwise(told))
    assert told[-1] == pytest.approx(20)  # two more parts as large are behind this one
    left.advance(0.75, 50.0)
    assert left.seconds(50.0) == pytest.approx(50 / 3)
    assert left.seconds(90.0) is None  # it should be over
    left.advance(1.0, 100.0)
    assert left.seconds(100.0) == 0


def test_shares_of_work_nest_and_end_at_one():
    seen = []
    with observed(seen.append):
        with part(0.0, 0.5):
            for _ in parts(range(2)):
                assert [*parts(iter("ab"), total=2)] == ["a", "b"]
        with part(0.5, 1.0):
            pass
    assert seen == [0.125, 0.25, 0.25, 0.375, 0.5, 0.5, 0.5, 1.0]
    assert [*parts("ab")] == ["a", "b"] and len(seen) == 8  # nobody observes


@pytest.mark.parametrize(
    "method", ["auto", "logistic", "density_ratio", "resampled", "lower_bound"]
)
def test_an_estimate_tells_how_much_of_it_is_over(method, rng):
    x, y = rng.normal(size=(200, 1)), rng.normal(5, 1, size=(200, 1))
    seen = []
    with observed(seen.append):
        divkit.estimate(x, y, "js", method)
    assert len(seen) >= 4 and len(set(seen)) >= 3
    assert seen == sorted(seen) and 0 < seen[0] < 1 and seen[-1] <= 1


def test_of_one_estimate_the_time_left_is_told(capsys, monkeypatch):
    clock = iter([0.0, 12.0, 12.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    lines = progress._Pauses("divergences", 1)
    with observed(lines.within):
        for k in parts(range(4)):
            if k == 3:
                lines.look()
    assert capsys.readouterr().err == "[0/1] divergences, 12 s, about 4 s left\n"


def test_a_bar_shows_the_share_of_the_part_under_way(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(progress.sys, "stderr", terminal)
    monkeypatch.setattr(progress, "SILENT", -1.0)
    with tqdm(total=1, file=terminal, bar_format=progress._BAR) as made:
        bar = progress._PartsBar(made, "parts")
        bar.within(0.5)
        bar.look()
    assert " 50%|" in terminal.getvalue() and "[0/1] parts, 0 s" in terminal.getvalue()
