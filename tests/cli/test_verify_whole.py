"""`divkit verify --json` as a user runs it: all of it, in a process of its own, read strictly.

It is the one place of the suite where every statement is checked unmutated. Another seed than the
command's own; every stochastic row has a false-alarm rate of 1e-6.
"""

import json
import os
import subprocess
import sys

import pytest

from divkit.theory import CHECKS, GROUPS

NUMBER, TEXT, TRUTH, COUNT = "number", "text", "truth", "count"

ROW = {
    "case": TEXT, "left": NUMBER, "relation": TEXT, "right": NUMBER, "difference": NUMBER,
    "allowed": NUMBER, "holds": TRUTH, "verdict": TEXT, "unknown": type(None),
}  # fmt: skip
RESULT = ROW | {
    "id": TEXT, "group": TEXT, "equation": TEXT, "statement": TEXT, "formula": TEXT,
    "left_label": TEXT, "right_label": TEXT, "strain": NUMBER, "allowed_because": TEXT,
    "seconds": NUMBER, "seed": COUNT, "note": TEXT, "rows": list,
}  # fmt: skip
DOCUMENT = {
    "divkit": TEXT, "seed": COUNT, "full": TRUTH, "holds": TRUTH, "count": COUNT,
    "holding": COUNT, "undecided": COUNT, "results": list,
}  # fmt: skip


def is_a(kind, value):
    if kind is NUMBER:
        return type(value) is float or value in ("inf", "-inf")
    return type(value) is {TEXT: str, TRUTH: bool, COUNT: int}.get(kind, kind)


def typed(schema, found):
    assert found.keys() == schema.keys()
    wrong = {key: found[key] for key, kind in schema.items() if not is_a(kind, found[key])}
    assert not wrong


def reject(word):
    raise AssertionError(f"{word} is no JSON")


def unique(pairs):
    assert len({key for key, _ in pairs}) == len(pairs)
    return dict(pairs)


@pytest.mark.slow
def test_the_main_job_as_a_user_runs_it():
    command = [sys.executable, "-c", "from divkit.cli.main import main; main()"]
    done = subprocess.run(
        [*command, "verify", "--json", "--seed", "20261"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"},
    )
    document = json.loads(done.stdout, parse_constant=reject, object_pairs_hook=unique)
    typed(DOCUMENT, document)
    for result in document["results"]:
        typed(RESULT, result)
        for row in result["rows"]:
            typed(ROW, row)
    failing = [
        (result["id"], row)
        for result in document["results"]
        for row in result["rows"]
        if not row["holds"]
    ]
    assert not failing
    assert done.returncode == 0
    assert document["holds"] is True
    assert document["count"] == document["holding"] == len(CHECKS)
    assert {result["id"] for result in document["results"]} == set(CHECKS)
    assert {result["group"] for result in document["results"]} == set(GROUPS)
    assert "Traceback" not in done.stderr
