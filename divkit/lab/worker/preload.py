"""Imports that every visitor's process is forked with, so that it starts at once."""

from __future__ import annotations

from divkit.lab.screens.names import SCREENS
from divkit.lab.screens.table import MODELS
from divkit.lab.worker.session import Session

__all__ = ["READY", "Session"]

READY = tuple(MODELS[name] for name in SCREENS)
