"""Numbers of a game's record, each with its error, or why it is not known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from divkit.games import MetricGame
from divkit.lab.screens.screen import Known, NotKnown
from divkit.results import Result
from divkit.training.gan.training import GanTraining
from divkit.training.measures.recorder import Recorder
from divkit.training.measures.records import Record

RECORDER = Recorder(neighbourhood=0)
"""Measures of the lab: all but neighbours of points."""
_RMS, _SLOPE, _NO_NODES = "why.rms", "why.slope", "why.nodes"
_NO_BOUND, _PACKS, _NO_MODES = "why.bound", "why.packs", "why.modes"
_UNITS = {_SLOPE: "length"}
"""Units of payoffs whose most is not known, by the reason."""


def numbers_of(record: Record, recorder: Recorder = RECORDER, why: str = _NO_BOUND) -> Known:
    """Return what the record of a game says, by the names of the page.

    Parameters
    ----------
    record : of one step.
    recorder : what it was measured with.
    why : the key of what is said where there is no bound.
    """
    bound, values = record.bound, record.values
    unit = _UNITS.get(why, "nats") if bound is None else bound.unit
    found: dict[str, Result | NotKnown] = {"js": replace(record.js, diagnostics={})}
    found["bound"] = NotKnown(why) if bound is None else _bare(bound)
    if values.held_out is not None and values.held_out_error is not None:
        found["value_fresh"] = Result.normal(
            values.held_out, values.held_out_error,
            f"mean of the payoffs on {recorder.held_out} fresh draws of each law",
            level=0.95, name="V on fresh draws", unit=unit,
        )  # fmt: skip
    found["value"] = _value(record, unit)
    found["l2"] = _distance(record)
    found.update(_modes(recorder, record))
    return found


def why_no_bound(training: GanTraining) -> str:
    """Return why max V of a game may not be known."""
    return _SLOPE if isinstance(training.loss.theorem, MetricGame) else _PACKS


def _value(record: Record, unit: str) -> Result | NotKnown:
    value, error = record.values.nodes, record.values.nodes_error
    if value is None or error is None:
        return NotKnown(_NO_NODES)
    way = "the judge's nodes; where these are draws, five standard errors"
    return Result.exact(value, error, "quadrature", way, name="V(D)", unit=unit)


def _distance(record: Record) -> Result | NotKnown:
    if record.critic.l2 is None:
        return NotKnown(_NO_NODES)
    way = "the judge's nodes"
    return Result.exact(
        record.critic.l2, math.inf, "quadrature", way, name="l2", unit="", warnings=(_RMS,)
    )


def _modes(recorder: Recorder, record: Record) -> Mapping[str, Result | NotKnown]:
    """Modes that fakes hit, a count: of these fakes it is exact."""
    if record.samples.modes is None:
        return {"modes": NotKnown(_NO_MODES)}
    way = f"modes within three standard deviations of {recorder.fakes} fresh fakes"
    return {"modes": Result.exact(record.samples.modes, 0.0, "closed form", way, unit="")}


def _bare(result: Result) -> Result:
    return replace(result, diagnostics={})
