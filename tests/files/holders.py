"""Other processes that hold a folder."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOLD = """
import sys, time
from pathlib import Path
from wesam_packshot.files.atomic import replacing
from wesam_packshot.files.holding import holding
with holding(Path(sys.argv[1]), sys.argv[2]), replacing(Path(sys.argv[1]) / "deep" / "half.png") as temporary:
    temporary.write_text("half")
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def holder(folder: Path, part: str = "") -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds a folder, in the middle of a file."""
    command = [sys.executable, "-c", HOLD, str(folder), part]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout and process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()
