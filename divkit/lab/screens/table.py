"""The models of the screens by name; each is imported when it is first asked for."""

from __future__ import annotations

from typing import Any

from divkit.lab.screens.screen import Screen
from divkit.registry import Registry

MODELS: Registry[type[Screen[Any]]] = Registry("screen")
MODELS.defer("line", "divkit.lab.screens.line:LineScreen")
MODELS.defer("game", "divkit.lab.screens.game:GameScreen")
MODELS.defer("plane", "divkit.lab.screens.plane:PlaneScreen")
MODELS.defer("samples", "divkit.lab.screens.samples:SamplesScreen")
MODELS.defer("saturation", "divkit.lab.screens.saturation:SaturationScreen")
MODELS.defer("relatives", "divkit.lab.screens.relatives:RelativesScreen")
