"""Names of modules and objects that the documents give exist: nothing that moved is spoken of.

Checked are dotted names that begin with `divkit` or one of its packages, and folders and files of
the package (`families/`, `parse/names.py`), in backticks, and all that reference pages list. The
layers that the architecture's table and figure show are those of the contract in pyproject.toml.
"""

from __future__ import annotations

import importlib
import inspect
import re
import tomllib
from pathlib import Path

import pytest

import divkit
from divkit.moved import MODULES

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "divkit"
PAGES = sorted(
    [*ROOT.glob("README*.md"), ROOT / "CONTRIBUTING.md"]
    + [p for kind in ("*.md", "*.rst") for p in (ROOT / "docs").rglob(kind)]
)
PAGES = [p for p in PAGES if not {"_build", "auto_gallery", "generated"} & set(p.parts)]
FILES = {str(p.relative_to(PACKAGE)) for kind in ("*.py", "*.pyi") for p in PACKAGE.rglob(kind)}
FOLDERS = {str(p.relative_to(PACKAGE)) for p in PACKAGE.rglob("*") if p.is_dir()}
TOPS = {Path(name).parts[0].split(".")[0] for name in FILES} - {"__init__", "__main__"}
SUBPACKAGES = {Path(name).name: name.replace("/", ".") for name in sorted(FOLDERS) if "/" in name}
for _library in ("scipy", "torch"):  # in backticks they are the libraries
    del SUBPACKAGES[_library]
"""Folders below the first level, by their last name."""
QUOTED = re.compile(r"`([^`\n]+)`")
DOTTED = re.compile(r"(?:[A-Za-z_]\w*\.)+(?!(?:pyi?|rst|md)\b)[A-Za-z_]\w*")
PATH = re.compile(r"(?:[a-z_]\w*/)+(?:\w+\.pyi?)?|(?:[a-z_]\w*/)*[a-z_]\w*\.pyi?")
LISTED = re.compile(r"^   ([\w.]+)$", re.MULTILINE)
CURRENT = re.compile(r"^\.\. currentmodule:: ([\w.]+)$", re.MULTILINE)


def resolves(name: str) -> bool:
    """Whether a dotted name is a module of divkit's, or an attribute of one."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        if ".".join(parts[:cut]) in MODULES:
            continue
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[cut:]:
            fields = getattr(found, "__dataclass_fields__", {})
            if not hasattr(found, attribute) and attribute not in fields:
                return False
            found = getattr(found, attribute, None)
        return True
    return False


def somewhere(path: str) -> bool:
    """Whether a file or folder lies in the package, or in the repository, under this ending."""
    bare = path.rstrip("/").removeprefix("divkit/")
    known = FOLDERS if path.endswith("/") else FILES
    inside = any(name == bare or name.endswith("/" + bare) for name in known)
    return inside or path == "divkit/" or (ROOT / path).exists()


def dotted(text: str) -> set[str]:
    """Dotted names in backticks that start at divkit or at one of its modules."""
    found = set()
    for quoted in QUOTED.findall(text):
        for name in DOTTED.findall(quoted):
            head = name.split(".")[0]
            if not quoted.startswith(name):
                continue
            if head == "divkit" or head in TOPS:
                found.add(name if head == "divkit" else f"divkit.{name}")
            elif head in SUBPACKAGES:
                found.add(f"divkit.{SUBPACKAGES[head]}{name.removeprefix(head)}")
    return found


def paths(text: str) -> set[str]:
    return {q for q in QUOTED.findall(text) if PATH.fullmatch(q)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page):
    text = page.read_text(encoding="utf-8")
    assert [name for name in sorted(dotted(text)) if not resolves(name)] == []
    assert [path for path in sorted(paths(text)) if not somewhere(path)] == []


@pytest.mark.parametrize(
    "page", [p for p in PAGES if p.suffix == ".rst"], ids=lambda page: str(page.name)
)
def test_what_a_reference_page_lists_is_there(page):
    parts = CURRENT.split(page.read_text(encoding="utf-8"))
    for module, body in zip(parts[1::2], parts[2::2], strict=True):
        listed = [f"{module}.{name}" for name in LISTED.findall(body)]
        assert [name for name in listed if not resolves(name)] == []


def test_a_name_that_is_gone_is_seen():
    assert dotted("`exact.units.unit_of` and `divkit.js` and `p.features`") == {
        "divkit.exact.units.unit_of",
        "divkit.js",
    }
    assert not resolves("divkit.exact.units.unit_of") and not resolves("divkit.gan.study")
    assert resolves("divkit.training.run.run") and hasattr(divkit, "divergence")
    assert (
        somewhere("families/")
        and not somewhere("studies/")
        and not somewhere("parse/law_names.py")
    )


def rows_of_layers() -> list[list[str]]:
    """The layers of the first contract, from above, as names beside each other."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract, *_) = settings["tool"]["importlinter"]["contracts"]
    return [re.findall(r"divkit\.(\w+)", layer) for layer in contract["layers"]]


def test_every_package_and_module_is_in_a_layer():
    assert sorted(name for row in rows_of_layers() for name in row) == sorted(TOPS)


def test_the_table_of_layers_is_the_contract():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.split("| layer | holds |\n|---|---|\n")[1].split("\n\n")[0]
    assert [set(QUOTED.findall(line.split("|")[1])) for line in table.splitlines()] == [
        set(row) for row in rows_of_layers()
    ]


def test_the_figure_of_layers_is_the_contract():
    figure = (ROOT / "docs" / "_static" / "layers.svg").read_text(encoding="utf-8")
    shown = re.findall(r'font-family="monospace"[^>]*>([^<]+)<', figure)
    assert [set(line.split(" · ")) for line in shown] == [set(row) for row in rows_of_layers()]


def test_the_floors_are_named_in_the_table():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    floors = {"common", "misfit", "cross_fit", "cross_fitted", "auto", "api", "information"}
    floors |= {"state", "store", "measures", "trainable", "run", "session"}
    assert all(f"`{name}`" in text or f"`{name}/`" in text for name in floors)


TOP = LISTED.findall((ROOT / "docs/reference/functions.rst").read_text().split("divkit.curves")[0])
"""What `divkit` itself hands out, as the first reference page lists it."""


@pytest.mark.parametrize("name", TOP)
def test_a_function_of_the_top_level_says_all_in_its_docstring(name):
    """What it returns and raises, an example that the doctests run, and its own parameters."""
    function = getattr(divkit, name)
    words = inspect.getdoc(function)
    assert "Raises\n------" in words, words
    assert "Returns\n-------" in words or words.startswith(("Return ", "Draw ")), words
    assert re.search(r"^ *>>> .*\n", words, re.MULTILINE), words
    own = inspect.signature(function).parameters
    assert "options" not in own or "method" in own  # options are those of a method that is named
