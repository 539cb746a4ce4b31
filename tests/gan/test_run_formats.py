"""Runs written before formats had versions, newer versions, and records as a table."""

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from divkit.distributions import Normal
from divkit.divergences import named
from divkit.gan import NetworkCritic, Record, Recorder, from_table, to_table, train_gan
from divkit.results import NotANumberError, Result
from divkit.training.measures.records import COLUMNS, GameValues
from divkit.training.measures.truth import Truth
from divkit.training.session import follow
from divkit.training.store.checkpoints import CheckpointError, decode, encode, load_newest
from divkit.training.store.runs import Run
from divkit.training_config import from_dict

FIXTURES = Path(__file__).parent / "fixtures"
BEFORE = ["version-1-gan", "version-1-likelihood"]
NAMES = ["version-2-gan", "version-2-likelihood"]
RECORDERS = {
    "version-2-gan": Recorder(32, 32, 10, Truth((named("kl"),))),
    "version-2-likelihood": Recorder(32, 32, 0),
}
JS = Result.exact(0.25, 1e-9, "quadrature", "by hand", name="js")


def copied(name, folder):
    shutil.copytree(FIXTURES / name, folder / name)
    return Run(folder, name)


@pytest.fixture(params=NAMES)
def old(request, tmp_path):
    return copied(request.param, tmp_path)


@pytest.mark.parametrize("name", BEFORE)
def test_old_records_are_read_whole(name, tmp_path):
    old = copied(name, tmp_path)
    lines = [json.loads(line) for line in old.records.read_text(encoding="utf-8").splitlines()]
    assert all("format" not in line for line in lines)
    assert old.rows() == lines
    records = [Record.from_dict(row) for row in lines]
    unsaid = {"generator": None, "bounded": True}
    assert [record.to_dict() for record in records] == [line | unsaid for line in lines]
    assert records[0].held_out_value == lines[0]["held_out_value"]


def test_a_checkpoint_whose_members_drew_together_is_refused_by_its_version(tmp_path):
    """Its draws are no longer made: it would go on as another run."""
    with pytest.raises(CheckpointError, match="version 1, and this divkit reads 2"):
        load_newest(copied(BEFORE[0], tmp_path).folder)


def test_an_old_run_goes_on_as_it_went(old):
    """Its second checkpoint is made anew from the first; another machine rounds otherwise."""
    after = load_newest(old.folder)
    rows = old.rows()
    sorted(old.folder.glob("step-*"))[-1].unlink()
    config = from_dict(after.description)
    assert follow(old, config, True, (), lambda: False, pytest.fail, RECORDERS[old.name])
    for name, tensor in load_newest(old.folder).state.tensors().items():
        torch.testing.assert_close(tensor, after.state.tensors()[name], rtol=1e-9, atol=1e-12)
    assert [(row["step"], row["seed"]) for row in old.rows()] == [
        (row["step"], row["seed"]) for row in rows
    ]
    values = [[row["js"]["value"] for row in run] for run in (rows, old.rows())]
    np.testing.assert_allclose(*values, rtol=1e-9)
    first = json.loads(old.records.read_text(encoding="utf-8").splitlines()[0])
    assert first["format"] == 2
    assert first["generator"] == "last"


def test_a_newer_record_is_refused_by_its_version(old):
    line = json.dumps({**old.rows()[0], "format": 3})
    old.records.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 1: .*version 3, and this divkit reads 2"):
        old.rows()


def test_a_record_of_before_the_first_version_is_refused_by_it(old):
    """Its results have no warnings: what was among their diagnostics is not to be lost."""
    row = old.rows()[0]
    for name in ("warnings", "reason", "one_sided"):
        del row["js"][name]
    old.records.write_text(json.dumps(row) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"version 0, and this divkit reads 2\. Begin the run"):
        old.rows()


def test_a_newer_checkpoint_is_refused_by_its_version(old, monkeypatch):
    found = decode(sorted(old.folder.glob("step-*"))[-1])
    monkeypatch.setattr("divkit.training.store.checkpoints.VERSION", 3)
    content = encode(found.state, found.description)
    monkeypatch.undo()
    for path in old.folder.glob("step-*"):
        path.write_bytes(content)
    with pytest.raises(CheckpointError, match="version 3, and this divkit reads 2"):
        load_newest(old.folder)


def test_records_go_to_a_table_and_back():
    measure = Recorder(32, 32, 10, Truth((named("kl"),)))
    steps = train_gan(
        Normal(1, 1), critic=NetworkCritic(1, (4,)), steps=4, every=2, batch=8, seeds=(0, 1),
        recorder=measure,
    )  # fmt: skip
    records = [record for step in steps for record in step.records]
    unknown = replace(records[0], bound=None, values=GameValues())
    rows = [*records, unknown]
    table = to_table(rows)
    assert table["step"].tolist() == [0, 0, 2, 2, 4, 4, 0]
    assert np.isnan(table["held_out_value"][-1]) and np.isnan(table["bound"][-1])
    np.testing.assert_array_equal(table["js"], [r.js.value for r in rows])
    np.testing.assert_array_equal(table["kl_error"], [r.divergences["kl"].error for r in rows])
    written = [record.to_dict() for record in rows]
    assert [record.to_dict() for record in from_table(table)] == written
    assert [record.to_dict() for record in from_table(pd.DataFrame(table))] == written


def test_a_table_of_before_is_read():
    table = to_table([Record(step=3, seed=0, js=JS, divergences={"kl": JS})])
    assert {"js_result", "kl_result"} < set(table)
    old = {name.replace("_result", "_told"): column for name, column in table.items()}
    assert [r.to_dict() for r in from_table(old)] == [r.to_dict() for r in from_table(table)]


def test_a_table_keeps_infinities_and_whole_numbers():
    infinite = Result.exact(math.inf, 0.0, "closed form", "by hand", name="kl", reason="tails")
    record = Record(step=3, seed=2**40, js=JS, divergences={"kl": infinite})
    table = to_table([record, Record(step=4, seed=0, js=JS)])
    assert table["kl"][0] == math.inf and np.isnan(table["kl"][1])
    assert next(r.to_dict() for r in from_table(table)) == record.to_dict()
    assert from_table({}) == []


def test_columns_of_unequal_length_are_refused():
    """Records would be left out without a word."""
    table = to_table([Record(step=k, seed=0, js=JS) for k in range(3)])
    with pytest.raises(ValueError, match="one length; the first has 1"):
        from_table({**table, "step": table["step"][:1]})


def test_a_record_is_written_by_columns_that_stand():
    """These keys are the format: other ones need another version."""
    assert ["format", *COLUMNS] == list(json.loads(first_line()))
    with pytest.raises(NotANumberError, match="held_out_value of step 0"):
        Record(step=0, seed=0, js=JS, values=GameValues(held_out=math.nan))


def first_line():
    path = FIXTURES / NAMES[0] / "records.jsonl"
    return path.read_text(encoding="utf-8").splitlines()[0]


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ({"step": -1}, "step must be a whole number"),
        ({"seed": 1.5}, "seed must be a whole number"),
        ({"divergences": []}, "divergences must be by name"),
        ({"js": {"value": 1}}, "a Result has"),
        ({"extra": 1}, "missing or unknown"),
    ],
)
def test_what_is_no_record_is_refused(change, advice):
    with pytest.raises(ValueError, match=advice):
        row = json.loads(first_line())
        del row["format"]
        Record.from_dict(row | change)
