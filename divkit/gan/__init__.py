"""Generators, their trainers, and the systems that the game is set against."""

from divkit.gan.api import GanStep, train_gan
from divkit.gan.checkpoints import CheckpointError, Checkpoints
from divkit.gan.critic import Followed, NetworkCritic
from divkit.gan.duels import DUELS, Duel, minimax, non_saturating, smoothed
from divkit.gan.neighbours import NeighbourJS
from divkit.gan.network import NetworkGenerator
from divkit.gan.optimisers import SGD, Adam
from divkit.gan.options import Options, Penalties, Ramp
from divkit.gan.perceptron import ACTIVATIONS, RELU, TANH
from divkit.gan.records import Record, Recorder
from divkit.gan.spectral import SpectralCritic
from divkit.gan.targets import TARGETS
from divkit.gan.trainer import DivergedError
from divkit.gan.truth import Truth

__all__ = [
    "ACTIVATIONS",
    "DUELS",
    "RELU",
    "SGD",
    "TANH",
    "TARGETS",
    "Adam",
    "CheckpointError",
    "Checkpoints",
    "DivergedError",
    "Duel",
    "Followed",
    "GanStep",
    "NeighbourJS",
    "NetworkCritic",
    "NetworkGenerator",
    "Options",
    "Penalties",
    "Ramp",
    "Record",
    "Recorder",
    "SpectralCritic",
    "Truth",
    "minimax",
    "non_saturating",
    "smoothed",
    "train_gan",
]
