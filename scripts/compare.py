"""Compare runs: python scripts/compare.py RUN RUN --html compare.html"""

from wesam_packshot.cli.compare import main

if __name__ == "__main__":
    raise SystemExit(main())
