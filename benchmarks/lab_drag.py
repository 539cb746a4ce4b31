"""From a drag to its curve, to the exact numbers, and to a spline's D, in a browser.

A component of p is dragged on the first screen, a pointer's move after another. The curve's time
is from the move to the new curve in the document, and the page's own processor time (the
browser's main thread) a move; the numbers' is from the move to black numbers of that state, and
the processor time of the visitor's process. Times are given in ms and, those of processors, as
ratios to a fixed NumPy loop of the same run.

    python benchmarks/lab_drag.py [--moves 60]
"""

from __future__ import annotations

import argparse
import os
from typing import Any

import lab_browser as lab
import lab_client
import numpy as np

from divkit.lab.screens.line import KINDS

STATE = {
    "screen": "line", "p": "mixture(0.55: normal(-1.6, 0.6), 0.45: normal(1.4, 0.8))",
    "q": "normal(0, 1.5)", "view": [-6, 6],
}  # fmt: skip
KNOB = "[data-knob=p0centre]"
_MOVES = """async ({ count, names, place }) => {
  const knob = document.querySelector(place);
  const curve = document.querySelector('.curves .line.p');
  const box = knob.getBoundingClientRect();
  const at = (k) => ({ pointerId: 1, bubbles: true,
    clientX: box.x + box.width / 2 + 40 * Math.sin(k / 3), clientY: box.y + box.height / 2 });
  const changed = (node, options) => new Promise((done) => {
    const watch = new MutationObserver(() => { watch.disconnect(); done(performance.now()); });
    watch.observe(node, options);
  });
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const black = () => names.every((name) =>
    document.querySelector(`tr:not(.stale) [data-name=${name}][data-value]`));
  SVGElement.prototype.setPointerCapture = () => {};  // of a pointer that there is not
  knob.dispatchEvent(new PointerEvent('pointerdown', at(0)));
  const curves = [], numbers = [];
  for (let k = 1; k <= count; k += 1) {
    const drawn = changed(curve, { attributes: true, attributeFilter: ['d'] });
    const begun = performance.now();
    knob.dispatchEvent(new PointerEvent('pointermove', at(k)));
    curves.push(await drawn - begun);
    await frame();
    while (names.length && !black()) await new Promise((done) => setTimeout(done, 1));
    numbers.push(performance.now() - begun);
  }
  knob.dispatchEvent(new PointerEvent('lostpointercapture', at(0)));
  return { curves, numbers };
}"""


def page_seconds(browser: Any) -> float:
    """Processor time that the page's main thread has taken."""
    found = browser.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in found if each["name"] == "TaskDuration"))


def row(what: str, milliseconds: list[float]) -> None:
    """One line of the table."""
    middle, high = np.quantile(milliseconds, [0.5, 0.95])
    print(f"| {what} | {middle:.1f} | {high:.1f} |", flush=True)


def main() -> None:
    """Serve, drag, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--moves", type=int, default=60)
    count = parser.parse_args().moves
    with lab.served() as (url, server), lab.browsing() as driver:
        page = lab.opened(driver, url, "&lang=en")
        browser = page.context.new_cdp_session(page)
        browser.send("Performance.enable", {"timeDomain": "threadTicks"})
        loop = 1000 * lab_client.fixed_loop()
        load = os.getloadavg()[0]
        print("| from a move of the pointer, ms | median | 95 % below |\n|---|---|---|")
        spent = []
        for what, critic, names in (
            ("to the curve", "quadratic", []),
            ("to the six exact numbers", "quadratic", list(KINDS)),
            ("to V of a spline's D and its gap", "spline", ["value", "gap"]),
        ):  # fmt: skip
            lab.go(page, STATE | {"critic": critic})
            lab.settle(page)
            page.wait_for_selector(KNOB, state="attached")  # drawn with the next picture
            (pid,) = lab.workers(server)
            before = page_seconds(browser), lab_client.processor_seconds(pid)
            found = page.evaluate(_MOVES, {"count": count, "names": names, "place": KNOB})
            after = page_seconds(browser), lab_client.processor_seconds(pid)
            here, there = (1000 * (b - a) / count for a, b in zip(before, after, strict=True))
            row(what, found["numbers" if names else "curves"])
            spent.append((what, here, there))
        print(
            f"\nThe load was {load:.1f}. Processor time of a move, the fixed loop {loop:.0f} ms:\n"
        )
        print(
            "| waiting for | page, ms | loops | visitor's process, ms | loops |\n"
            "|---|---|---|---|---|"
        )
        for what, here, there in spent:
            print(
                f"| {what[3:]} | {here:.1f} | {here / loop:.2f} "
                f"| {there:.1f} | {there / loop:.2f} |"
            )


if __name__ == "__main__":
    main()
