"""What divkit makes travels: through pickle, copy.deepcopy and a process that starts from nothing.

Tables come back as their own entries, so that `is` and `==` hold on the other side.
"""

import copy
import dataclasses
import json
import multiprocessing
import pickle
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import torch

from divkit.critics import CRITICS, MAXIMISERS
from divkit.critics.activations import RELU, SIGMOID, TANH, leaky
from divkit.distributions import Normal, law, mixture
from divkit.distributions.adapt import as_law
from divkit.divergences import DIVERGENCES, JS, alpha, mmd, named, renyi, weighted_js
from divkit.estimators.api import estimate
from divkit.estimators.information.api import INFORMATION
from divkit.estimators.registry import ESTIMATORS
from divkit.exact.api import METHODS, divergence
from divkit.exact.batch.api import divergence_batch
from divkit.games import GAMES, GAN, WGAN, f_gan, least_squares, lipschitz, packed
from divkit.gan import NetworkCritic, Recorder, train_gan
from divkit.generators.targets import TARGETS
from divkit.problems import PROBLEMS
from divkit.theory import verify
from divkit.training.gan.penalties import Penalties
from divkit.training.losses import LOSSES, minimax, smoothed
from divkit.training.options import Options
from divkit.training_config import Config

sys.path += [str(Path(__file__).parent / part) for part in ("distributions", "gan")]

import generator_instances
import law_instances


def travelled(value):
    return pickle.loads(pickle.dumps(value))


def numbers(result):
    return result.value, result.error, result.interval, result.kind, result.method


def own(value):
    """A law of the user's own lambda, or of an object that its library cannot pickle."""
    return "<lambda>" in repr(value) or "*Normal(mu" in repr(value)


TABLES = [DIVERGENCES, GAMES, LOSSES]
ENTRIES = [entry for table in TABLES for entry in table.values()]
FAMILIES = [renyi(0.5), renyi(3.0), alpha(2.5), weighted_js(0.3), mmd(2.0), named("alpha(-0.5)")]
GAMES_MADE = [packed(3), lipschitz(2.0), least_squares(0.0, 1.0), f_gan(alpha(0.5)), WGAN.slopes]
LOSSES_MADE = [smoothed(0.2), minimax(packed(2))]
LAWS = [law for law in law_instances.ALL if not own(law)]
PLAIN = [
    *(made() for made in ESTIMATORS.values()),
    *(made() for made in INFORMATION.values()),
    *(made() for made in METHODS.values()),
    *MAXIMISERS.values(),
    *CRITICS.values(),
    *PROBLEMS.values(),
    *(make() for make in TARGETS.values()),
    Options(penalties=Penalties(r1=1.0)),
    Config(),
]


def labelled(value) -> str:
    """A test's name that is the same in every process: no address of a function in it."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))[:60]


@pytest.mark.parametrize("entry", [*ENTRIES, WGAN], ids=labelled)
def test_an_entry_of_a_table_comes_back_as_itself(entry):
    assert travelled(entry) is entry
    assert copy.deepcopy(entry) is entry


@pytest.mark.parametrize("made", [*FAMILIES, *GAMES_MADE, *LOSSES_MADE], ids=labelled)
def test_what_a_family_makes_comes_back_alike(made):
    for back in (travelled(made), copy.deepcopy(made)):
        assert type(back) is type(made)
        assert repr(back) == repr(made)


@pytest.mark.parametrize(
    "made", [*ENTRIES, WGAN, *FAMILIES, *GAMES_MADE, *LOSSES_MADE], ids=labelled
)
def test_what_is_replaced_travels_by_its_parts(made):
    other = dataclasses.replace(made, name="mine")
    for back in (travelled(other), copy.deepcopy(other)):
        assert type(back) is type(made) and back.name == "mine"


def test_functions_of_a_table_are_named_by_their_place():
    assert (JS.f.__module__, JS.f.__qualname__) == ("divkit.divergences.parameter_free", "JS.f")
    assert travelled(JS.f) is JS.f and travelled(GAN.on_q) is GAN.on_q


def test_a_mixture_of_laws_of_named_functions_travels():
    made = mixture([0.4, 0.6], [law(density=triangle, support=(0, 1)), Normal(0, 1)])
    x = made.sample(4, 0)
    assert torch.equal(travelled(made).log_prob(x), made.log_prob(x))


@pytest.mark.parametrize("kind", FAMILIES[:4], ids=labelled)
def test_a_divergence_that_travelled_computes_the_same(kind):
    p, q = Normal(0, 1), Normal(1, 2)
    assert numbers(divergence(p, q, travelled(kind))) == numbers(divergence(p, q, kind))


@pytest.mark.sweep(4)
@pytest.mark.parametrize("made", LAWS, ids=labelled)
def test_a_law_that_travelled_has_the_same_density(made):
    x = made.sample(4, 0)
    for back in (travelled(made), copy.deepcopy(made)):
        assert torch.equal(back.log_prob(x), made.log_prob(x))
        assert torch.equal(back.sample(4, 1), made.sample(4, 1))
        assert repr(back) == repr(made)


def triangle(x):
    return 2 * x


def test_a_law_of_a_function_with_a_name_travels():
    made = law(density=triangle, support=(0, 1))
    back = travelled(made)
    assert back.cdf(0.5) == made.cdf(0.5)
    wrapped = as_law(scipy.stats.hypsecant(1.0))
    there, here = (divergence(p, Normal(0, 1)) for p in (travelled(wrapped), wrapped))
    assert numbers(there) == numbers(here)


def test_an_object_that_its_own_library_pickles_as_another_is_refused():
    """SciPy's Normal(mu, sigma) comes back from pickle as a StandardNormal that says so."""
    made = 2.0 * scipy.stats.Normal(mu=1.0, sigma=2.0)
    data = pickle.dumps(as_law(made))
    assert repr(travelled(made)) != repr(made)
    with pytest.raises(ValueError, match="its library made"):
        pickle.loads(data)


@pytest.mark.parametrize("value", PLAIN, ids=labelled)
def test_methods_and_descriptions_travel(value):
    assert repr(travelled(value)) == repr(value)
    assert repr(copy.deepcopy(value)) == repr(value)


def instances(module):
    groups = [v for v in vars(module).values() if isinstance(v, list | tuple)]
    return [v for group in groups for v in group if hasattr(v, "push")]


@pytest.mark.parametrize("made", instances(generator_instances), ids=labelled)
def test_generators_travel(made):
    theta, z = made.start(np.random.default_rng(0)), made.draw(8, 0)
    for back in (travelled(made), copy.deepcopy(made)):
        assert torch.equal(back.push(theta, z)[0], made.push(theta, z)[0])


@pytest.mark.parametrize("unit", [TANH, RELU, SIGMOID, leaky(0.1)], ids=repr)
def test_activations_come_back_as_themselves(unit):
    assert travelled(unit) is unit
    assert copy.deepcopy(unit) is unit


@pytest.mark.parametrize("game", ["gan", "relativistic", "wgan", "f-gan(js)"])
def test_a_step_of_a_training_travels_to_a_page_in_another_process(game):
    critic, clip = NetworkCritic(1, (4,), RELU), Penalties(clip=0.1) if game == "wgan" else None
    *_, step = train_gan(
        Normal(0, 1), game=game, critic=critic, steps=2, batch=8, recorder=Recorder(8, 8, 0),
        **({"penalties": clip} if clip else {}),
    )  # fmt: skip
    assert len(pickle.dumps(step)) < 100_000
    back = travelled(step)
    assert [r.to_dict() for r in back.records] == [r.to_dict() for r in step.records]
    one, other = (each.training.step(each.state) for each in (step, back))
    assert torch.equal(one.generator, other.generator) and torch.equal(one.critic, other.critic)


def test_results_travel():
    rng = np.random.default_rng(0)
    one = divergence(Normal(0, 1), Normal(1, 2), "js")
    drawn = estimate(rng.normal(size=60), rng.normal(size=60) + 1, "js", "knn")
    (checked,) = verify("relativistic")
    for result in (one, drawn, checked):
        for back in (travelled(result), copy.deepcopy(result)):
            assert json.dumps(back.to_dict()) == json.dumps(result.to_dict())
    many = divergence_batch([Normal(0, 1)] * 3, [Normal(1, 2)] * 3, "js")
    for back in (travelled(many), copy.deepcopy(many)):
        assert np.array_equal(back.value, many.value)
        assert back[1] == many[1]


def answer(job):
    p, q, kind = job
    return divergence(p, q, kind)


@pytest.mark.slow
def test_a_process_that_starts_from_nothing_gives_the_same():
    """Laws and divergences go out, results come back."""
    jobs = [
        (Normal(0, 1), Normal(1, 2), JS := named("js")),
        (Normal(0, 1), as_law(scipy.stats.hypsecant()), JS),
        (law(density=triangle, support=(0, 1)), Normal(0, 1), named("renyi(0.5)")),
        (TARGETS["normal"](), Normal(0, 1), named("w1")),
    ]
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        found = list(pool.map(answer, jobs))
    for result, job in zip(found, jobs, strict=True):
        here = answer(job)
        assert (result.value, result.error, result.kind) == (here.value, here.error, here.kind)
