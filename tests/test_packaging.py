"""What `import divkit` does and does not do, and what the files of the package may say."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import divkit
from divkit.exact.capabilities.groups import GROUPS

ROOT = Path(__file__).resolve().parents[1]
GENERATED = {"_build", "auto_gallery"}
SOURCES = [
    path
    for folder in ("divkit", "docs", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if GENERATED.isdisjoint(path.parts)
]
HEAVY = (
    "torch",
    "scipy",
    "numpy",
    "sklearn",
    "matplotlib",
    "flint",
    "typer",
    "rich",
    "pandas",
    "zuko",
    "numba",
)


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/"
    )
    return done.stdout.strip()


def test_import_divkit_loads_nothing_heavy():
    loaded = run(f"import sys, divkit; print([m for m in {HEAVY!r} if m in sys.modules])")
    assert loaded == "[]"


def test_the_command_line_starts_without_the_heavy_modules():
    code = f"""
import sys
import divkit.cli.main
print([m for m in {HEAVY!r} if m in sys.modules and m not in ("typer", "rich")])
"""
    assert run(code) == "[]"


ASKED = {
    "on the command line": """
import divkit.cli.main
sys.argv = ["divkit", "divergence", "normal(0, 1)", "normal(1, 1)"]
try:
    divkit.cli.main.main()
except SystemExit as end:
    assert end.code == 0, end.code
""",
    "in Python": """
divkit.js_divergence("normal(0, 1)", "normal(1, 1)")
p, q = divkit.distributions.Normal(0, 1), divkit.distributions.Normal(1, 1)
divkit.divergence(p, q, ["js", "kl", "tv", "hellinger2"])
""",
}
USED = (
    *("divkit.distributions." + name for name in ("adapt", "compose", "families", "finite")),
    *("divkit.distributions.parse", "divkit.exact", "divkit.divergences"),
    *("divkit.exact." + name for name in ("affinity", "balls", "capabilities", "closed_form")),
    *("divkit.exact.ipm", "divkit.exact.quadrature", "divkit.distributions", "divkit.cli"),
)
"""Packages of which a divergence of two normals loads a part."""
LEFT = (
    *("scipy", "sklearn", "matplotlib", "rich", "numpy.random"),
    *("divkit.distributions.compose.mixture", "divkit.distributions.compose.transformed"),
    *("divkit.distributions.families.multivariate", "divkit.distributions.finite.discrete"),
    *("divkit.exact.affinity.method", "divkit.exact.last_map", "divkit.exact.discrete"),
)
FAMILIES_USED = ("normal", "location_scale", "numerics")
MOST = {"in Python": 102, "on the command line": 116}
"""Modules of divkit that it loads at most; the command line's own are fifteen of them."""


@pytest.mark.parametrize("asked", ASKED)
def test_a_divergence_of_two_normals_imports_what_it_uses(asked):
    code = f"import sys\nimport divkit\n{ASKED[asked]}\nprint(*sys.modules)"
    loaded = set(run(code).splitlines()[-1].split())
    assert "divkit.exact.quadrature.method" in loaded
    assert not loaded & set(LEFT)
    ours = {name for name in loaded if name.startswith("divkit")}
    packages = {name.rpartition(".")[0] for name in ours if name.count(".") > 1}
    assert packages <= set(USED)
    kin = {f"divkit.distributions.families.{name}" for name in FAMILIES_USED}
    assert {name for name in ours if name.startswith("divkit.distributions.families.")} <= kin
    groups = {f"divkit.exact.capabilities.{name}" for name in GROUPS.values()}
    assert ours & groups == {"divkit.exact.capabilities.normal"}
    assert len(ours) <= MOST[asked]


@pytest.mark.slow
def test_estimate_leaves_other_estimators_alone():
    unused = (
        "sklearn",
        "pandas",
        "divkit.gan",
        "divkit.training",
        "divkit.generators",
        "divkit.estimators.classifiers",
    )
    loaded = run(f"import sys, divkit; divkit.estimate; print(set({unused!r}) & set(sys.modules))")
    assert loaded == "set()"


def test_every_public_name_is_there_and_documented():
    for name in divkit.__all__:
        assert getattr(divkit, name) is not None
        assert name in dir(divkit)
        if not name.startswith("__"):
            assert getattr(divkit, name).__doc__


FACES = sorted(
    ".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "divkit").rglob("*.pyi")
)


@pytest.mark.parametrize("face", FACES)
def test_a_package_hands_out_what_its_stub_says(face):
    package = importlib.import_module(face)
    assert dir(package) == sorted(package.__all__)
    for name in package.__all__:
        assert getattr(package, name) is not None


@pytest.mark.slow
def test_no_module_takes_the_place_of_a_name():
    code = f"""
import importlib, pkgutil, types
import divkit
for face in {FACES!r}[1:]:
    package = importlib.import_module(face)
    for each in pkgutil.iter_modules(package.__path__, face + "."):
        importlib.import_module(each.name)
    found = [getattr(package, name) for name in package.__all__]
    print([each for each in found if isinstance(each, types.ModuleType)])
"""
    assert set(run(code).splitlines()) == {"[]"}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'jsd'"):
        divkit.jsd  # noqa: B018


@pytest.mark.slow
def test_the_global_state_of_torch_and_numpy_is_left_alone():
    code = """
import logging, os, warnings
import numpy, scipy.sparse, scipy.special, scipy.stats, torch  # these add warning filters
before = (torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads(),
          numpy.geterr(), warnings.filters[:], logging.getLogger().level, dict(os.environ))
states = numpy.random.get_state()[1].copy(), torch.get_rng_state()
import divkit
p, q = divkit.distributions.Normal(0, 1), divkit.distributions.Laplace(1, 1)
divkit.js_divergence(p, q)
divkit.kl_divergence(p, q, method="quadrature")
divkit.sample(p, 10, rng=0)
after = (torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads(),
         numpy.geterr(), warnings.filters[:], logging.getLogger().level, dict(os.environ))
assert before == after, (before, after)
assert (numpy.random.get_state()[1] == states[0]).all()
assert torch.equal(torch.get_rng_state(), states[1])
assert torch.distributions.Distribution._validate_args == __debug__
print("same")
"""
    assert run(code) == "same"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_sources_hold_no_absolute_path_and_stay_short(path):
    text = path.read_text(encoding="utf-8")
    assert re.search(r"""["'](/(?!proc|dev)[A-Za-z]+/|[A-Z]:\\)""", text) is None
    assert len(text.splitlines()) <= 400


def test_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == divkit.__version__
    assert f"version: {divkit.__version__}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## {divkit.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_types_are_shipped():
    assert (ROOT / "divkit" / "py.typed").exists()
