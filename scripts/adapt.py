"""Adapt SAM to a folder of packshots: python scripts/adapt.py --config weak.yaml --data FOLDER"""

from wesam_packshot.cli.adapt import main

if __name__ == "__main__":
    raise SystemExit(main())
