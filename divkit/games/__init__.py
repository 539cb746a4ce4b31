"""Games: value functions of a critic as data, each with the theorem it obeys."""

from typing import TYPE_CHECKING

from divkit.games.base import Game, Payoff, sign_like
from divkit.games.lifting import IDENTITY, Identity, Lifting, Packs, Pairs
from divkit.games.metric import WGAN, MetricGame, lipschitz
from divkit.games.standard import (
    GAMES,
    GAN,
    HINGE,
    LSGAN,
    RELATIVISTIC,
    class_prior,
    f_gan,
    game_of,
    least_squares,
    packed,
    smoothed_gan,
)
from divkit.moved import names_of

__all__ = [
    "GAMES",
    "GAN",
    "HINGE",
    "IDENTITY",
    "LSGAN",
    "RELATIVISTIC",
    "WGAN",
    "Game",
    "Identity",
    "Lifting",
    "MetricGame",
    "Packs",
    "Pairs",
    "Payoff",
    "class_prior",
    "f_gan",
    "game_of",
    "least_squares",
    "lipschitz",
    "packed",
    "sign_like",
    "smoothed_gan",
]

if not TYPE_CHECKING:
    __getattr__ = names_of(__name__)
