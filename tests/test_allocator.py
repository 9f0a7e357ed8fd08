"""Freed memory: kept within the block, and returned to the system after it."""

import subprocess
import sys

import pytest

# Prints how many of 64 MB that are filled and freed stay resident: before, within two blocks, in the outer, and after.
PROGRAM = """
from pathlib import Path
from wesam_packshot.allocator import freed_memory_kept

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

def kept():
    block = bytearray(b"x") * (64 << 20)
    del block
    return round(resident() - base)

base = resident()
print(kept())
with freed_memory_kept():
    with freed_memory_kept():
        print(kept())
    print(kept())
print(kept())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc")
def test_freed_memory_is_kept_within_the_block_only() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    before, inner, outer, after = map(int, run.stdout.split())
    assert before < 8
    assert inner > 56
    assert outer > 56
    assert after < 8
