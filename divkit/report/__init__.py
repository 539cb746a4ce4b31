"""Results as one HTML page that needs nothing but itself."""

from divkit.report.page import render, write_report

__all__ = ["render", "write_report"]
