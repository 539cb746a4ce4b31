"""Connections that say nothing, and wrong tokens: who comes to stay is let in all the same."""

import asyncio
import json
import re
import socket
import time

import pytest
from lab_pages import EchoContext, Page, connected, listening

import divkit.lab.server.app as door
import divkit.lab.server.timely as timely
from divkit.cli.lab import LabOptions, settings_of
from divkit.lab.server.app import app
from divkit.lab.server.porch import FREE, PAUSE, Porch, Tries, home_of
from divkit.lab.server.settings import Settings

SETTINGS = Settings("127.0.0.1", 0, "secretsecret", sessions=2)
HELLO = {"type": "hello", "token": "secretsecret"}


def welcomed(port):
    """Seconds until a page is welcome."""
    begun = time.monotonic()
    with connected(port) as page:
        page.send(json.dumps(HELLO))
        assert json.loads(page.recv(10))["type"] == "welcome"
    return time.monotonic() - begun


def gone(silent):
    """Whether the other end has closed a connection."""
    silent.settimeout(10)
    try:
        return silent.recv(1) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: x"])
def test_connections_that_bring_no_request_shut_nobody_out_and_are_closed(monkeypatch, said):
    monkeypatch.setattr(timely, "HELLO_SECONDS", 1.0)
    with listening(SETTINGS, EchoContext()) as port:
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(300)]
        for each in silent:
            each.sendall(said)
        assert welcomed(port) < 10
        assert all(map(gone, silent))
        for each in silent:
            each.close()


def test_sockets_that_do_not_say_hello_shut_nobody_out_and_are_closed(monkeypatch):
    monkeypatch.setattr(door, "HELLO_SECONDS", 2.0)
    with listening(SETTINGS, EchoContext()) as port:
        silent = [connected(port) for _ in range(150)]
        assert welcomed(port) < 10
        for each in silent:
            with each:
                said = json.loads(each.recv(10))
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


def test_wrong_tokens_of_an_address_make_its_hellos_wait_their_turn():
    now = [0.0]
    tries = Tries(lambda: now[0])
    for _ in range(FREE):
        assert tries.wait("a") == 0
        tries.wrong("a")
    assert [tries.wait("a") for _ in range(3)] == [PAUSE, 2 * PAUSE, 3 * PAUSE]
    assert tries.wait("b") == 0
    now[0] = 61.0
    assert tries.wait("a") == 0
    for k in range(2000):
        tries.wrong(str(k))
    assert len(tries._wrong) == 1000


def test_a_token_is_guessed_no_faster_than_once_a_second():
    async def story():
        made = app(SETTINGS, EchoContext(), list)
        async with made.router.lifespan_context(made):

            async def asked(token):
                page = Page(made)
                await page.event()
                await page.say(HELLO | {"token": token})
                return (await page.hears())["type"], page

            for _ in range(FREE):
                assert (await asked("wrong"))[0] == "refused"
            begun = time.monotonic()
            found = await asyncio.gather(asked("wrong"), asked("wrong"), asked("secretsecret"))
            assert [kind for kind, _ in found] == ["refused", "refused", "welcome"]
            assert time.monotonic() - begun >= 2.9

    asyncio.run(asyncio.wait_for(story(), 30))


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
