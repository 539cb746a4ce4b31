"""Docstrings that are printed: read from the source where Python was told to drop them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any


def document(item: type | Callable[..., Any]) -> str:
    """Return the docstring of a class or function as its source has it; "" where it has none.

    `python -OO` drops docstrings, and a dataclass without one is given its signature for it.

    >>> document(document).partition(chr(10))[0]
    'Return the docstring of a class or function as its source has it; "" where it has none.'
    """
    if __doc__ is not None:
        return inspect.getdoc(item) or ""
    try:
        source = textwrap.dedent(inspect.getsource(inspect.unwrap(item)))
    except (OSError, TypeError):  # typed at a prompt, or no source is there
        return ""
    node = ast.parse(source).body[0]
    kinds = ast.FunctionDef | ast.ClassDef
    return (ast.get_docstring(node) or "") if isinstance(node, kinds) else ""
