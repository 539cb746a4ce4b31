"""What asks for more than a machine has is refused before work starts; Ctrl-C is always 130."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.figure import Figure
from typer.testing import CliRunner

import divkit
from divkit.bench.cells import Cell, Row
from divkit.bench.ledger import Ledger, held
from divkit.cli.main import app
from divkit.comparison import compare
from divkit.distributions import parse_law
from divkit.estimators.common.pooled import pooled
from divkit.estimators.kernel_logistic.room import require_room
from divkit.plots import draw_column, draw_directions
from divkit.report.comparison import render_comparison
from divkit.samples import as_rows, two_samples
from divkit.training.measures.recorder import Recorder
from divkit.training.session import follow
from divkit.training.store.checkpoints import CheckpointError, Checkpoints, encode, load_newest
from divkit.training.store.runs import Run
from divkit.training_config import Config, from_dict

CONFIG = Config(
    target="normal",
    generator="affine",
    critic_hidden=(4,),
    steps=4,
    batch=8,
    every=4,
    save_every=2,
)
QUICK = Recorder(held_out=16, fakes=16, neighbourhood=0)


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("curve", "dimension", "--values", "1e9"), "GiB"),
        (("curve", "dimension", "--values", "1e300"), "GiB"),
        (("curve", "shift", "--values", "0:1:1000000000"), "--values"),
        (("bench", "run", "--ledger", "r.sqlite", "--sizes", "60:1000000000"), "cells"),
        (("bench", "run", "--ledger", "r.sqlite", "--sizes", "60:1e9"), "--sizes"),
        (("bench", "run", "--ledger", "r.sqlite", "--sizes", "1000000000000:1"), "GiB"),
        (("divergence", "moons(1e308)", "moons(0.1)"), "at most 1e+150"),
        (("divergence", "ring(3, 0.01, 1.7e308)", "moons(0.1)"), "at most 1e+150"),
        (("divergence", "checkerboard(4, 1.7e308)", "moons(0.1)"), "at most 1e+150"),
        (("train", "--steps", "1", "--batch", "1000000000000"), "GiB"),
        (("train", "--steps", "1", "--hidden", "999999999,999999999"), "GiB"),
        (("train", "--steps", "1", "--data", "1000000000000"), "GiB"),
        (("value", "normal(0,1)", "normal(1,1)", "--on", "999999999"), "at most"),
        (("train", "--device", "meta", "--steps", "1"), "device='meta'"),
        (("train", "--device", "mps:7", "--steps", "1"), "not here"),
    ],
)
def test_what_asks_for_terabytes_or_overflows_is_advice(tmp_path, monkeypatch, words, advice):
    monkeypatch.chdir(tmp_path)
    shown = call(*words)
    assert shown.exit_code == 2 and advice in shown.stderr


def test_shuffles_and_rows_beyond_memory_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(size=50))
    shown = call("compare", tmp_path / "a.npy", tmp_path / "a.npy", "--permutations", 10**12)
    assert shown.exit_code == 2 and "GiB" in shown.stderr
    x, y = np.random.default_rng(0).normal(size=50), np.random.default_rng(1).normal(size=4000)
    pool = pooled(two_samples(x, y))
    require_room(pool, 300)
    with pytest.raises(ValueError, match=r"50 and 4,000 rows.*GiB.*smaller sample|random"):
        require_room(pool, 10**6)


@pytest.mark.parametrize(
    ("sample", "advice"),
    [
        ([10**400] * 50, "integer of 401 digits"),
        ([2**70 + 1, 3], "not held by float64"),
        (np.array([2**53 + 1]), "not held by float64"),
        (torch.tensor([2**53 + 1]), "not held by float64"),
        (np.array([np.longdouble("1e4000")]), "not held by float64"),
        (pd.DataFrame({"i": [2**53 + 1], "x": [0.5]}), "exact up to 2\\^53"),
        (torch.empty(3, device="meta"), "meta"),
        (torch.sparse_coo_tensor([[0]], [1.0], (2,), check_invariants=True), "to_dense"),
    ],
)
def test_samples_without_numbers_are_advice(sample, advice):
    with pytest.raises((ValueError, TypeError), match=advice):
        as_rows(sample)


@pytest.mark.filterwarnings("ignore")
def test_quantized_and_nested_tensors_are_advice():
    with pytest.raises(TypeError, match="dequantize"):
        as_rows(torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8))
    for layout in (torch.strided, torch.jagged):
        parts = [torch.ones(3), torch.ones(2)]
        with pytest.raises(TypeError, match="nested"):
            as_rows(torch.nested.nested_tensor(parts, layout=layout))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    made = Run(tmp_path_factory.mktemp("runs"), "one")
    assert follow(made, CONFIG, False, (), lambda: False, print, QUICK)
    return made


@pytest.mark.parametrize(
    "line", ["{}", "garbage", "[1]", '{"step": NaN}', '{"step": "a"}', "[" * 9999]
)
def test_records_that_are_none_are_advice(run, line):
    kept = run.records.read_bytes()
    try:
        run.records.write_bytes(kept + line.encode() + b"\n")
        with pytest.raises(ValueError, match="line 3 is no record"):
            run.rows()
    finally:
        run.records.write_bytes(kept)
    assert len(run.rows()) == 2


def test_a_checkpoint_of_another_shape_or_beyond_the_end_is_advice(run, tmp_path):
    loaded = load_newest(run.folder)
    beyond = encode(
        type(loaded.state)(99, *list(vars(loaded.state).values())[1:]), CONFIG.to_dict()
    )
    wide = [t.repeat(1, 2) for t in (loaded.state.generator,) * 3]
    other = encode(type(loaded.state)(2, *wide, (), ()), CONFIG.to_dict())
    for content, advice in ((beyond, "beyond the run's 4 steps"), (other, "where this training")):
        copy = Run(tmp_path, advice)
        copy.folder.mkdir()
        (copy.folder / "step-000000000099.safetensors").write_bytes(content)
        with pytest.raises(CheckpointError, match=advice):
            follow(copy, CONFIG, True, (), lambda: False, print, QUICK)
    assert Checkpoints(run.folder, CONFIG.to_dict()).files()


@pytest.mark.parametrize(
    "values", [{"steps": "4"}, {"hidden": "64"}, {"rate": None}, {"device": 3}]
)
def test_a_configuration_of_other_types_is_advice(values):
    with pytest.raises(ValueError, match="cannot be"):
        from_dict(CONFIG.to_dict() | values)


def test_a_ledger_with_a_changed_figure_or_page_is_refused_with_the_way_to_salvage(tmp_path):
    path = tmp_path / "rows.sqlite"
    row = Row(Cell("shift1", "js", "auto", 10, 0), 0.5, 0.1, 0.3, 0.7, 0.5, 1.0)
    with held(path) as ledger:
        ledger.add([row])
    content = path.read_bytes()
    figure = np.array([0.5], ">f8").tobytes()
    assert figure in content
    path.write_bytes(content.replace(figure, np.array([0.25], ">f8").tobytes(), 1))
    with pytest.raises(ValueError, match=r"digest.*sqlite3 .* \.recover"):
        Ledger(path).rows()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"damaged.*sqlite3 .* \.recover"):
        Ledger(path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no regular file"):
        Ledger(tmp_path / "pipe")


NAMES = [r"$\frac{a}{$", "<script>alert(1)</script>", "$x^{$", "a\nb\x00", "x" * 3000]


@pytest.mark.slow
def test_names_that_are_tex_or_html_are_drawn_as_text():
    rng = np.random.default_rng(0)
    x, y = (pd.DataFrame(rng.normal(k, 1, (30, 3)), columns=NAMES[:3]) for k in range(2))
    found = compare(x, y, ("js",), permutations=19)
    assert "<script>alert" not in render_comparison(found, names=("<b>", NAMES[0]))
    for name in NAMES:
        figure = Figure()
        draw_column(figure.subplots(), x.to_numpy()[:, 0], y.to_numpy()[:, 0], name)
        figure.canvas.draw()
    figure = Figure()
    draw_directions(figure.subplots(), found)
    figure.canvas.draw()


def test_ctrl_c_gives_130_from_the_first_import_on():
    code = "from divkit.cli.main import main; print('up', flush=True); main()"
    for wait in (0.05, 0.15, 0.3, 0.5, 0.8):
        work = subprocess.Popen(
            [
                sys.executable,
                "-c",
                code,
                "divergence",
                "normal(0, 1)",
                "t(3, 0, 1)",
                "--kind",
                "js",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(divkit.__file__).parents[1])},
        )
        assert work.stdout.readline() == "up\n"
        time.sleep(wait)
        work.send_signal(signal.SIGINT)
        told = work.communicate(timeout=60)[1]
        assert "Traceback" not in told
        assert work.returncode in (130, 0, 2)  # 0 or 2: it had ended before


INSIDE = """
import signal
from divkit.cli.main import Interrupts
signal.signal(signal.SIGINT, Interrupts())
import aborts_when_interrupted
"""
ABORTS = """
import os, signal
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    os.abort()  # as C++ does where an exception of Python's reaches it
"""


def test_ctrl_c_inside_an_import_never_reaches_the_library(tmp_path):
    (tmp_path / "aborts_when_interrupted.py").write_text(ABORTS)
    paths = os.pathsep.join([str(tmp_path), str(Path(divkit.__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", INSIDE],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")


def test_huge_laws_are_refused_by_the_parser():
    with pytest.raises(ValueError, match="at most 1e"):
        parse_law("grid(5, 1e308, 1)")


@pytest.mark.sweep(2)
@pytest.mark.parametrize("words", [["--help"], ["divergence", "normal(0, 1)", "normal(1, 1)"]])
def test_a_stdout_that_is_full_or_closed_is_said_with_status_2(words):
    code = "from divkit.cli.main import main; main()"
    for stream in ("> /dev/full", ">&-"):
        done = subprocess.run(
            ["/bin/bash", "-c", f'"$@" {stream}', "bash", sys.executable, "-c", code, *words],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(divkit.__file__).parents[1])},
        )
        assert done.returncode == 2 and done.stderr.startswith("Error: "), (stream, done.stderr)
        assert "Traceback" not in done.stderr
