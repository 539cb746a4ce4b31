"""Probabilities under names: no law that is made of such laws forgets that they are no points."""

import inspect
import pickle
import re

import numpy as np
import pytest
from law_instances import kinds

import divkit
from divkit.distributions import Affine, Normal, mixture, product, transformed
from divkit.distributions.base import Law, Law1D
from divkit.distributions.finite import named

P, Q = {"a": 0.5, "b": 0.3, "c": 0.2}, {"c": 0.6, "a": 0.1, "b": 0.3}
BOTH, OTHER = mixture([0.5, 0.5], [P, Q]), mixture([0.25, 0.75], [Q, P])
MADE = {
    "mixture": (BOTH, OTHER),
    "mixture of mixtures": (mixture([0.5, 0.5], [BOTH, OTHER]), OTHER),
    "product": (product([Normal(), BOTH]), product([Normal(1), OTHER])),
    "strata": (
        mixture([0.5, 0.5], [product([BOTH, Normal()]), product([OTHER, Normal(1)])]),
        product([BOTH, Normal()]),
    ),
}


@pytest.mark.parametrize("kind", ["w1", "w2", "energy", "mmd(1)"])
@pytest.mark.parametrize("made", MADE)
def test_laws_made_of_laws_on_names_have_no_distances(made, kind):
    with pytest.raises(ValueError, match="names have none"):
        divkit.divergence(*MADE[made], kind)
    with pytest.raises(ValueError, match="names have none"):
        divkit.divergence(*MADE[made], kind, method="discrete")


def test_equal_names_are_one_atom_whatever_order_they_came_in():
    turned = dict(reversed(P.items()))
    other = mixture([0.5, 0.5], [{"b": 1.0}, turned])
    found = divkit.js_divergence(mixture([0.5, 0.5], [P, {"b": 1.0}]), other)
    assert abs(found.value) <= found.error
    w = {name: (P[name] + Q[name]) / 2 for name in "abc"}
    truth = divkit.kl_divergence([w[n] for n in "abc"], [P[n] for n in "abc"])
    beside = divkit.kl_divergence(BOTH, P)
    assert abs(beside.value - truth.value) <= beside.error + truth.error
    joint = divkit.kl_divergence(product([BOTH, Normal()]), product([BOTH, Normal(1)]))
    assert abs(joint.value - 0.5) <= joint.error


@pytest.mark.parametrize("numbers", [[0.2, 0.3, 0.5], {0: 0.2, 1: 0.3, 2: 0.5}, "normal(0, 1)"])
def test_names_are_equal_to_no_number(numbers):
    with pytest.raises(ValueError, match="holds names in Mixture"):
        divkit.js_divergence(BOTH, numbers)
    with pytest.raises(ValueError, match="holds names in Mixture"):
        mixture([0.5, 0.5], [BOTH, divkit.as_law(numbers)])


def test_one_law_on_names_alone_has_no_points():
    with pytest.raises(ValueError, match="no points"):
        divkit.as_law(BOTH)
    with pytest.raises(ValueError, match="no points"):
        divkit.estimate(np.arange(50.0), BOTH)
    with pytest.raises(ValueError, match="moves points"):
        transformed(BOTH, Affine(1.0, 2.0))


def test_a_pickle_holds_names_and_takes_the_codes_of_where_it_is_read(monkeypatch):
    sent = pickle.dumps((BOTH, OTHER))
    monkeypatch.setattr(named, "_CODES", {"z": 100, "c": 101})
    monkeypatch.setattr(named, "_NAMES", {100: "z", 101: "c"})
    monkeypatch.setattr(named, "_NEXT", iter(range(102, 200)))
    there = pickle.loads(sent)
    found, here = divkit.js_divergence(*there), divkit.js_divergence(BOTH, OTHER)
    assert abs(found.value - here.value) <= found.error + here.error
    assert sorted(there[0].components[0].names) == ["a", "b", "c"]


def _holds_laws(kind):
    """Whether a field is a law that may lie on names; one of the line has a density."""
    fields = " ".join(
        str(hint) for each in kind.__mro__ for hint in inspect.get_annotations(each).values()
    )
    return re.search(r"\b(Law|FiniteLaw|MixtureLaw|Mixture|Product|Stratum)\b", fields) is not None


def test_every_law_that_holds_laws_says_which_coordinates_are_names():
    own = [kind for kind in kinds() if _holds_laws(kind)]
    assert {k.__name__ for k in own} >= {"Mixture", "Product", "MixedLaw", "Transformed"}
    forgetful = [k for k in own if k.nominal is Law.nominal and not issubclass(k, Law1D)]
    assert forgetful == []
