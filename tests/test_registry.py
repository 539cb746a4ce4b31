"""Names at the edges: aliases, spelling, and advice for a wrong name."""

from __future__ import annotations

import json
from dataclasses import is_dataclass

import pytest

from divkit.distributions.parse.names import LAWS, entries
from divkit.distributions.toys import TOYS
from divkit.estimators.api import ESTIMATORS
from divkit.exact.api import METHODS
from divkit.registry import Registry, UnknownNameError


@pytest.fixture
def fruit() -> Registry[int]:
    registry: Registry[int] = Registry("fruit")
    registry.register("red_apple", 1, "apple", "pomme")
    registry.register("pear", 2)
    return registry


@pytest.mark.parametrize("name", ["red_apple", "Red Apple", "red-apple", " APPLE ", "pomme"])
def test_aliases_and_spelling(fruit, name):
    assert fruit[name] == 1
    assert name in fruit


def test_it_is_a_mapping_of_names_without_aliases(fruit):
    assert list(fruit) == ["red_apple", "pear"]
    assert len(fruit) == 2
    assert dict(fruit) == {"red_apple": 1, "pear": 2}
    assert 3 not in fruit


def test_register_returns_the_entry(fruit):
    assert fruit.register("plum", 3) == 3


def test_a_wrong_name_gets_the_nearest_and_the_list(fruit):
    with pytest.raises(UnknownNameError, match=r"unknown fruit 'aple'\. Did you mean 'apple'"):
        fruit["aple"]
    with pytest.raises(ValueError, match=r"unknown fruit 'xyz'\. Known: pear, red_apple\."):
        fruit["xyz"]


def test_a_long_table_says_what_prints_it_and_the_nearest_are_about_as_near():
    table = Registry("law", listing="`divkit laws`")
    for name in ("poisson", "moons", "ising"):
        table.register(name, 1)
    with pytest.raises(UnknownNameError) as told:
        table["poison"]
    assert str(told.value) == (
        "unknown law 'poison'. Did you mean 'poisson'? `divkit laws` prints all 3."
    )


@pytest.mark.parametrize("words", [("pear",), ("quince", "Pomme"), ("APPLE",)])
def test_a_name_that_is_taken_is_refused_and_nothing_is_added(fruit, words):
    with pytest.raises(ValueError, match="is registered already"):
        fruit.register(words[0], 9, *words[1:])
    assert dict(fruit) == {"red_apple": 1, "pear": 2}
    assert "quince" not in fruit


def test_advice_spells_a_name_as_it_was_registered():
    table = Registry("thing")
    table.register("gan-identity", 1)
    with pytest.raises(UnknownNameError, match="Did you mean 'gan-identity'"):
        table["gan-identit"]


def test_a_deferred_entry_is_imported_when_it_is_asked_for():
    table = Registry("decoder")
    table.defer("strict", "json.decoder:JSONDecoder", "json")
    assert list(table) == ["strict"] and "json" in table
    assert table["json"] is json.JSONDecoder is table["strict"]
    with pytest.raises(ValueError, match="registered already"):
        table.defer("strict", "json.decoder:JSONDecoder")


@pytest.mark.parametrize("table", [METHODS, ESTIMATORS], ids=lambda table: table.kind)
def test_every_deferred_entry_stands_where_the_table_says(table):
    assert all(is_dataclass(maker) for maker in table.values())


def test_every_law_that_can_be_written_stands_where_the_table_says():
    found = [each for each in entries() if each.on]  # tests register further ones
    for each in found:
        assert LAWS[each.name].__module__.startswith("divkit.distributions.")
        assert each.usage.startswith(f"{each.name}(") and each.about
        assert all(LAWS[alias] is LAWS[each.name] for alias in each.aliases)
    assert {make.__name__ for make in TOYS} <= set(LAWS)
    assert LAWS.aliases("normal") == ("gaussian", "norm")


def test_derived_entries_follow_their_table():
    numbers: Registry[int] = Registry("number")
    squares: Registry[int] = Registry(
        "square", lambda: [(v * v, (f"square-of-{k}", f"{k}²")) for k, v in numbers.items()]
    )
    squares.register("nine", 9)
    assert list(squares) == ["nine"] and "square of two" not in squares
    numbers.register("two", 2)
    assert list(squares) == ["nine", "square-of-two"] and len(squares) == 2
    assert squares["Square of two"] == squares["two²"] == 4 and "two²" in squares
    with pytest.raises(UnknownNameError, match="'square-of-two'"):
        squares["square of tvo"]


def test_names_that_begin_so_come_first():
    checks: Registry[int] = Registry("check")
    for name in ("lsgan", "gan-identity", "gan-gap", "gan-error-budget", "gan-of-more-words"):
        checks.register(name, 0)
    with pytest.raises(UnknownNameError, match=r"Did you mean 'gan-gap' or 'gan-identity' or "):
        checks["gan"]
    with pytest.raises(UnknownNameError, match=r"Did you mean 'lsgan'\?"):
        checks["lsgam"]
    with pytest.raises(UnknownNameError, match=r"unknown check ''\. Known"):
        checks[""]
