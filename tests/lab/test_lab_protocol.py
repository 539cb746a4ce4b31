"""Messages of the browser are checked; frames are what the browser's reader expects."""

import json
import math
import random
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from divkit.faults import is_advice
from divkit.lab.protocol.frames import Picture, scaled
from divkit.lab.protocol.words import MOST_BYTES, WORDS, RefusedError, read

GOOD = [
    {"type": "hello", "token": "x"},
    {"type": "hello", "token": "x", "session": None},
    {"type": "set", "seq": 0, "patch": {"p": "normal(0, 1)"}, "screen": "line"},
    {"type": "play", "on": True},
    {"type": "step", "who": "both", "n": 3},
    {"type": "ask", "seq": 1, "what": "certify", "options": {"digits": 20}},
    {"type": "export", "what": "python"},
    {"type": "ack", "frame": 2**53 - 1},
]


@pytest.mark.parametrize("message", GOOD, ids=lambda m: m["type"])
def test_a_message_is_read_as_it_was_written(message):
    assert read(json.dumps(message)) == {k: v for k, v in message.items() if v is not None}


BAD = [
    ("", "strict JSON"),
    ("[]", "object"),
    ("[" * 2000, "strict JSON"),
    ("[" * 30 + "]" * 30, "object"),
    ('{"type": "set", "seq": 1, "patch": ' + '{"a":' * 9 + "1" + "}" * 10, "nested"),
    ('{"type": "ack", "frame": NaN}', "strict JSON"),
    ('{"type": "ack", "frame": 1e3}', "another type"),
    ('{"type": "ack", "frame": true}', "another type"),
    ('{"type": "ack", "frame": -1}', "must be in"),
    ('{"type": "ack", "frame": 9007199254740992}', "must be in"),
    ('{"type": "ack"}', "needs 'frame'"),
    ('{"type": "ack", "frame": 1, "more": 1}', "no part 'more'"),
    ('{"type": ["ack"], "frame": 1}', "type must be one of"),
    ('{"type": "steal"}', "type must be one of"),
    (" " * MOST_BYTES + "{}", "bytes"),
    ('"' + "é" * (MOST_BYTES // 2) + '"', "bytes"),
    (b"{}", "binary"),
]


@pytest.mark.parametrize(("text", "why"), BAD, ids=range(len(BAD)))
def test_what_is_no_message_is_refused_in_a_sentence(text, why):
    with pytest.raises(RefusedError, match=why):
        read(text)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text):
    try:
        read(text)
    except RefusedError:
        return
    raise AssertionError("a random text is no message")


def test_messages_with_a_part_bent_are_read_or_refused():
    rng, odd = random.Random(0), [None, -1, 1.5, "", [], {}, True, 2**60, "\ud800", "x" * 5000]
    refused = 0
    for _ in range(2000):
        message = dict(rng.choice(GOOD))
        message[rng.choice([*message, "odd"])] = rng.choice(odd)
        try:
            kind = read(json.dumps(message))["type"]
            assert kind in WORDS
        except RefusedError:
            refused += 1
    assert refused > 1000


def unpacked(frame):
    """The head and arrays of a frame, read by the layout that the protocol states."""
    (length,) = struct.unpack("<I", frame[:4])
    head, at, arrays = json.loads(frame[4 : 4 + length]), 4 + length, {}
    for name, dtype, shape in head["arrays"]:
        assert at % 4 == 0
        size = math.prod(shape) * np.dtype(dtype).itemsize
        arrays[name] = np.frombuffer(frame[at : at + size], f"<{dtype}").reshape(shape)
        at += -(-size // 4) * 4
    assert at == len(frame)
    return head, arrays


def test_a_frame_is_a_head_and_padded_arrays():
    rng = np.random.default_rng(0)
    given = {
        "points": rng.integers(0, 2**16, (300, 2), "u2"),
        "map": rng.integers(0, 256, (7, 7), "u1"),
        "arrows": rng.integers(-9, 9, (3,), "i2"),
        "curve": rng.normal(size=5).astype("f4"),
    }
    head, arrays = unpacked(Picture({"a": "é"}, given).packed(seq=3))
    assert (head["a"], head["seq"]) == ("é", 3)
    for name, array in given.items():
        np.testing.assert_array_equal(arrays[name], array)


def test_a_plane_frame_of_the_stated_content_is_below_ten_kilobytes():
    many = {"real": np.zeros((300, 2), "u2"), "fake": np.zeros((300, 2), "u2")}
    maps = {"map": np.zeros((48, 48), "u1"), "grid": np.zeros((17, 17, 2), "u2")}
    assert len(Picture({}, many | maps).packed(seq=1, step=1)) <= 10_000


def test_an_array_that_the_browser_cannot_view_is_refused():
    with pytest.raises(ValueError, match="float64"):
        Picture({}, {"x": np.zeros(3)}).packed()


def test_places_are_scaled_to_whole_numbers():
    assert scaled([-1, 0, 0.5, 1, 2], 0, 1, "u1").tolist() == [0, 0, 128, 255, 255]


@pytest.mark.parametrize("value", [math.inf, [0.0, math.nan], {"p": [[1.0, -math.inf]]}])
def test_a_head_that_json_does_not_hold_is_refused_in_words(value):
    with pytest.raises(ValueError, match="view has left the floats") as refusal:
        Picture({"view": value, "m": 3}).packed()
    assert is_advice(refusal.value)
