"""Frames: a JSON head and the arrays of one picture, in binary.

    u32 length of the head │ head, padded to 4 bytes │ array, padded to 4 bytes │ …

Numbers are little-endian. The head lists its arrays as [name, dtype, shape], in their order.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from divkit.lab.protocol.words import written

DTYPES = frozenset({"u1", "i2", "u2", "f4"})


@dataclass(frozen=True, eq=False)
class Picture:
    """A moment of a screen: words in a head, and arrays by name."""

    head: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray[Any, Any]] = field(default_factory=dict)

    def packed(self, **more: Any) -> bytes:
        """Return the frame, its head joined by `more`.

        Raises
        ------
        ValueError
            If an array is of a type that the browser has no view of, or a number of the head is
            not finite, which JSON does not hold.
        """
        odd = [name for name, each in self.head.items() if not _finite(each)]
        if odd:
            raise ValueError(f"this cannot be drawn: {', '.join(odd)} has left the floats.")
        made = {name: _little(name, each) for name, each in self.arrays.items()}
        listed = [[name, each.dtype.str[1:], list(each.shape)] for name, each in made.items()]
        head = _padded(written({**self.head, **more, "arrays": listed}).encode(), b" ")
        parts = [struct.pack("<I", len(head)), head]
        return b"".join([*parts, *(_padded(each.tobytes(), b"\0") for each in made.values())])


def _little(name: str, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if array.dtype.str[1:] not in DTYPES:
        raise ValueError(f"array {name!r} is {array.dtype}; frames hold {sorted(DTYPES)}.")
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<"))


def _finite(value: Any) -> bool:
    """Whether all numbers of a part of a head are finite."""
    match value:
        case float():
            return math.isfinite(value)
        case list():
            return all(map(_finite, value))
        case dict():
            return all(map(_finite, value.values()))
    return True


def _padded(raw: bytes, filling: bytes) -> bytes:
    return raw + filling * (-len(raw) % 4)


def curve(values: Any) -> np.ndarray[Any, Any]:
    """Return the heights of a curve as a frame holds them, in single precision."""
    return np.asarray(values, dtype="<f4")


def scaled(values: Any, low: float, high: float, dtype: str = "u2") -> np.ndarray[Any, Any]:
    """Return numbers in [low, high] as whole numbers over the range of `dtype`.

    What lies outside is put on the edge of the picture: these are places on a screen, and no
    number is read from them.
    """
    most = np.iinfo(dtype).max
    share = (np.asarray(values, dtype=float) - low) / (high - low)
    return np.rint(np.clip(share, 0.0, 1.0) * most).astype(f"<{dtype}")
