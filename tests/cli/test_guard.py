"""An error of divkit's checks is advice; any other is a fault of divkit's, with its traceback."""

import json
import math
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from divkit.cli.guard import guarded
from divkit.cli.main import app
from divkit.divergences import named
from divkit.faults import is_advice, raised_by_divkit


def status_of(verb):
    one = typer.Typer()
    one.command()(guarded(verb))
    return CliRunner().invoke(one, [])


def of_numpy():
    np.zeros((2, 3)) @ np.zeros((2, 3))


def of_json():
    json.dumps({"holds": np.True_}, allow_nan=False)


def of_json_text():
    json.loads("{")


def of_int():
    int("x")


def of_arguments():
    named()


def of_unpacking():
    _, _ = (1,)


def of_math():
    math.log(-1.0)


def of_key():
    {}["absent"]


def of_attribute():
    _ = None.absent


def of_zero():
    _ = 1 / 0


def of_a_raise_elsewhere():
    raise ValueError("a raise, but no module of divkit")


def of_unknown():
    raise RuntimeError("unknown")


def of_arithmetic():
    raise ArithmeticError("no number")


CRASHES = [
    of_numpy, of_json, of_json_text, of_int, of_arguments, of_unpacking, of_math, of_key,
    of_attribute, of_zero, of_a_raise_elsewhere, of_unknown, of_arithmetic,
]  # fmt: skip


@pytest.mark.parametrize("fault", CRASHES, ids=lambda f: f.__name__)
def test_what_nobody_foresaw_is_70_with_its_traceback(fault):
    done = status_of(fault)
    assert done.exit_code == 70
    assert "Traceback (most recent call last)" in done.stderr
    assert fault.__name__ in done.stderr
    assert "Please report" in done.stderr.splitlines()[-1]
    assert done.stdout == ""


def of_a_name():
    named("jss")


def of_a_type():
    named(3)


def of_a_missing_file():
    Path("/nowhere/at/all").read_text()


def of_a_folder():
    Path("/").read_text()


@pytest.mark.parametrize("fault", [of_a_name, of_a_type, of_a_missing_file, of_a_folder])
def test_advice_is_one_line_and_status_2(fault):
    done = status_of(fault)
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr


def test_a_check_that_passes_through_finally_and_with_is_still_a_check():
    def verb():
        with np.errstate(all="ignore"):
            try:
                named("jss")
            finally:
                sys.stdout.flush()

    assert status_of(verb).exit_code == 2


def test_an_error_that_was_never_raised_is_nobodys_advice():
    assert not raised_by_divkit(ValueError("not raised"))
    assert not is_advice(ValueError("not raised"))
    assert is_advice(FileNotFoundError(2, "No such file"))


@pytest.mark.parametrize(
    "error", [ValueError, TypeError, KeyError, AttributeError, FloatingPointError]
)
def test_a_fault_inside_a_verb_is_not_dressed_as_the_users(monkeypatch, error):
    def broken(*_, **__):
        raise error("a fault within")

    monkeypatch.setattr(import_module("divkit.cli.verify"), "print_json", broken)
    done = CliRunner().invoke(app, ["verify", "--only", "relativistic", "--json"])
    assert done.exit_code == 70
    assert "a fault within" in done.stderr
