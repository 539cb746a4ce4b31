"""The main verbs under `python -W error`: a warning of divkit's own making would end them."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

VERBS = {
    "laws": ("laws",),
    "divergence": ("divergence", "normal(0, 1)", "laplace(1, 1)", "--kind", "js,kl,tv,w1"),
    "value": ("value", "normal(0, 1)", "normal(1, 1)", "--figure", "d.png"),
    "verify": ("verify", "--only", "gan-identity,js-tv-bounds", "--report", "out"),
    "curve": ("curve", "normal(0, 1)", "student(t)", "--over", "t=1:10", "--figure", "c.pdf"),
    "estimate": ("estimate", "a.csv", "b.csv", "--kind", "js,kl"),
    "compare": ("compare", "a.csv", "b.csv", "--report", "page"),
    "density": ("density", "a.csv"),
    "train": ("train", "--target", "ring8", "--game", "gan", "--steps", "20", "--output", "run"),
}


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_gives_no_warning(verb, tmp_path):
    rng = np.random.default_rng(0)
    for name, shift in (("a", 0.0), ("b", 1.0)):
        rows = rng.normal(shift, 1, (120, 2))
        np.savetxt(tmp_path / f"{name}.csv", rows, delimiter=",", header="u,v", comments="")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "divkit", *VERBS[verb]],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "MPLBACKEND": "Agg"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
