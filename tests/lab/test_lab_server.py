"""The server: who is let in, what is passed on, when sessions end. Its processes are echoes."""

import asyncio
import gzip
import json
import threading
import time
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from lab_pages import HOST, EchoContext, Page, connected, fetched, listening

from divkit.cli.lab import LabOptions, settings_of
from divkit.lab.protocol.words import MOST_BYTES
from divkit.lab.server.app import STATIC, app
from divkit.lab.server.guard import POLICY, Guard
from divkit.lab.server.rate import Bucket
from divkit.lab.server.settings import Settings
from divkit.lab.worker.wire import Wire

SETTINGS = Settings("127.0.0.1", 0, "secretsecret", sessions=2)
HELLO = {"type": "hello", "token": "secretsecret"}
MOST_PAGE = 150_000


@asynccontextmanager
async def serving(settings=SETTINGS):
    context, heard = EchoContext(), []
    made = app(settings, context, lambda: heard.append("ready"))
    async with made.router.lifespan_context(made):
        assert heard == ["ready"]
        yield made, context


def run(story, settings=SETTINGS):
    async def told():
        async with serving(settings) as (made, context):
            await story(made, context)

    asyncio.run(asyncio.wait_for(told(), 20))


async def entered(made, **hello):
    page = Page(made)
    assert (await page.event())["type"] == "websocket.accept"
    await page.say(HELLO | hello)
    return page, await page.hears()


def test_a_page_that_knows_the_token_is_welcome_and_heard():
    async def story(made, context):
        page, welcome = await entered(made)
        assert welcome["type"] == "welcome"
        assert (await page.hears())["of"] == {"type": "resume"}
        await page.say({"type": "set", "seq": 1, "screen": "line", "patch": {}})
        while (got := (await page.hears())["of"])["type"] == "share":
            assert 0 < got["share"] <= 2
        assert got["screen"] == "line"
        await page.leave()

    run(story)


@pytest.mark.parametrize("token", ["", "secretsecreT", "é", "\ud800", "x" * 3000])
def test_a_wrong_token_is_refused(token):
    async def story(made, context):
        page, said = await entered(made, token=token)
        assert "token" in said["why"]
        assert (await page.event())["code"] == 1008
        assert context.made == []

    run(story)


@pytest.mark.parametrize("first", [{"type": "play", "on": True}, "nonsense", {"type": "hello"}])
def test_a_page_says_hello_first(first):
    async def story(made, context):
        page = Page(made)
        await page.event()
        await page.say(first)
        assert (await page.hears())["type"] == "refused"
        assert (await page.event())["type"] == "websocket.close"

    run(story)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": None},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"host": "evil.example:8000", "origin": "http://evil.example:8000"},
        {"host": "127.0.0.1.evil.example", "origin": "http://127.0.0.1.evil.example"},
        {"host": "[oops", "origin": None},
    ],
)
def test_another_origin_or_host_is_refused_before_there_is_a_connection(headers):
    async def story(made, context):
        page = Page(made, headers)
        event = await page.event()
        assert (event["type"], event["code"]) == ("websocket.close", 1008)

    run(story)


def test_another_subprotocol_is_refused():
    async def story(made, context):
        page = Page(made, subprotocols=("other",))
        assert (await page.event())["type"] == "websocket.close"

    run(story)


def test_oversize_and_malformed_messages_are_refused_and_the_page_stays():
    async def story(made, context):
        page, _ = await entered(made)
        for odd in ("{", json.dumps({"type": "x" * MOST_BYTES}), {"type": "ack"}, HELLO):
            await page.say(odd)
            assert (await page.until("refused"))["type"] == "refused"
        await page.say({"type": "ack", "frame": 1})
        assert (await page.until("echo"))["of"]
        await page.leave()

    run(story)


def test_there_are_as_many_sessions_as_there_may_be():
    async def story(made, context):
        pages = [await entered(made) for _ in range(3)]
        assert [said["type"] for _, said in pages] == ["welcome", "welcome", "refused"]
        assert "2 sessions" in pages[2][1]["why"]

    run(story)


def test_a_session_whose_page_left_makes_room_for_another():
    async def story(made, context):
        first, _ = await entered(made)
        await entered(made)
        await first.leave()
        _, said = await entered(made)
        assert said["type"] == "welcome"
        assert [each.killed for each in context.made] == [True, False, False]
        _, said = await entered(made)
        assert said["type"] == "refused"

    run(story)


def test_a_page_comes_back_to_its_session_and_a_stranger_to_a_new_one():
    async def story(made, context):
        page, welcome = await entered(made)
        await page.leave()
        page, again = await entered(made, session=welcome["session"])
        assert again["session"] == welcome["session"]
        _, other = await entered(made, session="guessed")
        assert other["session"] not in ("guessed", welcome["session"])
        assert len(context.made) == 2

    run(story)


def test_a_session_opened_twice_belongs_to_the_later_page():
    async def story(made, context):
        page, welcome = await entered(made)
        later, _ = await entered(made, session=welcome["session"])
        assert "another page" in (await page.until("ended"))["why"]
        await later.leave()

    run(story)


def test_a_page_whose_process_dies_is_told_and_may_begin_again():
    async def story(made, context):
        page, welcome = await entered(made)
        await page.say({"type": "ask", "seq": 1, "what": "die"})
        ended = await page.until("ended")
        assert "was killed" in ended["why"]
        assert ended["again"]
        _, again = await entered(made, session=welcome["session"])
        assert again["session"] != welcome["session"]

    run(story)


def test_too_many_messages_close_the_connection():
    async def story(made, context):
        page, _ = await entered(made)
        for _ in range(300):
            await page.say({"type": "ack", "frame": 1})
        assert "messages a second" in (await page.until("refused"))["why"]

    run(story)


def test_a_session_is_kept_for_a_page_that_left_and_then_ended():
    async def story(made, context):
        page, _ = await entered(made)
        await page.leave()
        assert not context.made[0].killed
        for _ in range(60):
            await asyncio.sleep(0.05)
            if context.made[0].killed:
                return
        raise AssertionError("the session was not ended")

    run(story, replace(SETTINGS, kept=0.1))


def test_an_idle_session_is_paused_and_then_ended():
    async def story(made, context):
        page, _ = await entered(made)
        while (await page.until("echo"))["of"]["type"] != "pause":
            pass
        assert "nothing was done" in (await page.until("ended"))["why"]

    run(story, replace(SETTINGS, idle=0.1, ended=1.5))


def test_when_the_server_stops_every_process_is_killed():
    async def story(made, context):
        await entered(made)
        await entered(made)

    async def told():
        async with serving() as (made, context):
            await story(made, context)
        return context

    assert all(each.killed for each in asyncio.run(told()).made)


def test_behind_a_proxy_the_names_that_are_allowed_are_served_and_no_others():
    behind = {"host": "lab.school.example", "origin": "https://lab.school.example"}

    async def story(made, context):
        for headers in (behind, behind | {"host": "Lab.School.Example"}):
            page = Page(made, headers | {"origin": f"https://{headers['host']}"})
            assert (await page.event())["type"] == "websocket.accept"
        for odd in (
            {"origin": "https://evil.example"}, {"host": "evil.lab.school.example"},
            {"host": "127.0.0.1:8000"}, {"host": "school.example", "origin": "https://school.example"},
        ):  # fmt: skip
            assert (await Page(made, behind | odd).event())["code"] == 1008

    run(story, replace(SETTINGS, names=("lab.school.example",)))

    async def refused(made, context):
        assert (await Page(made, behind).event())["code"] == 1008

    run(refused)


@pytest.mark.parametrize(
    ("host", "names", "strangers"),
    [
        ("127.0.0.1", ["127.0.0.1", "localhost", "::1"], ["example.org", "192.168.0.7"]),
        ("192.168.0.7", ["192.168.0.7"], ["127.0.0.1", "example.org"]),
        ("0.0.0.0", ["127.0.0.1", "192.168.0.7", "localhost"], ["example.org"]),
    ],
)
def test_the_names_a_server_answers_to(host, names, strangers):
    settings = replace(SETTINGS, host=host)
    assert all(map(settings.answers_to, names))
    assert not any(map(settings.answers_to, strangers))


def test_who_lets_others_in_says_what_they_must_know_and_by_which_name():
    made = settings_of(LabOptions(token="chalkboard8", allow_host=("Lab.School.example",)))
    assert made.loopback
    assert made.outside == ["https://lab.school.example/#token=chalkboard8"]
    odd = {"allow_host": ("lab.school.example",)}, {"host": "0.0.0.0"}
    for each in odd:
        with pytest.raises(ValueError, match="lets others in"):
            settings_of(LabOptions(**each))
    for name in ("https://x.org", "x.org:80", "*", ".x", ""):
        with pytest.raises(ValueError, match="takes names such as"):
            settings_of(LabOptions(token="chalkboard8", allow_host=(name,)))


def test_the_token_stands_in_the_fragment_alone():
    url = replace(SETTINGS, screen="line", lang="zh").url(5)
    assert url == "http://127.0.0.1:5/#token=secretsecret&screen=line&lang=zh"
    assert "secretsecret" not in repr(SETTINGS)


def test_pages_are_served_under_a_policy_that_allows_their_own_scripts_alone():
    with listening(SETTINGS, EchoContext()) as port:
        status, headers, _ = fetched(port, "/")
        assert status == 200
        assert headers["content-security-policy"] == POLICY
        assert "unsafe" not in POLICY
        assert fetched(port, "/", host="evil.example")[0] == 403
        assert fetched(port, "/../../pyproject.toml")[0] == 404


def test_the_page_is_sent_compressed_and_small_to_whoever_takes_it():
    """What goes over the wire, of all files that a page may ask for."""
    taken = {"accept-encoding": "gzip, deflate, br"}
    with listening(SETTINGS, EchoContext()) as port:
        total = 0
        for path in (each for each in STATIC.rglob("*") if each.is_file()):
            name = f"/{path.relative_to(STATIC).as_posix()}"
            status, headers, body = fetched(port, name, **taken)
            total += len(body)
            packed = headers.get("content-encoding") == "gzip"
            assert (status, gzip.decompress(body) if packed else body) == (200, path.read_bytes())
            assert packed or len(body) < 500
        assert total <= MOST_PAGE
        status, headers, body = fetched(port, "/main.js")
        assert "content-encoding" not in headers
        again = {"if-none-match": headers["etag"]}
        assert fetched(port, "/main.js", **taken, **again)[::2] == (304, b"")


class Flood(threading.Thread):
    """In place of a visitor's process: pictures as fast as they are taken, and then one word."""

    def __init__(self, target, args, daemon):
        super().__init__(daemon=True)
        self.end, self.sent = args[0].dup(), 0
        self.over, self.killed = threading.Event(), threading.Event()

    def run(self):
        wire = Wire(self.end)
        while not self.over.is_set() and self.sent < 2**28:
            wire.show(bytes(2**16))
            self.sent += 2**16
        wire.say(type="last")
        self.killed.wait(20)
        wire.close()

    def kill(self):
        self.killed.set()


class FloodContext(EchoContext):
    """A context of processes that are floods."""

    def Process(self, **given):  # noqa: N802 (the name of multiprocessing)
        self.made.append(Flood(**given))
        return self.made[-1]


def test_a_page_that_stops_reading_stops_its_process_and_later_gets_all_of_it():
    """The flood offers 256 MB; what waits for the page is what the sockets' buffers hold."""
    context = FloodContext()
    with listening(SETTINGS, context) as port, connected(port) as page:
        page.send(json.dumps(HELLO))
        assert json.loads(page.recv())["type"] == "welcome"
        flood, before = context.made[0], -1
        while flood.sent != before:
            before = flood.sent
            time.sleep(0.3)
        assert 0 < before <= 2**25
        flood.over.set()
        got = 0
        while isinstance(part := page.recv(), bytes):
            got += len(part)
        assert (got, json.loads(part)) == (flood.sent, {"type": "last"})


def test_a_request_with_two_hosts_is_refused():
    headers = [(b"host", HOST.encode()), (b"host", b"evil.example")]
    guard = Guard(lambda *_: None, SETTINGS)
    assert guard.refusal({"type": "http", "headers": headers}) is not None


def test_a_bucket_holds_a_seconds_worth_and_fills_at_its_rate():
    now = [0.0]
    bucket = Bucket(10, clock=lambda: now[0])
    assert [bucket.take() for _ in range(11)] == [True] * 10 + [False]
    now[0] = 0.25
    assert [bucket.take() for _ in range(3)] == [True, True, False]
