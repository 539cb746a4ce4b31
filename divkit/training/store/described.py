"""Descriptions of trainings in plain values, which tell a checkpoint from another training's."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cached_property, partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType
from typing import Any

import numpy as np
import torch

from divkit.plain import jsonable
from divkit.types import Tensor

_IS, _SHOWN = "is", 4
_FREE = frozenset({"recorder", "device"})
"""Fields that change no state: what is measured, and where it is computed."""
_NAMES = {"loss": "game"}
"""Fields of a training as users name them."""


def described(value: Any, within: tuple[int, ...] = ()) -> Any:
    """A value in plain ones that differ where it does, as far as can be seen.

    Objects are their fields, tensors and code digests; a torch module is its structure and its
    buffers, since its parameters are a training's state. `within` are the ids of what holds it.
    """
    if value is None or isinstance(value, str | int | float | np.generic):
        return jsonable(value)
    if id(value) in within:
        return "itself"
    if isinstance(value, Tensor | np.ndarray):
        return _digest_of(torch.as_tensor(value).detach().cpu())
    inside = (*within, id(value))
    if isinstance(value, Mapping):
        return {str(key): described(item, inside) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [described(item, inside) for item in value]
    if isinstance(value, type | BuiltinFunctionType):
        return f"{value.__module__}.{value.__qualname__}"
    if isinstance(value, torch.dtype):
        return str(value)
    parts = {name: described(part, inside) for name, part in _parts(value).items()}
    return {_IS: _name(value), **parts} if parts else _name(value)


def _name(value: Any) -> str:
    """A function's own name, or that of an object's class."""
    named = value if isinstance(value, FunctionType) else type(value)
    return f"{named.__module__}.{named.__qualname__}"


def _parts(value: Any) -> Mapping[str, Any]:
    """Parts of an object, less what it keeps once computed."""
    if isinstance(value, torch.nn.Module):
        return {"structure": repr(value), "buffers": dict(value.named_buffers())}
    if isinstance(value, partial):
        return {"func": value.func, "args": value.args, "keywords": value.keywords}
    if isinstance(value, MethodType):
        return {"func": value.__func__, "self": value.__self__}
    if isinstance(value, FunctionType):
        return _parts_of_function(value)
    if is_dataclass(value):
        return {
            f.name: getattr(value, f.name) for f in fields(value) if f.init and f.name not in _FREE
        }
    kept = {
        name for name in vars(type(value)) if isinstance(vars(type(value))[name], cached_property)
    }
    return {k: v for k, v in getattr(value, "__dict__", {}).items() if k not in kept}


def _parts_of_function(value: FunctionType) -> Mapping[str, Any]:
    """Parts of a function; its code too where it is not divkit's."""
    cells = [cell.cell_contents for cell in value.__closure__ or ()]
    held = {"closure": cells} if cells else {}
    if value.__module__.startswith("divkit."):
        return held
    return {"code": _code(value.__code__), "defaults": value.__defaults__, **held}


def differences(found: Any, wanted: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The places where two described values differ, and what each has there."""
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        if found.get(_IS) != wanted.get(_IS):
            yield path, found.get(_IS), wanted.get(_IS)
            return
        if found.get("name") != wanted.get("name"):
            yield f"{path}.name", found.get("name"), wanted.get("name")
            return
        for key in dict.fromkeys((*found, *wanted)):
            inner = f"{path}.{_NAMES.get(key, key)}".removeprefix(".")
            yield from differences(found.get(key), wanted.get(key), inner)
    elif isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        for k, (a, b) in enumerate(zip(found, wanted, strict=True)):
            yield from differences(a, b, f"{path}[{k}]")
    elif found != wanted:
        yield path, found, wanted


def told(found: Any, wanted: Any) -> str:
    """The first differences in words; empty where there is none."""
    parts = [
        f"{path or 'what is trained'} is {_short(a)} there, {_short(b)} here"
        for path, a, b in differences(found, wanted)
    ]
    more = [f"and {len(parts) - _SHOWN} more"] if len(parts) > _SHOWN else []
    return "; ".join([*parts[:_SHOWN], *more])


def _short(value: Any) -> str:
    return textwrap.shorten(repr(value), 80, placeholder=" …")


def _digest_of(x: Tensor) -> str:
    seen = hashlib.sha256(x.contiguous().numpy().tobytes()).hexdigest()[:16]
    return f"{x.dtype} {tuple(x.shape)} {seen}"


def _code(code: CodeType) -> str:
    """A digest of a function's code, and of the functions written in it."""
    inner = [_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    whole = repr((code.co_code, code.co_names, inner))
    return hashlib.sha256(whole.encode()).hexdigest()[:16]
