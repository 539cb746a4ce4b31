"""Another program as a contestant: two .npy arrays on its standard input, numbers on its output.

The command is started once for each pair of samples. Its standard input holds x (n, d), then y
(m, d), each as NumPy's .npy file of format 1.0: float64, little-endian, rows one after another
(C order); then it ends. DIVKIT_DIVERGENCE and DIVKIT_SEED in its environment say which divergence
is asked for and the seed of the draw. It answers on its standard output with text, the value, or
the value and the two ends of a 95 % interval, in decimal digits with spaces between; or with one
.npy array of one or three numbers. An exit status that is not 0 is a refusal, whose reason is the
last line of its standard error, of its output where it wrote no error, but for R's closing words.
"""

from __future__ import annotations

import io
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from divkit.bench.answers import Answer, of_numbers
from divkit.bench.program_files import texts_of
from divkit.processes import kill_group, leads_a_pools_group
from divkit.types import Tensor

_MAGIC = b"\x93NUMPY"
_CLOSING = "Execution halted"
"""R's last line, below the reason."""
_ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


@dataclass(frozen=True)
class Program:
    """A command that speaks the protocol of this module.

    Attributes
    ----------
    name : in the ledger.
    words : the command and its arguments.
    folder : where it is run.
    """

    name: str
    words: tuple[str, ...]
    folder: str = "."

    @classmethod
    def of(cls, name: str, command: str) -> Program:
        """Return the program of a command line, run in this folder.

        Raises
        ------
        ValueError
            If there is no such program.
        """
        words = tuple(shlex.split(command))
        if not words or shutil.which(words[0]) is None:
            raise ValueError(f"estimator {name!r}: there is no program {command!r} to be run.")
        return cls(name, words, str(Path.cwd()))

    def sources(self) -> list[str]:
        """Return the command, its program, the files that it names and theirs.

        `divkit.bench.program_files` says which are seen.
        """
        command = f"command:{shlex.join(self.words)}"
        return [command, *texts_of(self.words, Path(self.folder))]

    def answer(self, x: Tensor, y: Tensor, divergence: str, seed: int) -> Answer:
        """Run the command once.

        Raises
        ------
        ValueError
            If it fails, or what it writes is no answer.
        """
        told = {"DIVKIT_DIVERGENCE": divergence, "DIVKIT_SEED": str(seed)}
        try:
            with self._started(os.environ | _ONE_THREAD | told) as process:
                written, complaint = process.communicate(as_npy(x) + as_npy(y))
        except OSError as error:
            raise ValueError(f"{self.words[0]} cannot be run: {error}") from error
        if process.returncode:
            lines = (complaint.strip() or written).decode(errors="replace").splitlines()
            said = (line.strip() for line in reversed(lines))
            last = next((line for line in said if line not in ("", _CLOSING)), "no words")
            raise ValueError(f"{self.words[0]} ended with status {process.returncode}: {last}")
        return of_numbers(self.name, self._numbers(written))

    @contextmanager
    def _started(self, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
        """The command, which ends with this context, and with it all that it started.

        In a process of a pool it is of that one's group, so that a deadline ends it, too.
        """
        own = not leads_a_pools_group()
        with subprocess.Popen(
            self.words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=environment,
            process_group=0 if own else None,
        ) as process:
            try:
                yield process
            finally:
                if own:
                    kill_group(process.pid)
                process.kill()
                process.wait()

    def _numbers(self, written: bytes) -> list[float]:
        if not written.strip():
            raise ValueError(f"{self.words[0]} wrote nothing to its standard output.")
        try:
            if written.startswith(_MAGIC):
                array = np.load(io.BytesIO(written), allow_pickle=False)
                return [float(number) for number in np.atleast_1d(array)]
            return [float(word) for word in written.split()]
        except ValueError as error:
            raise ValueError(f"{self.words[0]} wrote what are no numbers: {error}") from None


def as_npy(rows: Tensor) -> bytes:
    """Return rows (n, d) as an .npy file of format 1.0."""
    held = io.BytesIO()
    array = np.ascontiguousarray(rows, dtype="<f8")
    np.lib.format.write_array(held, array, version=(1, 0), allow_pickle=False)
    return held.getvalue()
