"""Render packshots with exact masks: python scripts/render.py --count 100 --output renders"""

from wesam_packshot.cli.render import main

if __name__ == "__main__":
    raise SystemExit(main())
