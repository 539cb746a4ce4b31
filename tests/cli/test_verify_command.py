"""What `divkit verify` prints, writes and returns."""

import io
import json
import math
import re
import sys
import time
from dataclasses import replace

import pytest
from typer.testing import CliRunner

import divkit
from divkit.cli import progress
from divkit.cli.main import app
from divkit.exact.method import NotApplicableError
from divkit.theory import CHECKS, Comparison, own_pair
from divkit.theory.framework import parallel, runner
from divkit.theory.framework.measured import measured

QUICK = "relativistic,pushforward-singular"


def call(*words):
    return CliRunner().invoke(app, list(words))


def test_a_table_on_stdout_progress_on_stderr_and_a_last_line():
    done = call("verify", "--only", QUICK)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == "2 of 2 statements hold"
    for column in ("id", "statement", "left", "right", "difference", "allowed", "verdict"):
        assert column in done.stdout.splitlines()[0]
    assert "relativistic" in done.stdout
    assert "[1/2] relativistic: holds" in done.stderr
    assert "[1/2]" not in done.stdout


def test_a_narrow_terminal_gets_lines(monkeypatch):
    monkeypatch.setattr(sys.modules["divkit.cli.verify"], "width", lambda: 60)
    done = call("verify", "--only", QUICK)
    assert done.exit_code == 0
    assert "relativistic: holds" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 60
    assert done.stdout.splitlines()[-1] == "2 of 2 statements hold"


EIGHT = (
    "relativistic,pushforward-singular,pixel-distance,packing,label-smoothing,bce-readout,"
    "dv-tighter-than-nwj,rejection"
)


@pytest.mark.slow
def test_processes_find_what_one_finds_and_keep_the_order():
    """Equal to rounding: where an array lies in memory may move a last bit."""
    alone, spread = (
        json.loads(call("verify", "--only", EIGHT, "--json", "--workers", n).stdout)["results"]
        for n in "12"
    )
    assert [result["id"] for result in spread] == EIGHT.split(",")
    for one, other in zip(alone, spread, strict=True):
        assert [row["case"] for row in one["rows"]] == [row["case"] for row in other["rows"]]
        for name in ("left", "right", "allowed"):
            found = [[float(row[name]) for row in result["rows"]] for result in (one, other)]
            assert found[0] == pytest.approx(found[1], rel=1e-12, abs=1e-12, nan_ok=True)


def test_a_check_that_ends_its_process_is_a_fault_of_that_check(monkeypatch):
    monkeypatch.setattr(
        parallel, "in_processes", lambda *_: (parallel.Died(id) for id in ["packing"])
    )
    done = call("verify", "--only", EIGHT, "--workers", "2")
    assert done.exit_code == 70
    assert "check 'packing' ended its process twice" in done.stderr
    assert done.stdout == ""


class Terminal(io.StringIO):
    """What a bar is drawn on."""

    def isatty(self):
        return True


def test_a_terminal_sees_how_far_long_checks_are(monkeypatch):
    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    monkeypatch.setattr(progress, "EVERY", 0.01)
    with progress.tracker(2, lambda: {"long": 0.25, "short": 1.0}) as track:
        track.end("short", "holds", 0.1)
        time.sleep(0.3)
    assert "long 25%" in screen.getvalue()


def test_only_may_be_repeated():
    done = call("verify", "--only", "relativistic", "--only", "pushforward-singular", "--json")
    assert [r["id"] for r in json.loads(done.stdout)["results"]] == QUICK.split(",")


def reject(word):
    raise ValueError(f"{word} is no JSON")


def test_json_is_strict_and_nothing_else_is_on_stdout():
    done = call("verify", "--only", QUICK, "--json", "--seed", "7")
    document = json.loads(done.stdout, parse_constant=reject)
    assert document["holds"] is True
    assert document["seed"] == 7
    assert document["count"] == document["holding"] == 2
    assert {"left", "right", "difference", "allowed", "rows"} <= set(document["results"][0])


def spoil(monkeypatch, row):
    original = runner.run

    def run(entry, context):
        result = original(entry, context)
        object.__setattr__(result, "rows", (*result.rows, row))
        object.__setattr__(result, "worst", row)
        return result

    monkeypatch.setattr(runner, "run", run)


def test_a_statement_that_fails_is_exit_1_and_named(monkeypatch):
    spoil(monkeypatch, Comparison("spoilt", 1.0, 2.0, 0.5))
    done = call("verify", "--only", QUICK)
    assert done.exit_code == 1
    assert "0 of 2 statements hold" in done.stdout
    assert "relativistic: spoilt: 1.0 = 2.0 fails" in done.stdout


def test_inf_and_nan_stay_valid_json(monkeypatch):
    spoil(monkeypatch, Comparison("spoilt", float("inf"), float("nan"), 0.5))
    done = call("verify", "--only", QUICK, "--json")
    assert done.exit_code == 1
    first = json.loads(done.stdout, parse_constant=reject)["results"][0]
    assert (first["left"], first["right"], first["holds"]) == ("inf", "nan", False)


def test_a_report_is_written_and_its_path_said_on_stderr(tmp_path):
    done = call("verify", "--only", QUICK, "--report", str(tmp_path / "new" / "folder"))
    page = tmp_path / "new" / "folder" / "index.html"
    assert page.exists()
    assert str(page) in done.stderr
    assert str(page) not in done.stdout


def test_a_report_folder_that_is_a_file_is_usage(tmp_path):
    (tmp_path / "taken").write_text("x")
    done = call("verify", "--only", QUICK, "--report", str(tmp_path / "taken"))
    assert done.exit_code == 2
    assert "taken" in done.stderr


@pytest.mark.parametrize("seed", ["-1", "1.5", "x"])
def test_a_bad_seed_is_usage(seed):
    done = call("verify", "--seed", seed)
    assert done.exit_code == 2
    assert "--seed" in done.stderr
    assert done.stdout == ""


def test_an_unknown_id_is_usage_with_the_nearest():
    done = call("verify", "--only", "gan-identiy")
    assert done.exit_code == 2
    assert "Did you mean 'gan-identity'" in done.stderr.replace("_", "-")


def test_ctrl_c_is_130(monkeypatch):
    def interrupt(entry, context):
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run", interrupt)
    done = call("verify", "--only", QUICK)
    assert done.exit_code == 130
    assert "Interrupted" in done.stderr


def test_two_laws_of_ones_own_are_checked_by_several_roads():
    done = call("verify", "normal(0, 1)", "laplace(1, 1)", "--json")
    assert done.exit_code == 0, done.stderr
    identity = json.loads(done.stdout)["results"][0]
    assert identity["id"] == "gan-identity" and len(identity["rows"]) == 3
    shown = call("verify", "normal(0, 1)", "laplace(1, 1)").stdout.splitlines()
    assert len(shown) == 8 and shown[-1] == "3 of 3 statements hold"


@pytest.mark.parametrize(
    "laws",
    [
        ("poisson(3)", "normal(0, 1)"),
        ("normal(0, 1)", "geometric(0.5)"),
        ("dirichlet([1, 1])", "product(normal(0, 1), normal(0, 1))"),
        ("finite([0, 1], [0.5, 0.5])", "normal(0, 1)"),
        ("uniform(0, 1)", "uniform(2, 3)"),
    ],
)
def test_mutually_singular_laws_are_at_log_2_and_v_is_0(laws):
    done = call("verify", *laws, "--json")
    assert done.exit_code == 0, done.stderr
    identity, bounds, pinsker = json.loads(done.stdout)["results"]
    assert identity["rows"] and all(row["left"] == 0 for row in identity["rows"])
    assert bounds["holds"] and pinsker["holds"]


def test_a_stray_draw_fails_what_draws_tell_apart(monkeypatch):
    """Were 1 in 1,000 draws of the density on the lattice, JSD by draws would be below log 2."""
    p, q = divkit.Poisson(3), divkit.Normal(0, 1)
    assert own_pair.by_separation(p, q).value == pytest.approx(math.log(2), abs=1e-15)
    with pytest.raises(NotApplicableError, match="not mutually singular"):
        own_pair.by_separation(q, q)
    monkeypatch.setattr(own_pair, "_share_in", lambda law, x: 1e-3)
    assert not divkit.verify_pair(p, q)[0].holds


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (["gan-identity"], "two laws are needed"),
        (["normal(0, 1)", "normal(1, 1)", "--only", "B"], "--only goes with"),
        (["normal(0, 1)", "iid(normal(0, 1), 2)"], "dim"),
    ],
)
def test_laws_that_do_not_go_together_are_refused(words, match):
    done = call("verify", *words)
    assert done.exit_code == 2 and match in done.stderr


def test_a_wrong_v_is_found_on_ones_own_laws(monkeypatch):
    """V off by 1e-9 fails each road, and the exit status says so."""
    true = own_pair.gan_value("normal(0, 1)", "normal(1, 1)")
    monkeypatch.setattr(own_pair, "gan_value", lambda p, q: true + 1e-9)
    done = call("verify", "normal(0, 1)", "normal(1, 1)")
    assert done.exit_code == 1 and done.stdout.count("fails") == 3


def doubtful(kind):
    """The engine's divergence, with a warning on one kind."""

    def number(p, q, of):
        found = divkit.divergence(p, q, of)
        return measured(replace(found, warnings=("stopped early",)) if of == kind else found)

    return number


def test_a_number_with_a_warning_leaves_the_other_lines(monkeypatch, tmp_path):
    monkeypatch.setattr(own_pair, "_within_reach", doubtful("tv"))
    laws = ("normal(0, 1)", "laplace(1, 1)")
    done = call("verify", *laws, "--report", str(tmp_path))
    assert done.exit_code == 1, done.stderr
    lines = done.stdout.splitlines()
    assert sum(line.endswith("  holds") for line in lines) == 3
    assert sum(line.endswith("  not decided") for line in lines) == 3
    assert all("not known" in line for line in lines if line.endswith("  not decided"))
    assert sum("stopped early" in line for line in lines) == 3
    assert lines[-1] == "1 of 3 statements hold, 2 not decided"
    page = (tmp_path / "index.html").read_text()
    assert "? not decided" in page and "stopped early" in page and "NaN" not in page
    document = json.loads(call("verify", *laws, "--json").stdout, parse_constant=reject)
    assert (document["holds"], document["holding"], document["undecided"]) == (False, 1, 2)
    assert document["results"][1]["rows"][0]["left"] is None


def test_a_refused_road_and_a_refused_v_are_lines(monkeypatch):
    def refuse(p, q):
        raise NotApplicableError("no road leads here")

    monkeypatch.setattr(own_pair, "ROADS", {"by proof": refuse})
    identity, *bounds = divkit.verify_pair("normal(0, 1)", "laplace(1, 1)")
    (row,) = identity.rows
    assert "no second way" in row.unknown and "no road leads here" in row.unknown
    assert math.isfinite(row.left) and all(bound.holds for bound in bounds)
    monkeypatch.setattr(own_pair, "gan_value", refuse)
    (row,) = divkit.verify_pair("normal(0, 1)", "laplace(1, 1)")[0].rows
    assert math.isnan(row.left)


def test_a_statement_whose_number_is_not_known_leaves_the_others(monkeypatch):
    def unknown(context):
        measured(replace(divkit.js_divergence("normal(0, 1)", "normal(1, 1)"), warnings=("x",)))

    entry = CHECKS["relativistic"]
    monkeypatch.setitem(CHECKS._entries, "relativistic", replace(entry, run=unknown))
    done = call("verify", "--only", QUICK)
    assert done.exit_code == 1, done.stderr
    assert done.stdout.splitlines()[-1] == "1 of 2 statements hold, 1 not decided"


@pytest.mark.slow
def test_total_variation_across_kinks_in_the_plane_is_decided():
    """Eleven digits would take 2e8 points; the inequalities need six."""
    done = call("verify", "moons(0.1)", "ring(8, 2, 0.4)")
    assert done.exit_code == 0, done.stdout
    assert done.stdout.splitlines()[-1] == "3 of 3 statements hold"


def test_a_bound_that_holds_by_its_allowance_is_shown_with_it():
    done = CliRunner().invoke(app, ["verify", "--only", "finite-m-null"])
    assert done.exit_code == 0
    assert re.search(r"0\.\d+  ≤  0 \+ 0\.064 ", done.stdout)
