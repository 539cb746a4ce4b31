"""`divkit bench`: the verbs that run, report and share."""

from divkit.cli.bench_run import bench, report, run
from divkit.cli.bench_share import export, import_, rerun

__all__ = ["bench", "export", "import_", "report", "rerun", "run"]
