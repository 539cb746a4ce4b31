"""The plane at play, for one visitor: frames, gaps, bytes, processor time, memory.

A scripted client acknowledges each picture at once, as a page does that draws within its frame.
The processor time of a frame and of a step are told apart by two speeds, 1 and 20 steps a frame;
they are given in ms and as ratios to a fixed NumPy loop of the same run.

    python benchmarks/lab_frames.py [--minutes 1]
"""

from __future__ import annotations

import argparse
import asyncio
import time

import lab_browser
import lab_client
import numpy as np

SPEEDS = (1, 20)
SHORT = 12.0


async def played(url: str, server: object, minutes: int) -> None:
    """Play, and print what was seen."""
    visitor = await lab_client.Visitor(url).enter()
    await visitor.say(type="set", seq=1, screen="plane", patch={"speed": 4})
    await visitor.settled(1)
    (pid,) = lab_browser.workers(server)
    loop = lab_client.fixed_loop()
    costs = {}
    for seq, speed in enumerate(SPEEDS, 2):
        await visitor.say(type="set", seq=seq, patch={"speed": speed})
        await visitor.say(type="play", on=True)
        await asyncio.sleep(1)
        before, first = lab_client.processor_seconds(pid), len(visitor.frames)
        await asyncio.sleep(SHORT)
        spent = lab_client.processor_seconds(pid) - before
        costs[speed] = spent / max(1, len(visitor.frames) - first)
        await visitor.say(type="play", on=False)
        await asyncio.sleep(1)
    step = (costs[SPEEDS[1]] - costs[SPEEDS[0]]) / (SPEEDS[1] - SPEEDS[0])
    frame = costs[SPEEDS[0]] - SPEEDS[0] * step
    await visitor.say(type="set", seq=9, patch={"speed": 4})
    await visitor.say(type="play", on=True)
    first, memory, begun = len(visitor.frames), [], time.monotonic()
    print("| minute | step | frames so far | server, MB | visitor's process, MB |")
    print("|---|---|---|---|---|", flush=True)
    for minute in range(int(minutes) + 1):
        await asyncio.sleep(begun + max(SHORT, 60 * minute) - time.monotonic())
        memory.append((lab_client.megabytes(server.pid), lab_client.megabytes(pid)))
        at, count = visitor.frames[-1][2]["step"], len(visitor.frames) - first
        here, there = memory[-1]
        print(f"| {minute} | {at:g} | {count} | {here:.1f} | {there:.1f} |", flush=True)
        await visitor.say(type="play", on=True)  # a page that nobody touches is paused
    await visitor.say(type="play", on=False)
    print()
    seen = visitor.frames[first:]
    gaps = np.diff([at for at, *_ in seen])
    sizes = [size for _, size, _ in seen]
    print("| what | found |\n|---|---|")
    for what, found in (
        ("frames", len(seen)), ("last step", seen[-1][2]["step"]),
        ("frames per second, median", f"{1 / np.median(gaps):.1f}"),
        ("gap, 95 % below", f"{1000 * np.quantile(gaps, 0.95):.0f} ms"),
        ("bytes a frame, mean and largest", f"{np.mean(sizes):.0f}, {max(sizes)}"),
        ("processor time of a frame", f"{1000 * frame:.1f} ms, {frame / loop:.3f} loops"),
        ("processor time of a step", f"{1000 * step:.1f} ms, {step / loop:.3f} loops"),
        ("a loop of the same run", f"{1000 * loop:.0f} ms"),
        ("memory of the server, first and last", f"{memory[0][0]:.0f}, {memory[-1][0]:.0f} MB"),
        ("memory of the visitor's process", f"{memory[0][1]:.0f}, {memory[-1][1]:.0f} MB"),
    ):  # fmt: skip
        print(f"| {what} | {found} |")
    await visitor.leave()


def main() -> None:
    """Serve, play, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=int, default=1)
    given = parser.parse_args()
    with lab_browser.served() as (url, server):
        asyncio.run(played(url, server, given.minutes))


if __name__ == "__main__":
    main()
