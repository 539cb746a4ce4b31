"""Samples as users hold them, made into float64 rows that an estimator may trust."""

from divkit.samples.categories import Categories, categories
from divkit.samples.columns import Column, ColumnKind, column, columns
from divkit.samples.copies import Distinct, distinct
from divkit.samples.dates import dated, day_words
from divkit.samples.intake import Judged, Rows, as_rows, judged
from divkit.samples.levels import Levels, common_step, levels, on_step
from divkit.samples.memory import blocks, require_memory
from divkit.samples.named import NamedRows
from divkit.samples.pair import Pair, Sample, one_sample, two_samples
from divkit.samples.repeats import repeated, shared
from divkit.samples.standard import Standard, standard

__all__ = [
    "Categories",
    "Column",
    "ColumnKind",
    "Distinct",
    "Judged",
    "Levels",
    "NamedRows",
    "Pair",
    "Rows",
    "Sample",
    "Standard",
    "as_rows",
    "blocks",
    "categories",
    "column",
    "columns",
    "common_step",
    "dated",
    "day_words",
    "distinct",
    "judged",
    "levels",
    "on_step",
    "one_sample",
    "repeated",
    "require_memory",
    "shared",
    "standard",
    "two_samples",
]
