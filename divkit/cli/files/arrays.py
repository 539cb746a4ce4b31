"""Arrays on disk: .npy. The header is compared with the file's size before a number is read."""

from __future__ import annotations

import ast
import math
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from divkit.cli.files.needed import FlagNeededError, granting
from divkit.cli.files.rules import Rules
from divkit.cli.files.source import opened, require_cells
from divkit.cli.files.table import FileTable, chosen
from divkit.samples.doubles import doubles
from divkit.types import FloatArray

_MAGIC = b"\x93NUMPY"
_LENGTHS = {b"\x01\x00": 2, b"\x02\x00": 4}
"""Bytes of a header's length, by the version of the format."""
_LONGEST = 10_000


def read_array(path: Path, rules: Rules) -> FileTable:
    """The rows of a .npy file of one or two axes.

    Raises
    ------
    ValueError
        If it is damaged, claims more or less than the file holds, or holds no real numbers (or
        text, where labels were asked for).
    """
    chosen(path, (), rules)
    with opened(path, _MAGIC) as stream:
        shape, fortran, dtype = _header(path, stream)
        _require_sample(path, shape, dtype, rules)
        count = math.prod(shape)
        left = path_size(stream) - stream.tell()
        if left != count * dtype.itemsize:
            raise ValueError(
                f"{path} is no .npy file of one array: {shape} of {dtype} are "
                f"{count * dtype.itemsize} bytes, and {left} follow the header."
            )
        require_cells(path, -(-left // 8) if dtype.kind == "U" else count, 1)
        found = np.frombuffer(stream.read(left), dtype=dtype, count=count)
    rows = found.reshape(shape, order="F" if fortran else "C")
    rows = rows.reshape(len(rows), -1) if rows.size else rows.reshape(0, 1)
    if dtype.kind == "U":
        return FileTable(rows.astype(object))
    return FileTable(as_float64(rows, str(path), rules.rounded))


def path_size(stream: BinaryIO) -> int:
    """Bytes of an open file."""
    here = stream.tell()
    size = stream.seek(0, 2)
    stream.seek(here)
    return size


def as_float64(values: NDArray[Any], what: str, rounded: bool) -> FloatArray:
    """An own copy as float64, of the nearest doubles where that was asked for.

    Raises
    ------
    ValueError
        If float64 does not hold a number, and `rounded` is False.
    """
    if rounded:
        return np.array(values, dtype=np.float64, order="C")
    try:
        return doubles(values, what)
    except ValueError as error:
        words = f"{error} On the command line: --rounded."
        raise FlagNeededError(words, granting(rounded=True)) from None


def _header(path: Path, stream: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether columns come first, and dtype, from a literal that is parsed, not run."""
    try:
        shape, fortran, dtype = _parsed(stream)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(f"{path} is no .npy file of numbers: {error}") from None
    return shape, fortran, dtype


def _parsed(stream: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    start = stream.read(len(_MAGIC) + 2)
    if not start.startswith(_MAGIC) or start[-2:] not in _LENGTHS:
        raise ValueError("it does not start as one, or holds a structured array")
    width = _LENGTHS[start[-2:]]
    size = int.from_bytes(stream.read(width), "little")
    if size > _LONGEST:
        raise ValueError(f"its header claims {size} bytes")
    found = ast.literal_eval(stream.read(size).decode("latin1").strip())
    if not isinstance(found, dict) or found.keys() != {"descr", "fortran_order", "shape"}:
        raise ValueError("its header has other keys than descr, fortran_order, shape")
    shape = found["shape"]
    if not isinstance(shape, tuple) or not all(type(n) is int for n in shape):
        raise ValueError(f"its shape is {str(shape)[:100]}")
    return shape, bool(found["fortran_order"]), npy.descr_to_dtype(found["descr"])


def _require_sample(
    path: Path, shape: tuple[int, ...], dtype: np.dtype[Any], rules: Rules
) -> None:
    if dtype.kind not in ("fiubU" if rules.labels else "fiub"):
        advice = " (compare and estimate take text by --labels)" if dtype.kind == "U" else ""
        raise ValueError(
            f"{path} is no .npy file of numbers: it holds {dtype}; samples are "
            f"real numbers{advice}."
        )
    if len(shape) not in (1, 2) or min(shape) < 0:
        raise ValueError(f"{path} has shape {shape}; samples have (n,) or (n, d).")
