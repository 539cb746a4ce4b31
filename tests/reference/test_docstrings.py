"""Public docstrings: an example that runs, in a section of its own, where to look next, and no
`**options` of any type."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import divkit
from divkit.density.registry import DENSITIES, FitOptions
from divkit.estimators.api import ESTIMATORS, EstimatorOptions
from divkit.estimators.information.api import INFORMATION, InformationOptions
from divkit.exact.api import METHODS
from divkit.exact.options import MethodOptions
from divkit.training.options import OptionFields, Options

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs" / "reference").glob("*.rst"))
LISTED = re.compile(r"^   ([\w.]+)$", re.MULTILINE)
CURRENT = re.compile(r"^\.\. currentmodule:: ([\w.]+)$", re.MULTILINE)
SEE_ALSO = re.compile(r"^See Also\n-+\n(.+?)(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)


def public():
    """Every class and function that `divkit` or a page of the reference names, by its own name."""
    named = [("divkit", name) for name in divkit.__all__]
    for page in PAGES:
        parts = CURRENT.split(page.read_text(encoding="utf-8"))
        for module, body in zip(parts[1::2], parts[2::2], strict=True):
            named += [(module, name) for name in LISTED.findall(body)]
    found = {}
    for module, name in named:
        face = importlib.import_module(module)
        for part in name.split("."):
            if not hasattr(face, part):
                face = importlib.import_module(f"{face.__name__}.{part}")
            else:
                face = getattr(face, part)
        if inspect.isclass(face) or inspect.isfunction(face):
            found[f"{face.__module__}.{face.__qualname__}"] = face
    return found


FACES = public()


def words(face):
    """The docstring, not one that is inherited."""
    return inspect.cleandoc(face.__doc__ or "")


def test_every_entry_has_an_example():
    assert [name for name, face in FACES.items() if ">>> " not in words(face)] == []


def test_every_name_at_the_top_says_where_to_look_next():
    top = {id(getattr(divkit, name)) for name in divkit.__all__}
    lost = [n for n, face in FACES.items() if id(face) in top and not SEE_ALSO.search(words(face))]
    assert lost == []


def test_what_is_seen_also_is_there():
    for name, face in FACES.items():
        for section in SEE_ALSO.findall(words(face)):
            for entry in re.findall(r"^([\w.]+) :", section, re.MULTILINE):
                try:
                    pkgutil.resolve_name(entry if "." in entry else f"divkit.{entry}")
                except (ImportError, AttributeError):
                    raise AssertionError(f"{name} names {entry}, which is not there") from None


def test_examples_have_a_section_where_a_docstring_has_any():
    """Else the documentation takes an example for one more error that is raised."""
    before = {n: words(f).partition(">>> ")[0] for n, f in FACES.items() if ">>> " in words(f)}
    heads = re.compile(r"^(.+)\n-{3,}$", re.MULTILINE)
    last = {name: heads.findall(text)[-1:] for name, text in before.items()}
    assert [name for name, head in last.items() if head not in ([], ["Examples"])] == []


def test_options_are_named():
    methods = [
        (f"{name}.{own}", method)
        for name, face in FACES.items()
        if inspect.isclass(face)
        for own, method in vars(face).items()
        if inspect.isfunction(method) and not own.startswith("_")
    ]
    loose = [
        name
        for name, face in [*FACES.items(), *methods]
        if inspect.isfunction(face)
        for each in inspect.signature(face).parameters.values()
        if each.kind is each.VAR_KEYWORD and each.annotation == "Any"
    ]
    assert loose == []


@pytest.mark.parametrize(
    ("table", "options", "elsewhere"),
    [
        (METHODS, MethodOptions, set()),
        (ESTIMATORS, EstimatorOptions, {"rng", "level", "jitter"}),
        (INFORMATION, InformationOptions, {"rng", "level"}),
    ],
    ids=["methods", "estimators", "information"],
)
def test_options_are_those_of_all_methods(table, options, elsewhere):
    own = {name for key in table for name in inspect.signature(table[key]).parameters}
    assert own - elsewhere == set(options.__annotations__)


def test_options_are_those_of_densities_and_trainings():
    own = {name for key in DENSITIES if key != "flow" for name in DENSITIES[key]().get_params()}
    flow = importlib.import_module("divkit.density.flow").NeuralSplineFlow
    assert own | set(inspect.signature(flow).parameters) == set(FitOptions.__annotations__)
    assert set(Options.__dataclass_fields__) - {"noise"} == set(OptionFields.__annotations__)
