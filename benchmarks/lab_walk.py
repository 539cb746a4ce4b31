"""A walk through every screen of the lab by keyboard alone, kept as pictures and a list of steps.

    python benchmarks/lab_walk.py FOLDER [--lang en|zh] [--width 1440]

FOLDER has a picture of each step, `walk.md` with what each key did, and `walk.gif`, all pictures
one after another. Nothing but keys moves the page: a step that does not do what it says
ends the walk with an error. `tests/lab/test_lab_walk.py` takes the same walk.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lab_browser as lab
from PIL import Image

MOST_TABS = 120
MOVE = "() => Number(document.querySelector('main').dataset.step)"
FOCUS = """() => {
  const at = document.activeElement;
  if (at === document.body) return 'the page';
  return at.getAttribute('aria-label') || at.labels?.[0]?.textContent || at.textContent;
}"""
IS = "(place) => document.activeElement.matches(place)"


@dataclass(frozen=True)
class Step:
    """What was done, by which keys, and what had the focus then."""

    screen: str
    done: str
    keys: str
    focus: str


class Walk:
    """Keys on a page, and what they did."""

    def __init__(self, page: Any, seen: Callable[[Step], None]) -> None:
        self.page, self._seen, self._pressed = page, seen, list[str]()
        self.screen, self.left = "line", ""

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.page.keyboard.press(key)
            self._pressed.append(key)

    def type(self, text: str) -> None:
        """Type a text over what stands in a field, and Enter."""
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")
        self._pressed += [f"“{text}”", "Enter"]

    def to(self, place: str, key: str = "Tab") -> None:
        """Go on by Tab, or back by Shift+Tab, until something has the focus.

        Raises
        ------
        LookupError
            If no such key comes there.
        """
        for _ in range(MOST_TABS):
            if self.page.evaluate(IS, place):
                return
            self.press(key)
        raise LookupError(f"no {key} comes to {place}.")

    def until(self, condition: str) -> None:
        """Wait for what the keys were to do, an expression of the page."""
        self.page.wait_for_function(f"() => {condition}")

    def tell(self, done: str) -> None:
        """Keep what was done."""
        keys, self._pressed = _short(self._pressed), []
        self._seen(Step(self.screen, done, keys, self.page.evaluate(FOCUS).strip()))


def _short(keys: list[str]) -> str:
    """Keys in a row, those that repeat with how often."""
    made = list[list[Any]]()
    for key in keys:
        if made and made[-1][0] == key:
            made[-1][1] += 1
        else:
            made.append([key, 1])
    return ", ".join(key if n == 1 else f"{key} × {n}" for key, n in made)


def enter(walk: Walk, screen: str) -> None:
    """Come to a screen by its tab, and to its contents."""
    walk.screen = screen
    if (
        walk.page.evaluate("() => document.querySelector('.tab[aria-current]').dataset.tab")
        != screen
    ):
        walk.to(f".tab[data-tab={screen}]")
        walk.press("Enter")
        walk.until(f"document.querySelector('.tab[aria-current]').dataset.tab === '{screen}'")
    walk.until("document.getElementById('main').dataset.settled === 'true'")
    walk.tell("the screen is open")


def line(walk: Walk) -> None:
    """Move a component, type a law, draw p, export."""
    walk.to("[data-knob=p0centre]")
    walk.press("ArrowRight", "ArrowRight", "ArrowUp")
    walk.until("document.activeElement.ariaValueText.includes('-1.5')")
    walk.tell("a component of p is moved, and its weight raised")
    walk.to("#field-q")
    walk.type("normal(0.5, 1.2)")
    walk.until("document.getElementById('main').dataset.settled === 'true'")
    walk.tell("q is another law")
    walk.to(".lens [aria-pressed]", "Shift+Tab")
    walk.press("Enter", "Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowUp", "Shift+ArrowUp")
    walk.tell("a hill is raised with the pen")
    before = walk.page.input_value("#field-p")
    walk.press("Enter")
    walk.page.wait_for_function(
        "(p) => document.querySelector('#field-p').value !== p", arg=before
    )
    walk.tell("the curve is taken: normals fitted to it are p")


def game(walk: Walk) -> None:
    """Step, play, pause, look back."""
    moving(walk)
    walk.to("#field-loc")
    walk.type("2,5")
    walk.until("document.querySelector('#field-loc').value === '2.5'")
    walk.tell("a decimal with a comma is the number that is meant")


def plane(walk: Walk) -> None:
    """Step, play, pause, look back; draw data by the pen."""
    moving(walk)
    walk.to(".lens button:nth-of-type(2)")
    walk.press("Enter", "Shift+ArrowLeft", "Space", "Shift+ArrowUp", "Space", "Shift+ArrowRight")
    walk.tell("a stroke with two corners is drawn")
    walk.press("Enter")
    walk.until("document.querySelector('#field-target').value === 'strokes'")
    walk.tell("the stroke is the data")


def samples(walk: Walk) -> None:
    """A preset, a number of draws by the arrow keys."""
    walk.to(".preset[data-preset=memorise]")
    walk.press("Enter")
    walk.until("document.activeElement.ariaPressed === 'true'")
    walk.tell("a preset is opened")
    walk.to("#field-m")
    walk.press("ArrowUp")
    walk.until("document.querySelector('#field-m').value === '11'")
    walk.tell("one draw more")


def saturation(walk: Walk) -> None:
    """Move the distance; bits; a link by the menu."""
    walk.to("#field-distance")
    before = walk.page.input_value("#field-distance")
    walk.press("ArrowRight", "ArrowRight")
    walk.until(f"document.querySelector('#field-distance').value !== '{before}'")
    walk.left = walk.page.input_value("#field-distance")
    walk.tell("the laws are further apart")
    walk.to(".menu summary", "Shift+Tab")
    walk.press("Enter", "Tab", "Tab")
    walk.tell("the menu of exports is open")
    walk.press("Escape")
    walk.until(
        "document.activeElement.matches('.menu summary') && !document.querySelector('.menu').open"
    )
    walk.tell("Esc closes it and gives the focus back")


def relatives(walk: Walk) -> None:
    """Step, play, pause, look back; the screen before is as it was left."""
    moving(walk)
    walk.to(".tab[data-tab=saturation]", "Shift+Tab")
    walk.press("Enter")
    walk.until(f"document.querySelector('#field-distance')?.value === '{walk.left}'")
    walk.tell("the screen before is as it was left")


def moving(walk: Walk) -> None:
    """What all screens that play have."""
    walk.to(".controls .primary")
    walk.press(".")
    walk.until("document.querySelector('main').dataset.step === '1'")
    walk.tell("a full stop steps, with the focus on a button")
    walk.press("Space")
    walk.until("Number(document.querySelector('main').dataset.step) > 3")
    walk.press("Space")
    walk.until("document.getElementById('main').dataset.settled === 'true'")
    walk.tell("Space on the button has played, and paused")
    at = walk.page.evaluate(MOVE)
    walk.to(".scrub input")
    walk.press("ArrowLeft")
    walk.until(f"Number(document.querySelector('main').dataset.step) < {at}")
    walk.tell("an earlier state is looked at")


SCREENS: dict[str, Callable[[Walk], None]] = {
    "line": line, "game": game, "plane": plane, "samples": samples, "saturation": saturation,
    "relatives": relatives,
}  # fmt: skip


def walked(page: Any, seen: Callable[[Step], None] = lambda step: None) -> Iterator[str]:
    """Walk through all screens of an open page; yield the name of each that is done."""
    walk = Walk(page, seen)
    for screen, does in SCREENS.items():
        if screen != "line":
            walk.to(".skip", "Shift+Tab")
        enter(walk, screen)
        does(walk)
        yield screen


def main() -> None:
    """Record a walk."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lang", default="en", choices=["en", "zh"])
    parser.add_argument("--width", default=1440, type=int)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    steps = list[Step]()
    with lab.served() as (url, _), lab.browsing() as browser:
        page = lab.opened(browser, url, f"&lang={given.lang}", given.width)

        def seen(step: Step) -> None:
            steps.append(step)
            page.screenshot(path=given.folder / f"{len(steps):02}.png")

        for screen in walked(page, seen):
            print(screen, flush=True)
    rows = [
        f"| {k:02} | {s.screen} | {s.keys} | {s.done} | {s.focus} |"
        for k, s in enumerate(steps, 1)
    ]
    head = "| picture | screen | keys | what they did | focus |\n|---|---|---|---|---|\n"
    (given.folder / "walk.md").write_text(head + "\n".join(rows) + "\n", "utf-8")
    film(given.folder, len(steps))


def film(folder: Path, count: int) -> None:
    """The pictures one after another, as a GIF."""
    pictures = [Image.open(folder / f"{k:02}.png").convert("P") for k in range(1, count + 1)]
    pictures[0].save(
        folder / "walk.gif", save_all=True, append_images=pictures[1:], duration=1500, loop=0
    )


if __name__ == "__main__":
    main()
