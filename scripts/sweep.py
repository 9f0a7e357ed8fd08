"""Adapt with every combination of a grid: python scripts/sweep.py --config sweep.yaml --data FOLDER"""

from wesam_packshot.cli.sweep import main

if __name__ == "__main__":
    raise SystemExit(main())
