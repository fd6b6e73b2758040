"""Tables in files: CSV with the line of every row, Parquet with types."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from lutetia.errors import DataError

SUFFIXES = ".csv or .parquet"


def read_table(path: Path) -> tuple[pd.DataFrame, list[int]]:
    """Read a table and the line of every row, none for Parquet; cells of a CSV are texts.

    Raises
    ------
    DataError
        If the suffix is another, the file is no such table, or a row has more or fewer cells
        than the header.
    ImportError
        If Parquet cannot be read here.
    """
    if _suffix(path) == ".parquet":
        require_parquet()
        return pd.read_parquet(path), []
    rows: list[list[str]] = []
    lines: list[int] = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, strict=True)
        try:
            for row in reader:
                if row:  # an empty line is no row
                    rows.append(row)
                    lines.append(reader.line_num)
        except (csv.Error, UnicodeDecodeError) as error:
            raise DataError(
                f"{path}:{reader.line_num}: the file is no CSV table: {error}"
            ) from None
    if not rows:
        raise DataError(f"{path}: the file is empty, expected a header and rows")
    header = [name.strip() for name in rows[0]]
    ragged = [
        f"{path}:{line}: the row has another length than the header, "
        f"found {len(row)} cells, expected {len(header)}"
        for row, line in zip(rows[1:], lines[1:], strict=True)
        if len(row) != len(header)
    ]
    if ragged:
        raise DataError("\n".join(ragged))
    return pd.DataFrame(rows[1:], columns=header, dtype="object"), lines[1:]


def write_table(frame: pd.DataFrame, path: Path, points: Sequence[str] = ()) -> None:
    """Write a table so that `read_table` and the checks give it back without loss.

    In a CSV a missing value is empty, in the columns `points` it is a point.
    """
    if _suffix(path) == ".parquet":
        require_parquet()
        frame.to_parquet(path, index=False)
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(frame.columns)
        missing = ["." if name in points else "" for name in frame.columns]
        for row in frame.itertuples(index=False):
            writer.writerow([_written(c) or m for c, m in zip(row, missing, strict=True)])


def require_parquet() -> None:
    """Say how to install what reads Parquet when it is absent."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise ImportError(
            "Parquet needs pyarrow, which is not installed; "
            "run: pip install 'lutetia[parquet]', or use a .csv file"
        ) from None


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise DataError(f"{path}: unknown kind of table {path.suffix!r}, expected {SUFFIXES}")
    return suffix


def _written(cell: Any) -> str:
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return repr(float(cell)) if isinstance(cell, float) else str(cell)
