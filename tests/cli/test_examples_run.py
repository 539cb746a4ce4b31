"""Every example of every verb's help does what it says: typed as written, warnings as errors."""

import os
import shlex
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from divkit.cli.help import EXAMPLES

SHORT = {
    EXAMPLES["bench"][1]: "bench run --ledger rows.sqlite --estimators auto,knn --sizes 1000:1"
    " --problems shift1:js",
}
"""What stands for an example that takes hours: the same run on one problem, once."""
GONE = 143, 130, 0
OWN = """
import numpy as np


def gaussian_kl(x, y):
    a, b, s, t = x.mean(), y.mean(), x.std(), y.std()
    return float(np.log(t / s) + (s**2 + (a - b) ** 2) / (2 * t**2) - 0.5)
"""


@pytest.fixture
def folder(tmp_path):
    """Files with the names of the examples: rows, pairs, an export twice, an own estimator."""
    rng = np.random.default_rng(20)
    for name, shift in (("a", 0.0), ("b", 0.5), ("pairs_a", 0.0), ("before", 0.0), ("after", 0.4)):
        rows = rng.normal(shift, size=(120, 2))
        table = [f"{k},{x:.6f},{y:.6f}" for k, (x, y) in enumerate(rows.tolist())]
        if name in ("before", "after"):
            text = "\n".join([",height,weight", *table])
        else:
            text = "\n".join(["height,weight", *(line.partition(",")[2] for line in table)])
        (tmp_path / f"{name}.csv").write_text(text + "\n")
    pairs = np.loadtxt(tmp_path / "pairs_a.csv", delimiter=",", skiprows=1)
    noisy = pairs + rng.normal(size=pairs.shape)
    np.savetxt(tmp_path / "pairs_b.csv", noisy, delimiter=",", header="x,y", comments="")
    (tmp_path / "mykl.py").write_text(OWN)
    (tmp_path / "home" / ".config" / "fish" / "completions").mkdir(parents=True)
    return tmp_path


def typed(line, folder):
    """The line in a shell, `divkit` being this interpreter's with warnings as errors."""
    command = f"exec {shlex.quote(sys.executable)} -W error -m divkit {line}"
    own = {"HOME": str(folder / "home"), "MPLBACKEND": "Agg", "BROWSER": "true"}
    environment = {**os.environ, **own}
    return subprocess.Popen(
        command, shell=True, cwd=folder, env=environment, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("verb", [verb for verb in EXAMPLES if EXAMPLES[verb] != ("lab",)])
def test_the_examples_of_a_verb_run_one_after_another(verb, folder):
    for line in EXAMPLES[verb]:
        process = typed(SHORT.get(line, line), folder)
        out, err = process.communicate()
        assert process.returncode == 0, f"divkit {line}\n{err[-2000:]}"
        assert out or err or ">" in line, line
        assert "Traceback" not in err, err


@pytest.mark.slow
def test_the_lab_opens_and_ends_when_it_is_asked_to(folder):
    (line,) = EXAMPLES["lab"]
    with typed(line, folder) as process:
        killer = threading.Timer(120, os.killpg, (process.pid, signal.SIGKILL))
        killer.start()  # so that nothing is waited for without end
        assert process.stdout.readline().startswith("http://")
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait() in GONE
        killer.cancel()
