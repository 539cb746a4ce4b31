"""Pictures of the lab as a visitor has it: those of the documentation, and all to be looked at.

    python docs/make_lab_pictures.py               # docs/_static/lab*.png
    python docs/make_lab_pictures.py --look DIR    # each screen, 360 and 1440 px, both languages

Screens that move have moved; numbers have come. A chromium and Playwright are needed.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import lab_browser as lab

import divkit.lab
from divkit.lab.screens.names import LANGUAGES, SCREENS

STATIC = ROOT / "docs" / "_static"
PRESETS = json.loads((Path(divkit.lab.__file__).parent / "static/presets.json").read_text("utf-8"))
SHOWN: dict[str, tuple[str, int]] = {
    "line": ("twoModes", 0), "game": ("evolution", 10), "plane": ("ring", 100),
    "samples": ("memorise", 0), "saturation": ("near", 0), "relatives": ("likelihood", 100),
}  # fmt: skip
"""The preset of each screen, and its steps."""
KEPT = {"lab": "line", "lab-plane": "plane"}
"""Pictures of the documentation."""
CARD = 470
"""Pixels of the page of which the home page's card is a part: letters keep their size there."""
WIDTHS = (1440, 360)


def shown(page: Any, screen: str) -> None:
    """Open a screen's preset, and move it on."""
    name, steps = SHOWN[screen]
    lab.go(page, {"screen": screen, **PRESETS[screen][name]})
    lab.settle(page, 0)
    for _ in range(0, steps, 10):
        page.locator(".playback .controls button:nth-last-child(2)").click()
    lab.settle(page, steps)


def card(browser: Any, url: str) -> None:
    """The first chart of the first screen alone, at a size at which its letters can be read."""
    context = browser.new_context(
        viewport={"width": CARD, "height": 900}, device_scale_factor=2, bypass_csp=True
    )
    page = context.new_page()
    page.set_default_timeout(1000 * lab.PATIENCE)
    page.goto(f"{url}&lang=en")
    page.wait_for_selector("main")
    shown(page, "line")
    chart = page.locator("main figure").first
    top = chart.bounding_box()["y"]
    end = chart.locator("details").first.bounding_box()["y"]
    clip = {"x": 0, "y": top - 8, "width": CARD, "height": end - top + 8}
    page.screenshot(path=STATIC / "lab-card.png", clip=clip, full_page=True)
    context.close()


def main() -> None:
    """Serve, visit, take pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--look", type=Path, metavar="DIR")
    parser.add_argument("--screens", default=",".join(SCREENS))
    given = parser.parse_args()
    with lab.served() as (url, _), lab.browsing() as browser:
        if given.look is None:
            page = lab.opened(browser, url, "&lang=en", 1280)
            for name, screen in KEPT.items():
                shown(page, screen)
                page.screenshot(path=STATIC / f"{name}.png")
            card(browser, url)
            return
        given.look.mkdir(parents=True, exist_ok=True)
        for lang in LANGUAGES:
            for width in WIDTHS:
                page = lab.opened(browser, url, f"&lang={lang}", width)
                for screen in given.screens.split(","):
                    shown(page, screen)
                    page.screenshot(
                        path=given.look / f"{screen}-{width}-{lang}.png", full_page=True
                    )
                page.context.close()


if __name__ == "__main__":
    main()
