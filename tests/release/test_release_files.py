"""Files that tools and people look for: there, in agreement, and naming no registry."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HOSTS = re.compile(
    "|".join(
        rf"{name}\.{end}"
        for name, end in (("py" + "pi", "org"), ("python" + "hosted", "org"), ("anaconda", "org"),
                          ("download", "pytorch"), ("npm" + "js", ""))
    )
)  # fmt: skip
"""Registries' hosts; the pattern is written so that it does not find itself."""


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def versions() -> list[str]:
    return re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))


def test_the_same_pythons_are_claimed_and_tested():
    assert versions() == ["3.11", "3.12", "3.13", "3.14"]
    quoted = ", ".join(f'"{version}"' for version in versions())
    assert f"PYTHONS = [{quoted}]" in text("noxfile.py")
    assert f"python: [{quoted}]" in text(".github/workflows/tests.yml")
    assert PROJECT["requires-python"] == f">={versions()[0]}"


def test_the_conda_recipe_asks_for_what_the_project_does():
    recipe = text("conda/recipe.yaml")
    assert f"version: {PROJECT['version']}" in recipe
    named = {re.split(r"[ >=]+", line)[0] for line in PROJECT["dependencies"]}
    other = {"torch": "pytorch", "matplotlib": "matplotlib-base"}
    for name in named:
        bound = next(line for line in PROJECT["dependencies"] if line.startswith(name))
        wanted = bound.replace(name, other.get(name, name)).replace(">=", " >=")
        assert f"- {wanted}\n" in recipe, wanted


def test_the_citation_is_of_this_version_and_complete():
    citation = text("CITATION.cff")
    for key in ("cff-version", "title", "version", "date-released", "license", "authors",
                "abstract", "keywords", "references"):  # fmt: skip
        assert re.search(rf"^{key}:", citation, re.MULTILINE), key
    assert f"version: {PROJECT['version']}\n" in citation


def test_people_find_what_to_do():
    for path in ("SECURITY.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE"):
        assert len(text(path)) > 400, path
    templates = {p.name for p in (ROOT / ".github" / "ISSUE_TEMPLATE").iterdir()}
    assert templates == {"config.yml", "feature.yml", "wrong-number.yml"}


def test_no_file_names_a_registry():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    found = []
    for name in listed:
        path = ROOT / name
        if path.is_file() and path.suffix not in (".png", ".woff", ".woff2", ".ico", ".jpg"):
            words = path.read_text(encoding="utf-8", errors="replace")
            if HOSTS.search(words):
                found.append(name)
    assert found == []
