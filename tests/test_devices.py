"""Choosing the device and the precision, and keeping memory."""

import subprocess
import sys

import pytest
import torch

from wesam_packshot.devices import autocast, choose_device
from wesam_packshot.errors import UsageError

FILL = """
import resource, sys, torch
from wesam_packshot.allocator import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
torch.ones(16 << 20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(60):
    torch.ones(16 << 20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(mode: str) -> int:
    return int(subprocess.run([sys.executable, "-c", FILL, mode], capture_output=True, check=True, text=True).stdout)


def test_freed_memory_is_used_again() -> None:
    assert page_faults("keep") * 4 < page_faults("leave")


def test_the_cpu_is_always_there() -> None:
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device("auto").type in {"cpu", "cuda", "mps"}


@pytest.mark.parametrize("name", ["tpu9", "cuda:77"])
def test_an_absent_device_is_named(name: str) -> None:
    with pytest.raises(UsageError, match=name):
        choose_device(name)


@pytest.mark.parametrize(("precision", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_precision_is_what_was_asked_for(precision: str, dtype: torch.dtype) -> None:
    with autocast(torch.device("cpu"), precision):
        assert torch.mm(torch.ones(2, 2), torch.ones(2, 2)).dtype == dtype


@pytest.mark.parametrize(("amx", "avx"), [(False, False), (True, False), (False, True)])
def test_auto_takes_bf16_where_the_cpu_multiplies_it(monkeypatch: pytest.MonkeyPatch, amx: bool, avx: bool) -> None:
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx)
    with autocast(torch.device("cpu"), "auto"):
        dtype = torch.mm(torch.ones(2, 2), torch.ones(2, 2)).dtype
    assert dtype == (torch.bfloat16 if amx or avx else torch.float32)
