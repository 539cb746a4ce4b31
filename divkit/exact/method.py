"""What a way of calculating is: a frozen value that takes two laws and a divergence."""

from __future__ import annotations

from typing import Protocol

from divkit.distributions.base import Law
from divkit.divergences.base import Divergence
from divkit.results import Result


class NotApplicableError(ValueError):
    """This way of calculating does not apply to this pair or divergence; the message says why."""


class Method(Protocol):
    """A calculator: its fields are its hyper-parameters, its repr goes into the Result."""

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence with its error, or raise NotApplicableError."""
        ...
