"""Numbers on the lab's page against the script that each screen exports, in random states.

For each screen: so many states, its presets first and then random ones; each is opened as a link
in an open page, which must show no black number at once. The numbers in the document are compared
with what the exported script prints when it is run here, which uses divkit alone and no lab. At
the end the visitor's process is stopped for 2 s while the state moves: nothing may be black.

    python benchmarks/lab_states.py [--states 40] [--first 0] [--screens line,game] [--seed 0]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lab_browser as lab
import numpy as np

import divkit.lab
from divkit.lab.screens.names import SCREENS

STATIC = Path(divkit.lab.__file__).parent / "static"
Chance = np.random.Generator
CHEAP = {"batch": 64, "width": 8, "critic_width": 16, "layers": 1}


def normals(chance: Chance) -> str:
    """A mixture of 1 to 4 normals in words."""
    count = int(chance.integers(1, 5))
    weights = chance.dirichlet(np.full(count, 3.0)).round(3)
    weights[-1] = round(1 - weights[:-1].sum(), 3)
    parts = [f"normal({chance.normal(0, 2):.3f}, {chance.uniform(0.3, 2):.3f})" for _ in weights]
    if count == 1:
        return parts[0]
    return (
        f"mixture({', '.join(f'{w:.3f}: {each}' for w, each in zip(weights, parts, strict=True))})"
    )


def any_law(chance: Chance) -> str:
    """A law of the line in words."""
    place, width = chance.normal(0, 1.5), chance.uniform(0.5, 2)
    named = ("laplace", "logistic", "cauchy", "gumbel")
    if chance.random() < 0.6:
        return normals(chance)
    return f"{chance.choice(named)}({place:.3f}, {width:.3f})"


def line(chance: Chance) -> dict[str, Any]:
    critic = str(chance.choice(["quadratic", "spline"]))
    return {"p": any_law(chance), "q": any_law(chance), "critic": critic, "view": [-6, 6]}


def game(chance: Chance) -> dict[str, Any]:
    return {
        "p": normals(chance), "loc": round(chance.normal(0, 2), 3),
        "scale": round(chance.uniform(0.4, 2), 3), "rate": round(chance.uniform(0.05, 0.8), 2),
        "inner": int(chance.integers(1, 5)), "view": [-6, 6],
        "loss": str(chance.choice(["minimax", "non_saturating"])),
    }  # fmt: skip


def samples(chance: Chance) -> dict[str, Any]:
    return {
        "p": normals(chance), "q": normals(chance), "seed": int(chance.integers(1000)),
        "m": int(chance.choice([1, 3, 10, 30, 100, 300, 1000])),
        "critic": str(chance.choice(["quadratic", "spline"])),
    }  # fmt: skip


def saturation(chance: Chance) -> dict[str, Any]:
    return {
        "distance": round(chance.uniform(0, 12), 2),
        "scale": round(chance.uniform(0.2, 5), 1),
    }


def plane(chance: Chance) -> dict[str, Any]:
    games = ["gan", "gan-minimax", "lsgan", "hinge", "f-gan(kl)", "f-gan(reverse_kl)", "wgan"]
    return CHEAP | {
        "target": str(chance.choice(["ring8-wide", "ring8", "grid25", "moons", "checkerboard"])),
        "game": str(chance.choice(games)), "components": int(chance.integers(1, 9)),
        "generator": str(chance.choice(["mixture", "affine"])),
        "n_critic": int(chance.integers(1, 4)), "seed": int(chance.integers(1000)),
        "rate": 0.01, "critic_rate": 0.01, "r1": float(chance.choice([0.0, 0.3])),
    }  # fmt: skip


def relatives(chance: Chance) -> dict[str, Any]:
    return {
        "system": str(chance.choice(["likelihood"] * 6 + ["vae", "autoencoder"])),
        "target": str(chance.choice(["moons", "ring8-wide"])), "width": 8, "batch": 64,
        "components": int(chance.integers(1, 9)), "seed": int(chance.integers(1000)),
    }  # fmt: skip


RANDOM: dict[str, Callable[[Chance], dict[str, Any]]] = {
    "line": line, "game": game, "samples": samples, "saturation": saturation,
    "plane": plane, "relatives": relatives,
}  # fmt: skip
MOVES = {
    "game": [("Step", 1), ("10 steps", 10)],
    "plane": [("Step D", 1), ("Step G", 1), ("Step", 1), ("10 steps", 10)],
    "relatives": [("Step", 1), ("10 steps", 10)],
}
QUICK = {
    "plane": {"target": "checkerboard", "components": 1},
    "relatives": {"target": "checkerboard", "components": 1, "system": "likelihood"},
}
"""States whose numbers come at once."""
DEAR = {"plane": {"collapse", "packs", "calmed"}, "relatives": {"elbo", "copies"}}
"""Presets that take tens of seconds a state: they are asked for with --dear."""


def presets(screen: str, dear: bool) -> list[str]:
    """Names of a screen's presets."""
    names = json.loads((STATIC / "presets.json").read_text("utf-8"))[screen]
    return [name for name in names if dear or name not in DEAR.get(screen, ())]


class Story:
    """One screen, driven through its states."""

    def __init__(self, page: Any, screen: str, seed: int) -> None:
        self.page, self.screen, self.seed = page, screen, [seed, SCREENS.index(screen)]
        self.chance = np.random.default_rng(self.seed)

    def states(self, numbers: range, dear: bool = False) -> Iterator[tuple[str, int]]:
        """Move to each of the numbered states, the presets first; give its name, and how many
        numbers were black at once. A state has its own draws, so that slices are the whole.
        """
        named = presets(self.screen, dear)
        for k in numbers:
            self.chance = np.random.default_rng([*self.seed, k])
            if k < len(named):
                self.page.click(f"[data-preset={named[k]}]")
                yield named[k], 0
            else:
                state = RANDOM[self.screen](self.chance)
                yield f"random {k}", lab.go(self.page, {"screen": self.screen, **state})

    def numbers(self) -> dict[str, float]:
        """The numbers of a state, after some steps where it moves."""
        at, moves = 0, MOVES.get(self.screen, [])
        shown = lab.settle(self.page, 0 if moves else None)
        for _ in range(int(self.chance.integers(0, 4)) if moves else 0):
            button, steps = moves[self.chance.integers(len(moves))]
            lab.step(self.page, button)
            at += steps
            shown = lab.settle(self.page, at)
            if lab.refused(self.page):  # a game that has run away, and says so
                break
        return shown


def told(
    page: Any, screen: str, count: int, seed: int, dear: bool = False, first: int = 0
) -> dict[str, Any]:
    """What the states of a screen showed: how many numbers, the worst difference and where."""
    page.click(f"[data-tab={screen}]")
    story, compared, black, worst = Story(page, screen, seed), 0, 0, (0.0, "")
    for name, early in story.states(range(first, first + count), dear):
        shown = story.numbers()
        off, whose = lab.difference(shown, lab.exported(page))
        compared, black = compared + len(shown), black + early
        worst = max(worst, (off, f"{whose} of {name}"))
    return {"screen": screen, "numbers": compared, "black": black, "worst": worst}


def grey(page: Any, screen: str, server: Any, seconds: float = 2.0) -> bool:
    """Whether all numbers are grey while the visitor's process stands still."""
    lab.go(page, {"screen": screen, **QUICK.get(screen, {})})
    lab.settle(page)
    with lab.stopped(server):
        lab.go(page, {"screen": screen, **QUICK.get(screen, {})})
        found = lab.stays_grey(page, seconds)
    lab.settle(page)
    return found


def main() -> None:
    """Go through the states, and print a line a screen."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--states", type=int, default=40)
    parser.add_argument("--first", type=int, default=0, help="number of the first state")
    parser.add_argument("--screens", default=",".join(SCREENS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dear", action="store_true", help="presets of tens of seconds too")
    given = parser.parse_args()
    print("| screen | states | numbers | worst difference | black too early | grey for 2 s |")
    print("|---|---|---|---|---|---|", flush=True)
    with lab.served() as (url, server), lab.browsing() as browser:
        page = lab.opened(browser, url, "&lang=en")
        for screen in given.screens.split(","):
            found = told(page, screen, given.states, given.seed, given.dear, given.first)
            off, whose = found["worst"]
            rests = "yes" if grey(page, screen, server) else "NO"
            print(
                f"| {screen} | {given.states} | {found['numbers']} | {off:.1e}"
                f"{f' ({whose})' if off else ''} | {found['black']} | {rests} |",
                flush=True,
            )
        if page.faults:
            print("the console says:", *page.faults, sep="\n")


if __name__ == "__main__":
    main()
