"""The estimators × the problems × n × seeds, resumed where it stopped; tables and figures.

    python benchmarks/estimators.py [--quick] [--only NAME …] [--workers N] [--keep-old]
        [--ledger FILE] [--peers FILE] [--beside FILE] [--report DIR]

What is run is in estimator_suites.py. Rows go to the ledger, one a cell; a rerun does what is
missing, and what another version of an estimator's code made unless --keep-old is given. Rows of
peers_from_pypi.py are set beside them where its ledger is there, and by --beside the
standings.json of a run whose ledgers are not at hand. The tables (standings.md, standings.json)
and the figures (standings-*.png) go to the report's folder.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from estimator_suites import FULL, QUICK
from tqdm import tqdm

from divkit.bench.cells import Suite
from divkit.bench.engine import Processes
from divkit.bench.runner import run_suite
from divkit.report.standings import write_standings

OUT = Path(__file__).parent.parent / "out"


def run(suites: Sequence[Suite], ledger: Path, workers: int, keep_old: bool) -> None:
    """Do what is missing."""
    engine = Processes(workers)
    with tqdm(total=sum(len(tuple(suite.cells())) for suite in suites), unit="cell") as bar:
        for suite in suites:
            done = run_suite(
                suite, ledger, engine=engine, keep_old=keep_old, stored=lambda row: bar.update()
            )
            bar.update(len(tuple(suite.cells())) - done)


def main() -> None:
    """Run what is missing, then report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few rows and seeds, minutes")
    parser.add_argument("--only", nargs="+", choices=tuple(FULL), help="suites of this name")
    parser.add_argument("--keep-old", action="store_true", help="old versions' rows count")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--ledger", type=Path)
    parser.add_argument("--peers", type=Path, default=OUT / "peers.sqlite")
    parser.add_argument("--beside", type=Path, help="standings.json of another run")
    parser.add_argument("--report", type=Path, default=OUT / "estimators")
    given = parser.parse_args()
    named = {"quick": QUICK} if given.quick else FULL
    suites = [suite for name in given.only or named for suite in named[name]]
    ledger = given.ledger or OUT / f"estimators{'-quick' if given.quick else ''}.sqlite"
    run(suites, ledger, given.workers, given.keep_old)
    peers = [given.peers] if given.peers.exists() else []
    print(
        write_standings([ledger, *peers], given.report, given.beside).read_text(encoding="utf-8")
    )


if __name__ == "__main__":
    main()
