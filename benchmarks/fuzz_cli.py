"""Wrong words for every verb: each ends in an answer or in advice, none in a crash.

    python benchmarks/fuzz_cli.py --cases 200 --seed 0

Each case is a small job with one or two of its words replaced by a hostile one, or with an option
put in that has a hostile value. It runs in a forked process under limits on time and memory. The
table counts how they ended: 0 answered, 1 a statement fails or a training diverged, 2 advice; 70
is a fault of divkit's, as is an answer of nan; 124 was stopped at 90 s. Exit status 1 if there
is any.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import re
import resource
import shlex
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

SECONDS, BYTES = 90, 12 * 2**30
PROPER = (0, 1, 2)
STOPPED = 124

JOBS = (
    "divergence normal(0,1) normal(1,2) --kind js,kl",
    "divergence beta(2,3) uniform(0,1) --kind tv --json",
    "divergence bernoulli(0.3) categorical([0.5,0.5]) --kind kl,js --base 2",
    "divergence mvnormal([0,1],[[1,0],[0,2]]) mvnormal([0,0],[[1,0],[0,1]])",
    "value normal(0,1) normal(1,1) --critic logistic --steps 3",
    "value --samples a.csv b.csv --critic logistic --steps 3 --json",
    "estimate a.csv b.csv --kind js --method knn",
    "estimate a.csv b.csv --information --method ksg",
    "compare a.csv b.csv --kind js --permutations 19 --method knn --alpha 0.5",
    "curve shift --values 0:1:3 --kinds js",
    "train --target normal(1,1) --generator affine --steps 2 --batch 8 --every 1 --name r",
    "train --target ring8 --generator network --hidden 4 --critic-hidden 4 --steps 2 --batch 8",
    "train --game ideal --target normal(1,1) --steps 2 --name i",
    "train --game vae --target normal(1,1) --hidden 4 --steps 2 --batch 8 --name v",
    "train --name kept --resume",
    "bench run --ledger l.sqlite --problems shift1:js --estimators knn --sizes 40:1 --workers 1",
    "bench report --ledger kept.sqlite",
    "verify --only relativistic --json",
)
"""Jobs of a second or two; `a.csv`, `b.csv`, `kept` and `kept.sqlite` lie in the folder."""

NUMBERS = (
    "0", "-0", "-1", "1", "2", "0.5", "1e-320", "1e300", "-1e300", "1e308", "1e400", "nan", "inf",
    "-inf", "1_0", "٣", "²", "1e5", "0x10", "9" * 30, "9" * 5000, "1:2", "0:1:0", "0:1:1e9",
)  # fmt: skip
WORDS = (
    "", " ", ",", ",,", "x", "js", "kl(", "renyi", "renyi(0.5)", "renyi(nan)", "alpha(x)",
    "mmd(-1)", "weighted_js(2)", "skew", "é", "\U0001f600", "\u202e", "'", '"', "(", "))", "%s",
    "{0}", "None", "true", "auto", "knn", "knn(k=0)", "knn(k='a')", "knn(k=", "knn(1)", "gan",
    "wgan", "ideal", "adam", "float16", "cuda", "cuda:99", "meta", "cpu:7", "a" * 3000, "\\", "--",
    "-", "*", "exit()", "__import__('os')", "js,js", "js;kl", "population", "mlp", "spline",
)  # fmt: skip
LAWS = (
    "normal()", "normal(0)", "normal(0,-1)", "normal(0,0)", "normal(a,b)", "normal(0,1e400)",
    "normal(0,1,2)", "normal(loc=0,loc=1)", "normal(mu=0)", "normal(0,1", "nrmal(0,1)",
    "mixture()", "mixture(0.5: normal(0,1))", "mixture(1: normal(0,1), -1: normal(1,1))",
    "mixture(normal(0,1))", "mvnormal([0],[[0]])", "mvnormal([0,1],[[1,2],[2,1]])",
    "mvnormal([0],[[1,2]])", "mvnormal(0,1)", "mvnormal([[0]],[1])",
    "mvnormal([normal(0,1)],[1])",
    "categorical([])", "categorical([0.5])", "categorical([1,-1])", "bernoulli(-1)",
    "bernoulli(2)", "finite([0,1],[1])", "finite([[0],[1,2]],[0.5,0.5])", "ising(1e9,1)",
    "beta(0,1)",
    "beta(1e-300,1e-300)", "gamma(1e300,1)", "student(0)", "uniform(1,0)", "uniform(0,1e-320)",
    "ring(3,0.01,1.7e308)", "moons(1e308)", "ring(0,1,1)", "ring(1e9,1,1)", "uniform([],[])",
    "normal(normal(0,1),1)", "normal([0],[1])", "normal('a',1)", "truncated(normal(0,1))",
    "normal(99999999999999999999999999999999999999,1)", "product()", "product(normal(0,1))",
    "affine(normal(0,1),0,1)", "empirical([])", "normal(0,1)+1", "()", "[]", "1", "normal",
)  # fmt: skip
FILES = (
    "a.csv", "b.csv", "missing.csv", "empty.csv", "text.csv", "ragged.csv", "binary.csv",
    "wide.csv", "one.csv", "same.csv", "header.csv", "a.npy", "cut.npy", "object.npy",
    "complex.npy", "scalar.npy", "cube.npy", "none.npy", "zip.npy", "garbage.parquet", "a.txt",
    ".", "/", "/dev/null", "a.csv/b", "nul.csv", "kept.sqlite", "bad.sqlite",
)  # fmt: skip

OPTIONS = {
    "divergence": "--kind --method --digits --base --json",
    "value": "--samples --on --critic --game --maximiser --steps --seconds --level --seed "
    "--figure",
    "estimate": "--kind --method --level --base --seed --json --information",
    "compare": "--kind --method --level --alpha --permutations --seed --report --json",
    "curve": "--values --kinds --output --csv --json",
    "train": "--target --game --generator --latent --hidden --critic-hidden --activation "
    "--components --pack --batch --seed --n-critic --order --optimiser --rate --critic-rate "
    "--beta1 --decay --r1 --r2 --gradient-penalty --clip --noise --label-smoothing --unroll "
    "--unroll-rate --average --data --kinds --every --save-every --dtype --device --name --output "
    "--figure --animation --spectral",
    "bench": "--ledger --problems --estimators --sizes --output",
    "verify": "--only --seed --report",
}


@dataclass(frozen=True)
class Ending:
    """The end of a case."""

    words: tuple[str, ...]
    status: int
    said: str

    @property
    def proper(self) -> bool:
        """Whether it is an answer or advice, and no answer is NaN."""
        if self.status == STOPPED:
            return True  # a job of 10³⁰ steps is a job
        return self.status in PROPER and not (self.status == 0 and "nan" in _numbers(self.said))


def _numbers(said: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[\w.+-]+", said) if word.lower() == "nan"}


def cases(count: int, seed: int) -> Iterator[tuple[str, ...]]:
    """Argument lists; the first are the jobs as they are."""
    yield from (tuple(job.split()) for job in JOBS[:count])
    rng = random.Random(seed)
    for _ in range(count - len(JOBS)):
        words = rng.choice(JOBS).split()
        for _ in range(rng.choice((1, 1, 1, 2))):
            words = _spoilt(words, rng)
        yield tuple(words)


def _spoilt(words: list[str], rng: random.Random) -> list[str]:
    """Replace a word that is no option, or add an option with a hostile value."""
    first = 2 if words[0] == "bench" else 1
    places = [k for k in range(first, len(words)) if not words[k].startswith("--")]
    if places and rng.random() < 0.6:
        place = rng.choice(places)
        return [*words[:place], _hostile(words[place], rng), *words[place + 1 :]]
    option = rng.choice(OPTIONS[words[0]].split())
    return [*words, option, _hostile("", rng)]


def _hostile(before: str, rng: random.Random) -> str:
    numbers = list(re.finditer(r"[0-9.]+", before))
    if numbers and rng.random() < 0.6:
        spot = rng.choice(numbers)
        return before[: spot.start()] + rng.choice(NUMBERS) + before[spot.end() :]
    pools = [NUMBERS, WORDS, LAWS, FILES]
    if "(" in before:
        pools += [LAWS] * 6
    elif "." in before:
        pools += [FILES] * 6
    return rng.choice(rng.choice(pools))


def furnish(folder: Path) -> None:
    """Write the files that the jobs and the hostile words name."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(60, 2))
    _csv(folder / "a.csv", "u,v", rows)
    _csv(folder / "b.csv", "u,v", rows[::-1] + rng.normal(size=(60, 2)))
    _csv(folder / "one.csv", "u,v", rows[:1])
    _csv(folder / "same.csv", "u,v", np.zeros((60, 2)))
    _csv(folder / "wide.csv", ",".join(f"c{k}" for k in range(80)), rng.normal(size=(60, 80)))
    texts = {"empty": "", "text": "a,b\nx,y\n", "ragged": "u,v\n1,2\n3\n", "header": "u,v\n"}
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    (folder / "binary.csv").write_bytes(bytes(range(256)))
    (folder / "nul.csv").write_bytes(b"u,v\n1,\x002\n")
    (folder / "a.txt").write_text("1 2\n")
    np.save(folder / "a.npy", rows)
    np.save(folder / "complex.npy", rows + 1j)
    np.save(folder / "scalar.npy", np.float64(1))
    np.save(folder / "cube.npy", rng.normal(size=(3, 3, 3)))
    np.save(folder / "none.npy", np.zeros((0, 2)))
    np.save(folder / "object.npy", np.array([{}], dtype=object), allow_pickle=True)
    (folder / "cut.npy").write_bytes((folder / "a.npy").read_bytes()[:200])
    (folder / "zip.npy").write_bytes(b"PK\x03\x04" + bytes(60))
    (folder / "garbage.parquet").write_bytes(b"PAR1" + bytes(50))
    (folder / "bad.sqlite").write_bytes(b"SQLite format 3\0" + bytes(range(200)))
    run = "train --target normal(1,1) --generator affine --steps 2 --batch 8 --every 1 --name kept"
    for words in (run, JOBS[-3].replace("l.sqlite", "kept.sqlite")):
        ending = _forked(tuple(words.split()), folder, 5 * SECONDS)
        if ending.status:
            raise RuntimeError(f"{words}: {ending.said}")


def _csv(path: Path, header: str, rows: np.ndarray) -> None:
    np.savetxt(path, rows, delimiter=",", header=header, comments="")


def ended(words: tuple[str, ...], folder: Path) -> Ending:
    """Run one case in a forked process, in a copy of the folder."""
    with tempfile.TemporaryDirectory() as own:
        shutil.copytree(folder, own, dirs_exist_ok=True)
        return _forked(words, Path(own))


def _forked(words: tuple[str, ...], folder: Path, seconds: int = SECONDS) -> Ending:
    context = multiprocessing.get_context("fork")
    mine, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(words, folder, theirs, seconds))
    child.start()
    theirs.close()
    try:
        status, said = mine.recv() if mine.poll(seconds + 10) else (STOPPED, "no end")
    except EOFError:
        status, said = 137, "killed"
    if child.is_alive() and status == STOPPED:
        child.kill()
    child.join()
    return Ending(words, status, said)


def _work(words: tuple[str, ...], folder: Path, pipe: Connection, seconds: int) -> None:
    from typer.testing import CliRunner

    from divkit.cli.main import app

    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    signal.signal(signal.SIGALRM, lambda *_: (pipe.send((STOPPED, "stopped")), os._exit(0)))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    done = CliRunner().invoke(app, list(words))
    said = done.stdout + done.stderr
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        said += f"\nleft the guard: {done.exception!r}"
        pipe.send((70, said))
    else:
        pipe.send((done.exit_code, said))
    pipe.close()


def main() -> None:
    """Run the cases; print the table and every case that is not proper."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", action="store_true", help="print every case")
    given = parser.parse_args()
    import torch

    import divkit.bench.runner
    import divkit.comparison
    import divkit.critics
    import divkit.plots
    import divkit.training.session  # noqa: F401 (imported once, before the forks)

    torch.set_num_threads(1)
    counts: Counter[int] = Counter()
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        furnish(Path(name))
        for words in cases(given.cases, given.seed):
            ending = ended(words, Path(name))
            counts[ending.status] += 1
            if not ending.proper:
                wrong.append(ending)
            if given.verbose or not ending.proper:
                print(f"{ending.status}: {shlex.join(words)[:300]}\n{ending.said[-900:]}\n")
                sys.stdout.flush()
    print("status  cases")
    for status, number in sorted(counts.items()):
        print(f"{status:6d}  {number:5d}")
    print(f"{len(wrong)} of {given.cases} are no answer and no advice")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
