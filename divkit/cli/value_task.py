"""The task of `divkit value`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from divkit.games import Game


@dataclass(frozen=True)
class ValueTask:
    """A training of D, its names resolved."""

    words: tuple[str, str] | None
    laws: tuple[Any, Any] | None
    given: tuple[Any, Any] | None
    on: str | int
    critic: str
    game: Game
    seed: int
    level: float
