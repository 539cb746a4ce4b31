"""Laws of other libraries, and of numbers, words and functions: whatever has a known density."""

from divkit.distributions.adapt.api import (
    Fitted,
    as_law,
    as_laws,
    how_read,
    is_read,
    neighbours,
    register_adapter,
    sample,
    settle,
    unfold,
)
from divkit.distributions.adapt.looks import is_histogram
from divkit.distributions.adapt.reading import LawBatch, RoundedLaw

__all__ = [
    "Fitted",
    "LawBatch",
    "RoundedLaw",
    "as_law",
    "as_laws",
    "how_read",
    "is_histogram",
    "is_read",
    "neighbours",
    "register_adapter",
    "sample",
    "settle",
    "unfold",
]
