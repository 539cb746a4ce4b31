"""Named problems: pairs of laws, and laws of pairs with known mutual information.

Calculators, trained critics and estimators are compared on them.
"""

from divkit.problems.information_tasks import TASKS, InformationTask
from divkit.problems.pairs_of_laws import PROBLEMS, Problem, autoregressive

__all__ = ["PROBLEMS", "TASKS", "InformationTask", "Problem", "autoregressive"]
