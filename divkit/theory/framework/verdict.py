"""What became of a comparison: it holds, it fails, or no verdict can rest on its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Verdict(Enum):
    """The three ends of a check; `words` is what every printer writes.

    >>> Verdict.of([Verdict.HOLDS, Verdict.UNDECIDED]).words
    'not decided'
    """

    HOLDS = ("holds", "✓", "good")
    UNDECIDED = ("not decided", "?", "open")
    FAILS = ("fails", "✗", "bad")

    def __init__(self, words: str, mark: str, look: str) -> None:
        self.words, self.mark, self.look = words, mark, look

    @property
    def rank(self) -> int:
        """How bad it is: 0 of what holds, 2 of what fails."""
        return list(Verdict).index(self)

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> Verdict:
        """Return the verdict on all of them: the worst; of none, that nothing is decided."""
        return max(verdicts, key=lambda verdict: verdict.rank, default=cls.UNDECIDED)


def counted(verdicts: Iterable[Verdict]) -> str:
    """Say how many statements hold, and how many are not decided.

    >>> counted([Verdict.HOLDS, Verdict.UNDECIDED])
    '1 of 2 statements hold, 1 not decided'
    """
    found = list(verdicts)
    good, unsure = (sum(each is which for each in found) for which in (Verdict.HOLDS, _OPEN))
    more = f", {unsure} {_OPEN.words}" if unsure else ""
    return f"{good} of {len(found)} statements hold{more}"


_OPEN = Verdict.UNDECIDED
