from divkit.critics.learners.boosted_trees import BoostedTrees
from divkit.critics.learners.cell_counts import CellCounts
from divkit.critics.learners.kernel_machine import KernelMachine
from divkit.critics.learners.learner import CriticLearner

__all__ = ["BoostedTrees", "CellCounts", "CriticLearner", "KernelMachine"]
