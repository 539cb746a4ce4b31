"""Loops as people write them, measured by at most four lines: `benchmarks/own_loops.py`, short."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import pytest
import torch

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

import own_loops

from divkit.gan import Recorder, SampledJS, Truth

QUICK = Recorder(64, 64, 0, Truth(estimate=SampledJS(fakes=400, fresh=200, trees=5)))


@pytest.mark.parametrize("name", own_loops.LOOPS)
def test_a_loop_is_measured_by_four_lines_and_trains_as_without_them(name, monkeypatch):
    loop = own_loops.LOOPS[name]
    assert own_loops.added(loop) <= 4
    marked = [line for line in inspect.getsource(loop).splitlines() if "divkit" in line]
    assert len(marked) == own_loops.added(loop) - 1
    torch.manual_seed(0)
    watch = loop(3, 100)
    (module, *_) = [p.clone() for p in watch.generator.parameters()]
    watch.options = {"recorder": QUICK}
    record = watch.now()
    assert record.held_out_value is not None and record.js is not None
    assert record.js.one_sided == ("lower" if name == "DCGAN tutorial" else None)
    assert torch.equal(module, next(watch.generator.parameters()))
    torch.manual_seed(0)
    monkeypatch.setattr(own_loops.Watch, "__call__", lambda self, points=None: None)
    again = loop(3, 100)
    assert torch.equal(module, next(again.generator.parameters()))
