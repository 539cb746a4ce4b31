"""What is handed out: a wheel and an sdist that build, install elsewhere, run, and carry types.

The installed wheel takes its dependencies from this environment; `.ci/release` installs them too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "divkit"
LARGEST = 4_000_000
"""Bytes of the wheel, at most."""
pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path, **options: object) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "MYPYPATH")}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=kept, capture_output=True, text=True, check=False
    )
    if options.get("check", True):
        assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    return out


@pytest.fixture(scope="module")
def user(built, tmp_path_factory):
    """An empty directory with an environment that has the wheel, and this one's dependencies."""
    place = tmp_path_factory.mktemp("user")
    run(sys.executable, "-m", "venv", "--without-pip", place / "env", cwd=place)
    (site,) = (place / "env" / "lib").glob("python*/site-packages")
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        files.extractall(site)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place


def test_both_archives_pass_twine(built):
    found = sorted(map(str, built.iterdir()))
    assert len(found) == 2
    run(sys.executable, "-m", "twine", "check", "--strict", *found, cwd=built)


def test_the_wheel_holds_the_package_and_nothing_else(built):
    (wheel,) = built.glob("*.whl")
    assert wheel.stat().st_size <= LARGEST
    with zipfile.ZipFile(wheel) as files:
        names = {name for name in files.namelist() if ".dist-info/" not in name}
    ours = {str(p.relative_to(ROOT)) for p in PACKAGE.rglob("*") if p.is_file()}
    assert names == {name for name in ours if "__pycache__" not in name}


def test_the_sdist_holds_what_the_wheel_is_built_of(built):
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as files:
        names = {name.split("/", 1)[1] for name in files.getnames() if "/" in name}
    assert {"pyproject.toml", "LICENSE", "README.md", "divkit/py.typed"} <= names


def test_the_installed_wheel_is_what_runs(user):
    code = "import divkit; print(divkit.__file__)"
    there = run(user / "env/bin/python", "-W", "error", "-c", code, cwd=user).stdout
    assert Path(there.strip()).is_relative_to(user)
    printed = run(user / "env/bin/python", "-m", "divkit", "divergence", "normal(0, 1)",
                  "normal(1, 1)", cwd=user).stdout  # fmt: skip
    assert "0.1114214821847" in printed


def test_a_users_types_are_checked_against_the_installed_package(user):
    text = (ROOT / "tests" / "release" / "user_of_types.py").read_text(encoding="utf-8")
    (user / "good.py").write_text(text, encoding="utf-8")
    bad = text + "wrong: str = found.value\n"
    (user / "bad.py").write_text(bad, encoding="utf-8")
    python = ("--python-executable", user / "env/bin/python", "--strict")
    command = (sys.executable, "-m", "mypy", "--cache-dir", user / "cache", *python)
    run(*command, "good.py", cwd=user)
    refused = run(*command, "bad.py", cwd=user, check=False)
    assert refused.returncode == 1
    assert f"bad.py:{len(bad.splitlines())}: error" in refused.stdout
    assert run(user / "env/bin/python", "good.py", cwd=user).stdout.startswith("0.111421 ≤")
