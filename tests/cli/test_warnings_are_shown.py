"""Every verb shows on stderr what its results warn of, and its JSON holds it."""

import dataclasses
import importlib
import json
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from divkit.cli.main import app

WORDS = "a warning that a reader must see"


def warned(result):
    if isinstance(result, tuple):
        return tuple(map(warned, result))
    return dataclasses.replace(result, warnings=(*result.warnings, WORDS))


def through(call):
    """The function with a warning added to the Result that it returns."""
    return lambda *arguments, **options: warned(call(*arguments, **options))


@pytest.fixture
def tables(tmp_path):
    rng = np.random.default_rng(0)
    paths = [tmp_path / "a.npy", tmp_path / "b.npy"]
    for path in paths:
        np.save(path, rng.normal(size=(60, 1)))
    return [str(path) for path in paths]


@pytest.mark.parametrize("json_too", [False, True])
@pytest.mark.parametrize(
    "verb",
    [
        "divergence",
        "curve",
        "estimate",
        "value",
        pytest.param("compare", marks=pytest.mark.slow),
    ],
)
def test_a_warning_reaches_the_reader(verb, json_too, tables, monkeypatch):
    places = {
        "divergence": "divkit.exact.api.divergence",
        "curve": "divkit.curves.walk.divergence",
        "estimate": "divkit.estimators.api.estimate",
        "value": "divkit.critics.maximise_value",
        "compare": "divkit.comparison.compare.estimate",
    }
    arguments = {
        "divergence": ["normal(0, 1)", "normal(1, 1)"],
        "curve": ["df", "--values", "3,4"],
        "estimate": tables,
        "value": ["normal(0, 1)", "normal(1, 1)", "--critic", "logistic"],
        "compare": [*tables, "--permutations", "19"],
    }
    module, _, name = places[verb].rpartition(".")
    importlib.import_module(module)
    home = sys.modules[module]  # a package may hand on a function of its module's name
    monkeypatch.setattr(home, name, through(getattr(home, name)))
    done = CliRunner().invoke(app, [verb, *arguments[verb], *(["--json"] if json_too else [])])
    assert done.exit_code == 0, done.output
    assert WORDS in done.stderr
    if json_too:
        assert WORDS in json.dumps(json.loads(done.stdout))
