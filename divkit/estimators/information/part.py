r"""A term of the chain rule of mutual information, row by row.

    I(D, C; E, F) = I(D; E) + I(D; F | E) + I(C; E | D) + I(C; F | D, E)

splits the information of labels D, E and numbers C, F into that of a table, of classes within each
label, and of numbers within each cell. A conditional term is the sum over labels of their shares
times the information of their rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from divkit.types import FloatArray


@dataclass(frozen=True, eq=False)
class Part:
    """One term.

    Attributes
    ----------
    name : what it is, in words.
    terms : pointwise informations (n,), whose mean is the term's value.
    errors : standard errors beside that of the mean of the terms, by name.
    reasons : what speaks against the error.
    details : for the diagnostics.
    parameters : effective parameters of the fits in it.
    """

    name: str
    terms: FloatArray
    errors: dict[str, float] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    parameters: float = 0.0

    @property
    def value(self) -> float:
        """The term."""
        return float(self.terms.mean())

    def among(self, rows: NDArray[np.intp], n: int) -> Part:
        """The same as a part of n rows, of which these are its own."""
        terms = np.zeros(n)
        terms[rows] = self.terms
        share = len(rows) / n
        errors = {name: share * error for name, error in self.errors.items()}
        return replace(self, terms=terms, errors=errors)


def total(name: str, parts: Sequence[Part], n: int) -> Part:
    """The sum of parts, whose further errors add in quadrature."""
    errors: dict[str, float] = {}
    for part in parts:
        for key, error in part.errors.items():
            errors[key] = float(np.hypot(errors.get(key, 0.0), error))
    return Part(
        name,
        np.sum([np.zeros(n), *(part.terms for part in parts)], axis=0),
        errors,
        tuple(dict.fromkeys(reason for part in parts for reason in part.reasons)),
        tuple(words for part in parts for words in part.details),
        sum(part.parameters for part in parts),
    )
