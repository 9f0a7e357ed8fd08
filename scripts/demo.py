"""Try an adapter in the browser: python scripts/demo.py --adapter RUN"""

from wesam_packshot.cli.demo import main

if __name__ == "__main__":
    raise SystemExit(main())
