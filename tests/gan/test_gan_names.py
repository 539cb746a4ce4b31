"""The names that documents have: `divkit.gan` and its modules hand out what lies below."""

from importlib import import_module

import pytest

import divkit.gan
from divkit.training.gan.lipschitz import ScaledDistance

MODULES = {
    "dirac": ("DiracGame", "dirac_games"),
    "generators": ("AffineGenerator", "FoldedLaw", "MixtureGenerator", "standard_normal"),
    "lipschitz": ("Clipping", "GradientPenalty", "lipschitz_critic"),
}
OTHERS = {
    "Adam": "AdamOptimiser",
    "TrainingDivergedError": "TrainingDivergedError",
    "DUELS": "LOSSES",
    "Duel": "Loss",
    "Followed": "AutogradCritic",
    "GanStep": "TrainingStep",
    "LawStep": "TrainingStep",
    "LikelihoodDescent": "LikelihoodDescent",
    "SystemStep": "TrainingStep",
    "VariationalSystem": "VariationalSystem",
}


@pytest.mark.parametrize("name", MODULES)
def test_modules_of_documents_go_on(name):
    module = import_module(f"divkit.gan.{name}")
    for thing in MODULES[name]:
        assert getattr(module, thing) is getattr(divkit.gan, thing)
    assert module.__doc__


def test_a_module_of_documents_hands_out_what_the_package_does_not():
    assert import_module("divkit.gan.lipschitz").ScaledDistance is ScaledDistance
    assert import_module("divkit.gan.dirac").consensus(0.5).name == "consensus"


def test_every_name_is_there():
    for name in divkit.gan.__all__:
        assert getattr(divkit.gan, name) is not None


@pytest.mark.parametrize("name", OTHERS)
def test_a_class_is_known_by_its_documented_name_too(name):
    assert getattr(divkit.gan, name) is getattr(divkit.gan, OTHERS[name])
