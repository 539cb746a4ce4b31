"""Samples from files: .npy, .csv, .tsv and .parquet, rows are points.

A file is read as it is written, or refused: what can be read in two ways is never guessed, and
the message names the flag that decides (`Rules`). A file is bounded before memory is taken for it,
and nothing in it is executed. Readers are imported when they are first used: verbs start quickly.
"""

from __future__ import annotations

import importlib
from typing import Any

_READERS = ("read", "read_pair", "read_paired", "read_tables")


def __getattr__(name: str) -> Any:
    if name in _READERS:
        return getattr(importlib.import_module("divkit.cli.files.pair"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
