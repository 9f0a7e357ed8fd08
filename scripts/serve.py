"""Cut products out over HTTP: python scripts/serve.py --adapter RUN"""

from wesam_packshot.cli.serve import main

if __name__ == "__main__":
    raise SystemExit(main())
