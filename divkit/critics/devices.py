"""Devices as PyTorch names them, checked before tensors are put there."""

from __future__ import annotations

import torch


def _require_backend(wanted: torch.device) -> None:
    """Refuse a kind of device that this torch knows by name only."""
    try:
        torch.empty(0, device=wanted)
    except (RuntimeError, AssertionError, ImportError) as error:
        raise ValueError(f"device={str(wanted)!r} is not here. Pass device='cpu'.") from error


def require_device(device: str | torch.device) -> None:
    """Raise a ValueError that offers the processor if there is no such device here."""
    try:
        wanted = torch.device(device)
    except RuntimeError as error:
        raise ValueError(f"device={device!r} is none. Pass device='cpu' or 'cuda'.") from error
    if wanted.type == "meta":
        raise ValueError("device='meta' holds no numbers. Pass device='cpu' or 'cuda'.")
    if wanted.type not in ("cpu", "cuda"):
        _require_backend(wanted)
    if wanted.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"device={str(device)!r}: no CUDA device is here. Pass device='cpu'.")
    if wanted.type == "cuda" and (wanted.index or 0) >= torch.cuda.device_count():
        raise ValueError(
            f"device={str(device)!r}: there are {torch.cuda.device_count()} CUDA devices. "
            "Pass device='cuda' or device='cpu'."
        )
