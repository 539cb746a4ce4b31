"""Function classes that estimate log p − log q, and their training on weighted points."""

from divkit.critics.budget import Budget
from divkit.critics.classes import CRITICS, critic_class
from divkit.critics.features import Nystrom, Polynomial, RandomFeatures, Spline
from divkit.critics.first_order import LBFGS, Adam
from divkit.critics.held_out import Bounded, held_out_value
from divkit.critics.judge import Verdict, judge
from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.maximise import Trained, maximise_value, train
from divkit.critics.mlp import MLP
from divkit.critics.model import CriticClass, Model, TrainedCritic
from divkit.critics.points import WeightedPoints, from_nodes, from_samples
from divkit.critics.population import training_points
from divkit.critics.steps import DivergedError, Step

__all__ = [
    "CRITICS",
    "LBFGS",
    "MLP",
    "Adam",
    "Bounded",
    "Budget",
    "CriticClass",
    "DivergedError",
    "LevenbergMarquardt",
    "Model",
    "Nystrom",
    "Polynomial",
    "RandomFeatures",
    "Spline",
    "Step",
    "Trained",
    "TrainedCritic",
    "Verdict",
    "WeightedPoints",
    "critic_class",
    "from_nodes",
    "from_samples",
    "held_out_value",
    "judge",
    "maximise_value",
    "train",
    "training_points",
]
