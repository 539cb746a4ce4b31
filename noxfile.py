"""Sessions of nox: the tests under every Python that is supported, and what a release needs.

    nox -s tests-3.12        the quick tests under Python 3.12
    nox -s lowest            the statements under the lowest versions that pyproject.toml allows
    nox -s release           wheel and sdist, built, checked, installed in empty directories

A Python that is not on the machine is skipped. Torch is the build that the constraints name.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
CONSTRAINED = ("--constraint", "constraints.txt")
nox.options.sessions = ["tests"]
os.environ.setdefault("OMP_NUM_THREADS", "1")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The quick tests; arguments after -- go to pytest."""
    session.install(*CONSTRAINED, "--editable", ".[test,lint,fast,flows,lab]")
    session.run("python", "-m", "pytest", "-m", "not slow", *session.posargs)


def lowest_versions() -> list[str]:
    """The runtime dependencies, each the newest patch that its lower bound begins; torch apart."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bounds = [re.sub(r">=([\d.]+)", r"~=\1.0", name) for name in project["dependencies"]]
    return [name for name in bounds if not name.startswith("torch")]


@nox.session(python="3.11")
def lowest(session: nox.Session) -> None:
    """Every statement, with the oldest dependencies that are allowed."""
    session.install(*CONSTRAINED, "torch")
    session.install(*lowest_versions())
    session.install("--no-deps", ".")
    session.run("divkit", "verify", "--workers", "1")


@nox.session(python="3.11")
def release(session: nox.Session) -> None:
    """Build, check and install what is handed out."""
    session.run("bash", ".ci/release", external=True)


@nox.session(python="3.11")
def docs(session: nox.Session) -> None:
    """The documentation, without a warning."""
    session.install(*CONSTRAINED, "--editable", ".[docs,test]")
    session.run(
        "sphinx-build", "-W", "--keep-going", "-q", "-b", "html", "docs", "docs/_build/html"
    )
