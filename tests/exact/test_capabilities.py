"""What is declared of each law, the page of the documentation that lists it, and its use."""

import inspect
from pathlib import Path

import pytest

import divkit.distributions
from divkit.distributions import Law, Normal, Product, Stable, StudentT, mixture
from divkit.exact.capabilities import (
    Capabilities,
    Tame,
    capabilities,
    declare,
    member,
    table,
    tame,
)
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


def test_compositions_have_what_their_parts_have():
    heavy = StudentT(3.0)
    assert tame(Product((Normal(), heavy))) == Tame(2, 3.0)
    assert tame(mixture([0.5, 0.5], [Normal(), heavy])) == Tame(2, 3.0)


def test_what_is_not_declared_is_refused_by_name():
    with pytest.raises(NotApplicableError, match="StudentT"):
        member(StudentT(3.0))
