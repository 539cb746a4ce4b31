"""Function classes that estimate log p − log q, their objectives and their training."""

from divkit.critics.held_out import held_out_value
from divkit.critics.objective import Objective, population, samples
from divkit.critics.perceptron import Perceptron
from divkit.critics.train import LBFGS, Adam, DivergedError, Training

__all__ = [
    "LBFGS",
    "Adam",
    "DivergedError",
    "Objective",
    "Perceptron",
    "Training",
    "held_out_value",
    "population",
    "samples",
]
