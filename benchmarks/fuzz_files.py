"""Damaged files of every kind that divkit reads: refused with advice, or read; never a crash.

Valid files are mutated by flipped bits, cuts, insertions, repeats and zeroed blocks. Each mutant
is read as the commands read it. Counted are: read as before, refused (an error that is advice),
changed without notice (other numbers, where the format has no digest), SILENT (other numbers where
it has one), CRASH (any other exception), SLOW (more than ten seconds).

    python benchmarks/fuzz_files.py --cases 400 --seed 0
"""

from __future__ import annotations

import argparse
import io
import signal
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from divkit.bench.cells import Cell, Row, failed
from divkit.bench.ledger import Ledger, held
from divkit.bench.truth import ProblemTruth
from divkit.cli.files import read
from divkit.faults import is_advice
from divkit.results import Result
from divkit.training.measures.records import GameValues, Record, SampleScores
from divkit.training.state import State
from divkit.training.store.checkpoints import decode, encode
from divkit.training.store.lines import read_lines, to_lines

OUTCOMES = ("as before", "refused", "changed", "SILENT", "CRASH", "SLOW")
SECONDS = 10


def csv_bytes(folder: Path) -> bytes:
    rows = np.random.default_rng(0).normal(size=(60, 3))
    return b"u,v,w\n" + b"\n".join(b",".join(repr(float(c)).encode() for c in r) for r in rows)


def npy_bytes(folder: Path) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.random.default_rng(0).normal(size=(60, 3)))
    return stream.getvalue()


def parquet_bytes(folder: Path) -> bytes:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)), columns=list("uvw"))
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False)
    return stream.getvalue()


def ledger_bytes(folder: Path) -> bytes:
    path = folder / "made.sqlite"
    rng, told = np.random.default_rng(0), ("few rows",)
    with held(path) as ledger:
        for seed in range(120):
            cell = Cell("shift1", "js", "auto", 100, seed)
            figures = rng.normal(size=6).tolist()
            row = failed(cell, "why") if seed % 9 == 0 else Row(cell, *figures, "", told, code="c")
            ledger.add([row])
        ledger.add_truth("shift1", "js", ProblemTruth(0.1, 1e-16, 0.2, 0.3))
    return path.read_bytes()


def checkpoint_bytes(folder: Path) -> bytes:
    a = torch.arange(40, dtype=torch.float64).reshape(1, 40)
    return encode(State(30, a, a + 1, a, (a * 2,), (a * 3,)), {"target": "normal", "steps": 40})


def records_bytes(folder: Path) -> bytes:
    js = Result.exact(0.25, 1e-9, "quadrature", "by hand", name="js")
    values, samples = GameValues(held_out=-1.25), SampleScores(modes=8, high_quality=0.5)
    records = [Record(step=k, seed=0, js=js, values=values, samples=samples) for k in range(20)]
    return to_lines([record.to_dict() for record in records]).encode()


def read_ledger(path: Path) -> Any:
    ledger = Ledger(path)
    try:
        rows = [repr(row) for row in ledger.rows()]
        return rows, ledger.truth("shift1", "js")
    finally:
        ledger.close()


def read_checkpoint(path: Path) -> Any:
    found = decode(path)
    tensors = {k: t.tolist() for k, t in found.state.tensors().items()}
    return found.state.step, found.description, tensors


def read_table(path: Path) -> Any:
    table = read(path)
    return table.rows.tobytes(), table.names


KINDS: dict[str, tuple[str, Callable[[Path], bytes], Callable[[Path], Any], bool]] = {
    "csv": (".csv", csv_bytes, read_table, False),
    "npy": (".npy", npy_bytes, read_table, False),
    "parquet": (".parquet", parquet_bytes, read_table, False),
    "ledger": (".sqlite", ledger_bytes, read_ledger, True),
    "checkpoint": (".safetensors", checkpoint_bytes, read_checkpoint, True),
    "records": (".jsonl", records_bytes, read_lines, False),
}


def mutant(content: bytes, rng: np.random.Generator) -> bytes:
    """One to three mutations of a file."""
    made = bytearray(content)
    for _ in range(int(rng.integers(1, 4))):
        if not made:
            return bytes(made)
        at, size = int(rng.integers(len(made))), int(rng.integers(1, 64))
        where = min(at, 200) if rng.random() < 0.3 else at  # headers are short and matter most
        match int(rng.integers(5)):
            case 0:
                made[where] ^= 1 << int(rng.integers(8))
            case 1:
                del made[where:]
            case 2:
                made[where:where] = rng.integers(0, 256, size, dtype=np.uint8).tobytes()
            case 3:
                made[where:where] = made[where : where + size]
            case _:
                made[where : where + size] = bytes(len(made[where : where + size]))
    return bytes(made)


def outcome(reader: Callable[[Path], Any], path: Path, whole: Any, sealed: bool) -> str:
    """The end of a mutant."""
    signal.alarm(SECONDS)
    try:
        found = reader(path)
    except TimeoutError:
        return "SLOW"
    except Exception as error:
        return "refused" if is_advice(error) else f"CRASH {type(error).__name__}: {error}"
    finally:
        signal.alarm(0)
    if found == whole:
        return "as before"
    return "SILENT" if sealed else "changed"


def _too_long(number: int, frame: object) -> None:
    raise TimeoutError


def fuzz(cases: int, seed: int) -> dict[str, Counter[str]]:
    """Read `cases` mutants of each kind."""
    signal.signal(signal.SIGALRM, _too_long)
    table: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind, (suffix, make, reader, sealed) in KINDS.items():
            folder = Path(name) / kind
            folder.mkdir()
            content, path = make(folder), folder / f"step-1{suffix}"
            path.write_bytes(content)
            whole, rng = reader(path), np.random.default_rng([seed, len(content)])
            table[kind] = Counter()
            for _ in range(cases):
                path.write_bytes(mutant(content, rng))
                said = outcome(reader, path, whole, sealed)
                if said.startswith(("CRASH", "SILENT", "SLOW")):
                    print(f"{kind}: {said}")
                    (Path(tempfile.gettempdir()) / f"fuzz-{kind}{suffix}").write_bytes(
                        path.read_bytes()
                    )
                table[kind][said.split(" ", 1)[0] if said.startswith("CRASH") else said] += 1
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", type=int, default=400, help="mutants of each kind")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print("kind        " + "  ".join(f"{name:>9}" for name in OUTCOMES))
    for kind, found in fuzz(asked.cases, asked.seed).items():
        print(f"{kind:<12}" + "  ".join(f"{found[name]:>9}" for name in OUTCOMES))


if __name__ == "__main__":
    main()
