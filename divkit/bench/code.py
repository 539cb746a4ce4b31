"""Version of the code behind a row: a digest of all that an estimator imports.

The sources are followed from the estimator's module through every import of divkit's own, and read
as syntax trees without docstrings: comments, layout and documentation are no other version. So a
change of the neighbours' search does not touch the rows of the classifiers. Not part of it are the
laws of `divkit.problems`, which fix the samples and not the estimate.
"""

from __future__ import annotations

import ast
import hashlib
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

from divkit.bench.methods import estimator_of
from divkit.estimators.registry import ESTIMATORS

_TOP = Path(__file__).parents[2]
_BENEATH = ("numpy", "scipy", "scikit-learn", "torch")
_LETTERS = 12
_RELEASE = re.compile(r"(?:(?P<name>[\w.-]+)=)?(?P<number>\d+\.[\w.+-]+)")
_NAMED = re.compile(r"(?P<name>[\w.-]+):")
_ONLY_NAMES = frozenset({"divkit.moved", "divkit.estimators.registry"})
"""Modules whose texts name modules that they do not need."""


def sources_of(estimator: object, *parts: str) -> list[str]:
    """The texts that the version of an estimator object is a digest of, with further ones."""
    return [*beneath(), *parts, *meanings(*_roots(estimator))]


def listed(sources: Iterable[str]) -> dict[str, str]:
    """The parts of a version by name: releases as they are, texts as digests of theirs.

    >>> listed(["3.12.1", "numpy=2.4.6", "mine:def f(x, y): ...", "mine:G = 3", "no module r"])
    {'Python': '3.12.1', 'numpy': '2.4.6', 'mine': '95b749fbc093', 'no module r': ''}
    """
    found: dict[str, list[str]] = {}
    for source in sources:
        release, named = _RELEASE.fullmatch(source), _NAMED.match(source)
        if release:
            found.setdefault(release["name"] or "Python", []).append(release["number"])
        elif named:
            text = source[named.end() :]
            found.setdefault(named["name"], []).append(text and digest([text]))
        else:
            found.setdefault(source, []).append("")
    return {name: each[0] if len(each) == 1 else digest(each) for name, each in found.items()}


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Say what two versions have that is not the same, each with what it was and what it is.

    >>> differing({"numpy": "2.4.5", "m": "0f"}, {"numpy": "2.4.6", "m": "0f", "a.b": ""})
    ['numpy 2.4.5, now 2.4.6', 'a.b, which was not there']
    """
    words = []
    for name in sorted({*one, *other}, key=lambda name: (name in other and name not in one, name)):
        if name not in one:
            words.append(f"{name}, which was not there")
        elif name not in other:
            words.append(f"{name}, which is not there now")
        elif one[name] != other[name]:
            words.append(f"{name} {one[name]}, now {other[name]}")
    return words


@cache
def meanings(*roots: str) -> tuple[str, ...]:
    """The modules of divkit that some of them reach, each with its text."""
    modules = sorted({name for root in roots for name in reached(root)})
    return tuple(f"{module}:{_meaning(module)}" for module in modules)


def beneath() -> list[str]:
    """The versions of Python and of the libraries that estimators stand on."""
    return [platform.python_version(), *(f"{name}={version(name)}" for name in _BENEATH)]


def _roots(estimator: object) -> Iterator[str]:
    """The module of an estimator, and of those that its options name."""
    yield type(estimator).__module__
    for option in vars(estimator).values():
        if isinstance(option, str) and option in ESTIMATORS:
            yield from _roots(estimator_of(option))


@cache
def package_digest() -> str:
    """The version of the whole package, the laws of its problems with it, and of what is beneath.

    Two machines that have the same make the same rows of the same cells.
    """
    sources = sorted((_TOP / "divkit").rglob("*.py"))
    texts = (f"{path.relative_to(_TOP)}:{path.read_text(encoding='utf-8')}" for path in sources)
    return digest([*beneath(), *texts])


def digest(parts: Iterable[str]) -> str:
    """Twelve hexadecimal digits of SHA-256 over texts."""
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(part.encode() + b"\0")
    return hashed.hexdigest()[:_LETTERS]


@cache
def reached(module: str) -> tuple[str, ...]:
    """The modules of divkit that a module imports, itself and theirs with it, by name."""
    modules: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in modules and _file(name).is_file():
            modules.add(name)
            waiting += _imported(name)
    return tuple(sorted(modules))


@cache
def _imported(module: str) -> tuple[str, ...]:
    """Names that may be modules of divkit, from one walk of a module's tree."""
    return tuple(_names(module))


def _names(module: str) -> Iterator[str]:
    """Names that may be modules of divkit: `from a import b` reads a, and perhaps a.b."""
    texts = module not in _ONLY_NAMES
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.ImportFrom) and _ours(node.module):
            yield from (str(node.module), *(f"{node.module}.{at.name}" for at in node.names))
        elif isinstance(node, ast.Import):
            yield from (at.name for at in node.names if _ours(at.name))
        elif isinstance(node, ast.Constant) and _text_of_ours(node.value) and texts:
            place, _, _ = str(node.value).partition(":")
            yield place  # what a registry or a package imports when asked


def _text_of_ours(value: object) -> bool:
    return isinstance(value, str) and _ours(value)


def _ours(module: str | None) -> bool:
    return module is not None and module.startswith("divkit.")


def _file(module: str) -> Path:
    place = _TOP.joinpath(*module.split("."))
    package = place / "__init__.py"
    return package if package.is_file() else place.with_suffix(".py")


@cache
def _tree(module: str) -> ast.Module:
    """The source of a module, with the stub that says what a package hands out."""
    file = _file(module)
    parts = (path for path in (file, file.with_suffix(".pyi")) if path.is_file())
    return ast.parse("\n".join(path.read_text(encoding="utf-8") for path in parts))


@cache
def _meaning(module: str) -> str:
    return meaning_of(_tree(module))


def meaning_of(tree: ast.Module) -> str:
    """A syntax tree without docstrings, as text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and _documented(node):
            node.body = node.body[1:]
    return ast.dump(tree)


def _documented(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> bool:
    return ast.get_docstring(node, clean=False) is not None
