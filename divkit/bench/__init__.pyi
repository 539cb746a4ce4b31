from divkit.bench.api import Benchmark, run
from divkit.bench.board import Standing
from divkit.bench.cells import Cell, Row
from divkit.bench.engine import CellLimits, Processes
from divkit.bench.own import own_of

__all__ = ["Benchmark", "Cell", "CellLimits", "Processes", "Row", "Standing", "own_of", "run"]
