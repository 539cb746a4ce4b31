"""Imports that documents gave before modules moved: each works, warns, and gives what is there."""

import importlib
import pickle
import subprocess
import sys
from importlib.machinery import PathFinder

import pytest

import divkit
from divkit.moved import MODULES, NAMES, install

DOCUMENTED = """
divkit.comparison Feature
divkit.distributions.families_heavy StudentT
divkit.distributions.families_location_scale Gumbel Laplace Logistic
divkit.distributions.multivariate MultivariateNormal
divkit.distributions.normal Normal
divkit.distributions.product Product
divkit.distributions.support are_disjoint difference_is_null share_measure
divkit.estimators.classifiers.learners Logistic Perceptron
divkit.estimators.information.api Auto
divkit.estimators.information.tasks Task additive_noise gaussian student
divkit.games Alone Arena ALONE
divkit.gan.autoencoder AutoEncoder train_autoencoder
divkit.gan.batches every_atom
divkit.gan.decoders BinaryDecoder Decoder GaussianDecoder
divkit.gan.dirac_play Alternating Simultaneous trajectory
divkit.gan.marginal train_marginal
divkit.gan.vae VAE train_vae
divkit.results BatchResult deterministic
divkit.theory.minimum generator_slopes
divkit.theory.pixels best_discriminator flipped triple
divkit.theory.registry Check Context check
divkit.theory.relatives exact_bound
divkit.theory.result CheckResult Comparison Evidence
"""
CASES = [(line.split()[0], name) for line in DOCUMENTED.split("\n") for name in line.split()[1:]]


@pytest.mark.filterwarnings("ignore:divkit:DeprecationWarning")
@pytest.mark.parametrize(("module", "name"), CASES)
def test_an_import_of_before_works(module, name):
    assert getattr(importlib.import_module(module), name) is not None


@pytest.mark.filterwarnings("ignore:divkit:DeprecationWarning")
@pytest.mark.parametrize("module", MODULES)
def test_a_module_that_moved_hands_on_the_same_objects(module):
    old, new = importlib.import_module(module), importlib.import_module(MODULES[module])
    own = [name for name in vars(new) if not name.startswith("__")]
    assert own and all(getattr(old, name) is getattr(new, name) for name in own)
    assert old.__doc__ == new.__doc__
    with pytest.raises(AttributeError, match=f"module '{module}' has no attribute 'nothing'"):
        old.nothing  # noqa: B018


@pytest.mark.filterwarnings("ignore:divkit.*import from there:DeprecationWarning")  # of the module
@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_another_warns_and_is_the_same_object(name):
    module, _, last = name.rpartition(".")
    place, path = NAMES[name]
    with pytest.warns(DeprecationWarning, match=f"{place}.{path}"):
        found = getattr(importlib.import_module(module), last)
    there = importlib.import_module(place)
    for part in path.split("."):
        there = getattr(there, part)
    assert found == there


def test_no_module_that_moved_takes_the_place_of_what_a_package_hands_out():
    """The import system makes a module that it loads an attribute of its package."""
    for old in MODULES:
        package, _, name = old.rpartition(".")
        there = getattr(importlib.import_module(package), name, None)
        assert there is None or there is sys.modules[old], old
    with pytest.warns(DeprecationWarning, match="use that"):
        from divkit.distributions.product import Product  # noqa: F401
    assert divkit.distributions.product([divkit.distributions.Normal()] * 2).dim == 2


def test_nothing_lies_at_a_place_that_is_said_to_have_moved():
    for old in MODULES:
        package = importlib.import_module(old.rpartition(".")[0])
        assert PathFinder.find_spec(old, package.__path__) is None


def test_the_warning_is_of_the_line_that_imports():
    sys.modules.pop("divkit.theory.pixels", None)
    with pytest.warns(DeprecationWarning, match=r"pixels is .*: import from there") as warned:
        from divkit.theory.pixels import flipped  # noqa: F401
    assert [each.filename for each in warned] == [__file__]


def test_a_law_pickled_under_its_old_module_is_read():
    old = pickle.dumps(divkit.distributions.Normal(1, 2), protocol=0)
    moved = old.replace(b"divkit.distributions.families.normal", b"divkit.distributions.normal")
    assert moved != old
    with pytest.warns(DeprecationWarning, match="families.normal"):
        sys.modules.pop("divkit.distributions.normal", None)
        assert pickle.loads(moved) == divkit.distributions.Normal(1, 2)


def test_one_finder_is_enough():
    before = list(sys.meta_path)
    install()
    importlib.reload(divkit)
    assert sys.meta_path == before


def test_a_function_of_the_name_of_a_module_that_moved_is_called_as_before():
    code = (
        "import divkit.distributions.product, divkit.distributions as d; "
        "print(d.product([d.Normal(), d.Normal()]).dim)"
    )
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert found.stdout == "2\n"
