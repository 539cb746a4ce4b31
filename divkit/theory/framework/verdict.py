"""Verdicts on comparisons: one holds, it fails, or nothing can rest on its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Decision(Enum):
    """The three ends of a check; `words` is what every printer writes.

    >>> Decision.of([Decision.HOLDS, Decision.UNDECIDED]).words
    'not decided'
    """

    HOLDS = ("holds", "✓", "good")
    UNDECIDED = ("not decided", "?", "open")
    FAILS = ("fails", "✗", "bad")

    def __init__(self, words: str, mark: str, look: str) -> None:
        self.words, self.mark, self.look = words, mark, look

    @property
    def rank(self) -> int:
        """Place from good to bad: 0 of what holds, 2 of what fails."""
        return list(Decision).index(self)

    @classmethod
    def of(cls, verdicts: Iterable[Decision]) -> Decision:
        """Return the verdict on all of them: the worst; of none, that nothing is decided."""
        return max(verdicts, key=lambda verdict: verdict.rank, default=cls.UNDECIDED)


def counted(verdicts: Iterable[Decision]) -> str:
    """Say how many statements hold, and how many are not decided.

    >>> counted([Decision.HOLDS, Decision.UNDECIDED])
    '1 of 2 statements hold, 1 not decided'
    """
    found = list(verdicts)
    good, unsure = (sum(each is which for each in found) for which in (Decision.HOLDS, _OPEN))
    more = f", {unsure} {_OPEN.words}" if unsure else ""
    return f"{good} of {len(found)} statements hold{more}"


_OPEN = Decision.UNDECIDED
