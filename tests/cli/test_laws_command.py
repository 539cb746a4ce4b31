"""`divkit laws`, and what a divergence of two laws on the command line imports."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from divkit.cli.main import app
from divkit.distributions import parse_law


def call(*arguments):
    return CliRunner().invoke(app, ["laws", *arguments])


def test_every_law_has_a_line():
    done = call()
    assert done.exit_code == 0, done.stderr
    rows = done.stdout.splitlines()
    assert rows[0].split() == ["law", "other", "names", "on", "what", "it", "is"]
    assert any(row.startswith("normal(loc=0.0, scale=1.0)") for row in rows)
    assert any(row.startswith("mixture(weight: law, ...)") for row in rows)


def test_one_law_by_any_of_its_names():
    (found,) = json.loads(call("gaussian", "--json").stdout)["laws"]
    assert found["name"] == "normal" and found["aliases"] == ["gaussian", "norm"]
    assert found["on"] == "the line" and found["about"]
    assert parse_law(found["name"] + "()").dim == 1


def test_laws_on_one_space():
    found = json.loads(call("--on", "an interval", "--json").stdout)["laws"]
    assert {"uniform", "beta"} <= {each["name"] for each in found}
    for words in ("circle", "The circle", "the circle"):
        circular = json.loads(call("--on", words, "--json").stdout)["laws"]
        assert {each["on"] for each in circular} == {"the circle"}


def test_what_laws_are_is_said_of_the_law_and_not_of_a_function():
    known = json.loads(call("--json").stdout)["laws"]
    assert not [each["about"] for each in known if each["about"].startswith(("Return", "return"))]


@pytest.mark.parametrize(
    ("arguments", "words"), [(["nornal"], "'normal'"), (["--on", "a sphere's"], "the line")]
)
def test_unknown_words_are_advice(arguments, words):
    done = call(*arguments)
    assert done.exit_code == 2 and words in done.stderr


def test_a_divergence_of_two_laws_imports_neither_scipy_nor_a_table():
    code = (
        "import sys; sys.argv[1:] = ['divergence', 'normal(0, 1)', 'normal(1, 1)']\n"
        "from divkit.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = ('scipy', 'sklearn', 'pandas', 'rich', 'matplotlib', 'numba')\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr == "[]\n" and "0.5" in done.stdout


@pytest.mark.slow
def test_descriptions_are_there_without_docstrings():
    plain, without = (
        subprocess.run(
            [sys.executable, *flags, "-m", "divkit", *words],
            capture_output=True, text=True, check=True,
        ).stdout
        for words in (("laws",),)
        for flags in ((), ("-OO",))
    )  # fmt: skip
    assert without == plain
    helped = [
        subprocess.run(
            [sys.executable, *flags, "-m", "divkit", "bench", "run", "--help"],
            capture_output=True, text=True, check=True,
        ).stdout
        for flags in ((), ("-OO",))
    ]  # fmt: skip
    assert helped[0] == helped[1] and "Do what the ledger lacks" in helped[0]
