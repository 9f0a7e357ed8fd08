"""Decide on cut-outs in the browser: python scripts/review.py cutouts"""

from wesam_packshot.cli.review import main

if __name__ == "__main__":
    raise SystemExit(main())
