"""Signatures of what users import name their options; a wrong option is answered by a near one."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import divkit
from divkit.density.registry import FitOptions
from divkit.estimators.api import EstimatorOptions
from divkit.exact.options import MethodOptions
from divkit.gan import Options
from divkit.signatures import OWN_DEFAULT, listed
from divkit.training.options import OptionFields

ROOT = Path(divkit.__file__).parent
OPEN = {
    "parse_law", "LawExpression.__call__", "CurveTable.series", "Curve.series", "Result.exact",
}  # fmt: skip
"""Those that take names of the user's own: free names of a law, levels, diagnostics."""


def public() -> Iterator[tuple[str, Any]]:
    """What the packages hand out, and the methods of the classes among it."""
    for stub in sorted(ROOT.rglob("__init__.pyi")):
        package = ".".join(stub.parent.relative_to(ROOT.parent).parts)
        module = importlib.import_module(package)
        for name in module.__all__:
            found = getattr(module, name)
            if not str(getattr(found, "__module__", "")).startswith("divkit."):
                continue
            yield f"{package}.{name}", found
            if inspect.isclass(found):
                for key in vars(found):
                    if not key.startswith("_") and inspect.isroutine(getattr(found, key)):
                        yield f"{package}.{name}.{key}", getattr(found, key)


def unnamed(function: Any) -> list[str]:
    """The parameters that stand for options without their names."""
    try:
        every = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [str(each) for each in every if each.kind is inspect.Parameter.VAR_KEYWORD]


def test_no_public_name_hides_its_options():
    found = {
        name: unnamed(part)
        for name, part in public()
        if not getattr(part, "_is_protocol", False) and ".".join(name.split(".")[-2:]) not in OPEN
        and name.split(".")[-1] not in OPEN
    }  # fmt: skip
    assert {name: hidden for name, hidden in found.items() if hidden} == {}
    assert len(found) > 500


@pytest.mark.parametrize(
    ("function", "table"),
    [
        (divkit.js_divergence, MethodOptions), (divkit.gan_value, MethodOptions),
        (divkit.divergence, MethodOptions), (divkit.estimate, EstimatorOptions),
        (divkit.fit_density, FitOptions), (divkit.train_gan, OptionFields),
    ],
)  # fmt: skip
def test_each_option_of_the_table_is_a_keyword_and_is_known_to_a_type_checker(function, table):
    every = inspect.signature(function).parameters
    for name, kind in table.__annotations__.items():
        assert every[name].kind is inspect.Parameter.KEYWORD_ONLY, name
        if every[name].default is OWN_DEFAULT:
            assert every[name].annotation == kind.__forward_arg__
    source = inspect.getsource(inspect.unwrap(function))
    assert f"Unpack[{table.__name__}]" in source
    assert "**options" not in str(inspect.signature(function))


def test_defaults_are_those_of_the_options_and_dots_where_each_method_has_its_own():
    every = inspect.signature(divkit.train_gan).parameters
    defaults = {field.name: getattr(Options(), field.name) for field in fields(Options)}
    assert all(every[n].default == defaults[n] for n in OptionFields.__annotations__)
    assert "digits: int = ..." in str(inspect.signature(divkit.kl_divergence)).replace("'", "")


def test_what_has_no_table_of_options_is_refused():
    with pytest.raises(TypeError, match="takes no options of a table"):
        listed(unnamed)


@pytest.mark.parametrize(
    ("call", "near"),
    [
        (lambda: divkit.kl_divergence([1], [1], method="certified", digts=9), "digits"),
        (lambda: divkit.estimate([1.0, 2.0], [2.0, 3.0], method="knn", raduis="own"), "radius"),
        (lambda: divkit.fit_density([1.0, 2.0], "kde", bandwith=0.3), "bandwidth"),
        (lambda: divkit.mutual_information([1.0], [2.0], "ksg", varaint=1), "variant"),
        (lambda: divkit.train_gan(divkit.Normal(0, 1), stesp=3), "steps"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_answered_by_a_near_one(call, near):
    with pytest.raises(TypeError, match=rf"did you mean '{near}'"):
        call()
