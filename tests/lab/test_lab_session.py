"""The loop of a visitor's process: order, replacement, refusals, acknowledgements."""

import json
import random
import signal
import struct
import threading
import time
from contextlib import suppress

import pytest
from lab_ruler import WORN, Ruler, begin, exact

from divkit.lab.worker import session as worker
from divkit.lab.worker.inbox import Inbox
from divkit.lab.worker.limits import BURST, Jobs, Pace, SupersededError, TooLongError
from divkit.registry import Registry


class Told:
    """A wire that keeps what is sent."""

    def __init__(self):
        self.said, self.frames = [], []

    def say(self, **message):
        json.dumps(message, allow_nan=False)
        self.said.append(message)

    def show(self, frame):
        (length,) = struct.unpack("<I", frame[:4])
        self.frames.append(json.loads(frame[4 : 4 + length]))

    def of(self, kind):
        return [message for message in self.said if message["type"] == kind]


@pytest.fixture
def jobs():
    kept = {each: signal.getsignal(each) for each in (signal.SIGPROF, signal.SIGUSR1)}
    yield Jobs(lambda: False)
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def hear(jobs, monkeypatch):
    """Give a session messages and turns; return all that it has said so far."""
    models = Registry("screen")
    models.register("ruler", Ruler)
    monkeypatch.setattr(worker, "MODELS", models)
    wire, inbox = Told(), Inbox()
    monkeypatch.setattr(jobs, "_moved", inbox.moved)
    session = wire.session = worker.Session(wire, inbox, jobs)

    def heard(*messages, turns=12):
        for message in messages:
            inbox.put(message)
        for _ in range(turns):
            if session._patience() is None and not inbox._waiting:
                break
            session.turn()
        return wire

    return heard


def test_a_state_gives_a_picture_first_and_then_its_numbers(hear):
    wire = hear(begin())
    assert [m["type"] for m in wire.said] == ["state", *["numbers"] * 4]
    assert wire.frames[0]["seq"] == 1
    assert {(m["seq"], m["step"]) for m in wire.of("numbers")} == {(1, 0)}
    assert [m["more"] for m in wire.of("numbers")] == [True, True, True, False]
    assert wire.said[1]["values"]["times 1"]["error"] == 0
    assert wire.said[3]["values"] == {"weight": {"why": "rulers are not weighed"}}


def test_one_picture_is_under_way_at_a_time_and_the_newest_replaces(hear):
    hear(begin())
    wire = hear({"type": "set", "seq": 2, "patch": {"length": 2}})
    assert len(wire.frames) == 1
    wire = hear({"type": "ack", "frame": 1})
    assert [each["length"] for each in wire.frames] == [1, 2]
    assert wire.frames[-1]["seq"] == 2


def test_a_picture_that_numbers_change_is_shown_anew(hear):
    wire = hear(begin(), {"type": "ack", "frame": 1})
    assert [each["frame"] for each in wire.frames] == [1, 2]
    wire = hear({"type": "ack", "frame": 2})
    assert [each["frame"] for each in wire.frames] == [1, 2]


def test_a_refused_state_says_why_and_nothing_is_shown_for_it(hear):
    hear(begin(), {"type": "ack", "frame": 1}, {"type": "ack", "frame": 2})
    wire = hear({"type": "set", "seq": 2, "patch": {"length": -1}})
    assert [(m["seq"], m["of"]) for m in wire.of("refused")] == [(2, "set")]
    assert "length must be in" in wire.of("refused")[0]["why"]
    frames = len(wire.frames)
    wire = hear({"type": "step", "who": "both", "n": 1}, {"type": "play", "on": True})
    wire = hear({"type": "set", "seq": 3, "patch": {"length": 3}})
    assert {m["seq"] for m in wire.of("numbers")} == {1}
    assert len(wire.frames) == frames
    assert "name a screen" in wire.of("refused")[-1]["why"]
    wire = hear(begin(4, length=3))
    assert wire.of("numbers")[-1] == {
        "type": "numbers", "seq": 4, "step": 0, "values": {}, "more": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ({"type": "set", "seq": 1, "screen": "nowhere", "patch": {}}, "unknown screen"),
        ({"type": "set", "seq": 1, "patch": {}}, "name a screen"),
        ({"type": "step", "who": "both", "n": 10**6}, "n must be"),
        ({"type": "step", "who": "both", "n": 1}, "no state"),
        ({"type": "export", "what": "virus"}, "exports python"),
        ({"type": "export", "what": "python"}, "no state"),
    ],
)
def test_what_makes_no_sense_is_refused_and_the_session_goes_on(hear, message, why):
    wire = hear(message)
    assert why in wire.of("refused")[0]["why"]
    assert hear(begin(7)).of("numbers")


@pytest.mark.parametrize(
    ("what", "why"),
    [("fault", "fault of divkit"), ("memory", "more memory"), ("gold", "nothing to ask for")],
)
def test_what_fails_is_said_and_the_session_goes_on(hear, what, why, capsys):
    wire = hear(begin(), {"type": "ask", "seq": 1, "what": what})
    assert why in wire.of("refused")[-1]["why"]
    assert hear(begin(2)).of("numbers")[-1]["seq"] == 2


def test_a_question_about_a_state_that_has_moved_is_dropped(hear):
    wire = hear(begin(5), {"type": "ask", "seq": 4, "what": "certify"})
    assert not wire.of("busy")
    wire = hear({"type": "ask", "seq": 5, "what": "certify"})
    values = [m["values"] for m in wire.of("numbers")]
    (found,) = [each["proved"] for each in values if "proved" in each]
    assert (found["lower"], found["upper"]) == ("1.0", "1.1")


def test_what_plays_moves_until_it_rests(hear):
    wire = hear(begin(last=5), {"type": "play", "on": True}, turns=60)
    assert wire.of("rest")[-1]["step"] == 5
    assert {m["step"] for m in wire.of("numbers")} >= {0, 5}


def test_a_paused_session_does_not_move_and_a_resumed_one_does(hear):
    hear(begin(last=500), {"type": "play", "on": True}, {"type": "pause"}, turns=8)
    wire = hear()
    last = wire.said[-1]
    assert hear(turns=5).said[-1] == last
    hear({"type": "ack", "frame": 1}, {"type": "resume"}, turns=30)
    assert wire.of("numbers")[-1]["step"] > 0


def test_a_page_that_comes_back_is_told_all_anew(hear):
    wire = hear(begin(3, length=7))
    before = len(wire.of("numbers"))
    wire = hear({"type": "resume"})
    assert wire.of("state")[-1]["state"] == {"length": 7.0, "last": 3}
    assert len(wire.of("numbers")) == 2 * before
    assert len(wire.frames) == 2


class Dear(Ruler):
    """A ruler whose numbers wait until nothing plays, and are calculated beside what does."""

    settles = True

    def aside(self):
        at = self.at
        return lambda: {"beside": exact(float(at))}


ODD = [
    lambda seq: begin(seq, last=9), lambda seq: begin(seq, length=-1),
    lambda seq: begin(seq, last=9) | {"turns": [["both", 7]]},
    lambda seq: begin(seq, last=9) | {"turns": [["both", 10**9]]},
    lambda seq: {"type": "set", "seq": seq, "screen": "dear", "patch": {"last": 5}},
    lambda seq: {"type": "set", "seq": seq, "patch": {"length": 2}},
    lambda seq: {"type": "set", "seq": seq, "patch": {"length": "x"}},
    lambda seq: {"type": "ask", "seq": seq, "what": "certify"},
    lambda seq: {"type": "ask", "seq": seq - 1, "what": "certify"},
    lambda seq: {"type": "ask", "seq": seq - 1, "what": "memory"},
    lambda seq: {"type": "step", "who": "both", "n": 4},
    lambda seq: {"type": "step", "who": "g", "n": 0},
    lambda seq: {"type": "play", "on": True}, lambda seq: {"type": "play", "on": False},
    lambda seq: {"type": "pause"}, lambda seq: {"type": "resume"},
    lambda seq: {"type": "export", "what": "x"},
]  # fmt: skip
"""Messages by the number of the next state, of all that a page may say, and out of turn."""


def test_whatever_is_said_each_state_ends_with_all_its_numbers_or_a_refusal(hear):
    worker.MODELS.register("dear", Dear)
    chance = random.Random(0)
    for seq in range(1, 120):
        said = [chance.choice(ODD)(seq) for _ in range(chance.randrange(1, 5))]
        wire = hear(*said, turns=chance.randrange(6))
        wire = hear({"type": "play", "on": False}, turns=40)
        last = [m for m in wire.said if m["type"] == "numbers" or m.get("of") == "set"][-1:]
        if wire.session._screen is None:
            assert not last or last[0]["type"] == "refused", said
        else:
            assert (last[0]["type"], last[0].get("more")) == ("numbers", False), said
            assert (last[0]["seq"], last[0]["step"]) == (
                wire.session._seq,
                wire.session._screen.at,
            ), said


def test_the_script_is_exported(hear):
    wire = hear(begin(length=4), {"type": "export", "what": "python"})
    assert wire.of("exported")[0]["text"] == "print(4.0)\n"


def test_a_state_of_a_link_goes_to_its_step_and_has_the_numbers_of_that_alone(hear):
    wire = hear(begin(last=50) | {"turns": [["both", 7]]}, {"type": "ack", "frame": 1}, turns=40)
    assert {m["step"] for m in wire.of("numbers")} == {7}
    assert wire.of("numbers")[-1]["more"] is False
    wire = hear({"type": "ack", "frame": 2}, {"type": "ack", "frame": 3})
    assert (wire.frames[-1]["step"], wire.frames[-1]["way"]) == (7, [["both", 7]])
    assert wire.frames[-1]["ahead"] == 0


def test_turns_that_fail_end_where_they_stand(hear):
    wire = hear(begin(last=10**6) | {"turns": [["both", 3], ["g", 10**4]]}, turns=40)
    assert len(wire.of("refused")) == 1
    assert wire.of("numbers")[-1]["step"] == WORN
    assert wire.of("numbers")[-1]["more"] is False


def test_a_job_ends_when_its_processor_time_is_over(jobs):
    with pytest.raises(TooLongError), jobs.job(seconds=0.02):
        while True:
            pass


def test_a_moot_job_ends_when_the_state_moves_and_no_other_does(jobs, monkeypatch):
    with jobs.job(moot=True):
        jobs.supersede()  # a signal that comes late: nothing waits
    monkeypatch.setattr(jobs, "_moved", lambda: True)
    with pytest.raises(SupersededError), jobs.job(moot=True):
        pytest.fail("a newer state waits already")
    monkeypatch.setattr(jobs, "_moved", lambda: timer.finished.is_set())
    timer = threading.Timer(0.02, lambda: (timer.finished.set(), jobs.supersede()))
    with pytest.raises(SupersededError), jobs.job(moot=True):
        timer.start()
        while True:
            pass
    with jobs.job():
        jobs.supersede()
    jobs.supersede()


def test_a_job_whose_end_was_ignored_still_has_its_time(jobs, monkeypatch):
    """Python drops what is raised in some of its own callbacks."""
    with pytest.raises(TooLongError), jobs.job(moot=True, seconds=0.02):
        monkeypatch.setattr(jobs, "_moved", lambda: True)
        with suppress(SupersededError):
            jobs.supersede()
            while jobs._moot:
                pass
        while True:
            pass


def test_a_pace_keeps_to_its_share_and_its_frames():
    pace = Pace(share=1.0, frames=20.0)
    pace.begin()
    assert 0 <= pace.rest() <= 1 / 20
    pace.share = 1e-9
    began = time.process_time()
    while time.process_time() == began:
        pass
    assert pace.rest() > 1


def test_who_floods_a_process_waits_for_its_share_and_who_does_not_never_waits(hear):
    now = [0.0, 0.0]
    pace = Pace(share=0.25, wall=lambda: now[0], work=lambda: now[1])
    for _ in range(100):  # three updates a second, of 60 ms each
        now[0], now[1] = now[0] + 1 / 3, now[1] + 0.06
        assert pace.debt() == 0
    assert pace.granted == 0.25
    now[1] += BURST + 1
    assert pace.debt() == pytest.approx(4)
    pace.share = 0.5
    assert pace.debt() == pytest.approx(2)

    wire = hear(begin(), {"type": "ack", "frame": 1})
    told = len(wire.said)
    wire.session._pace = pace
    wire.session._inbox.put({"type": "set", "seq": 2, "patch": {"length": 2}})
    wire.session._inbox.put({"type": "share", "share": 1.0, "frames": 20.0})
    wire.session.turn()  # the light message alone is heard, and the page told
    assert [m["type"] for m in wire.said[told:]] == ["waits"]
    assert (pace.share, wire.session._seq) == (1.0, 1)
    now[0] += 2.0
    wire = hear(turns=9)
    assert wire.of("numbers")[-1]["seq"] == 2


def test_dear_numbers_wait_while_it_plays_and_points_come_from_beside(hear):
    worker.MODELS.register("dear", Dear)
    begun = {"type": "set", "seq": 1, "screen": "dear", "patch": {"last": 10**6}}
    wire = hear(begun, {"type": "play", "on": True}, turns=3)
    before = len(wire.of("numbers"))
    deadline = time.monotonic() + 60
    while not wire.of("point") and time.monotonic() < deadline:
        hear(turns=1)
    (point, *_) = wire.of("point")
    assert point["values"]["beside"]["value"] == point["step"]
    assert len(wire.of("numbers")) == before
    wire = hear({"type": "play", "on": False})
    assert len(wire.of("numbers")) > before
    assert wire.of("numbers")[-1]["more"] is False
