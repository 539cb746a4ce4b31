"""CPU seconds of `divkit divergence "normal(0,1)" "normal(1,1)"` over those of `import torch`.

And of `divkit --help` over `import typer`. Both as whole processes, in turns, user and system
time; the ratio of the medians and the median of the ratios of neighbours.

    python benchmarks/import_cost.py --pairs 15
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys

OURS = (
    "import sys; sys.argv[1:] = ['divergence', 'normal(0,1)', 'normal(1,1)'];"
    "from divkit.cli.main import main; main()"
)
TORCH = "import torch"
HELP = "import sys; sys.argv[1:] = ['--help']; from divkit.cli.main import main; main()"
TYPER = "import typer"


def seconds(code: str) -> float:
    """CPU seconds of a process that runs the code."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, env=environment
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print both medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=15)
    count = parser.parse_args().pairs
    compared(count, "import torch", TORCH, "divkit divergence", OURS)
    compared(count, "import typer", TYPER, "divkit --help", HELP)


def compared(count: int, peer: str, bare: str, name: str, code: str) -> None:
    """Print the medians of both, in turns, and the ratio."""
    seconds(code)  # compiles what is not compiled yet
    runs = [(seconds(bare), seconds(code)) for _ in range(count)]
    before, after = (statistics.median(side) for side in zip(*runs, strict=True))
    paired = statistics.median(b / a for a, b in runs)
    print(f"{peer} {before:.3f} s, {name} {after:.3f} s")
    print(f"ratio of medians {after / before:.3f}, median of paired ratios {paired:.3f}")


if __name__ == "__main__":
    main()
