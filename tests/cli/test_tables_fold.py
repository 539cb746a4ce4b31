"""Tables on terminals of every width: nothing is cut, and what names a row least of all."""

import io
import re
import sys

import pytest
from typer.testing import CliRunner

from divkit.cli.main import app
from divkit.cli.tables import GAP, print_table, widths_in

WIDTHS = (20, 40, 60, 80, 100, 150)
HEADER = {"id": "left", "value": "right", "what it is": "left", "verdict": "left"}
ROWS = [
    ["pushforward-singular", "-0.12345678901234", "a code of lower dimension", "holds"],
    ["renyi(0.5)", "1e-16", "Quadrature(rounds=120, panels=6000, mass_tolerance=1e-06)", "fails"],
]


class Terminal(io.StringIO):
    """A terminal as far as a table asks."""

    def isatty(self):
        return True


def shown(columns, show, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    show()
    return re.sub(r"\x1b\[[\d;]*m", "", terminal.getvalue())


@pytest.mark.parametrize("columns", WIDTHS)
def test_nothing_of_a_table_is_cut(columns, monkeypatch):
    text = shown(columns, lambda: print_table(HEADER, ROWS), monkeypatch)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= columns
    assert "…" not in text
    # letters of each cell come in their order, however it is folded
    for cell in (cell for row in ROWS for cell in row):
        letters = [re.escape(c) for c in cell if c != " "]
        assert re.search(r"[\s\S]*?".join(letters), text)
    if columns >= 40:
        for name, value, *_ in ROWS:
            assert name in text and value in text


@pytest.mark.parametrize("columns", [c for c in WIDTHS if c >= 40])
@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("verify", "--list", "--only", "pushforward-singular,A"), ("pushforward-singular",)),
        (
            ("divergence", "normal(0, 1)", "normal(1, 2)", "--kind", "js,kl,w1,renyi(0.5)", "-v"),
            ("js", "kl", "w1", "renyi(0.5)", "Quadrature(rounds=120,"),
        ),
    ],
)
def test_names_of_rows_are_whole(columns, words, names, monkeypatch):
    text = shown(columns, lambda: app(list(words), standalone_mode=False), monkeypatch)
    assert all(name in text for name in names) and "…" not in text


def test_targets_are_cut_between_words_and_say_so():
    lines = CliRunner().invoke(app, ["train", "--list"]).stdout.splitlines()
    long = [line for line in lines if line.startswith("target") and "MultivariateNormal" in line]
    assert long
    for line in long:
        assert line.endswith(" …") or line.endswith(")")
        assert line.removesuffix(" …").endswith((",", ")"))


def test_a_column_that_names_the_rows_comes_first():
    assert widths_in(80, [20, 8, 60], [20, 8, 9], [False, True, False]) == [20, 8, 48]
    assert widths_in(200, [20, 8, 60], [20, 8, 9], [False, True, False]) == [20, 8, 60]
    for room in range(36, 120):
        widths = widths_in(room, [30, 8, 60, 40], [14, 8, 9, 9], [False, True, False, False])
        if widths is not None:
            assert sum(widths) + GAP * 3 == min(room, 30 + 8 + 60 + 40 + GAP * 3)
