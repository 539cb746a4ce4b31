"""Entry point of the command `divkit`: an interrupt is answered from the first moment on.

Ctrl-C while modules are imported would end in a traceback, or in whatever the library being
imported makes of it: torch aborts where it is raised inside. Here the command leaves at once, with
one line and status 130, where the signal comes in an import; elsewhere it is noted, and however
the run ends after that, it leaves so. So this module imports next to nothing; the verbs
are `divkit.cli.app.app`, also found here.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # signal itself imports enum
import os
import sys

TYPE_CHECKING = False  # typing itself is not imported
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

USAGE, INTERRUPTED = 2, 130
_STDERR, _IMPORTS = 2, "<frozen importlib"


class Interrupts:
    """Notes an interrupt, and passes it on as Python does."""

    asked = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Take the signal: leave at once from an import, else raise as Python does.

        An exception inside the import of a library may end the process in the library's own way.
        """
        self.asked = True
        if importing(frame):
            os.write(_STDERR, b"Interrupted.\n")
            _leave(number, frame)
        raise KeyboardInterrupt


def importing(frame: FrameType | None) -> bool:
    """Whether a frame, or one that called it, imports a module."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(_IMPORTS):
            return True
        frame = frame.f_back
    return False


def main() -> None:
    """Run the command line."""
    noted = Interrupts()
    _require_streams()
    try:
        signal.signal(signal.SIGINT, noted)
        from divkit.cli.streams import own_streams

        own_streams()
        from divkit.cli.app import app

        app()
    except BaseException as end:
        signal.signal(signal.SIGINT, _leave)
        if noted.asked:
            if not isinstance(end, SystemExit):
                sys.stderr.write("Interrupted.\n")
            _leave(signal.SIGINT, None)
        if isinstance(end, OSError):  # what click itself prints, --help, did not reach stdout
            sys.stderr.write(f"Error: {end}\n")
            os._exit(USAGE)
        raise


def _require_streams() -> None:
    """Leave where stdout is closed: what was asked for would go nowhere."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 (pathlib is not imported yet)
    if sys.stdout is None:
        sys.stderr.write("Error: stdout is closed; results have nowhere to go.\n")
        sys.exit(USAGE)


def _leave(number: int, frame: FrameType | None) -> None:
    """Leave at once: what was half imported, or is being taken down, has no part in it."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(INTERRUPTED)


def __getattr__(name: str) -> Any:
    if name == "app":
        from divkit.cli.app import app

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
