"""Other packages on the same samples, in a ledger of the same form as that of `estimators.py`.

    python benchmarks/peers_from_pypi.py [--ledger FILE] [--keep-old]
        [--suite quick --sizes 1000:10 --peers "ITE-style; npeet_plus"] [--rerun KEY]

The first call makes an environment of its own (`out/peers/venv`) from peers/requirements.txt.
Samples are those of `divkit.bench.draw`, handed over as .npy. A rerun does what is missing, and
what other versions of peers/*.py and the requirements made unless --keep-old is given; --rerun
"shift1:kl:ITE-style:1000:0" computes one row once more, as `divkit bench rerun` does.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from estimator_suites import PEERS, SHARED
from tqdm import tqdm

from divkit.bench.again import Again, stored_row
from divkit.bench.cells import Cell, Row, Suite, draw
from divkit.bench.code import digest
from divkit.bench.engine import Processes
from divkit.bench.ledger import held
from divkit.bench.truth import oracle
from divkit.bench.truth_cells import complete_truths
from divkit.problems.suites import problems_of

HERE = Path(__file__).parent
OUT = HERE.parent / "out"
LEDGER = OUT / "peers.sqlite"
MADE_OF = ("estimate.py", "methods.py", "requirements.txt")


def environment(folder: Path) -> Path:
    """Make the peers' environment where it is not there yet; return its Python."""
    python = folder / "bin" / "python"
    asked = HERE / "peers" / "requirements.txt"
    done = folder / "requirements.txt"
    if not done.exists() or done.read_text() != asked.read_text():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", asked], check=True)
        done.write_text(asked.read_text())
    return python


def code() -> str:
    """The version of the peers: a digest of what they are made of."""
    return digest((HERE / "peers" / name).read_text() for name in MADE_OF)


def answered(cells: Sequence[Cell], python: Path) -> Iterator[Row]:
    """The row of each cell, by one process of the peers that is fed requests."""
    command = [python, HERE / "peers" / "estimate.py"]
    single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={key: word for key, word in os.environ.items() if key != "PYTHONPATH"} | single,
        ) as process,
    ):
        for cell in cells:
            yield ask(cell, process, Path(folder))


def ask(cell: Cell, process: subprocess.Popen[str], folder: Path) -> Row:
    """Hand one pair of samples over and read the answer."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("the peers' process has no pipes.")
    x, y = draw(cell.problem, cell.n, cell.seed)
    paths = {"x": str(folder / "x.npy"), "y": str(folder / "y.npy")}
    np.save(paths["x"], x.numpy())
    np.save(paths["y"], y.numpy())
    request = {"peer": cell.estimator, "divergence": cell.divergence, "seed": cell.seed}
    process.stdin.write(json.dumps(request | paths) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the peers' process ended at {cell}.")
    found: dict[str, Any] = json.loads(line)
    value = math.nan if found["value"] is None else float(found["value"])
    best = oracle(cell.problem, cell.divergence, x, y)
    none = math.nan
    return Row(cell, value, none, none, none, best, found["seconds"], found["failure"])


def main() -> None:
    """Do what the ledger lacks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--ledger", type=Path, default=LEDGER)
    parser.add_argument("--keep-old", action="store_true", help="old versions' rows count")
    parser.add_argument(
        "--suite", help="one of divkit's, in place of those of estimator_suites.py"
    )
    parser.add_argument("--sizes", type=_sizes, default="1000:10", help="n:seeds, with --suite")
    parser.add_argument("--peers", default="; ".join(SHARED), help="with semicolons")
    parser.add_argument("--rerun", metavar="KEY", help="problem:divergence:peer:n:seed")
    given = parser.parse_args()
    suites: Sequence[Suite] = PEERS
    if given.suite:
        names = tuple(name.strip() for name in given.peers.split(";"))
        suites = [Suite(problems_of(given.suite), names, given.sizes)]
    python, version = environment(OUT / "peers" / "venv"), code()
    if given.rerun:
        stored = stored_row(given.ledger, given.rerun)
        (now,) = answered([stored.cell], python)
        found = Again(stored, replace(now, code=version))
        print(found)
        raise SystemExit(not found.agrees)
    codes = {name: version for suite in suites for name in suite.estimators}
    with held(given.ledger) as ledger:
        for suite in suites:
            complete_truths(suite, ledger, Processes())
        cells = (cell for suite in suites for cell in suite.cells())
        todo = ledger.missing(cells, codes=None if given.keep_old else codes)
        for row in tqdm(answered(todo, python), total=len(todo), file=sys.stderr):
            ledger.add([replace(row, code=version)])


def _sizes(text: str) -> tuple[tuple[int, int], ...]:
    return tuple((int(n), int(seeds)) for n, seeds in (p.split(":") for p in text.split(",")))


if __name__ == "__main__":
    main()
