"""Cut products out: python scripts/segment.py --input FILE_OR_FOLDER --output OUT --adapter RUN"""

from wesam_packshot.cli.segment import main

if __name__ == "__main__":
    raise SystemExit(main())
