"""Games: value functions of a critic as data, each with the theorem it obeys."""

from divkit.games.arena import ALONE, Alone, Arena, Packs, Pairs
from divkit.games.base import Game, Payoff, sign_like
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

__all__ = [
    "ALONE",
    "GAMES",
    "GAN",
    "HINGE",
    "LSGAN",
    "RELATIVISTIC",
    "WGAN",
    "Alone",
    "Arena",
    "Game",
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
