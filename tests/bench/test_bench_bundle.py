"""Rows go to another machine and back without a bit changed, and conflicts are told."""

import json
import sqlite3
import zipfile
from dataclasses import replace

import pytest
from bench_work import fine
from typer.testing import CliRunner

from divkit.bench import code
from divkit.bench.again import Again, cell_of, rerun
from divkit.bench.api import asked_for
from divkit.bench.bundle import agree, merge, read_bundle, write_bundle
from divkit.bench.cells import Cell, Suite, failed
from divkit.bench.ledger import Ledger, held
from divkit.bench.ledger_rows import flat
from divkit.bench.runner import run_suite
from divkit.bench.truth import truth
from divkit.cli.main import app

CELLS = [Cell("shift1", "js", "knn", 50, seed) for seed in range(4)]
ROWS = [
    replace(fine(CELLS[0]), value=0.1 + 0.2, code="one", host="here", memory=7),
    replace(failed(CELLS[1], "why"), code="one"),
    replace(fine(CELLS[2]), code="one"),
]
TRUTH = truth("shift1", "js")


def ledger(path, rows):
    with held(path) as made:
        made.add(rows)
        made.add_truth("shift1", "js", TRUTH)
    return path


def rows_in(path):
    opened = Ledger(path)
    rows = opened.rows()
    opened.close()
    return rows


def test_a_bundle_gives_rows_and_truths_back_to_the_bit(tmp_path):
    source, bundle = ledger(tmp_path / "a.sqlite", ROWS), tmp_path / "rows.zip"
    assert write_bundle(source, bundle) == 3
    first = bundle.read_bytes()
    write_bundle(source, bundle)
    assert bundle.read_bytes() == first
    held = read_bundle(bundle)
    assert str(held.rows) == str(ROWS) and held.truths == {("shift1", "js"): TRUTH}
    done = merge(tmp_path / "b.sqlite", [bundle, bundle])
    assert (done.added, done.known, done.conflicts) == (3, 3, ())
    assert str(rows_in(tmp_path / "b.sqlite")) == str(ROWS)


def test_conflicts_are_told_and_the_ledgers_own_row_stays(tmp_path):
    bundle = tmp_path / "rows.zip"
    write_bundle(ledger(tmp_path / "a.sqlite", ROWS), bundle)
    ours = [replace(ROWS[0], value=0.3, host="there"), replace(ROWS[2], seconds=9.0)]
    target = ledger(tmp_path / "b.sqlite", [*ours, replace(fine(CELLS[1]), code="two")])
    done = merge(target, [bundle])
    assert (done.added, done.known, done.other_code) == (0, 1, 1)
    assert str(done.conflicts[0]) == (
        "shift1:js:knn:50:0: 0.3 on there, 0.30000000000000004 on here"
    )
    assert rows_in(target)[0].value == 0.3
    told = CliRunner().invoke(app, ["bench", "import", "--ledger", str(target), str(bundle)])
    assert told.exit_code == 1 and "conflict: shift1:js:knn:50:0" in told.stdout


def test_a_damaged_bundle_is_refused(tmp_path):
    bundle = tmp_path / "rows.zip"
    write_bundle(ledger(tmp_path / "a.sqlite", ROWS), bundle)
    with zipfile.ZipFile(bundle) as archive:
        page = json.loads(archive.read("bundle.json"))
    page["rows"][0][5]["f"] = (0.5).hex()
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("bundle.json", json.dumps(page))
    with pytest.raises(ValueError, match="is damaged: the row of"):
        read_bundle(bundle)
    (tmp_path / "no.zip").write_text("no bundle")
    with pytest.raises(ValueError, match="is no bundle"):
        read_bundle(tmp_path / "no.zip")
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("bundle.json", json.dumps({**page, "format": 9}))
    with pytest.raises(ValueError, match="bundle of format 9"):
        read_bundle(bundle)


def test_a_row_again_says_what_differs():
    one = ROWS[0]
    assert Again(one, replace(one, seconds=3.0, host="x")).agrees
    assert "the code is another: one, now two" in str(
        Again(one, replace(one, value=1.0, code="two"))
    )
    parts = Again(one, replace(one, value=1.0, code="two"), ("numpy 2.4.5, now 2.4.6", *"abcdefg"))
    assert "now two (numpy 2.4.5, now 2.4.6; a; b; c; d; e; and 2 others)" in str(parts)
    same = Again(one, replace(one, code="two"))  # another version that gives the same
    assert same.agrees and str(same).startswith("the same: ") and "now two" in str(same)
    assert "the host was here, now x" in str(Again(one, replace(one, value=1.0, host="x")))
    assert cell_of("shift1:js:knn:50:0") == CELLS[0]
    with pytest.raises(ValueError, match="a key is problem"):
        cell_of("shift1:js")


def page_of(bundle):
    with zipfile.ZipFile(bundle) as archive:
        return json.loads(archive.read("bundle.json"))


def bundle_of(path, page):
    text = page if isinstance(page, str) else json.dumps(page)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bundle.json", text)
    return path


def test_foreign_truths_are_compared_and_never_taken(tmp_path):
    bundle, false = tmp_path / "rows.zip", replace(TRUTH, value=0.3)
    with held(tmp_path / "a.sqlite") as made:
        made.add(ROWS)
        made.add_truth("shift1", "js", false)
    write_bundle(tmp_path / "a.sqlite", bundle)
    for target in (tmp_path / "new.sqlite", ledger(tmp_path / "b.sqlite", [])):
        done = merge(target, [bundle])
        (told,) = done.truths
        assert (told.ours, told.theirs, done.conflicts) == (TRUTH, false, ())
        opened = Ledger(target)
        assert opened.truth("shift1", "js") == TRUTH
        opened.close()
    said = call("import", "--ledger", tmp_path / "c.sqlite", bundle)
    assert said.exit_code == 1 and "1 truths differ" in said.stdout
    assert "conflict: the truth of shift1:js: ProblemTruth(value=" in said.stdout
    assert agree(TRUTH, replace(TRUTH, value=TRUTH.value + TRUTH.error))
    assert not agree(TRUTH, replace(TRUTH, variance_q=1.01 * TRUTH.variance_q))


def call(*words):
    return CliRunner().invoke(app, ["bench", *map(str, words)])


def test_rows_of_unknown_problems_are_left_out_and_told(tmp_path):
    bundle = tmp_path / "rows.zip"
    strange = [replace(ROWS[0], cell=replace(CELLS[0], problem="of_another_version"))]
    strange += [replace(ROWS[0], cell=replace(CELLS[0], divergence="w1"))]
    write_bundle(ledger(tmp_path / "a.sqlite", [*ROWS, *strange]), bundle)
    done = merge(tmp_path / "b.sqlite", [bundle])
    assert done.added == 3
    assert done.unknown == {"of_another_version:js": 1, "shift1:w1": 1}
    said = call("import", "--ledger", tmp_path / "c.sqlite", bundle)
    assert said.exit_code == 1 and "left out: 1 rows of of_another_version:js" in said.stdout
    assert call("report", "--ledger", tmp_path / "c.sqlite").exit_code == 0


@pytest.mark.parametrize(
    "page",
    ["[]", "3", "null", "[" * 100_000, "{", '{"format": 1}', '{"format": 1, "rows": 3}',
     '{"format": 1, "rows": [3], "truths": []}', '{"format": 1, "rows": [[{}]], "truths": []}',
     '{"format": 1, "rows": [[{"f": "0x1p99999"}]], "truths": []}',
     '{"format": 1, "rows": [], "truths": [[[], "js", "1.0", "x"]]}'],
)  # fmt: skip
def test_json_of_another_shape_is_the_users_and_not_divkits_fault(tmp_path, page):
    said = call("import", "--ledger", tmp_path / "a.sqlite", bundle_of(tmp_path / "b.zip", page))
    assert said.exit_code == 2, said.output
    assert "is no bundle" in said.stderr or "is damaged" in said.stderr


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"n": 0}, "a size or a draw that is none"),
        ({"seed": 2**70}, "a size or a draw that is none"),
        ({"estimator": "a|b"}, "would break the tables"),
        ({"estimator": "a\ud800"}, "is damaged"),
    ],
)
def test_rows_that_can_stand_in_no_ledger_are_refused(tmp_path, change, told):
    row = replace(ROWS[0], cell=replace(CELLS[0], **change))
    page = {"format": 1, "truths": [], "rows": [[
        {"f": cell.hex()} if isinstance(cell, float) else cell for cell in flat(row)
    ]]}  # fmt: skip
    with pytest.raises(ValueError, match=told):
        read_bundle(bundle_of(tmp_path / "b.zip", page))


def written(path, bundle):
    write_bundle(path, bundle)
    return bundle


def test_a_row_again_names_the_release_that_is_another(tmp_path, monkeypatch):
    path, other = tmp_path / "a.sqlite", tmp_path / "b.sqlite"
    run_suite(Suite((("shift1", "js"),), ("knn",), ((50, 1),)), path)
    found = rerun(path, "shift1:js:knn:50:0")
    assert found.agrees and found.differing == ()
    merge(other, [written(path, tmp_path / "rows.zip")])
    releases = code.beneath()
    monkeypatch.setattr(code, "beneath", lambda: ["3.10.0", *releases[1:-1], "torch=1.0"])
    for place in (path, other):
        found = rerun(place, "shift1:js:knn:50:0")
        assert [each.partition(" ")[0] for each in found.differing] == ["Python", "torch"]
        assert found.differing[1].endswith(", now 1.0")
        assert found.agrees


def test_versions_that_are_no_tables_are_damage(tmp_path):
    path = ledger(tmp_path / "a.sqlite", ROWS)
    page = page_of(written(path, tmp_path / "rows.zip"))
    for wrong in ([1], {"one": [1]}, {"one": {"numpy": 2}}):
        bundle = bundle_of(tmp_path / "b.zip", page | {"versions": wrong})
        with pytest.raises(ValueError, match="damaged"):
            read_bundle(bundle)
    with sqlite3.connect(path) as base:
        base.execute("INSERT INTO versions VALUES ('one', '[3]')")
    opened = Ledger(path)
    with pytest.raises(ValueError, match="a version is none"):
        opened.versions()
    opened.close()


def test_a_truth_of_the_catalogue_is_not_taken_from_a_ledger(tmp_path):
    path = tmp_path / "a.sqlite"
    with held(path) as made:
        made.add_truth("shift1", "js", replace(TRUTH, value=0.5))
    suite = Suite((("shift1", "js"),), ("knn",), ((50, 1),))
    run_suite(suite, path)
    assert asked_for(suite, path).truths == {("shift1", "js"): TRUTH}
