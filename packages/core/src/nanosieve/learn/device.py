"""Where a network runs, and in which precision."""

from __future__ import annotations

import torch

from nanosieve.errors import UsageError
from nanosieve.learn.loop_config import Precision


def pick_device(name: str) -> torch.device:
    """The device that a user means; ``"auto"`` is a GPU where there is one.

    Raises
    ------
    UsageError
        If there is no such device here.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"device {name!r} cannot be used: {reason}; 'auto' or 'cpu' always can") from error
    return device


def pick_precision(precision: Precision, device: torch.device) -> torch.dtype:
    """The number format for convolutions: bfloat16 where the machine is faster with it."""
    if precision == "auto":
        return torch.bfloat16 if _bfloat16_is_fast(device) else torch.float32
    return torch.bfloat16 if precision == "bfloat16" else torch.float32


def _bfloat16_is_fast(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        # without instructions of its own a processor converts to and fro, which is slower than float32
        able = torch.cpu.get_capabilities()
        return bool(able.get("avx512_bf16") or able.get("amx_bf16"))
    return False
