"""Imports what estimates need, once, in the server that the processes of cells are forked from.

Without it each process would import it with its first estimate, in that estimate's seconds.
"""

from divkit.bench import runner
from divkit.bench.code import package_digest
from divkit.estimators.registry import ESTIMATORS

__all__ = ["runner"]

for _name in ESTIMATORS:
    ESTIMATORS[_name]
package_digest()
