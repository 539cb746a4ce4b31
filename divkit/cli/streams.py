r"""Readable spellings of what stdout and stderr cannot carry: √ is sqrt where they are ASCII.

Consoles and redirections are not UTF-8 everywhere: they are cp1252 or GBK on Windows, ASCII where
no locale is set. `own_streams` puts a `Carried` before both, once, for all that is printed: by
`print`, by click's help, by rich, by tqdm. A sign that divkit uses has a spelling in `SIGNS`;
any other character is escaped, as `\xe9`, so that nothing of a user's is changed into another.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO

SIGNS = {
    "−": "-", "–": "-", "—": "-", "‖": "||", "≤": "<=", "≥": ">=", "±": "+/-", "×": "x",
    "·": "*", "√": "sqrt", "∞": "inf", "∫": "int ", "∇": "grad ", "∂": "d", "∪": "u", "≈": "~",
    "≻": ">", "→": "->", "…": "...", "′": "'", "″": "''", "“": '"', "”": '"', "½": "1/2 ",
    "¼": "1/4 ", "°": " deg", "£": "GBP", "€": "EUR", "Δ": "Delta", "Σ": "Sigma", "Φ": "Phi",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "eps", "θ": "theta",
    "λ": "lambda", "μ": "mu", "π": "pi", "ρ": "rho", "σ": "sigma", "φ": "phi", "χ": "chi",
    "ψ": "psi", "ω": "omega", "✓": "yes", "✗": "no", "’": "'",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ",
}  # fmt: skip
"""Signs that divkit prints, each with what stands for it."""
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀᵈ", "0123456789-Td")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_RUNS = ((re.compile("[⁰¹²³⁴-⁹⁻ᵀᵈ]+"), "^", _RAISED), (re.compile("[₀-₉]+"), "_", _LOWERED))
"""Exponents and indices: each run of them is one number behind one sign."""


def fits(text: str, encoding: str, errors: str = "strict") -> bool:
    """Whether an encoding has every character of a text."""
    try:
        text.encode(encoding, errors)
    except UnicodeError:
        return False
    return True


def readable(text: str, encoding: str, errors: str = "strict") -> str:
    r"""Spell out what an encoding lacks.

    Parameters
    ----------
    encoding : a codec's name.
    errors : what else may be done about characters that have no spelling; they are escaped where
        that refuses them.

    Examples
    --------
    >>> readable("V ≤ −2 log 2 ± 1e-9 é", "ascii")
    'V <= -2 log 2 +/- 1e-9 \\xe9'
    >>> readable("t⁻¹⁰, √2", "cp1252")
    't^-10, sqrt2'
    """
    if fits(text, encoding):
        return text
    for run, mark, plain in _RUNS:
        missing = {each for each in run.findall(text) if not fits(each, encoding)}
        for each in sorted(missing, key=len, reverse=True):  # x²⁰ before x²
            text = text.replace(each, mark + each.translate(plain))
    return "".join(_spelled(letter, encoding, errors) for letter in text)


def _spelled(letter: str, encoding: str, errors: str) -> str:
    if fits(letter, encoding):
        return letter
    spelled = SIGNS.get(letter)
    if spelled is not None:
        return spelled
    if fits(letter, encoding, errors):
        return letter
    return letter.encode("ascii", "backslashreplace").decode("ascii")


class Carried:
    """A text stream that writes whatever its encoding lacks in other characters.

    It shows no `buffer`: click would write UTF-8 past an ASCII stream.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, spelled out where need be."""
        self._stream.write(carried(text, self._stream))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":
            raise AttributeError("what is written here is spelled out as text.")
        return getattr(self._stream, name)


def carried(text: str, stream: Any) -> str:
    """Return a text as a stream shows it, for what is laid out by its width."""
    encoding = getattr(stream, "encoding", None)
    errors = getattr(stream, "errors", None)
    return text if encoding is None else readable(text, encoding, errors or "strict")


def own_streams() -> None:
    """Have stdout and stderr spell out what they cannot carry."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, Carried):
            setattr(sys, name, Carried(stream))
