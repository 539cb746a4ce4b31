"""Packages that import what they hand out when it is first asked for.

What a package hands out stands in its stub, `__init__.pyi`, as ordinary imports: type checkers
and editors read it, and `attach` makes `__getattr__`, `__dir__` and `__all__` of it (PEP 562;
SPEC 1 of Scientific Python).
"""

from __future__ import annotations

import ast
import importlib
import sys

TYPE_CHECKING = False  # typing itself is not imported: the command line starts the sooner
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Deferred:
    """A module that is imported when something of it is asked for; make one by `deferred`."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self._module), name)


def deferred(module: str) -> Any:
    """Return a stand-in of a library's module, which is imported when it is first used."""
    return Deferred(module)


def attach(
    package: str, file: str
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return `__getattr__`, `__dir__` and `__all__` of a package from its stub.

    Parameters
    ----------
    package, file : its `__name__` and `__file__`.

    A name that is also a module of the package must be imported in `__init__.py` itself: importing
    that module would take the place of what the stub says.
    """
    with open(f"{file.rpartition('.')[0]}.pyi", encoding="utf-8") as text:  # noqa: PTH123
        stub = ast.parse(text.read())
    home, names = _homes(stub), _listed(stub)

    def find(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, there = home[name]
        if module == package:
            return importlib.import_module(f"{package}.{there}")
        value = getattr(importlib.import_module(module), there)
        setattr(sys.modules[package], name, value)
        return value

    return find, lambda: names, names


def _homes(stub: ast.Module) -> dict[str, tuple[str, str]]:
    """The module that defines each name, and its name there."""
    home: dict[str, tuple[str, str]] = {}
    for node in stub.body:
        if isinstance(node, ast.ImportFrom):
            home |= {at.asname or at.name: (str(node.module), at.name) for at in node.names}
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            same = home[node.value.id]
            home |= {each.id: same for each in node.targets if isinstance(each, ast.Name)}
    return home


def _listed(stub: ast.Module) -> list[str]:
    """The names in its `__all__`."""
    (listed,) = (
        node.value
        for node in stub.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List)
    )
    names: list[str] = ast.literal_eval(listed)
    return names
