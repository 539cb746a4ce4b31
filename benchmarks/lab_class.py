"""Thirty scripted visitors of one server, and visitors that mean harm.

How long the page, the first and the second visitor take; thirty places and the one that is
refused; what slows while a third of them play the plane and the others move the line; whether
every last state of each gets all its numbers; then strangers, two thousand odd messages, a killed
process and a page that never acknowledges.

    python benchmarks/lab_class.py [--visitors 30] [--seconds 20] [--only safety]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import time
import urllib.error
import urllib.request
from typing import Any

import lab_browser
import lab_client
import numpy as np
from lab_client import Visitor, until

from divkit.lab.server.settings import RATE

PLAYING = 3
"""One visitor in so many plays the plane."""
MOVES_A_SECOND = 4.0
GOOD = {"p": "normal(0, 1)", "q": "normal(1, 1)", "critic": "quadratic"}


def row(what: str, found: object) -> None:
    """Print a line of the table."""
    print(f"| {what} | {found} |", flush=True)


async def first_numbers(visitor: Visitor) -> None:
    """Enter and get the numbers of the line."""
    await visitor.enter()
    await visitor.say(type="set", seq=1, screen="line", patch=GOOD)
    await until(lambda: any("js" in values for values in visitor.numbers.values()))


async def timed(visitor: Visitor) -> float:
    """Seconds until the first numbers are there."""
    begun = time.perf_counter()
    await first_numbers(visitor)
    return time.perf_counter() - begun


async def pupil(visitor: Visitor, k: int, seconds: float) -> dict[str, Any]:
    """Play the plane, or move the line; then ask for one last state, and wait for all of it."""
    over = time.monotonic() + seconds
    if k % PLAYING == 0:
        await visitor.say(type="set", seq=2, screen="plane", patch={"seed": k})
        await visitor.say(type="play", on=True)
        await asyncio.sleep(seconds)
        await visitor.say(type="play", on=False)
        seen = [at for at, _, head in visitor.frames if head["screen"] == "plane"]
        await visitor.say(type="set", seq=3, screen="line", patch=GOOD)
        found = await visitor.settled(3)
        return {"fps": len(seen) / seconds, "whole": "gap" in found}
    seq, waits = 1, []
    chance = random.Random(k)
    while time.monotonic() < over:
        seq += 1
        begun = time.perf_counter()
        q = f"normal({chance.uniform(-3, 3):.3f}, {chance.uniform(0.5, 2):.3f})"
        await visitor.say(type="set", seq=seq, patch={"q": q})
        await until(lambda seq=seq: "js" in visitor.numbers.get((seq, 0), {}))
        waits.append(time.perf_counter() - begun)
        await asyncio.sleep(1 / MOVES_A_SECOND)
    found = await visitor.settled(seq)
    return {"wait": float(np.median(waits)), "worst": max(waits), "whole": "gap" in found}


async def lesson(url: str, server: Any, count: int, seconds: float) -> None:
    """All visitors at once."""
    first, second = Visitor(url), Visitor(url)
    row("first visitor, until its first numbers", f"{await timed(first):.1f} s")
    row("second visitor", f"{await timed(second):.1f} s")
    others = [Visitor(url) for _ in range(count - 2)]
    begun = time.perf_counter()
    await asyncio.gather(*map(first_numbers, others))
    row(f"the other {count - 2}, together", f"{time.perf_counter() - begun:.1f} s")
    every = [first, second, *others]
    extra = await Visitor(url).enter()
    row(f"visitor {count + 1}", f"refused: {extra.refused[0]}" if extra.refused else "served (!)")
    here = lab_browser.children(server)
    memory = sum(map(lab_client.megabytes, [server.pid, *here]))
    row("memory of all processes", f"{memory:.0f} MB, {memory / count:.0f} MB a visitor")
    found = await asyncio.gather(*(pupil(each, k, seconds) for k, each in enumerate(every)))
    fps = [each["fps"] for each in found if "fps" in each]
    waits = [each["wait"] for each in found if "wait" in each]
    row(f"frames per second of each of {len(fps)} that play", f"{min(fps):.1f} to {max(fps):.1f}")
    slowest = max(each.get("worst", 0.0) for each in found)
    what = f"seconds until the numbers of a move, {len(waits)} that move"
    row(what, f"median {np.median(waits):.2f}, slowest {slowest:.2f}")
    row("last states with all their numbers", f"{sum(each['whole'] for each in found)} of {count}")
    row("sessions that were lost", sum(bool(each.ended) or not each.open for each in every))
    row("messages that were refused", sum(len(each.refused) for each in every))
    traffic = sum(size for each in every for _, size, _ in each.frames)
    row("pictures sent", f"{traffic / 1e6:.1f} MB")
    await asyncio.gather(*(each.leave() for each in every))


def shaped(chance: random.Random, values: list[Any]) -> dict[str, Any]:
    """A message of the protocol's own shape, whose contents may be anything."""
    seq, field = (
        chance.randrange(2**30),
        chance.choice(["p", "q", "view", "m", "seed", "rate", "odd"]),
    )
    match chance.choice(["set", "set", "move", "play", "step", "ask", "export", "ack"]):
        case "set":
            screen = chance.choice(["line", "saturation", "samples", "game", "plane", "nowhere"])
            patch = {field: chance.choice(values)} if chance.random() < 0.7 else {}
            return {"type": "set", "seq": seq, "screen": screen, "patch": patch}
        case "move":
            return {"type": "set", "seq": seq, "patch": {field: chance.choice(values)}}
        case "play":
            return {"type": "play", "on": chance.random() < 0.2}
        case "step":
            who = chance.choice(["both", "d", "g", "stage", "nobody"])
            return {"type": "step", "who": who, "n": chance.choice([0, 1, 2, 10**6])}
        case "ask":
            what = chance.choice(["certify", "train", "fit", "gold"])
            options = {"digits": chance.choice(values), "curve": chance.choice(values)}
            return {"type": "ask", "seq": seq, "what": what, "options": options}
        case "export":
            return {"type": "export", "what": chance.choice(["python", "../x"])}
    return {"type": "ack", "frame": chance.randrange(10)}


def odd(chance: random.Random) -> str | bytes:
    """A message that may be anything."""
    kinds = [
        "hello", "set", "play", "step", "ask", "export", "ack", "share", "pause", "x", 3, None,
    ]  # fmt: skip
    values = [
        0, -1, 2**53, 2**70, 1.5, True, None, "", "both", "line", "plane", "__import__('os')",
        "../../etc/passwd", {"p": "normal(0, 1"}, {"p": 3}, {"view": [1, 1]}, {"p": "normal(0,1)"},
        {"strokes": [0.0] * 999}, [], [[[[[[[[[[1]]]]]]]]]], "\ud800", "x" * 3000, "certify",
    ]  # fmt: skip
    names = ["type", "seq", "patch", "screen", "on", "who", "n", "what", "options", "frame", "odd"]
    made = {name: chance.choice(values) for name in chance.sample(names, chance.randint(0, 6))}
    made["type"] = chance.choice(kinds)
    if chance.random() < 0.5:
        made = shaped(chance, values)
    text = json.dumps(made)
    match chance.randint(0, 19):
        case 0:
            return text[: chance.randint(0, len(text))]
        case 1:
            return chance.randbytes(chance.randint(0, 200))
        case 2:
            return text.replace("1.5", "NaN") + " " * chance.randint(0, 5000)
    return text


async def fuzz(url: str, count: int) -> None:
    """Odd messages at half the rate that is allowed; then a good one."""
    chance, visitor = random.Random(0), await Visitor(url).enter()
    for _ in range(count):
        await visitor.send(odd(chance))
        await asyncio.sleep(2 / RATE)
        if not visitor.open:
            break
    faults = [why for why in visitor.refused if "fault of divkit" in why]
    stands = "stands" if visitor.open else "CLOSED"
    found = f"{len(visitor.refused)} refusals, {len(faults)} faults of divkit"
    row(f"{count} odd messages", f"{found}, connection {stands}")
    await visitor.say(type="set", seq=2**40, screen="line", patch=GOOD)
    answer = await visitor.settled(2**40)
    row("a good message after them", f"JSD {answer['js']['value']:.6f}" if answer else "NO ANSWER")
    before = len(visitor.refused)
    for _ in range(2 * int(RATE)):
        await visitor.send('{"type": "ack", "frame": 1}')
    await until(lambda: not visitor.open, 10)
    row("400 messages at once", (visitor.refused[before:] or ["not refused (!)"])[-1])


async def killed(url: str, server: Any) -> None:
    """The process of one visitor of two is killed."""
    one, other = Visitor(url), Visitor(url)
    await first_numbers(one)
    before = set(lab_browser.workers(server))
    await first_numbers(other)
    (pid,) = set(lab_browser.workers(server)) - before
    os.kill(pid, signal.SIGKILL)
    told = await until(lambda: bool(other.ended), 20)
    row("kill −9", f"told after {1000 * told:.0f} ms: {other.ended[0]['why']}")
    await one.say(type="set", seq=5, patch={"q": "normal(2, 1)"})
    row("the other visitor", "goes on" if await one.settled(5) else "LOST")
    await one.leave()


async def slow(url: str, server: Any, seconds: float) -> None:
    """A page that plays and never acknowledges."""
    page = await Visitor(url, acknowledges=False).enter()
    await page.say(type="set", seq=1, screen="plane", patch={})
    await page.say(type="play", on=True)
    await asyncio.sleep(2)
    before = lab_client.megabytes(server.pid)
    await asyncio.sleep(seconds)
    after = lab_client.megabytes(server.pid)
    row(f"a page that acknowledges nothing, {seconds:g} s", f"{len(page.frames)} picture sent, "
        f"server {before:.1f} → {after:.1f} MB")  # fmt: skip
    await page.leave()


async def strangers(url: str) -> None:
    """A wrong token, another origin, another name of the host."""
    wrong = await Visitor(url).enter(token="wrongwrong")
    row("a wrong token", f"refused: {wrong.refused[0]}" if wrong.refused else "served (!)")
    page = url.partition("#")[0]
    for what, headers in (("Host evil.example", {"Host": "evil.example"}),
                          ("Origin evil.example", {"Origin": "http://evil.example"})):  # fmt: skip
        asked = urllib.request.Request(page, headers=headers)
        try:
            with urllib.request.urlopen(asked) as answer:
                row(what, f"{answer.status} (!)")
        except urllib.error.HTTPError as refusal:
            row(what, f"{refusal.code}: {refusal.read(120).decode()}")


async def story(url: str, server: Any, given: argparse.Namespace) -> None:
    """All of it."""
    if given.only != "safety":
        await lesson(url, server, given.visitors, given.seconds)
    await strangers(url)
    await killed(url, server)
    await slow(url, server, given.seconds)
    await fuzz(url, 2000)


def main() -> None:
    """Serve, visit, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--only", choices=("all", "safety"), default="all")
    given = parser.parse_args()
    begun = time.perf_counter()
    with lab_browser.served("--sessions", str(given.visitors)) as (url, server):
        print("| what | found |\n|---|---|")
        row("the page listens", f"{time.perf_counter() - begun:.1f} s")
        asyncio.run(story(url, server, given))


if __name__ == "__main__":
    main()
