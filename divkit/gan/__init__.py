"""Generators, their trainers, and the systems that the game is set against."""

from divkit.critics.perceptron import ACTIVATIONS, RELU, TANH
from divkit.gan.api import train_gan
from divkit.gan.autoencoder import AutoEncoder
from divkit.gan.batches import every_atom, fresh_draws, rows_of
from divkit.gan.checkpoints import CheckpointError, Checkpoints
from divkit.gan.critic import AutogradCritic, NetworkCritic
from divkit.gan.decoders import BinaryDecoder, GaussianDecoder
from divkit.gan.descents import train_autoencoder, train_marginal, train_vae
from divkit.gan.dirac import DiracGame, dirac_games
from divkit.gan.dirac_play import Alternating, Simultaneous, play_dirac, trajectory
from divkit.gan.duels import DUELS, Duel, minimax, non_saturating, smoothed
from divkit.gan.generators import (
    AffineGenerator,
    CategoricalGenerator,
    FlowGenerator,
    FoldedLaw,
    Generator,
    MixtureGenerator,
    MLPGenerator,
    ModuleGenerator,
    PolynomialGenerator,
    SingularImage,
    standard_normal,
)
from divkit.gan.ideal import IdealGame
from divkit.gan.likelihood import MaximumLikelihood
from divkit.gan.lipschitz import Clipping, GradientPenalty, lipschitz_critic
from divkit.gan.measure import Recorder
from divkit.gan.neighbours import NeighbourJS
from divkit.gan.network import NetworkGenerator
from divkit.gan.optimisers import SGD, Adam
from divkit.gan.options import Options, Penalties, Ramp
from divkit.gan.ppca import ProbabilisticPCA
from divkit.gan.records import Record
from divkit.gan.rejection import Rejection, best_rejection
from divkit.gan.run import Observer, run
from divkit.gan.spectral import SpectralCritic
from divkit.gan.state import DivergedError, State
from divkit.gan.study import SystemTraining
from divkit.gan.system_api import train_system
from divkit.gan.systems import Copying, Ideal, Likelihood, MarginalLikelihood, Variational
from divkit.gan.tables import from_table, to_table
from divkit.gan.targets import TARGETS
from divkit.gan.trainable import Trainable, TrainingStep
from divkit.gan.trainer import GanTraining
from divkit.gan.truth import Truth
from divkit.gan.vae import VAE

Followed = AutogradCritic
GanStep = SystemStep = LawStep = TrainingStep

__all__ = [
    "ACTIVATIONS",
    "DUELS",
    "RELU",
    "SGD",
    "TANH",
    "TARGETS",
    "VAE",
    "Adam",
    "AffineGenerator",
    "Alternating",
    "AutoEncoder",
    "AutogradCritic",
    "BinaryDecoder",
    "CategoricalGenerator",
    "CheckpointError",
    "Checkpoints",
    "Clipping",
    "Copying",
    "DiracGame",
    "DivergedError",
    "Duel",
    "FlowGenerator",
    "FoldedLaw",
    "Followed",
    "GanStep",
    "GanTraining",
    "GaussianDecoder",
    "Generator",
    "GradientPenalty",
    "Ideal",
    "IdealGame",
    "LawStep",
    "Likelihood",
    "MLPGenerator",
    "MarginalLikelihood",
    "MaximumLikelihood",
    "MixtureGenerator",
    "ModuleGenerator",
    "NeighbourJS",
    "NetworkCritic",
    "NetworkGenerator",
    "Observer",
    "Options",
    "Penalties",
    "PolynomialGenerator",
    "ProbabilisticPCA",
    "Ramp",
    "Record",
    "Recorder",
    "Rejection",
    "Simultaneous",
    "SingularImage",
    "SpectralCritic",
    "State",
    "SystemStep",
    "SystemTraining",
    "Trainable",
    "TrainingStep",
    "Truth",
    "Variational",
    "best_rejection",
    "dirac_games",
    "every_atom",
    "fresh_draws",
    "from_table",
    "lipschitz_critic",
    "minimax",
    "non_saturating",
    "play_dirac",
    "rows_of",
    "run",
    "smoothed",
    "standard_normal",
    "to_table",
    "train_autoencoder",
    "train_gan",
    "train_marginal",
    "train_system",
    "train_vae",
    "trajectory",
]
