"""The page of a training that runs anyway: an observer that serves the lab's plane."""

from divkit.lab.live.page import LivePage

__all__ = ["LivePage"]
