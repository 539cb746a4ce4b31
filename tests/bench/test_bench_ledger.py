"""The ledger loses nothing, knows who made a row, and takes the files of before."""

import math
import sqlite3
from dataclasses import replace

import pytest
from bench_work import fine

from divkit.bench.cells import Cell, Row, failed
from divkit.bench.ledger import Ledger, held
from divkit.bench.truth import ProblemTruth

CELLS = [Cell("shift1", "js", "auto", 100, seed) for seed in range(4)]
OLD = """
CREATE TABLE rows (
    problem TEXT, divergence TEXT, estimator TEXT, n INTEGER, seed INTEGER,
    value REAL, error REAL, low REAL, high REAL, oracle REAL, seconds REAL,
    failure TEXT, warnings TEXT,
    PRIMARY KEY (problem, divergence, estimator, n, seed)
);
CREATE TABLE truths (
    problem TEXT, divergence TEXT, truth TEXT, PRIMARY KEY (problem, divergence)
);
INSERT INTO rows VALUES ('shift1', 'js', 'auto', 100, 0, 0.5, 0.1, 0, 1, 0.5, 2, '', '["few"]');
INSERT INTO rows VALUES ('shift1', 'js', 'auto', 100, 1, 0.5, 9e999, 0, 1, 0.5, 2, '', '[]');
INSERT INTO rows VALUES ('shift1', 'js', 'auto', 100, 2, 0.5, NULL, NULL, NULL, 0.5, 2, '', '[]');
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


def test_rows_come_back_as_they_were(path):
    rows = [fine(CELLS[0]), failed(CELLS[1], "why")]
    with held(path) as ledger:
        ledger.add(rows)
        ledger.add_truth("shift1", "js", ProblemTruth(0.1, 1e-16, 0.2, math.inf))
    again = Ledger(path)
    one, two = again.rows()
    assert one == rows[0]
    assert two.failure == "why" and math.isnan(two.value)
    assert again.truth("shift1", "js") == ProblemTruth(0.1, 1e-16, 0.2, math.inf)
    assert again.missing(CELLS) == CELLS[2:]
    assert again.missing(CELLS, retry_failed=True) == CELLS[1:]
    again.close()


def test_a_second_run_is_refused(path):
    with held(path), pytest.raises(ValueError, match="being written by another run"), held(path):
        pass


@pytest.mark.parametrize("words", ["no ledger " * 200, None])
def test_a_file_of_another_kind_is_refused(path, words):
    if words is None:
        sqlite3.connect(path).execute("CREATE TABLE others (name TEXT)").connection.close()
    else:
        path.write_text(words)
    with pytest.raises(ValueError, match="is no ledger"):
        Ledger(path)


def test_what_is_not_there_is_not_made_by_reading(path):
    with pytest.raises(OSError, match="cannot be opened"):
        Ledger(path)
    assert not path.exists()


def test_a_row_of_another_version_is_missing_unless_any_counts(path):
    with held(path) as ledger:
        ledger.add([replace(fine(CELLS[0]), code="new"), replace(fine(CELLS[1]), code="old")])
        assert ledger.missing(CELLS, codes={"auto": "new"}) == CELLS[1:]
        assert ledger.missing(CELLS) == CELLS[2:]
        ledger.add([replace(fine(CELLS[1]), code="new", lower_bound=True)])
        assert ledger.missing(CELLS, codes={"auto": "new"}) == CELLS[2:]
        assert [row.lower_bound for row in ledger.rows()] == [False, True]


def test_an_old_ledger_is_read_as_it_is_and_extended_by_a_run(path):
    sqlite3.connect(path).executescript(OLD).connection.close()
    before, reader = path.read_bytes(), Ledger(path)
    rows = reader.rows()
    assert [row.lower_bound for row in rows] == [False, True, False]
    assert rows[0] == Row(CELLS[0], 0.5, 0.1, 0.0, 1.0, 0.5, 2.0, warnings=("few",))
    assert math.isnan(rows[2].low) and {row.code for row in rows} == {""}
    assert (
        reader.missing(CELLS) == CELLS[3:] and reader.missing(CELLS, codes={"auto": "x"}) == CELLS
    )
    reader.close()
    assert path.read_bytes() == before  # a run of the older code can go on writing
    for _ in range(2):
        with held(path) as ledger:
            ledger.add([replace(fine(CELLS[3]), code="new")])
            assert str(ledger.rows()[:3]) == str(rows)
            assert ledger.missing(CELLS, codes={"auto": "new"}) == CELLS[:3]


def test_warnings_are_kept(path):
    cells = [Cell("shift6", "kl", "auto", 50, seed) for seed in range(3)]
    told = (("a lower bound",), (), ("a lower bound", "few rows"))
    rows = [
        Row(c, 1.0, 0.1, 0.9, math.inf, 1.0, 0.1, warnings=w, lower_bound=bool(w))
        for c, w in zip(cells, told, strict=True)
    ]
    with held(path) as ledger:
        ledger.add(rows)
        assert ledger.rows() == rows


def test_a_ledger_knows_its_version_and_a_newer_one_is_refused_by_it(path):
    with held(path) as ledger:
        ledger.add([fine(CELLS[0])])
    base = sqlite3.connect(path)
    assert base.execute("PRAGMA user_version").fetchall() == [(2,)]
    base.execute("PRAGMA user_version = 3")
    base.close()
    for open_ in (Ledger, lambda path: held(path).__enter__()):
        with pytest.raises(ValueError, match="ledger of version 3, and this divkit reads 2"):
            open_(path)
