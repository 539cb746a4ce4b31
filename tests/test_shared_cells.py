"""The documentation's cache of cells is there before pages are read by several processes."""

from __future__ import annotations

import fcntl
import sqlite3
import sys
from pathlib import Path

import nbformat
import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.fixture
def cells(monkeypatch):
    pytest.importorskip("myst_nb")
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))
    import shared_cells

    yield shared_cells
    sys.modules.pop("shared_cells")


def tables(folder: Path) -> set[str]:
    with sqlite3.connect(folder / "global.db") as database:
        return {name for (name,) in database.execute("select name from sqlite_master")}


def notebook(code: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])


def test_a_build_begins_with_an_empty_cache_whose_tables_are_made(cells, tmp_path):
    folder = tmp_path / "cells"
    folder.mkdir()
    (folder / "old").touch()
    cells.fresh(folder)
    assert {"settings", "nbcache", "nbproject"} <= tables(folder)
    assert not (folder / "old").exists()


def test_the_same_cells_are_run_by_one_process_and_other_cells_beside_it(cells, tmp_path):
    with cells.alone(tmp_path, notebook("1 + 1")):
        (held,) = tmp_path.glob("*.lock")
        with held.open("w") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with cells.alone(tmp_path, notebook("1 + 2")):
            assert len(list(tmp_path.glob("*.lock"))) == 2
    with cells.alone(tmp_path, notebook("1 + 1")):
        pass


def test_the_build_makes_its_cache_by_it_and_runs_cells_by_the_client_that_waits(cells):
    conf = (DOCS / "conf.py").read_text()
    assert '"shared_cells"' in conf and "rmtree" not in conf

    class App:
        events: list[str] = []

        def connect(self, event, function):
            self.events.append(event)

    import myst_nb.core.execute as execute

    cells.setup(App())
    assert App.events == ["builder-inited"]
    assert execute.NotebookClientCache is cells.PatientClient
