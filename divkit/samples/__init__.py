"""Samples as users hold them, made into float64 rows that an estimator may trust."""

from divkit.samples.intake import Rows, as_rows
from divkit.samples.memory import blocks, require_memory
from divkit.samples.pair import Pair, Sample, one_sample, two_samples
from divkit.samples.repeats import repeated, shared
from divkit.samples.standard import Standard, standard

__all__ = [
    "Pair",
    "Rows",
    "Sample",
    "Standard",
    "as_rows",
    "blocks",
    "one_sample",
    "repeated",
    "require_memory",
    "shared",
    "standard",
    "two_samples",
]
