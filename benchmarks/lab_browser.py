"""The lab as a visitor has it: a server, a browser that is driven, what is on the page.

The scripts `lab_*.py` and the slow tests of `tests/lab` share it. Playwright is needed (it is
among the requirements of the tests), and a chromium.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE = int(os.environ.get("LAB_PATIENCE", "180"))
"""Seconds that a page may take for what it is asked for."""
VALUES = """() => Object.fromEntries(
  [...document.querySelectorAll('.figures tr:not(.stale) output[data-value]')]
    .map(({ dataset: { name, value } }) => [name, value]))"""
BLACK = "() => document.querySelectorAll('.figures tr:not(.stale) output[data-value]').length"
_SETTLED = """(step) => {
  const { dataset } = document.getElementById('main') ?? { dataset: {} };
  const refused = document.querySelector('.notice.refused:not([hidden])');
  return dataset.settled === 'true' && (step === null || refused || dataset.step === String(step));
}"""
_REFUSED = "() => document.querySelector('.notice.refused:not([hidden])')?.textContent ?? ''"
_GO = """(fragment) => new Promise((done) => {
  const black = () => document.querySelectorAll('.figures tr:not(.stale) output[data-value]');
  addEventListener('hashchange', () => done(black().length), { once: true });
  history.replaceState(null, '', location.pathname);  // so that the same state is opened again
  location.hash = fragment;
})"""
_LINE = re.compile(r"^(\w+) = (\S+)", re.M)


@contextmanager
def served(*options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server on this machine: its address with the token, and its process."""
    command = [sys.executable, "-m", "divkit", "lab", "--no-browser", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield json.loads(server.stdout.readline())["url"], server
        finally:
            server.terminate()
            server.wait(20)


@contextmanager
def browsing() -> Iterator[Any]:
    """A browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Any, url: str, more: str = "", width: int = 1440) -> Any:
    """A page of the lab; `faults` lists what its console says."""
    # Predicates of the driver are texts, which the page's own policy does not run.
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    page.faults = []
    page.on("pageerror", lambda fault: page.faults.append(str(fault)))
    page.on("console", lambda line: page.faults.append(line.text))
    page.goto(url + more)
    page.wait_for_selector("main")  # before, a change of the address is not heard
    return page


def fragment(state: dict[str, Any]) -> str:
    """A state as the page writes it into its address."""
    raw = json.dumps(state).encode()
    return "1." + base64.urlsafe_b64encode(raw).decode().rstrip("=")


def settle(page: Any, step: float | None = None) -> dict[str, float]:
    """The black numbers of a page once all have come, at this step unless it was refused."""
    page.wait_for_function(_SETTLED, arg=step)
    return {name: float(value) for name, value in page.evaluate(VALUES).items()}


def refused(page: Any) -> str:
    """The sentence by which the page refuses something; empty where it does not."""
    return str(page.evaluate(_REFUSED))


def go(page: Any, state: dict[str, Any]) -> int:
    """Open a state's link in an open page; return how many numbers are still black at once."""
    return int(page.evaluate(_GO, fragment(state)))


def step(page: Any, button: str, times: int = 1) -> None:
    """Press a button of the playback."""
    for _ in range(times):
        page.get_by_role("button", name=button, exact=True).click()


def exported(page: Any) -> dict[str, float]:
    """What the page's own script prints, run here, by name."""
    page.click(".menu summary")
    with page.expect_download() as download:
        page.click(".menu button:text('Python')")
    page.click(".menu summary")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        text = download.value.path().read_text("utf-8")
        exec(compile(text, "exported", "exec"), {"__name__": "exported"})
    found = _LINE.findall(printed.getvalue())
    return {name: float(value) for name, value in found if value != "None"}


def difference(shown: dict[str, float], printed: dict[str, float]) -> tuple[float, str]:
    """The largest difference of a shown number from the printed one, over max(1, |it|), and whose.

    A number that is shown and not printed differs by infinity.
    """
    worst = (0.0, "")
    for name, value in shown.items():
        other = printed.get(name)
        if other is None:
            return float("inf"), name
        same = value == other
        worst = max(worst, (0.0 if same else abs(value - other) / max(1.0, abs(other)), name))
    return worst


def children(process: subprocess.Popen[str]) -> list[int]:
    """Processes below this one."""
    table = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            table[int(path.parent.name)] = int(fields[1])
    found, parents = list[int](), {process.pid}
    while parents:
        parents = {pid for pid, parent in table.items() if parent in parents}
        found += parents
    return found


def workers(process: subprocess.Popen[str]) -> list[int]:
    """The visitors' processes: they are nicer than the server by 5."""
    nice = os.getpriority(os.PRIO_PROCESS, process.pid) + 5
    return [pid for pid in children(process) if os.getpriority(os.PRIO_PROCESS, pid) == nice]


@contextmanager
def stopped(process: subprocess.Popen[str]) -> Iterator[None]:
    """Visitors' processes that stand still."""
    stopping = workers(process)
    assert stopping
    for pid in stopping:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopping:
            os.kill(pid, signal.SIGCONT)


def stays_grey(page: Any, seconds: float) -> bool:
    """Whether no number is black for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if page.evaluate(BLACK):
            return False
        time.sleep(0.1)
    return True
