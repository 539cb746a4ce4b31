"""A game whose theorem is wrong cannot be made."""

import math
from dataclasses import replace

import pytest
import torch

from divkit.divergences.table import JS, KL, TV
from divkit.games import GAMES, GAN, HINGE, f_gan, least_squares


def test_every_divergence_has_its_game():
    assert {"gan", "hinge", "f-gan(js)", "f-gan(kl)"} <= set(GAMES)


@pytest.mark.parametrize(
    "wrong",
    [
        {"scale": 1.0},
        {"divergence": KL},
        {"on_q": GAN.on_p},
        {"optimal": lambda l: 2 * l},
        {"optimal": torch.sign},
    ],
)
def test_a_false_theorem_is_refused(wrong):
    with pytest.raises(ValueError, match="game 'gan'"):
        replace(GAN, **wrong)


def test_a_false_shift_is_refused():
    with pytest.raises(ValueError, match="game 'hinge'"):
        replace(HINGE, shift=-1.0)


def test_bound_and_implied_are_inverse():
    assert GAN.bound(0.0) == pytest.approx(-math.log(4))
    assert GAN.implied(GAN.bound(0.25)) == pytest.approx(0.25)
    assert f_gan(TV).bound(0.3) == 0.3
    assert f_gan(JS).divergence is JS


def test_least_squares_needs_two_targets():
    with pytest.raises(ValueError, match="alpha and beta must differ"):
        least_squares(1.0, 1.0)
