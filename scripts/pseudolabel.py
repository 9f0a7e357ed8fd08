"""Label packshots without training: python scripts/pseudolabel.py --input FOLDER --output OUT"""

from wesam_packshot.cli.pseudolabel import main

if __name__ == "__main__":
    raise SystemExit(main())
