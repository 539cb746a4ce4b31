"""What is declared of each law, the page of the documentation that lists it, and its use."""

import importlib
import inspect
import pkgutil
import sys
from pathlib import Path

import pytest

import divkit.distributions
import divkit.exact.capabilities as capabilities_package
from divkit.distributions import Law, Normal, Product, Stable, StudentT, mixture
from divkit.exact.capabilities import (
    Capabilities,
    Tame,
    base,
    capabilities,
    declare,
    member,
    table,
    tame,
)
from divkit.exact.capabilities.groups import GROUPS
from divkit.exact.method import NotApplicableError

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "capabilities.md"
EXPORTED = [
    kind
    for name in divkit.distributions.__all__
    if inspect.isclass(kind := getattr(divkit.distributions, name))
    and issubclass(kind, Law)
    and not inspect.isabstract(kind)
]


def test_the_page_lists_what_is_declared():
    assert table(EXPORTED) in PAGE.read_text(encoding="utf-8"), (
        f"put divkit.exact.capabilities.table's answer into {PAGE.name}:\n{table(EXPORTED)}"
    )


def test_every_family_on_the_line_is_certified():
    families = [
        k for k in EXPORTED if ".families." in k.__module__ and k.__module__[-5:] != "riate"
    ]
    assert len(families) >= 12
    for kind in set(families) - {Stable}:  # whose density is an integral
        wanted = {"tails", "moments", "inverse"}
        wanted |= {"certified density", "certified CDF", "certified tails"}
        assert wanted <= set(capabilities(kind)), kind


def test_a_subclass_has_what_its_base_has_and_may_say_otherwise():
    class Narrow(Normal):
        """A normal law."""

    assert capabilities(Narrow) == capabilities(Normal)
    declare(Narrow, Capabilities(tame=lambda law: Tame(3, 7)))
    assert tame(Narrow()) == Tame(3, 7)
    assert type(member(Narrow())) is type(member(Normal()))


def test_the_groups_say_where_the_laws_of_each_module_are_declared(monkeypatch):
    laws, here = "divkit.distributions.", "divkit.exact.capabilities"
    for name in pkgutil.iter_modules(capabilities_package.__path__):
        importlib.import_module(f"{here}.{name.name}")
    kinds = {kind for kind in base._DECLARED if kind.__module__.startswith(laws)}
    assert {kind.__module__.removeprefix(laws) for kind in kinds} == set(GROUPS)
    for group in sorted(set(GROUPS.values())):
        own: dict = {}
        monkeypatch.setattr(capabilities_package, group, sys.modules[f"{here}.{group}"])
        monkeypatch.setattr(base, "_DECLARED", own)
        monkeypatch.delitem(sys.modules, f"{here}.{group}")
        importlib.import_module(f"{here}.{group}")
        declared = {kind.__module__.removeprefix(laws) for kind in own}
        assert declared == {module for module, home in GROUPS.items() if home == group}, group


def test_compositions_have_what_their_parts_have():
    heavy = StudentT(3.0)
    assert tame(Product((Normal(), heavy))) == Tame(2, 3.0)
    assert tame(mixture([0.5, 0.5], [Normal(), heavy])) == Tame(2, 3.0)


def test_what_is_not_declared_is_refused_by_name():
    with pytest.raises(NotApplicableError, match="StudentT"):
        member(StudentT(3.0))
