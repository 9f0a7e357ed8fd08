"""Known vulnerabilities of the pinned packages: fails on one that has a fix, unless `.ci/accepted.txt` says why not.

Where the tool or the service that knows them cannot be reached, it says so and passes.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TOOL = "pip-audit==2.10.1"
COMMAND = ("tool", "run", TOOL, "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off")
# Seconds; two hundred packages are asked about one after the other.
PATIENCE = 600


def read_accepted(text: str) -> dict[str, str]:
    """Reasons by the vulnerability's name, of lines `NAME reason`."""
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if short := [line[0] for line in lines if len(line) < 2]:
        raise SystemExit(f"audit: {short[0]} is accepted without a reason")
    return dict(lines)


def judge(report: dict[str, Any], accepted: dict[str, str]) -> tuple[list[str], bool]:
    """What to tell of pip-audit's report, and whether it passes."""
    packages = report["dependencies"]
    asked = [package for package in packages if "skip_reason" not in package]
    if not asked:
        return ["skipped: the service of vulnerabilities was not reached"], True
    lines, sound = [f"{len(asked)} of {len(packages)} packages looked up"], True
    for package in asked:
        for found in package["vulns"]:
            names = {found["id"], *found["aliases"]}
            reason = next((accepted[name] for name in sorted(names) if name in accepted), None)
            fix = ", ".join(found["fix_versions"])
            verdict = f"accepted: {reason}" if reason else f"mended in {fix}" if fix else "no version mends it"
            lines.append(f"{package['name']} {package['version']}: {found['id']}, {verdict}")
            sound = sound and bool(reason or not fix)
    return lines, sound


def main() -> int:
    """Ask for known vulnerabilities of every pinned package; returns the exit code."""
    uv = Path(sys.executable).with_name("uv")
    accepted = read_accepted((ROOT / ".ci" / "accepted.txt").read_text())
    command = [str(uv), *COMMAND, "--requirement", str(ROOT / "constraints.txt")]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)  # noqa: S603, it is uv
        report = json.loads(run.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        print("audit: skipped: pip-audit, or the service that it asks, was not reached")
        return 0
    lines, sound = judge(report, accepted)
    print("\n".join(f"audit: {line}" for line in lines))
    return 0 if sound else 1


if __name__ == "__main__":
    raise SystemExit(main())
