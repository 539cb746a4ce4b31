"""Signs as other keyboards have them: typed text is read by what its signs are.

A Chinese or Japanese keyboard types full-width brackets, commas, colons and digits, and texts from
pages and divkit's own messages have U+2212 for minus. Each stands for one sign of ASCII, in its
place, so that a message still points to the right column. Names of files and of columns are never
changed: only parsers of laws, divergences, numbers and ranges ask for this.
"""

from __future__ import annotations

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_OTHERS = {
    "\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2013": "-", "\ufe63": "-",  # minus, hyphens
    "\u3001": ",", "\uff64": ",", "\u060c": ",",  # commas
    "\u3010": "[", "\u3011": "]", "\u3014": "(", "\u3015": ")",  # brackets
    "\u3002": ".", "\u00b7": "*", "\u22c5": "*", "\u00d7": "*", "\u2236": ":",
    "\u3000": " ",
}  # fmt: skip
_ASCII = _FULL_WIDTH | {ord(sign): plain for sign, plain in _OTHERS.items()}


def plain_signs(text: str) -> str:
    """Return a text of the same length with ASCII's signs in the place of their kin.

    >>> plain_signs("normal（0，−1）")
    'normal(0,-1)'
    """
    return text if text.isascii() else text.translate(_ASCII)
