"""Run every case and write the report: ``python -m validation --out out/validation``.

Exits with 0 when every case ran, whatever it found, and with 1 when one crashed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import report
from .compare import compare, count
from .measurements import read_measurements


def main(arguments: list[str] | None = None) -> int:
    """Run, print, write; return the exit code."""
    parser = argparse.ArgumentParser(prog="validation", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of the report")
    out = parser.parse_args(arguments).out
    outcomes = compare(read_measurements())
    report.write(outcomes, out)
    print(report.text(outcomes))
    print(f"written to {out}/")
    return 1 if count(outcomes)["error"] else 0


if __name__ == "__main__":
    sys.exit(main())
