"""The version of an own estimator is that of all that it uses; what cannot be told is refused."""

import functools
import re
import subprocess
import sys
import threading
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from divkit.bench.api import run
from divkit.bench.contestants import version_of
from divkit.bench.own import own_of, own_of_text
from divkit.bench.own_code import own_version
from divkit.bench.own_modules import versions_of
from divkit.bench.program import Program

PYTHON = sys.executable


class Same:
    """An engine in this process."""

    def map(self, cells, work):
        return (work(cell) for cell in cells)


def make(k):
    return lambda x, y: float(k)


def code(given):
    return version_of(own_of("mine", given))


def of_script(text):
    """The function `f` of a script, with the globals that are its own."""
    space = {"__name__": "__main__"}
    exec(text, space)
    return space["f"]


def test_closures_defaults_attributes_and_globals_are_part_of_a_version():
    assert code(make(3)) == code(make(3)) != code(make(5))
    assert code(make(np.arange(3))) == code(make(np.arange(3))) != code(make(np.arange(4)))
    texts = [
        "def f(x, y, k=3): return k",
        "def f(x, y, k=5): return k",
        "K = 3\ndef f(x, y): return K",
        "K = 5\ndef f(x, y): return K",
        "def g(x): return 1\ndef f(x, y): return g(x)",
        "def g(x): return 2\ndef f(x, y): return g(x)",
        "class G:\n    k = 1\n    def a(self): return self.k\ndef f(x, y): return G().a()",
        "class G:\n    k = 2\n    def a(self): return self.k\ndef f(x, y): return G().a()",
        "def f(x, y): return [g for g in (1, 2)]",
        "def f(x, y): return [g for g in (1, 3)]",
        "def f(x, y): return f(y, x) if len(x) > 1 else 0",
    ]
    versions = [code(of_script(text)) for text in texts]
    assert len(set(versions)) == len(texts)
    assert versions == [code(of_script("\n\n" + text + "  # as it was")) for text in texts]
    cached = "import functools\n@functools.cache\ndef g(): return {}\ndef f(x, y): return g()"
    one, two = (own_version("mine", of_script(cached.format(k))) for k in (1, 2))
    assert one != two
    with pytest.raises(ValueError, match="cannot be sent to other processes"):
        own_of("mine", of_script(cached.format(1)))
    assert code(functools.partial(of_script(texts[0]), k=1)) not in versions


@dataclass(frozen=True)
class Scaled:
    """An estimator object of a user's."""

    by: object = 1.0

    def __call__(self, x, y, divergence):
        raise ValueError("not asked")


def test_the_options_of_objects_are_part_of_a_version():
    assert code(Scaled(np.zeros(9999))) == code(Scaled(np.zeros(9999)))
    assert code(Scaled(np.zeros(9999))) != code(Scaled(np.eye(1, 9999, 5000)[0]))  # one repr
    assert code(LogisticRegression(C=2.0)) == code(LogisticRegression(C=2.0))
    assert code(LogisticRegression(C=2.0)) != code(LogisticRegression(C=3.0))


def test_a_row_of_another_closure_is_not_served(tmp_path):
    values = [
        run({"mine": make(k)}, "shift1:kl", {20: 1}, beside=(), ledger=tmp_path / "rows.sqlite",
            engine=Same()).rows[0].value
        for k in (3, 5)
    ]  # fmt: skip
    assert values == [3.0, 5.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import threading\nL = threading.Lock()\ndef f(x, y): return L", "cannot be told"),
        ("import numpy\nG = numpy.random.default_rng(0)\ndef f(x, y): return G", "parameter"),
        ("import random\ndef f(x, y, g=random.Random(0)): return g", "random generator"),
        ("import torch\nG = [torch.Generator()]\ndef f(x, y): return G", "random generator"),
    ],
)
def test_what_cannot_be_told_is_refused(text, said):
    with pytest.raises(ValueError, match=said):
        own_of("mine", of_script(text))
    with pytest.raises(ValueError, match=re.escape("f, L")):
        own_version("mine", locked())


def locked():
    """A function whose closure cannot be told."""
    L = threading.Lock()

    def f(x, y):
        return L

    return f


MODULES = {
    "of_theirs.py": "from pack.deep import g\ndef f(x, y):\n    import late_of_theirs\n",
    "late_of_theirs.py": "K = 1\n",
    "pack/__init__.py": "",
    "pack/deep.py": "from . import beside\nfrom .beside import h\n\n\ndef g(x):\n    return h\n",
    "pack/beside.py": "import numpy as np\n\nh = 1\n",
}
TELL = """
from divkit.bench.contestants import version_of
from divkit.bench.own import own_of_text
print(version_of(own_of_text("mine", "of_theirs:f")))
"""


def test_modules_beside_are_followed_and_installed_ones_have_their_version(tmp_path, monkeypatch):
    (tmp_path / "pack").mkdir()
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    mine = own_of_text("mine", "of_theirs:f")
    said = versions_of(["of_theirs"])
    assert {each.partition(":")[0] for each in said if ":" in each} == {
        "late_of_theirs", "of_theirs", "pack", "pack.beside", "pack.deep"
    }  # fmt: skip
    assert [each for each in said if ":" not in each] == [f"numpy={np.__version__}"]
    seen = [version_of(mine)]
    (tmp_path / "pack/beside.py").write_text('"""Told."""\nimport numpy as np\nh = 1  # as before')
    assert version_of(mine) == seen[0]
    for name in MODULES:
        (tmp_path / name).write_text((tmp_path / name).read_text() + "\nZ = 3\n")
        seen.append(version_of(mine))
    assert len(set(seen)) == 1 + len(MODULES)
    there = subprocess.run([PYTHON, "-c", TELL], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == seen[-1]  # of another process


def test_a_module_that_holds_a_generator_is_refused(tmp_path, monkeypatch):
    text = (
        "import numpy as np\nRNG = np.random.default_rng(0)\ndef f(x, y):\n    return RNG.normal()"
    )
    (tmp_path / "holds_rng.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"random generator \(RNG\)"):
        own_of_text("mine", "holds_rng:f")


def test_files_beside_a_program_are_part_of_its_version(tmp_path):
    (tmp_path / "mine.py").write_text("import mykl, pack.deep")
    (tmp_path / "pack").mkdir()
    program = Program("mine", (PYTHON, "mine.py"), str(tmp_path))
    seen = [version_of(program)]
    for name in ("mykl.py", "pack/__init__.py", "pack/deep.py", "mine.py"):
        (tmp_path / name).write_text("K = 1")
        seen.append(version_of(program))
    assert len(set(seen)) == 5
    (tmp_path / "data.txt").write_text("not one of its kind")
    assert version_of(program) == seen[-1]
