"""The screens by name, in the order in which the page shows them; nothing heavy is imported."""

from __future__ import annotations

SCREENS = ("line", "game", "plane", "samples", "saturation", "relatives")
LANGUAGES = ("en", "zh")
