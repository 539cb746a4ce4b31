"""Connections that say nothing, and wrong tokens: who comes to stay is let in all the same."""

import asyncio
import http.client
import json
import re
import socket
import time
from contextlib import ExitStack

import pytest
from lab_pages import EchoContext, Page, connected, listening

import divkit.lab.server.app as door
import divkit.lab.server.timely as timely
from divkit.cli.lab import LabOptions, settings_of
from divkit.lab.server.app import app
from divkit.lab.server.porch import FREE, MOST_PAUSE, PAUSE, Porch, Tries, home_of
from divkit.lab.server.settings import Settings

SETTINGS = Settings("127.0.0.1", 0, "secretsecret", sessions=2)
HELLO = {"type": "hello", "token": "secretsecret"}


def welcomed(port):
    """Whether a page is welcome, at whatever pace the machine has."""
    with connected(port) as page:
        page.send(json.dumps(HELLO))
        return json.loads(page.recv(60))["type"] == "welcome"


def gone(silent):
    """Whether the other end has closed a connection."""
    silent.settimeout(60)
    try:
        return silent.recv(1) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: x"])
def test_connections_that_bring_no_request_shut_nobody_out_and_are_closed(monkeypatch, said):
    with listening(SETTINGS, EchoContext()) as port, ExitStack() as opened:
        for seconds in (3600.0, 1.0):
            monkeypatch.setattr(timely, "KEEP_ALIVE_SECONDS", seconds)
            silent = [
                opened.enter_context(socket.create_connection(("127.0.0.1", port)))
                for _ in range(300)
            ]
            for each in silent:
                each.sendall(said)
            assert welcomed(port)  # beside the first, which stay for an hour
        assert all(map(gone, silent))


def test_sockets_that_do_not_say_hello_shut_nobody_out_and_are_closed(monkeypatch):
    with listening(SETTINGS, EchoContext()) as port, ExitStack() as opened:
        for seconds in (3600.0, 2.0):
            monkeypatch.setattr(door, "HELLO_SECONDS", seconds)
            silent = [opened.enter_context(connected(port)) for _ in range(150)]
            assert welcomed(port)  # beside the first, which stay for an hour
        for each in silent:
            said = json.loads(each.recv(60))
            assert "hello first" in said["why"]
            assert said["of"] == "late"  # a page on a slow machine tries again


def test_of_too_many_the_oldest_of_the_fullest_address_goes():
    closed, porch = [], Porch(6)
    first = porch.enter("a", lambda: closed.append("a1"))
    porch.enter("a", lambda: closed.append("a2"))
    porch.enter("a", lambda: closed.append("a3"))  # two of an address
    assert closed == ["a1"]
    porch.leave(first)
    for home in "bbccd":
        porch.enter(home, lambda home=home: closed.append(home))
    assert len(porch) == 6
    assert closed == ["a1", "a2"]
    with porch.waiting("e", list):
        assert len(porch) == 6
    assert len(porch) == 5


def test_an_idle_connection_is_kept_longer_than_a_hello_is_waited_for(monkeypatch):
    """Browsers open connections ahead of their use: closed ones fail the page's scripts."""
    monkeypatch.setattr(timely, "HELLO_SECONDS", 0.2)
    with listening(SETTINGS, EchoContext()) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.connect()
        for _ in range(2):
            time.sleep(1.0)
            connection.request("GET", "/own.js")
            assert connection.getresponse().read()
        connection.close()
    assert timely.KEEP_ALIVE_SECONDS >= 75


def test_answers_to_wrong_tokens_of_an_address_wait_their_turn_and_give_it_back():
    now = [0.0]
    tries = Tries(lambda: now[0])
    for _ in range(FREE):
        with tries.wrong("a") as seconds:
            assert seconds == 0
    with ExitStack() as waiting:
        turns = [waiting.enter_context(tries.wrong("a")) for _ in range(200)]
        assert turns[:3] == [PAUSE, 2 * PAUSE, 3 * PAUSE]
        assert max(turns) == MOST_PAUSE
    with tries.wrong("a") as seconds, tries.wrong("b") as other:
        assert (seconds, other) == (PAUSE, 0)
    now[0] = 61.0
    with tries.wrong("a") as seconds:
        assert seconds == 0
    for k in range(2000):
        with tries.wrong(str(k)):
            pass
    assert (len(tries._wrong), len(tries._waiting)) == (1000, 0)


def strangers(story):
    """Run a story with an application to which FREE wrong tokens have been said."""

    async def told():
        made = app(SETTINGS, EchoContext(), list)
        async with made.router.lifespan_context(made):

            async def said(token):
                page = Page(made)
                await page.event()
                await page.say(HELLO | {"token": token})
                return page

            for _ in range(FREE):
                assert (await (await said("wrong")).hears())["type"] == "refused"
            await story(said)

    asyncio.run(asyncio.wait_for(told(), 30))


def test_wrong_tokens_shut_nobody_out_behind_the_same_address():
    async def story(said):
        wrong = [await said("wrong") for _ in range(100)]
        assert (await (await said("secretsecret")).hears())["type"] == "welcome"
        assert sum(page.task.done() for page in wrong) < 10
        for page in wrong:
            await page.leave()  # which gives the turns back at once
        begun = time.monotonic()
        assert (await (await said("wrong")).hears())["of"] == "token"
        assert PAUSE - 0.1 <= time.monotonic() - begun < MOST_PAUSE - 2

    strangers(story)


def test_a_wrong_token_is_answered_a_second_after_the_one_before():
    async def story(said):
        begun = time.monotonic()
        first, second = await said("wrong"), await said("wrong")
        await second.say({"type": "play", "on": True})
        for page in (first, second):
            assert (await page.hears())["of"] == "token"
        assert time.monotonic() - begun >= 2 * PAUSE - 0.1

    strangers(story)


@pytest.mark.parametrize(
    ("address", "home"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_of_version_6_counts_by_its_network(address, home):
    assert home_of(address) == home


@pytest.mark.parametrize("host", ["", " "])
def test_an_empty_host_is_refused(host):
    with pytest.raises(ValueError, match=re.escape("--host must be a name or an address")):
        settings_of(LabOptions(host=host, token="chalkboard8"))
