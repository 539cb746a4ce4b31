"""Imports that every visitor's process is forked with, so that it starts at once."""

from __future__ import annotations

import torch._dynamo  # the first of torch's optimisers imports it: 800 modules, over a second

from divkit.lab.screens.names import SCREENS
from divkit.lab.screens.table import MODELS
from divkit.lab.worker.session import Session

__all__ = ["READY", "Session", "torch"]

READY = tuple(MODELS[name] for name in SCREENS)
