"""The root of the command line: help, version, wrong words, speed."""

import ast
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import divkit
from divkit.cli.guard import words
from divkit.cli.main import app
from divkit.cli.output import cell, write_csv


def call(*arguments):
    return CliRunner().invoke(app, list(arguments))


def test_version():
    done = call("--version")
    assert (done.exit_code, done.stdout) == (0, f"divkit {divkit.__version__}\n")


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "divkit", "--version"], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, f"divkit {divkit.__version__}\n")


@pytest.mark.parametrize("arguments", [("--help",), ("verify", "--help"), ("curve", "-h")])
def test_help_is_exit_0(arguments):
    done = call(*arguments)
    assert done.exit_code == 0
    assert "Usage:" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (("verfy",), "verify"),
        (("divergense",), "divergence"),
        (("verify", "--sed", "1"), "--seed"),
        (("divergence", "--metod", "x"), "--method"),
        (("--versoin",), "--version"),
    ],
)
def test_an_unknown_word_is_exit_2_with_the_nearest(arguments, nearest):
    done = call(*arguments)
    assert done.exit_code == 2
    assert nearest in done.stderr
    assert done.stdout == ""


HEAVY = ("torch", "numpy", "scipy", "matplotlib", "sklearn", "rich", "flint")


def test_help_imports_nothing_heavy_and_little_else():
    """Modules, the same count on every machine; seconds are in benchmarks/import_cost.py."""
    code = (
        "import sys, typer; bare = set(sys.modules); from divkit.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)\n"
        "print(sorted(set(sys.modules) - bare), file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    heavy, loaded = map(ast.literal_eval, done.stderr.splitlines())
    assert heavy == []
    assert len(loaded) <= 60, loaded


def test_words_split_outside_brackets():
    assert words("js, renyi(0.5) ,,kl") == ["js", "renyi(0.5)", "kl"]
    assert words("mmd(1, 2),tv") == ["mmd(1, 2)", "tv"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_spreadsheet_does_not_evaluate_text(text):
    assert cell(text) == "'" + text


def test_numbers_in_csv_keep_their_sign(tmp_path):
    path = tmp_path / "rows.csv"
    with path.open("w", newline="") as stream:
        write_csv(["=name", "value"], [["@law", -1.5], ["plain", float("inf")]], stream)
    assert path.read_text() == "'=name,value\n'@law,-1.5\nplain,inf\n"
