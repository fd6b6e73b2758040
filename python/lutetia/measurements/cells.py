"""Cells of a table: columns with a kind, a range and words; texts and numbers in, typed values out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lutetia.measurements.problems import TableProblems

TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
NO_NUMBER = {"", ".", "na", "nan"}  # as R, pandas and NONMEM write a missing number


@dataclass(frozen=True)
class Column:
    """What a column holds.

    Parameters
    ----------
    name
        Header.
    kind
        ``"text"``, ``"number"``, ``"integer"`` or ``"truth"``.
    required
        The column must be there, and every row must have a value.
    gaps
        Rows of a required column may be empty all the same.
    words
        The only texts allowed, when not empty.
    least, above
        Smallest number allowed; number that must be exceeded.
    """

    name: str
    kind: str
    required: bool = False
    words: tuple[str, ...] = ()
    least: float = -math.inf
    above: float = -math.inf
    gaps: bool = False


def tuples(frame: pd.DataFrame) -> list[Any]:
    """Rows as named tuples; the types of their cells are those of the table."""
    return list(frame.itertuples())


def dictionaries(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries."""
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def is_missing(value: Any) -> bool:
    """Tell whether a cell is empty."""
    return value is None or value is pd.NA or value is pd.NaT or value != value


def read_cells(
    raw: pd.DataFrame,
    columns: Sequence[Column],
    problems: TableProblems,
    also: Sequence[str] = (),
) -> pd.DataFrame:
    """Read every cell; columns that are absent are filled with missing values.

    Parameters
    ----------
    raw
        As it came.
    columns
        In the order of the result.
    problems
        Takes what is wrong; the result is then incomplete.
    also
        Further columns that may stand in `raw` and are left out.
    """
    names = [str(name) for name in raw.columns]
    known = [column.name for column in columns]
    for name in dict.fromkeys(names):
        if name not in known and name not in also:
            problems.unknown("column", name, known)
        if names.count(name) > 1:
            problems.add(f"column {name!r} stands there {names.count(name)} times", expected="once")
    out = {}
    for column in columns:
        if column.name in names:
            values = raw.iloc[:, names.index(column.name)].tolist()
        else:
            values = [None] * len(raw)
            if column.required:
                problems.add("the column is missing", column=column.name, expected=_form(column))
        cells = [
            _cell(value, column, problems, row, column.name in names)
            for row, value in enumerate(values, 1)
        ]
        out[column.name] = _series(cells, column)
    return pd.DataFrame(out, index=pd.RangeIndex(len(raw)))


def filled(raw: pd.DataFrame, defaults: Mapping[str, Any], problems: TableProblems) -> pd.DataFrame:
    """Add columns the table lacks, with one value for all rows."""
    for name in defaults:
        if name in raw.columns:
            problems.add(
                "a default is given for a column of the table",
                column=name,
                expected="a default for columns the table lacks",
            )
    absent = {name: value for name, value in defaults.items() if name not in raw.columns}
    return raw.assign(**{name: [value] * len(raw) for name, value in absent.items()})


def _form(column: Column) -> str:
    if column.words:
        return " or ".join(column.words)
    if column.kind == "truth":
        return "true or false"
    if column.kind == "text":
        return "text"
    number = {"number": "a number", "integer": "a whole number"}[column.kind]
    if column.above > -math.inf:
        return f"{number} above {column.above:g}"
    return number + (f" of {column.least:g} or more" if column.least > -math.inf else "")


def _cell(value: Any, column: Column, problems: TableProblems, row: int, present: bool) -> Any:
    if isinstance(value, str):
        value = value.strip()
        empty = not value or (column.kind != "text" and value.lower() in NO_NUMBER)
    else:
        empty = is_missing(value)
    if empty:
        if column.required and present and not column.gaps:
            problems.add(
                "the value is missing", row=row, column=column.name, expected=_form(column)
            )
        return None
    read = {"text": _text, "truth": _truth}.get(column.kind, _number)
    return read(value, column, problems, row)


def _text(value: Any, column: Column, problems: TableProblems, row: int) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a column of numbers with gaps arrives as 1.0
    word = str(value)
    if column.words and word not in column.words:
        what = column.name.replace("_", " ")
        problems.unknown(what, word, column.words, row=row, column=column.name)
        return None
    if not word.isprintable():
        problems.add(
            "the text holds characters that cannot be printed",
            row=row,
            column=column.name,
            found=ascii(word),
        )
        return None
    return word


def _truth(value: Any, column: Column, problems: TableProblems, row: int) -> bool | None:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    word = str(int(value) if isinstance(value, float) and value.is_integer() else value).lower()
    if word not in TRUTHS:
        problems.add(
            "the value is neither true nor false",
            row=row,
            column=column.name,
            found=repr(value),
            expected="true or false",
        )
    return TRUTHS.get(word)


def _number(value: Any, column: Column, problems: TableProblems, row: int) -> float | None:
    place: dict[str, Any] = {"row": row, "column": column.name, "expected": _form(column)}
    try:
        number = math.nan if isinstance(value, bool | np.bool_) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        hint = "units have a column of their own" if str(value)[:1].isdigit() else ""
        problems.add("the value is not a number", found=repr(value), hint=hint, **place)
    elif column.kind == "integer" and not number.is_integer():
        problems.add("the value is not a whole number", found=f"{number:g}", **place)
    elif number < column.least or number <= column.above:
        problems.add("the value is out of range", found=f"{number:g}", **place)
    else:
        return number
    return None


def _series(cells: list[Any], column: Column) -> pd.Series[Any]:
    if column.kind == "number":
        return pd.Series([math.nan if c is None else c for c in cells], dtype="float64")
    if column.kind == "integer" and None not in cells:
        return pd.Series([int(c) for c in cells], dtype="int64")
    if column.kind == "truth" and None not in cells:
        return pd.Series(cells, dtype="bool")
    return pd.Series(cells, dtype="object")
