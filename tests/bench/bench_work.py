"""Work that a spawned process can import."""

import os
import signal

from divkit.bench.cells import Row, failed


def fine(cell):
    return Row(cell, float(cell.seed), 0.1, -1.0, 1.0, 0.5, 0.01)


def deadly(cell):
    """Seed 2 kills its worker, as the kernel does when memory is out."""
    if cell.seed == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return fine(cell)


def refusing(cell):
    return failed(cell, "ValueError: no")
