"""A connection that dies without a word, while the page plays too: told, and gone on with."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from lab_needs import in_browser, lab, lab_states, needs_driver
from lab_pages import connected

pytestmark = in_browser
PLAYS = ".controls .primary:text('Pause')"
STANDS = ".controls .primary:text('Play')"
STEP = "() => Number(document.querySelector('main').dataset.step)"
PLANE = {"screen": "plane", **lab_states.QUICK["plane"]}


@pytest.fixture
def visit():
    needs_driver()
    with lab.served() as (url, server), lab.browsing() as browser:
        page = lab.opened(browser, url, "&lang=en")
        yield page, url, server
        assert [each for each in page.faults if "WebSocket" not in each] == []


@contextmanager
def deaf(server):
    """A server that stands still: connections stay open, and nothing is answered."""
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)


def playing(page, state):
    lab.go(page, state)
    lab.settle(page, 0)
    lab.step(page, "Play")
    page.wait_for_function("() => Number(document.querySelector('main').dataset.step) > 3")
    assert page.is_visible(PLAYS)


@pytest.mark.parametrize("state", [PLANE, {"screen": "game", "rate": 0.05}])
def test_a_dead_connection_is_told_while_it_plays_and_the_page_goes_on_when_it_is_back(
    visit, state
):
    page, _, server = visit
    playing(page, state)
    with deaf(server):
        page.wait_for_selector(".connection:visible")
        assert "connection is lost" in page.inner_text(".connection")
        assert page.is_visible(STANDS)
        assert page.evaluate(lab.BLACK) == 0
        page.locator("main").focus()
        page.keyboard.press("Space")
        assert "no connection" in page.inner_text(".notice")
        assert page.is_visible(STANDS)
        at = page.evaluate(STEP)
        page.wait_for_selector(".connection button:text('Try now')")
    page.wait_for_selector(".connection", state="hidden")
    page.wait_for_function(
        "(at) => Number(document.querySelector('main').dataset.step) > at", arg=at
    )
    page.wait_for_selector(PLAYS)


def test_a_page_that_has_slept_says_that_its_connection_is_gone(visit):
    page, _, server = visit
    playing(page, PLANE)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    with deaf(server):
        devtools.send("Page.setWebLifecycleState", {"state": "active"})
        page.wait_for_selector(".connection:visible")
        assert page.is_visible(STANDS)


def test_who_comes_back_to_another_process_is_told_and_stands_at_the_same_step(visit):
    page, _, server = visit
    lab.go(page, PLANE)
    lab.settle(page, 0)
    lab.step(page, "10 steps")
    before = lab.settle(page, 10)
    with deaf(server):
        page.wait_for_selector(".connection:visible")
        page.evaluate("() => sessionStorage.removeItem('divkit-lab-session')")
    page.wait_for_selector(".notice:has-text('Another one has begun')")
    assert lab.settle(page, 10) == before
    assert page.is_visible(STANDS)


def test_slow_motion_ends_with_the_connection(visit):
    page, _, server = visit
    lab.go(page, PLANE)
    lab.settle(page, 0)
    lab.step(page, "Slow motion")
    page.wait_for_selector(".stage-name b")
    with deaf(server):
        page.wait_for_selector(".connection:visible")
        assert page.get_attribute("button:text('Slow motion')", "aria-pressed") == "false"


def test_a_ping_is_answered_by_the_server_itself(visit):
    _, url, server = visit
    port, token = re.search(r":(\d+)/#token=([^&]+)", url).groups()
    with connected(int(port)) as page:
        page.send(json.dumps({"type": "hello", "token": token}))
        while json.loads(page.recv(60))["type"] != "state":
            pass
        with lab.stopped(server):
            page.send(json.dumps({"type": "ping"}))
            assert json.loads(page.recv(20)) == {"type": "pong"}


def test_the_page_of_a_training_has_its_own_screen_alone(visit, tmp_path):
    command = [sys.executable, "-m", "divkit", "train", "--target", "ring8-wide", "--live"]
    more = ["--generator", "mixture", "--components", "1", "--steps", "100000", "--batch", "32"]
    with subprocess.Popen(
        [*command, *more],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
    ) as training:
        try:
            said = (re.search(r"http\S+", line) for line in training.stderr)
            url = next(found[0] for found in said if found)
            other = re.sub(r"&screen=\w+", "", url) + "&screen=line"
            page = lab.opened(visit[0].context.browser, other, "&lang=en")
            page.wait_for_selector(".figures tr:not(.stale) [data-name=bound][data-value]")
            tabs = page.locator(".tab")
            assert tabs.evaluate_all("(all) => all.map((each) => each.dataset.tab)") == ["plane"]
            assert not page.is_visible(".presets")
            assert "one screen" in page.inner_text(".notice")
            page.evaluate("() => { location.hash = 'game/evolution'; }")
            page.wait_for_selector(".notice.refused:visible")
            assert page.inner_text("h1") == "A GAN in the plane"
            assert page.faults == []
            page.context.close()
        finally:
            training.kill()
