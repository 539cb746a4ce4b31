"""Turns that lead to a step, and the order in which a process takes what it is told."""

import pytest
from lab_ruler import Ruler, RulerState, begin

from divkit.lab.screens.screen import way_to
from divkit.lab.worker.inbox import Inbox
from divkit.lab.worker.way import Ahead, way_of


@pytest.mark.parametrize(
    "turns",
    [[["both"]], [["both", 0]], [["both", True]], [["me", 1]], [3], [["both", 99_999], ["d", 2]],
     [["d", 1]] * 401, [["both", 1.5]], [[["both"], 1]]],
)  # fmt: skip
def test_turns_are_pairs_of_a_side_and_a_count(turns):
    with pytest.raises(ValueError, match="turns"):
        way_of(turns)


def test_turns_end_with_a_stretch_of_time_and_where_a_screen_ends():
    ahead, now = Ahead([("both", 100)]), iter(range(100))
    ahead.go(Ruler(RulerState(last=1000)), lambda: next(now) * 0.03)
    assert ahead.left == 97
    ahead.go(Ruler(RulerState(last=5)), lambda: 0.0)
    assert ahead.left == 0


def test_a_script_is_of_the_step_that_is_looked_at():
    way = (("both", 3), ("d", 2), ("both", 4))
    assert way_to(way, None) == way
    assert way_to(way, 4) == (("both", 3), ("d", 1))
    assert way_to(way, 0) == ()
    for step in (-1, 10):
        with pytest.raises(ValueError, match="step must be in"):
            way_to(way, step)


def test_a_state_that_has_turns_to_take_is_not_joined_with_what_changes_it():
    inbox, whole = Inbox(), begin(1, p="a") | {"turns": [["both", 3]]}
    for message in (whole, *({"type": "set", "seq": k, "patch": {"q": k}} for k in (2, 3))):
        inbox.put(message)
    assert inbox.take(0) == whole
    assert inbox.take(0) == {"type": "set", "seq": 3, "patch": {"q": 3}}
    for message in (whole, {"type": "set", "seq": 4, "patch": {}}, begin(5)):
        inbox.put(message)
    assert inbox.take(0) == begin(5)
    assert inbox.take(0) is None


def test_the_inbox_joins_patches_and_keeps_the_newest_question():
    inbox = Inbox()
    for message in (
        begin(1, p="a"),
        {"type": "ask", "seq": 1, "what": "x"},
        {"type": "set", "seq": 2, "patch": {"q": "b"}},
        {"type": "ask", "seq": 2, "what": "y"},
        {"type": "ask", "seq": 2, "what": "z"},
    ):
        inbox.put(message)
    joined, asked = inbox.take(0), inbox.take(0)
    assert joined == {"type": "set", "seq": 2, "screen": "ruler", "patch": {"p": "a", "q": "b"}}
    assert asked["what"] == "z"
    assert inbox.take(0) is None
