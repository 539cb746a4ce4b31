"""One door for randomness: every kind of state, same state same draws, no global state."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from divkit.rng import as_generator, as_torch_generator, seeded, spawn


def draws(rng) -> list[float]:
    return as_generator(rng).random(3).tolist()


@pytest.mark.parametrize(
    "make",
    [
        lambda: 7,
        lambda: np.int64(7),
        lambda: np.uint8(7),
        lambda: np.random.default_rng(7),
        lambda: np.random.SeedSequence(7),
        lambda: torch.Generator().manual_seed(7),
    ],
)
def test_the_same_state_gives_the_same_draws(make):
    assert draws(make()) == draws(make())


def test_an_int_a_sequence_and_a_generator_name_the_same_stream():
    assert draws(7) == draws(np.random.SeedSequence(7)) == draws(np.random.default_rng(7))


def test_a_generator_passes_through_and_moves_on():
    generator = np.random.default_rng(0)
    assert as_generator(generator) is generator
    assert draws(generator) != draws(generator)


def test_a_torch_generator_moves_on():
    generator = torch.Generator().manual_seed(0)
    assert draws(generator) != draws(generator)


def test_none_is_fresh_entropy():
    """Two streams of 3 doubles coincide with probability 2^−159."""
    assert draws(None) != draws(None)


@pytest.mark.parametrize("rng", [-1, np.int64(-5)])
def test_a_negative_seed_is_a_value_error_that_names_the_argument(rng):
    with pytest.raises(ValueError, match=f"random_state must be at least 0; got {rng}"):
        as_generator(rng, name="random_state")


@pytest.mark.parametrize("rng", [1.5, "x", True, [1, 2], np.random, 1j])
def test_other_types_are_type_errors(rng):
    with pytest.raises(TypeError, match="rng must be an int, a numpy Generator"):
        as_generator(rng)


def test_torch_generators():
    generator = torch.Generator().manual_seed(3)
    assert as_torch_generator(generator) is generator
    first, second = (torch.rand(3, generator=as_torch_generator(5)) for _ in range(2))
    assert torch.equal(first, second)
    assert not torch.equal(first, torch.rand(3, generator=as_torch_generator(6)))


def test_spawned_streams_differ_and_repeat():
    first, again = ([g.random(2).tolist() for g in spawn(1, 4)] for _ in range(2))
    assert first == again
    assert len({tuple(stream) for stream in first}) == 4


def test_spawning_again_from_the_same_generator_gives_new_streams():
    parent = np.random.default_rng(1)
    assert spawn(parent, 1)[0].random() != spawn(parent, 1)[0].random()


def global_state() -> list[int]:
    return np.random.get_state()[1].tolist()  # noqa: NPY002


def test_global_states_are_left_alone():
    numpy_before, torch_before = global_state(), torch.get_rng_state()
    draws(1)
    spawn(None, 3)
    as_torch_generator(torch.Generator().manual_seed(1))
    as_torch_generator(2)
    assert global_state() == numpy_before
    assert torch.equal(torch.get_rng_state(), torch_before)


def drawn():
    return random.random(), float(np.random.rand()), float(torch.rand(()))  # noqa: NPY002


def test_the_global_generators_follow_a_seed_and_are_put_back():
    with seeded(1):
        one = drawn()
        with seeded(2):
            two = drawn()
        three = drawn()
    with seeded(1):
        assert drawn() == one and drawn() == three
    assert len({*one, *two, *three}) == 9
    with seeded(5):
        before = drawn()
    with seeded(5), pytest.raises(KeyError), seeded(6):
        raise KeyError
    with seeded(5):
        assert drawn() == before
