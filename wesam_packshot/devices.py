"""Where to compute, and how precisely."""

import sys

import torch

from wesam_packshot.errors import UsageError


def choose_device(name: str) -> torch.device:
    """The named device; "auto" is a CUDA GPU, Apple's, or the CPU.

    Raises:
        UsageError: when the device is unknown or absent.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"train.device={name}: not usable here; use auto or cpu") from error
    return device


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Mixed precision for the encoder and decoder, see `in_bf16`."""
    return torch.autocast(device.type, torch.bfloat16, enabled=in_bf16(device, precision))


def in_bf16(device: torch.device, precision: str) -> bool:
    """Whether to compute in bfloat16: "auto" is where the hardware multiplies it natively.

    On a CPU that means AMX tiles or AVX-512 BF16; elsewhere bfloat16 would be slower than float32.
    """
    if precision != "auto":
        return precision == "bf16"
    native = {"cuda": torch.cuda.is_bf16_supported, "cpu": _cpu_multiplies_bf16}.get(device.type)
    return bool(native and native())


def _cpu_multiplies_bf16() -> bool:
    return torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()


def peak_memory_mb(device: torch.device) -> int | None:
    """The most memory that was in use at once since the start, in MB: of a GPU, or of this process; None if unknown."""
    if device.type == "cuda":
        return round(torch.cuda.max_memory_allocated(device) / 1e6)
    try:
        import resource  # not on Windows
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)
