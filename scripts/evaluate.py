"""Score against true masks: python scripts/evaluate.py --data FOLDER --adapter RUN"""

from wesam_packshot.cli.evaluate import main

if __name__ == "__main__":
    raise SystemExit(main())
