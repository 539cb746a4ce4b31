"""Let Sphinx read docstrings as they are written: "name : what it is", |x|, Unicode formulas."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

_ENTRY = re.compile(r"^(?P<names>\*{0,2}\w+(?:, \w+)*) : (?P<text>.+)$")
_LISTS = ("Parameters", "Fields")


def read_entries(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Turn "name : description" of parameter lists into numpydoc's two lines, and escape bars."""
    section, out = "", []
    for line, rule in zip(lines, [*lines[1:], ""], strict=False):
        if line.strip() and set(rule.strip()) == {"-"}:
            section = line = "Fields" if line.strip() == "Attributes" else line.strip()
        if line.startswith(">>>") and section != "Examples":
            section, out = "Examples", [*out, "Examples", "--------"]
        entry = _ENTRY.match(line) if section in _LISTS else None
        out += [entry["names"], "    " + entry["text"]] if entry else [line]
    first = ["\\ "] if what in ("property", "attribute", "data") else []  # "One: …" states no type
    lines[:] = first + [_escape(line) for line in out]


def unmade(
    app: Any, what: str, name: str, obj: Any, options: Any, given: str, returned: str
) -> tuple[str, str] | None:
    """Show a protocol without the signature of a class: it is met, and not made."""
    return ("", "") if what == "class" and getattr(obj, "_is_protocol", False) else None


def _escape(line: str) -> str:
    """Keep |x| from being read as a substitution, and D* from opening emphasis."""
    if "``" in line or ":math:" in line:
        return line
    line = re.sub(r"(?<!\\)\|", r"\\|", line)
    return re.sub(r"(?<=\w)\*(?!\*)", r"\\*", line)


def setup(app: Sphinx) -> dict[str, Any]:
    """Run before napoleon, whose priority is 500."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", read_entries, priority=400)
    app.connect("autodoc-process-signature", unmade)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
