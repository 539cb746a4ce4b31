from divkit.critics.adam import Adam, fresh
from divkit.critics.budget import Budget
from divkit.critics.classes import CRITICS, critic_class
from divkit.critics.features import Nystrom, Polynomial, RandomFeatures
from divkit.critics.held_out import Bounded, held_out_value
from divkit.critics.judge_nodes import Judge, Verdict
from divkit.critics.judging import judge
from divkit.critics.lbfgs import LBFGS
from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.lower_limit import held_out_lower_bound, lower_bound
from divkit.critics.maximise import maximise_value
from divkit.critics.mlp import MLP
from divkit.critics.model import CriticClass, Model, TrainedCritic
from divkit.critics.module import TorchModule
from divkit.critics.points import WeightedPoints, from_nodes, from_samples, stack
from divkit.critics.population import training_points
from divkit.critics.sets import DeepSet, Difference
from divkit.critics.splines import Spline
from divkit.critics.squashed import Squashed
from divkit.critics.steps import DivergedError, Step
from divkit.critics.trace import MAXIMISERS, Mark, TraceRecorder
from divkit.critics.training import Trained, train, train_ensemble, training_steps
from divkit.critics.unknown import Split
from divkit.critics.wrappers import EarlyStopping, Progress

Recorder = TraceRecorder

__all__ = [
    "CRITICS",
    "LBFGS",
    "MAXIMISERS",
    "MLP",
    "Adam",
    "Bounded",
    "Budget",
    "CriticClass",
    "DeepSet",
    "Difference",
    "DivergedError",
    "EarlyStopping",
    "Judge",
    "LevenbergMarquardt",
    "Mark",
    "Model",
    "Nystrom",
    "Polynomial",
    "Progress",
    "RandomFeatures",
    "Recorder",
    "Spline",
    "Split",
    "Squashed",
    "Step",
    "TorchModule",
    "Trained",
    "TrainedCritic",
    "Verdict",
    "WeightedPoints",
    "critic_class",
    "fresh",
    "from_nodes",
    "from_samples",
    "held_out_lower_bound",
    "held_out_value",
    "judge",
    "lower_bound",
    "maximise_value",
    "stack",
    "train",
    "train_ensemble",
    "training_points",
    "training_steps",
]
