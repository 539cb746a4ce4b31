"""Trainings: what is trained, measured, kept and followed; `divkit.gan` hands it out."""
