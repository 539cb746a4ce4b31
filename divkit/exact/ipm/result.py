"""Results of metrics: a value in the unit of the coordinates, or what no float holds."""

from __future__ import annotations

from typing import Any

from divkit.divergences.base import IPM
from divkit.exact.method import beyond_floats
from divkit.results import Result
from divkit.types import Kind


def metric_result(value: float, error: float, kind: Kind, ipm: IPM, **notes: Any) -> Result:
    """Return a metric's value with its error; `notes` are fields of `Result.exact`."""
    return Result.exact(value, error, kind, "Metric()", name=repr(ipm), unit=ipm.unit, **notes)


def too_large(log: float, ipm: IPM, **notes: Any) -> Result:
    """Return what is known of a metric whose value, e^log, exceeds the floats."""
    return beyond_floats(log, "Metric()", repr(ipm), ipm.unit, **notes)
