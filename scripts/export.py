"""Export the adapted model: python scripts/export.py --adapter RUN --output exported --check PHOTO"""

from wesam_packshot.cli.export import main

if __name__ == "__main__":
    raise SystemExit(main())
