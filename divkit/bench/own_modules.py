"""Modules of a user's that an estimator stands on, and their version.

A module is read where it lies, as a syntax tree without docstrings, and so are the modules that
it imports, wherever in it, which lie on the path but in no folder of installed packages. Of
installed packages the version counts, and divkit's own modules are followed as
`divkit.bench.code` does. Not seen are modules whose name is computed when they are imported, and
files that are opened.
"""

from __future__ import annotations

import ast
import site
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import metadata, util
from importlib.machinery import SOURCE_SUFFIXES, ModuleSpec, PathFinder
from pathlib import Path
from typing import TypeGuard

from divkit.bench.code import digest, meaning_of, meanings

_OURS, _SCRIPT = "divkit", "__main__"
_WITHOUT_FILE = frozenset({"built-in", "frozen"})
"""Origins of modules that Python brings within itself."""
_BY_TEXT = ("import_module", "__import__")
"""Functions that import what a text names."""


def versions_of(modules: Sequence[str]) -> list[str]:
    """Return the versions of modules, and of all that they import, a text each.

    Raises
    ------
    ValueError
        If the source of one cannot be read.

    Examples
    --------
    >>> versions_of(["json", "no_such_module"])  # Python's own is Python's version
    ['no_such_module is not there']
    """
    seen: set[str] = set()
    waiting, found = list(modules), set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            said, imports = _read(name)
            found.update(said)
            waiting += imports
    return sorted(found)


def _read(module: str) -> tuple[list[str], list[str]]:
    """Words on a module, and the modules that it imports."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return [], []
    if top == _OURS:
        return list(meanings(module)), []
    spec = _spec(top)
    if spec is None:
        return [f"{top} is not there"], []
    if _is_installed(spec):
        return [_release(top)], []
    return _local(module)


def _local(module: str) -> tuple[list[str], list[str]]:
    """The text of a module of the user's, and its imports, the packages around it too."""
    spec = _spec(module)
    if spec is None:  # an attribute of a package: `from package import function`
        return [], []
    inside = [module.rpartition(".")[0]] if "." in module else []
    if spec.origin is None or not Path(spec.origin).is_file():  # a folder without __init__.py
        return [], inside
    file = Path(spec.origin)
    if file.suffix not in SOURCE_SUFFIXES:
        return [f"{module}:{digest([file.read_bytes().hex()])}"], inside
    package = module if spec.submodule_search_locations else module.rpartition(".")[0]
    tree = source_of(file)
    return [f"{module}:{meaning_of(tree)}"], [*inside, *imports_of(tree, package)]


def is_local(module: str) -> bool:
    """Whether a module is a user's: neither Python's, nor divkit's, nor of an installed package.

    >>> is_local("json.decoder"), is_local("numpy"), is_local("__main__")
    (False, False, True)
    """
    top = module.partition(".")[0]
    return top not in (*sys.stdlib_module_names, _OURS) and _is_users(top)


@cache
def _is_users(top: str) -> bool:
    held = sys.modules.get(top)
    if top == _SCRIPT or (held is not None and getattr(held, "__spec__", None) is None):
        return True  # a script, a notebook, or made at run time
    spec = util.find_spec(top)
    return spec is None or not _is_installed(spec)


def source_of(file: Path) -> ast.Module:
    """Return the syntax tree of a file.

    Raises
    ------
    ValueError
        If it is no Python.
    """
    try:
        return ast.parse(file.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"the version of {file} cannot be told: {error}") from None


def imports_of(tree: ast.Module, package: str = "") -> Iterator[str]:
    """Yield names that may be modules: `from a import b` reads a, and perhaps a.b.

    So do `a.b` after `import a`, and `import_module("a.b")` with the name as text.
    """
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (at.name for at in node.names)
            aliases |= {at.asname or at.name: at.name for at in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            inside = parents[: len(parents) - node.level + 1] if node.level else []
            base = ".".join([*inside, *([node.module] if node.module else [])])
            yield from (base, *(f"{base}.{at.name}" for at in node.names))
            aliases |= {at.asname or at.name: f"{base}.{at.name}" for at in node.names}
        elif isinstance(node, ast.Call) and _called(node).endswith(_BY_TEXT):
            texts = (part.value for part in node.args if isinstance(part, ast.Constant))
            yield from (text for text in texts if is_module_name(text))
    chains = filter(None, (_chain(node) for node in ast.walk(tree)))
    for first, rest in chains:
        if is_local(aliases.get(first, "json")):
            yield f"{aliases[first]}.{rest}"


def is_module_name(text: object) -> TypeGuard[str]:
    """Whether a constant may be the name of a module."""
    return isinstance(text, str) and all(part.isidentifier() for part in text.split("."))


def _called(node: ast.Call) -> str:
    """The last name of what is called."""
    return str(getattr(node.func, "attr", getattr(node.func, "id", "")))


def _chain(node: ast.AST) -> tuple[str, str] | None:
    """A name and the attributes that are taken of it."""
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.insert(0, node.attr)
        node = node.value
    return (node.id, ".".join(path)) if path and isinstance(node, ast.Name) else None


def _spec(module: str) -> ModuleSpec | None:
    """Where a module is found, which is not imported for it; None where it is not.

    Raises
    ------
    ValueError
        If it was made at run time.
    """
    parent, _, _ = module.rpartition(".")
    if not parent:
        held = sys.modules.get(module)
        if held is not None and held.__spec__ is None:
            raise ValueError(f"the version of the module {module} cannot be told: it has no file.")
        return util.find_spec(module)
    package = _spec(parent)
    inside = None if package is None else package.submodule_search_locations
    return None if inside is None else PathFinder.find_spec(module, list(inside))


def _is_installed(spec: ModuleSpec) -> bool:
    """Whether a package lies in a folder of installed ones; built-in modules do, too."""
    if spec.origin in _WITHOUT_FILE:
        return True
    places = [Path(place) for place in spec.submodule_search_locations or [spec.origin or ""]]
    return any(place.is_relative_to(folder) for place in places for folder in _installed())


@cache
def _installed() -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    return tuple(
        Path(folder)
        for folder in {
            paths["purelib"], paths["platlib"], *site.getsitepackages(), site.getusersitepackages()
        }
    )  # fmt: skip


def _release(top: str) -> str:
    """The name and version of the package that a module was installed with."""
    packages = _packages().get(top, [])
    said = sorted({f"{name}={metadata.version(name)}" for name in packages})
    return ", ".join(said) or f"{top}, installed by hand"


@cache
def _packages() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())
