"""`_static/lab-preview.html`: the lab's first screen in one file that needs no server.

The page is written when the documentation is built, from the lab's own modules and style: each
module becomes a function of one classic script, which a browser runs from file:// too.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import divkit.lab

HERE = Path(__file__).parent
STATIC = Path(divkit.lab.__file__).parent / "static"
NAME = "lab-preview.html"
ENTRY = "preview.js"
_IMPORT = re.compile(r'^import (?:\{([^}]*)\}|\* as (\w+)) from "([^"]+)";\n', re.M)
_EXPORT = re.compile(r"^export (?:async )?(?:const|let|class|function) (\w+)", re.M)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>divkit lab: a preview</title>
<style>
{style}</style>
</head>
<body>
<script>
{script}</script>
</body>
</html>
"""


def source(name: str) -> str:
    """A module's text: one of the preview's own, else one of the lab's."""
    if name == "said.js":
        words = {
            each.stem: json.loads(each.read_text("utf-8"))
            for each in sorted((STATIC / "lang").glob("*.json"))
        }
        presets = json.loads((STATIC / "presets.json").read_text("utf-8"))["line"]
        return (
            f"export const WORDS = {json.dumps(words, ensure_ascii=False)};\n"
            f"export const PRESETS = {json.dumps(presets)};\n"
        )
    own = HERE / name
    return (own if own.exists() else STATIC / name).read_text("utf-8")


def bundle(entry: str = ENTRY) -> str:
    """Return a module and all that it imports as one classic script."""
    order = list[str]()

    def visit(name: str) -> None:
        if name in order:
            return
        for *_, path in _IMPORT.findall(source(name)):
            visit(_beside(name, path))
        order.append(name)

    visit(entry)
    parts = ['"use strict";', "const modules = {};", *map(_wrapped, order)]
    return f"(() => {{\n{chr(10).join(parts)}\n}})();\n"


def _beside(name: str, path: str) -> str:
    """The name of what a module imports: modules of the preview's own lie at the top."""
    folder = name.rpartition("/")[0]
    made = [each for each in folder.split("/") if each]
    for each in path.split("/"):
        if each == "..":
            made.pop()
        elif each != ".":
            made.append(each)
    return "/".join(made)


def _wrapped(name: str) -> str:
    text = source(name)

    def bound(found: re.Match[str]) -> str:
        names, whole, path = found.groups()
        kept = whole or "{ " + names.strip().replace(" as ", ": ") + " }"
        return f'const {kept} = modules["{_beside(name, path)}"];\n'

    exported = _EXPORT.findall(text)
    body = re.sub(r"^export ", "", _IMPORT.sub(bound, text), flags=re.M)
    if "</script" in body:
        raise ValueError(f"{name} holds a closing tag of scripts.")
    return f'modules["{name}"] = (() => {{\n{body}return {{ {", ".join(exported)} }};\n}})();'


def page() -> str:
    """Return the whole page."""
    style = (STATIC / "lab.css").read_text("utf-8")
    return _PAGE.replace("{style}", style).replace("{script}", bundle())


def _write(app: Any, fault: Exception | None) -> None:
    if fault is None and app.builder.format == "html":
        Path(app.outdir, "_static", NAME).write_text(page(), "utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Write the page once the others are written."""
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
