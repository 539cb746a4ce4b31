"""Samples as users hold them, made into float64 rows that an estimator may trust."""

from divkit.samples.columns import Column, column, columns
from divkit.samples.copies import Distinct, distinct
from divkit.samples.intake import Rows, as_rows
from divkit.samples.levels import Levels, common_step, levels, on_step
from divkit.samples.memory import blocks, require_memory
from divkit.samples.pair import Pair, Sample, one_sample, two_samples
from divkit.samples.repeats import repeated, shared
from divkit.samples.standard import Standard, standard

__all__ = [
    "Column",
    "Distinct",
    "Levels",
    "Pair",
    "Rows",
    "Sample",
    "Standard",
    "as_rows",
    "blocks",
    "column",
    "columns",
    "common_step",
    "distinct",
    "levels",
    "on_step",
    "one_sample",
    "repeated",
    "require_memory",
    "shared",
    "standard",
    "two_samples",
]
