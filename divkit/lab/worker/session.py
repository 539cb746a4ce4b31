"""The loop of a visitor's process: a message, else the next number, else a step of what plays.

Pictures are shown when the last one has been acknowledged; a newer one takes the place of one that
waits. Numbers carry the `seq` of the state they are of, and its step. Every state ends with a
message that no more of them come, or with a refusal.
"""

from __future__ import annotations

import math
import sys
import traceback
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

from divkit.faults import is_advice
from divkit.lab.protocol.words import Message
from divkit.lab.screens.fields import changed, plain_fields
from divkit.lab.screens.screen import Known, NotKnown, Screen
from divkit.lab.screens.table import MODELS
from divkit.lab.worker.aside import Aside, Moment
from divkit.lab.worker.inbox import Inbox
from divkit.lab.worker.limits import SECONDS, Jobs, Pace, SupersededError, TooLongError
from divkit.lab.worker.way import Ahead, way_of
from divkit.lab.worker.wire import Wire
from divkit.results import Result

MOST_STEPS = 1000
"""Of one `step` message."""
_LONG = 1.0
"""Seconds of waiting for a share of the cores that the page is told of."""


class Session:
    """One visitor's screen, and what is to be done on it."""

    def __init__(self, wire: Wire, inbox: Inbox, jobs: Jobs) -> None:
        self._wire, self._inbox, self._jobs = wire, inbox, jobs
        self._screen: Screen[Any] | None = None
        self._name, self._seq = "", 0
        self._work: Iterator[Known] | None = None
        self._playing, self._paused, self._pace = False, False, Pace()
        self._frame, self._shown, self._dirty, self._drawn = 0, True, False, 0
        self._aside, self._waits, self._ahead = Aside(), False, Ahead()
        self._answers: dict[str, Callable[[Message], None]] = {
            "set": self._set,
            "play": self._play,
            "step": self._step,
            "ask": self._ask,
            "export": self._export,
            "ack": self._ack,
            "share": self._share,
            "resume": self._resume,
            "pause": self._pause,
        }

    def turn(self) -> None:
        """Do the next thing; of a session that has overdrawn its share nothing that takes time."""
        debt = self._pace.debt()
        if debt > 0:
            self._wait(debt)
            return
        self._waits = False
        message = self._inbox.take(self._patience())
        if message is not None:
            self._guarded(lambda: self._answers[message["type"]](message), message["type"])
        elif self._ahead.left:
            self._guarded(self._go_on)
        elif self._work is not None:
            self._guarded(self._calculate)
        elif self._plays:
            self._guarded(self._move)
            self._guarded(self._beside)
        if not self._plays:
            self._aside.end()
            self._pace.part = 1.0
        self._show()

    def _wait(self, debt: float) -> None:
        """Let others have the core, and say so once where that takes long."""
        if debt > _LONG and not self._waits:
            self._waits = True
            self._wire.say(type="waits", seq=self._seq, seconds=debt)
        message = self._inbox.take(debt, light=True)
        if message is not None:
            self._answers[message["type"]](message)

    @property
    def _plays(self) -> bool:
        return self._playing and not self._paused

    def _patience(self) -> float | None:
        if self._work is not None or self._ahead.left:
            return 0.0
        return self._pace.rest() if self._plays else None

    def _guarded(self, work: Callable[[], None], of: str = "numbers") -> None:
        """Do a job; what stops it is said, and the session goes on."""
        try:
            work()
        except SupersededError:
            self._settle()
        except TooLongError:
            self._give_up(
                f"this took more than {SECONDS:g} s of processor time, and was stopped.", of
            )
        except MemoryError:
            self._give_up("this took more memory than one visitor may have, and was stopped.", of)
        except Exception as error:
            if not is_advice(error):
                traceback.print_exception(error, file=sys.stderr)
                self._give_up(f"a fault of divkit ({type(error).__name__}); please report it.", of)
            else:
                self._give_up(str(error), of)

    def _give_up(self, why: str, of: str) -> None:
        """Say why; what is left of the numbers still comes, and that no more do."""
        if self._playing:
            self._playing = False
            self._settle()
        self._wire.say(type="refused", seq=self._seq, of=of, why=why)

    @property
    def _at(self) -> Screen[Any]:
        if self._screen is None:
            raise ValueError("there is no state to go on from: it was refused, or none was set.")
        return self._screen

    def _set(self, message: Message) -> None:
        """Move to another state; a refused one leaves none, so that nothing is shown for it."""
        before, self._screen = self._screen, None
        self._seq, self._work = message["seq"], None
        ahead, self._ahead = self._ahead, Ahead()
        name, turns = message.get("screen"), way_of(message.get("turns") or [])
        if name is None:
            if before is None:
                raise ValueError("a message of type set must name a screen first.")
            state = changed(before.state, message["patch"])
            with self._jobs.job():
                screen = before.changed(state)
            if screen is before:
                self._ahead = ahead
        else:
            model = MODELS[name]
            with self._jobs.job():
                screen = model(changed(model.defaults, message["patch"]))
            self._name, self._playing, self._ahead = name, False, Ahead(turns)
        self._screen, self._dirty = screen, True
        self._settle()
        if name is not None:
            self._tell_state()

    def _settle(self) -> None:
        """Begin the numbers of this state; dear ones wait until nothing plays."""
        screen = self._screen
        moving = screen is not None and screen.settles and self._plays
        waits = screen is None or moving or self._ahead.left
        self._work = None if waits or screen is None else screen.numbers()

    def _go_on(self) -> None:
        """Take some of the turns to the step of a link; its numbers come at the end."""
        over = True
        try:
            with self._jobs.job():
                self._ahead.go(self._at)
            over = not self._ahead.left
        finally:
            self._dirty = True
            if over:
                self._ahead.end()
                self._settle()

    def _play(self, message: Message) -> None:
        self._playing, self._dirty = message["on"], True
        self._ahead.end()
        self._pace.begin()
        self._settle()

    def _step(self, message: Message) -> None:
        if not 1 <= message["n"] <= MOST_STEPS:
            raise ValueError(f"n must be in [1, {MOST_STEPS}]; got {message['n']}.")
        self._ahead.end()
        self._advance(message["who"], message["n"])

    def _move(self) -> None:
        self._pace.begin()
        self._advance("both", self._at.stride)

    def _beside(self) -> None:
        """Say what was calculated beside what plays, and begin the next."""
        found = self._aside.taken()
        if found is not None:
            moment, values = found
            self._wire.say(type="point", seq=moment.seq, step=moment.step, values=values)
        if self._plays and self._aside.rested(self._pace.granted):
            compute, now = self._at.aside(), Moment(self._seq, self._at.at)
            self._pace.part = 1.0 if compute is None else 0.5
            if compute is not None:
                self._aside.begin(lambda: _plain_all(compute()), now)

    def _advance(self, who: str, n: int) -> None:
        screen, more = self._at, False
        try:
            with self._jobs.job():
                more = screen.step(who, n)
        finally:  # one that fails may have moved before
            self._playing, self._dirty = self._playing and more, True
            self._settle()
        if not more:
            self._wire.say(type="rest", seq=self._seq, step=screen.at)

    def _ask(self, message: Message) -> None:
        """Calculate what is asked for, after the numbers that are still to come."""
        if message["seq"] == self._seq:
            self._wire.say(type="busy", seq=self._seq, what=message["what"])
            asked = self._at.ask(message["what"], message.get("options") or {})
            self._work = chain(self._work or (), asked)

    def _export(self, message: Message) -> None:
        match message["what"]:
            case "python":
                text = self._at.python(message.get("step"))
            case other:
                raise ValueError(f"the server exports python; {other!r} is made in the browser.")
        self._wire.say(type="exported", seq=self._seq, what=message["what"], text=text)

    def _ack(self, message: Message) -> None:
        self._shown = message["frame"] >= self._frame

    def _share(self, message: Message) -> None:
        self._pace.share, self._pace.frames = message["share"], message["frames"]

    def _pause(self, message: Message) -> None:
        """Stand still until the page says something; the numbers of where it stands come."""
        self._paused = True
        if self._playing:
            self._wire.say(type="rest", seq=self._seq, step=self._at.at)
            self._settle()

    def _resume(self, message: Message) -> None:
        """Tell a page that came (back) where the session is."""
        self._shown, self._paused = True, False
        if self._screen is not None:
            self._dirty = True
            self._settle()
        self._tell_state()

    def _tell_state(self) -> None:
        """Say where the session is: on no screen, where none was set or it was refused."""
        name, state = (
            ("", {}) if self._screen is None else (self._name, plain_fields(self._at.state))
        )
        self._wire.say(type="state", seq=self._seq, screen=name, state=state)

    def _calculate(self) -> None:
        if self._work is None:
            return
        with self._jobs.job(moot=True):
            found = next(self._work, None)
        self._dirty = self._dirty or self._at.drawn > self._drawn
        if found is None:
            self._work = None
            self._wire.say(type="numbers", seq=self._seq, step=self._at.at, values={}, more=False)
            return
        values = _plain_all(found)
        self._wire.say(type="numbers", seq=self._seq, step=self._at.at, values=values, more=True)
        self._tell_patch()

    def _tell_patch(self) -> None:
        patch = self._at.patched()
        if patch:
            self._wire.say(type="patch", seq=self._seq, patch=dict(patch))

    def _show(self) -> None:
        """Send a picture, if there is a new one and the last one has been seen."""
        if not (self._dirty and self._shown) or self._screen is None:
            return
        self._dirty, self._drawn = False, self._screen.drawn
        self._guarded(self._draw)

    def _draw(self) -> None:
        with self._jobs.job():
            picture = self._at.picture()
        self._frame, self._shown = self._frame + 1, False
        self._wire.show(
            picture.packed(
                frame=self._frame, seq=self._seq, step=self._at.at, screen=self._name,
                playing=self._playing, share=self._pace.share, way=self._at.way,
                ahead=self._ahead.left,
            )
        )  # fmt: skip


def _plain_all(found: Known) -> dict[str, Any]:
    return {name: plain(each) for name, each in found.items()}


def plain(number: Result | NotKnown) -> dict[str, Any]:
    """Return a number as the page has it; of the diagnostics certified digits alone.

    Those have the radius of their own enclosure: `error` is that of the float beside them.
    """
    made: dict[str, Any] = dict(number.to_dict())
    notes = made.pop("diagnostics", {})
    match notes:
        case {"lower": str(lower), "upper": str(upper)}:
            return made | {"lower": lower, "upper": upper, "radius": _radius(lower, upper)}
    return made


def _radius(lower: str, upper: str) -> float:
    """Half of what is between two ends, rounded up."""
    half = (Decimal(upper) - Decimal(lower)) / 2
    return math.nextafter(float(half), math.inf) if half else 0.0
