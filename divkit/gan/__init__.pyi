from divkit.critics.activations import ACTIVATIONS, RELU, TANH
from divkit.generators import (
    TARGETS,
    AffineGenerator,
    BinaryDecoder,
    CategoricalGenerator,
    ConditionalGenerator,
    FlowGenerator,
    FoldedLaw,
    GaussianDecoder,
    Generator,
    MixtureGenerator,
    MLPGenerator,
    ModuleGenerator,
    NetworkGenerator,
    NetworkMixtureGenerator,
    PolynomialGenerator,
    ProbabilisticPCA,
    Rejection,
    SingularImage,
    best_rejection,
    standard_normal,
)
from divkit.training.batches import every_atom, fresh_draws, rows_of
from divkit.training.dirac.games import DiracGame, dirac_games
from divkit.training.dirac.play import (
    Alternating,
    Extragradient,
    OptimisticUpdate,
    Simultaneous,
    play_dirac,
    trajectory,
)
from divkit.training.gan.api import train_gan
from divkit.training.gan.critic import AutogradCritic, NetworkCritic
from divkit.training.gan.lipschitz import Clipping, GradientPenalty, lipschitz_critic
from divkit.training.gan.own_loop import FixedCritic, Watch, measure
from divkit.training.gan.spectral import SpectralCritic
from divkit.training.gan.training import GanTraining
from divkit.training.losses import LOSSES, Loss, minimax, non_saturating, smoothed
from divkit.training.measures.recorder import Recorder
from divkit.training.measures.records import Record
from divkit.training.measures.sampled import SampledJS, sampled_js
from divkit.training.measures.tables import from_table, to_table
from divkit.training.measures.truth import Truth
from divkit.training.optimisers import SGD, AdamOptimiser, Optimistic
from divkit.training.options import Options, Penalties, Ramp
from divkit.training.own_loss import OwnLoss, own_loss
from divkit.training.run import Observer, run
from divkit.training.state import State, TrainingDivergedError
from divkit.training.store.checkpoints import CheckpointError, Checkpoints
from divkit.training.systems.api import train_system
from divkit.training.systems.autoencoder import AutoEncoder
from divkit.training.systems.descents import train_autoencoder, train_marginal, train_vae
from divkit.training.systems.ideal import IdealGame
from divkit.training.systems.likelihood import LikelihoodDescent
from divkit.training.systems.system import (
    Copying,
    Ideal,
    Likelihood,
    MarginalLikelihood,
    VariationalSystem,
)
from divkit.training.systems.training import SystemTraining
from divkit.training.systems.vae import VAE
from divkit.training.torch_optimisers import TorchOptimiser
from divkit.training.trainable import Trainable, TrainingStep

Adam = AdamOptimiser
DUELS = LOSSES
DivergedError = TrainingDivergedError
Duel = Loss
Followed = AutogradCritic
GanStep = SystemStep = LawStep = TrainingStep
MaximumLikelihood = LikelihoodDescent
Variational = VariationalSystem

__all__ = [
    "ACTIVATIONS",
    "DUELS",
    "LOSSES",
    "RELU",
    "SGD",
    "TANH",
    "TARGETS",
    "VAE",
    "Adam",
    "AdamOptimiser",
    "AffineGenerator",
    "Alternating",
    "AutoEncoder",
    "AutogradCritic",
    "BinaryDecoder",
    "CategoricalGenerator",
    "CheckpointError",
    "Checkpoints",
    "Clipping",
    "ConditionalGenerator",
    "Copying",
    "DiracGame",
    "DivergedError",
    "Duel",
    "Extragradient",
    "FixedCritic",
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
    "LikelihoodDescent",
    "Loss",
    "MLPGenerator",
    "MarginalLikelihood",
    "MaximumLikelihood",
    "MixtureGenerator",
    "ModuleGenerator",
    "NetworkCritic",
    "NetworkGenerator",
    "NetworkMixtureGenerator",
    "Observer",
    "Optimistic",
    "OptimisticUpdate",
    "Options",
    "OwnLoss",
    "Penalties",
    "PolynomialGenerator",
    "ProbabilisticPCA",
    "Ramp",
    "Record",
    "Recorder",
    "Rejection",
    "SampledJS",
    "Simultaneous",
    "SingularImage",
    "SpectralCritic",
    "State",
    "SystemStep",
    "SystemTraining",
    "TorchOptimiser",
    "Trainable",
    "TrainingDivergedError",
    "TrainingStep",
    "Truth",
    "Variational",
    "VariationalSystem",
    "Watch",
    "best_rejection",
    "dirac_games",
    "every_atom",
    "fresh_draws",
    "from_table",
    "lipschitz_critic",
    "measure",
    "minimax",
    "non_saturating",
    "own_loss",
    "play_dirac",
    "rows_of",
    "run",
    "sampled_js",
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
