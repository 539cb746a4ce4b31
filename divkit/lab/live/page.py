r"""`LivePage`: an observer of a training that shows it in a browser.

    with LivePage() as page:
        print(page.url)
        for step in divkit.gan.train_gan("ring8", observers=[page]):
            ...
        page.hold(600)  # ten minutes more to look at its end

Of a loop of one's own, `divkit.gan.Watch(..., observers=(page.record,))` shows the records.
"""

from __future__ import annotations

import math
import threading
import time
from contextlib import suppress
from secrets import token_urlsafe
from typing import Any, Self

from divkit.lab.live.follower import Threads
from divkit.lab.live.hub import Hub
from divkit.lab.protocol.frames import Picture
from divkit.lab.screens.plane_laws import square_of
from divkit.lab.screens.plane_numbers import numbers_of, why_no_bound
from divkit.lab.screens.plane_pictures import (
    Square,
    judges,
    map_of_d,
    points_of,
    seen,
    shade,
    warped,
)
from divkit.lab.screens.screen import Known
from divkit.lab.server.serve import bound, server_of
from divkit.lab.server.settings import Settings
from divkit.lab.worker.session import plain
from divkit.training.gan.training import GanTraining
from divkit.training.measures.records import Record
from divkit.training.trainable import TrainingStep

_PLANE = 2
_PATIENCE = 10.0
_FAREWELL = "the training is over, and its page with it."


class LivePage:
    """An observer that serves a page of what it sees, to this machine alone.

    Parameters
    ----------
    port : of the page; 0 takes a free one.
    sessions : pages at a time.

    Attributes
    ----------
    url : the address, once it is entered.

    Raises
    ------
    OSError
        If the port is taken.
    """

    def __init__(self, port: int = 0, sessions: int = 8) -> None:
        self._settings = Settings(
            "127.0.0.1", port, token_urlsafe(16), sessions, "plane", farewell=_FAREWELL
        )
        self._hub = Hub()
        self._end = bound(self._settings)
        self._ready = threading.Event()
        self._server = server_of(self._settings, Threads(self._hub), self._ready.set)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._end]}, daemon=True
        )
        self._square: Square | None = None
        self.url = self._settings.url(self._end.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(_PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._hub.end()
        self._server.should_exit = True
        self._thread.join(_PATIENCE)
        self._end.close()

    def hold(self, seconds: float = math.inf) -> None:
        """Tell pages that the training is over, and keep them for so long, or until Ctrl-C.

        Raises
        ------
        ValueError
            If seconds is negative or no number.
        """
        if not seconds >= 0:
            raise ValueError(f"seconds must be at least 0; got {seconds!r}.")
        self._hub.end()
        with suppress(KeyboardInterrupt):
            # A wait without an end is one of many, so that Ctrl-C is heard on every system.
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0:
                time.sleep(min(left, 1.0))

    def __call__(self, step: TrainingStep[Any, Any]) -> None:
        """Show a step: its picture, if somebody looks, and its record, if it has one."""
        if step.records or self._hub.wants():
            self._hub.show(step.index, self._picture(step))
        game = step.training
        for record in step.records[:1]:
            if isinstance(game, GanTraining):
                self._tell(record.step, numbers_of(record, why=why_no_bound(game)))
            else:
                self.record(record)

    def record(self, record: Record) -> None:
        """Show the numbers of a record."""
        self._tell(record.step, numbers_of(record))

    def _tell(self, step: int, found: Known) -> None:
        self._hub.tell(step, {name: plain(each) for name, each in found.items()})

    def _picture(self, step: TrainingStep[Any, Any]) -> Picture:
        """Points, the grid and D of a game in the plane; of others the step alone."""
        game, head = step.training, {"map": "none", "asked": "none", "stage": "rest"}
        if not isinstance(game, GanTraining) or game.p.dim != _PLANE:
            return Picture({**head, "judged": False, "square": None})
        if self._square is None:
            self._square = square_of(game.p)
        square, state = self._square, step.state
        arrays = points_of(square, seen(game, state))
        arrays |= warped(game.generator, state.average[0].double().cpu(), square)
        arrays["map"] = shade(map_of_d(game, state, square))
        head |= {"map": "d", "asked": "d"}
        return Picture({**head, "square": list(square), "judged": judges(game)}, arrays)
