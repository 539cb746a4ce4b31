"""A training that runs anyway, followed by a page over a socket."""

import json
import re
import signal
import struct
import subprocess
import sys
import threading

import pytest
import torch

from divkit.gan import TARGETS, MixtureGenerator, Recorder, Watch, train_gan
from divkit.lab.live import LivePage
from divkit.lab.live.hub import Hub
from divkit.lab.protocol.frames import Picture
from divkit.lab.protocol.words import PROTOCOL

client = pytest.importorskip("websockets.sync.client")
RECORDER = Recorder(held_out=64, fakes=64, neighbourhood=0)


class Reader:
    """A page's end of the socket."""

    def __init__(self, url):
        host, token = re.match(r"http://([^/]+)/#token=([^&]+)", url).groups()
        self.connection = client.connect(
            f"ws://{host}/session", subprotocols=[PROTOCOL], origin=f"http://{host}"
        )
        self.token = token

    def __enter__(self):
        self.enter()
        self.say(type="set", seq=1, screen="plane", patch={})
        return self

    def enter(self, **more):
        self.socket = self.connection.__enter__()
        self.say(type="hello", token=self.token, **more)
        self.session = self.until("welcome")["session"]
        return self

    def __exit__(self, *fault):
        self.connection.__exit__(*fault)

    def say(self, **message):
        self.socket.send(json.dumps(message))

    def until(self, kind):
        while True:
            raw = self.socket.recv(timeout=60)
            if isinstance(raw, bytes):
                (length,) = struct.unpack("<I", raw[:4])
                message = {"type": "frame", **json.loads(raw[4 : 4 + length])}
                self.say(type="ack", frame=message["frame"])
            else:
                message = json.loads(raw)
            if message["type"] == kind:
                return message


def steps(observers):
    return list(
        train_gan(
            TARGETS["checkerboard"](), steps=20, batch=32, every=10, recorder=RECORDER, seeds=(3,),
            generator=MixtureGenerator(2, 2), observers=observers,
        )
    )  # fmt: skip


def test_a_page_sees_every_record_and_the_training_is_the_same():
    alone = steps([])
    with LivePage() as page:
        followed = steps([page])
        with Reader(page.url) as reader:
            assert reader.until("state")["state"] == {"live": True}
            picture = reader.until("frame")
            assert (picture["screen"], picture["map"], picture["step"]) == ("plane", "d", 20)
            seen = [reader.until("numbers") for _ in followed]
            reader.say(type="step", who="both", n=1)
            assert "runs by itself" in reader.until("refused")["why"]
    assert [each["step"] for each in seen] == [0, 10, 20]
    for message, step, other in zip(seen, followed, alone, strict=True):
        assert message["values"]["js"]["value"] == step.js.value
        assert torch.equal(step.theta, other.theta)


def test_a_page_that_is_loaded_anew_is_told_the_same_again():
    with LivePage() as page:
        steps([page])
        with Reader(page.url) as reader:
            reader.until("frame")
        again = Reader(page.url).enter(session=reader.session)
        assert again.session == reader.session
        told = again.until("state")
        assert (told["seq"], told["screen"]) == (1, "plane")
        assert again.until("frame")["step"] == 20
        assert again.until("numbers")["step"] == 0
        again.connection.__exit__(None, None, None)


def test_a_page_is_told_that_the_training_is_over_and_that_its_page_ends():
    with LivePage() as page:
        steps([page])
        reader = Reader(page.url).__enter__()
        page.hold(0.2)
        assert reader.until("rest")["over"] is True
    assert "training is over" in reader.until("ended")["why"]
    with pytest.raises(ValueError, match="seconds must be at least 0"):
        page.hold(-1)


@pytest.mark.slow
def test_the_page_of_a_training_stays_for_a_said_time_or_until_ctrl_c(tmp_path):
    command = [sys.executable, "-m", "divkit", "train", "--target", "normal(1, 1)", "--live"]
    more = ["--steps", "4", "--every", "4", "--batch", "32", "--output", str(tmp_path)]
    options = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    done = subprocess.run([*command, *more, "--hold", "0.5"], timeout=120, **options)
    assert done.returncode == 0
    assert re.search(r"stays for 0.5 s at http://\S+token=", done.stderr)
    with subprocess.Popen([*command, *more, "--name", "again"], **options) as training:
        assert any("stays for 600 s" in line for line in training.stderr)
        training.send_signal(signal.SIGINT)
        assert training.wait(30) == 0
        assert "JSD" in training.stdout.read()


def test_records_of_a_loop_of_ones_own_are_shown():
    with LivePage() as page:
        watch = Watch(
            "normal(1, 1)", torch.nn.Linear(1, 1), noise=1, every=1, observers=(page.record,),
            options={"recorder": RECORDER},
        )  # fmt: skip
        watch()
        assert page._hub.records[0][1]["js"]["value"] == watch.records[0].js.value


def test_a_hub_keeps_the_last_records_and_tells_what_is_new():
    hub = Hub()
    for k in range(405):
        hub.tell(k, {})
    assert hub.told == 405
    assert [step for step, _ in hub.since(403)] == [403, 404]
    assert len(hub.since(0)) == 400
    assert not hub.wants()
    hub.pages = 1
    assert hub.wants()
    hub.show(1, Picture())
    assert not hub.wants()


def test_the_page_is_gone_when_the_training_is():
    before = threading.active_count()
    with LivePage() as page:
        host = re.match(r"http://([^/]+)/", page.url)[1]
    with pytest.raises(OSError):
        client.connect(f"ws://{host}/session").__enter__()
    assert threading.active_count() <= before + 1
