"""Names in the code of a function: globals, attributes, modules that it imports."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from divkit.bench.own_modules import is_module_name

_TAKES = {dis.opmap["LOAD_GLOBAL"], dis.opmap["LOAD_NAME"]}
_IMPORT, _FROM = dis.opmap["IMPORT_NAME"], dis.opmap["IMPORT_FROM"]


def globals_of(code: CodeType) -> list[str]:
    """Return the names that a function, or one inside it, takes from its module."""
    own = {
        str(each.argval)
        for part in _codes(code)
        for each in dis.get_instructions(part)
        if each.opcode in _TAKES
    }
    return sorted(own)


def attributes_of(code: CodeType) -> set[str]:
    """Return the names that a function, or one inside it, may take of objects."""
    return {name for part in _codes(code) for name in part.co_names}


def taken_by(function: FunctionType) -> list[tuple[str, object]]:
    """Return what a function takes of its closure and of its module, with the names."""
    code, cells = function.__code__, function.__closure__ or ()
    inside = [(n, content_of(cell)) for n, cell in zip(code.co_freevars, cells, strict=True)]
    held = function.__globals__
    return [*inside, *((name, held[name]) for name in globals_of(code) if name in held)]


def modules_of(function: FunctionType) -> list[ModuleType]:
    """Return the modules that a function names, and may take of these: `package.module.g()`."""
    taken = attributes_of(function.__code__)
    found: dict[str, ModuleType] = {}
    waiting = [each for _, each in taken_by(function) if isinstance(each, ModuleType)]
    while waiting:
        module = waiting.pop()
        if module.__name__ not in found:
            found[module.__name__] = module
            inside = (vars(module).get(name) for name in taken)
            waiting += [each for each in inside if isinstance(each, ModuleType)]
    return [found[name] for name in sorted(found)]


def imported_in(code: CodeType) -> Iterator[str]:
    """Yield names of what a function imports: `from a import b` reads a, and perhaps a.b."""
    base = ""
    for each in dis.get_instructions(code):
        if each.opcode == _IMPORT:
            base = str(each.argval)
            yield base
        elif each.opcode == _FROM:
            yield f"{base}.{each.argval}"
    if {"import_module", "__import__"} & set(code.co_names):
        yield from (text for text in code.co_consts if is_module_name(text))


def content_of(cell: Any) -> object:
    """Return what a closure's cell holds."""
    try:
        return cell.cell_contents
    except ValueError:  # what it is of has not been given a value yet
        return "empty"


def _codes(code: CodeType) -> Iterator[CodeType]:
    """The code of a function, and of those inside it."""
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)
