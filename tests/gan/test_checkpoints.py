"""Checkpoints under damage, a full disk and kills; resuming bit for bit."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

import divkit
from divkit import storage
from divkit.distributions import Normal
from divkit.training.gan.api import train_gan
from divkit.training.measures.recorder import Recorder
from divkit.training.session import follow
from divkit.training.store.checkpoints import (
    CheckpointError,
    Checkpoints,
    decode,
    encode,
    load_newest,
)
from divkit.training.store.runs import BusyError, Run, folder_name
from divkit.training_config import Config

CONFIG = Config(
    target="normal", generator="affine", critic_hidden=(8,), steps=40, batch=16, every=20,
    save_every=10, noise=0.1, gradient_penalty=0.1, average=0.9,
)  # fmt: skip
QUICK = Recorder(held_out=64, fakes=64, neighbourhood=0)


def go(run, resume=False, stop_at=None, config=CONFIG, warn=lambda text: None):
    seen = []
    return follow(
        run,
        config,
        resume,
        (lambda step: seen.append(step.index),),
        lambda: stop_at is not None and seen[-1] >= stop_at,
        warn,
        QUICK,
    )


def same(one, other):
    a, b = one.tensors(), other.tensors()
    return set(a) == set(b) and all(torch.equal(a[name], b[name]) for name in a)


@pytest.fixture
def whole(tmp_path):
    run = Run(tmp_path, "whole")
    assert go(run)
    return run


@pytest.mark.sweep(3)
@pytest.mark.parametrize("stop_at", [1, 10, 27])
def test_a_resumed_run_is_the_run_that_was_never_stopped(tmp_path, whole, stop_at):
    cut = Run(tmp_path, f"cut-{stop_at}")
    assert not go(cut, stop_at=stop_at)
    assert load_newest(cut.folder).state.step == stop_at
    assert go(cut, resume=True)
    assert same(load_newest(cut.folder).state, load_newest(whole.folder).state)
    assert [row["step"] for row in cut.rows()] == [0, 20, 40]
    assert [row["held_out_value"] for row in cut.rows()] == [
        row["held_out_value"] for row in whole.rows()
    ]


def test_the_last_two_are_kept_and_come_back_as_they_were(whole):
    files = Checkpoints(whole.folder, CONFIG.to_dict()).files()
    assert [path.name for path in files] == [
        "step-000000000030.safetensors", "step-000000000040.safetensors"
    ]  # fmt: skip
    found = decode(files[-1])
    assert found.description == CONFIG.to_dict()
    copy = files[-1].with_name("copy")
    copy.write_bytes(encode(found.state, found.description, found.training))
    assert same(decode(copy).state, found.state)


@pytest.mark.sweep(5)
@pytest.mark.parametrize("where", [0.0, 0.02, 0.3, 0.6, 0.999])
def test_a_flipped_bit_is_found_and_the_one_before_is_used(whole, where):
    files = sorted(whole.folder.glob("step-*"))
    content = bytearray(files[-1].read_bytes())
    content[int(where * len(content))] ^= 1
    files[-1].write_bytes(content)
    loaded = load_newest(whole.folder)
    assert loaded.state.step == 30
    assert "step-000000000040" in loaded.passed_over[0]
    heard = []
    end = decode(sorted(whole.folder.glob("step-*"))[0]).state
    assert go(whole, resume=True, warn=heard.append)
    assert "Resumed from step 30" in heard[0]
    assert load_newest(whole.folder).state.step == 40
    assert end.step == 30


@pytest.mark.sweep(4)
@pytest.mark.parametrize("keep", [0, 7, 100, -1])
def test_a_cut_file_is_found(whole, keep):
    files = sorted(whole.folder.glob("step-*"))
    files[-1].write_bytes(files[-1].read_bytes()[:keep])
    assert load_newest(whole.folder).state.step == 30


def test_where_all_are_damaged_each_is_named(whole):
    for path in whole.folder.glob("step-*"):
        path.write_bytes(b"\x80\x04.")  # a pickle is no checkpoint either
    with pytest.raises(CheckpointError, match=r"(?s)step-0+40.*cut.*step-0+30.*cut"):
        go(whole, resume=True)


def test_a_foreign_file_is_refused(tmp_path):
    save_file({"x": torch.zeros(3)}, tmp_path / "step-000000000001.safetensors")
    with pytest.raises(CheckpointError, match="not a checkpoint of divkit"):
        load_newest(tmp_path)
    with pytest.raises(CheckpointError, match="holds no checkpoint"):
        load_newest(tmp_path / "nothing")


def test_a_checkpoint_of_another_training_is_refused(whole):
    other = replace(CONFIG, rate=0.5)
    with pytest.raises(CheckpointError, match=r"another training: rate is 0.001 there, 0.5 here"):
        go(whole, resume=True, config=other)


def test_a_full_disk_is_said_and_the_older_file_is_intact(whole, monkeypatch):
    before = {path: path.read_bytes() for path in whole.folder.glob("step-*")}
    state = load_newest(whole.folder).state

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)
    kept = Checkpoints(whole.folder, CONFIG.to_dict())
    with pytest.raises(CheckpointError, match=r"the disk is full\. Older files are intact"):
        kept.save(state)
    assert {path: path.read_bytes() for path in whole.folder.glob("step-*")} == before
    assert not list(whole.folder.glob(".*partial"))


def test_the_api_saves_and_resumes(tmp_path):
    kept = Checkpoints(tmp_path, {"what": "api"})
    choices = {"batch": 16, "every": 10, "recorder": QUICK, "save_every": 10, "steps": 30}
    whole = list(train_gan(Normal(1, 1), **choices))
    steps = train_gan(Normal(1, 1), checkpoints=kept, **choices)
    assert [next(steps).index for _ in range(2)] == [0, 10]
    steps.close()
    rest = list(train_gan(Normal(1, 1), checkpoints=kept, resume=True, **choices))
    assert [step.index for step in rest] == [10, 20, 30]
    assert same(rest[-1].state, whole[-1].state)
    with pytest.raises(ValueError, match="resume=True needs checkpoints"):
        train_gan(Normal(1, 1), resume=True)


def test_a_folder_is_held_by_one_process(tmp_path):
    run = Run(tmp_path, "one")
    with run.alone(), pytest.raises(BusyError, match="in use by another process"), run.alone():
        pass
    with run.alone():
        pass


@pytest.mark.parametrize(
    "name",
    ["../../etc", "a/b", "a\0b", "/root", "..", "naïve", "x" * 300, "-rf", "\ud800", "a\nb", "."],
)
def test_a_run_name_never_leaves_its_folder(tmp_path, name):
    run = Run(tmp_path, name)
    assert run.folder.parent == tmp_path
    assert folder_name(name) not in ("", ".", "..")
    assert len(folder_name(name)) < 80
    assert len(os.fsencode(folder_name(name))) < 255
    assert folder_name(name) != folder_name(name + "x")
    with run.alone():
        run.begin({})
    assert [path.name for path in tmp_path.iterdir()] == [folder_name(name)]


@pytest.mark.parametrize("name", ["ring8-gan_2", "实验一", "ünï", "опыт-2", "प्रयोग", "実験_3"])
def test_names_that_are_safe_are_kept(name):
    assert folder_name(name) == name


def test_of_other_names_the_letters_of_every_script_are_kept():
    assert folder_name("ünï/x").startswith("ünï-x-")
    assert folder_name("u\u0308") != folder_name("ü")  # the same to some file systems
    assert folder_name("u\u0308").startswith("ü-")
    assert len(os.fsencode(folder_name("𠀀" * 300))) < 255


def test_a_run_needs_a_name():
    with pytest.raises(ValueError, match="a run needs a name"):
        folder_name("")


SCRIPT = """
import json, sys
from pathlib import Path
from divkit.training_config import from_dict
from divkit.training.measures.recorder import Recorder
from divkit.training.store.runs import Run
from divkit.training.session import follow
run, resume = Run(Path(sys.argv[1]), "killed"), sys.argv[2] == "resume"
quick = Recorder(held_out=64, fakes=64, neighbourhood=0)
follow(run, from_dict(json.loads(sys.argv[3])), resume, (), lambda: 0, print, quick)
"""


@pytest.mark.slow
def test_a_run_that_is_killed_twice_ends_as_the_one_that_was_not(tmp_path):
    config = replace(CONFIG, steps=1000, save_every=20, every=1000)
    assert go(Run(tmp_path, "whole"), config=config)
    killed = Run(tmp_path, "killed")
    for mode, pause in (("start", 0.0), ("resume", 0.05)):
        before = set(killed.folder.glob("step-*.safetensors"))
        work = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, tmp_path, mode, json.dumps(config.to_dict())],
            env={**os.environ, "PYTHONPATH": str(Path(divkit.__file__).parents[1])},
        )
        while work.poll() is None and set(killed.folder.glob("step-*.safetensors")) <= before:
            time.sleep(0.01)
        time.sleep(pause)
        work.send_signal(signal.SIGKILL)
        assert work.wait() == -signal.SIGKILL
    assert 0 < load_newest(killed.folder).state.step < 1000
    assert go(killed, resume=True, config=config)
    assert same(load_newest(killed.folder).state, load_newest(tmp_path / "whole").state)
