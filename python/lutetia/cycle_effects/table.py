"""Tables of values per cycle: absorbed dose, dose per activity or uptake of lesions.

Two forms are read: one value per row (columns ``patient``, ``cycle`` and a value), or one lesion per row
with a column per cycle (``cycle_1``, ``cycle_2``, …), as such tables are published.
"""

from __future__ import annotations

import difflib
import re
from os import PathLike, fspath
from typing import Any

import numpy as np
import pandas as pd

from lutetia.errors import DataError, Problem

COLUMNS = ("patient", "lesion", "cycle", "value", "standard_deviation", "volume_mL", "group")
# Columns that hold the value when none is called so.
VALUE_NAMES = ("absorbed_dose", "gy_per_gbq", "uptake", "suv")
CYCLE_COLUMN = re.compile(r"(?:cycle|c)?[ _]?(\d+)", re.IGNORECASE)

Source = str | PathLike[str] | pd.DataFrame


def read_cycle_table(source: Source, *, value: str | None = None) -> pd.DataFrame:
    """Read and check a table of values per cycle.

    Parameters
    ----------
    source
        Path of a file (``.csv``, ``.tsv``) or a DataFrame. Columns ``patient``, ``cycle`` (1 for
        the first) and the value, any positive quantity in one unit; optional ``lesion`` (one per patient when
        absent), ``standard_deviation`` (of the measurement, in the unit of the value), ``volume_mL`` (may be
        empty), and ``group`` (one per patient). Or one lesion per row with columns ``cycle_1``, ``cycle_2``, …; empty
        cells are cycles that were not given or not measured. Other columns are left alone.
    value
        Name of the column with the value. When absent the one called ``value``, else the only one whose name
        tells an absorbed dose, Gy/GBq, an uptake or an SUV.

    Returns
    -------
    pandas.DataFrame
        One row per patient, lesion and cycle, sorted, with the columns above that there are; ``attrs["value"]``
        names the value.

    Raises
    ------
    DataError
        With every problem of the table, each with its row and column (``problems``).

    Examples
    --------
    >>> wide = pd.DataFrame({"patient": ["A", "B"], "cycle_1": [20.0, 31.0], "cycle_2": [18.0, None]})
    >>> read_cycle_table(wide)
      patient  lesion  cycle  value
    0       A  lesion      1   20.0
    1       A  lesion      2   18.0
    2       B  lesion      1   31.0
    """
    table = _Reader(source, value)
    found = table.read()
    if table.problems:
        error = DataError("\n".join(problem["message"] for problem in table.problems))
        error.problems = table.problems
        raise error
    found.attrs["value"] = table.read_name if table.value_name == "value" else table.value_name
    return found


class _Reader:
    """One table and its problems so far."""

    def __init__(self, source: Source, value: str | None) -> None:
        self.problems: list[Problem] = []
        self.file = "table" if isinstance(source, pd.DataFrame) else fspath(source)
        # A header is the first line of a file; rows of a DataFrame count from one.
        self.first_row = 1 if isinstance(source, pd.DataFrame) else 2
        self.given = (
            source.reset_index(drop=True) if isinstance(source, pd.DataFrame) else _load(self.file)
        )
        self.given.columns = pd.Index([str(c) for c in self.given.columns])
        self.value_name = value or ""
        # A table that was read before keeps the name its value had.
        self.read_name = str(self.given.attrs.get("value", "value"))
        self.names = {c.strip().lower(): c for c in self.given.columns}

    def read(self) -> pd.DataFrame:
        wide = self._cycle_columns()
        if "patient" not in self.names:
            self._report(
                "no column 'patient'", hint="the table of one patient names it in every row"
            )
        if wide and "cycle" in self.names:
            self._report(
                "columns of both forms",
                found=f"'cycle' and {_listed(wide)}",
                expected="one value per row, or one column per cycle",
            )
        self._misspelled(wide)
        long = self._melted(wide) if wide else self._tidy()
        if self.problems:
            return long
        rows = self._checked(long, skip_empty=bool(wide))
        place: dict[Any, int] = rows.pop("_row").to_dict()
        self._repeats(rows, place)
        self._groups(rows, place)
        rows = rows.sort_values(["patient", "lesion", "cycle"], key=_in_order, kind="stable")
        return rows.reset_index(drop=True)

    def _cycle_columns(self) -> dict[str, int]:
        matches = {c: CYCLE_COLUMN.fullmatch(str(c).strip()) for c in self.given.columns}
        return {c: int(m.group(1)) for c, m in matches.items() if m and "value" not in self.names}

    def _misspelled(self, wide: dict[str, int]) -> None:
        known = {name.lower() for name in COLUMNS}
        for name, column in self.names.items():
            near = difflib.get_close_matches(name, known - set(self.names), n=1, cutoff=0.85)
            if name not in known and column not in wide and column != self.value_name and near:
                right = next(c for c in COLUMNS if c.lower() == near[0])
                self._report(f"unknown column {column!r}", hint=f"did you mean {right!r}?")

    def _melted(self, wide: dict[str, int]) -> pd.DataFrame:
        for name in ("standard_deviation", "volume_mL"):
            if name.lower() in self.names:
                self._report(
                    f"column {name!r} in a table with one column per cycle",
                    hint="give one value per row",
                )
        if len(set(wide.values())) < len(wide):
            self._report("two columns for one cycle", found=_listed(wide))
        if self.problems:
            return self.given
        kept = [c for c in ("patient", "lesion", "group") if c in self.names]
        base = (
            self.given[[self.names[c] for c in kept]]
            .set_axis(kept, axis=1)
            .assign(_row=self.given.index)
        )
        parts = [
            base.assign(cycle=number, value=self.given[column], _column=column)
            for column, number in wide.items()
        ]
        self.value_name = self.value_name or "value"
        return pd.concat(parts, ignore_index=True)

    def _tidy(self) -> pd.DataFrame:
        if "cycle" not in self.names:
            self._report(
                "no column 'cycle'", expected="a column 'cycle', or columns 'cycle_1', 'cycle_2', …"
            )
        column = self._value_column()
        if column is None or self.problems:
            return self.given
        self.value_name = column
        kept = {
            self.names[c.lower()]: c for c in COLUMNS if c.lower() in self.names and c != "value"
        }
        rows = self.given[[*kept, column]].set_axis([*kept.values(), "value"], axis=1)
        return rows.assign(_row=self.given.index, _column=column)

    def _value_column(self) -> str | None:
        if self.value_name:
            if self.value_name in self.given.columns:
                return self.value_name
            self._report(f"no column {self.value_name!r}", found=_listed(self.given.columns))
            return None
        if "value" in self.names:
            return self.names["value"]
        told = [c for n, c in self.names.items() if any(word in n for word in VALUE_NAMES)]
        if len(told) != 1:
            self._report(
                "several columns could be the value" if told else "no column with the value",
                found=_listed(told or self.given.columns),
                hint="name it with value=",
            )
            return None
        return told[0]

    def _checked(self, rows: pd.DataFrame, *, skip_empty: bool) -> pd.DataFrame:
        """Turn texts into numbers, each problem with its row and column."""
        if skip_empty:
            rows = rows[~rows["value"].map(_empty)]
        out: dict[str, list[Any]] = {c: [] for c in COLUMNS if c in rows}
        for row in rows.to_dict("records"):
            for name, cells in out.items():
                column = row["_column"] if name == "value" else self.names.get(name.lower(), name)
                cells.append(self._cell(name, row[name], int(row["_row"]), column))
        checked = pd.DataFrame(out, index=rows.index)
        if "lesion" not in checked:
            checked.insert(1, "lesion", "lesion")
        if checked.empty and not self.problems:
            self._report("no values in the table")
        kept = [c for c in COLUMNS if c in checked]
        return checked[kept].assign(_row=rows["_row"])

    def _cell(self, name: str, cell: object, row: int, column: str) -> str | int | float:
        if name in ("patient", "lesion", "group"):
            if _empty(cell):
                self._report("empty cell", row=row, column=column, expected=f"a name of the {name}")
            return _label(cell)
        number = _number(cell)
        if name == "cycle":
            if not (number >= 1 and float(number).is_integer()):
                expected = "a whole number from 1"
                self._report("not a cycle", row=row, column=column, found=cell, expected=expected)
                return 0
            return int(number)
        if name == "volume_mL" and _empty(cell):
            return np.nan
        if not 0 < number < np.inf:
            expected = "a number above zero"
            self._report(
                "not a positive number", row=row, column=column, found=cell, expected=expected
            )
        return number

    def _repeats(self, rows: pd.DataFrame, place: dict[Any, int]) -> None:
        keys = ["patient", "lesion", "cycle"]
        hint = (
            "" if "lesion" in self.names else "several lesions of a patient need a column 'lesion'"
        )
        for index in rows.index[rows.duplicated(keys)]:
            patient, lesion, cycle = rows.loc[index, keys]
            self._report(
                "a second value",
                row=place[index],
                found=f"patient {patient!r}, lesion {lesion!r}, cycle {cycle}",
                hint=hint,
            )

    def _groups(self, rows: pd.DataFrame, place: dict[Any, int]) -> None:
        if "group" not in rows:
            return
        for patient, groups in rows.groupby("patient", sort=False)["group"]:
            if groups.nunique() > 1:
                other = groups.index[groups != groups.iloc[0]][0]
                self._report(
                    f"patient {patient!r} is in two groups",
                    row=place[other],
                    column=self.names["group"],
                    found=", ".join(map(repr, groups.unique())),
                    expected="one group per patient",
                )

    def _report(
        self,
        what: str,
        *,
        row: int | None = None,
        column: str | None = None,
        found: object = None,
        expected: str = "",
        hint: str = "",
    ) -> None:
        """Add a problem; `row` counts from 0 in the table as read."""
        line = 0 if row is None else row + self.first_row
        place = 0 if column is None else list(self.given.columns).index(column) + 1
        where = f"{self.file}: " if row is None else f"{self.file}: row {line}: "
        if column is not None:
            where += f"column {column!r}: "
        found_text = "" if found is None else f"{found if isinstance(found, str) else repr(found)}"
        message = where + what
        message += f", found {found_text or 'nothing'}" if found is not None else ""
        message += f", expected {expected}" if expected else ""
        message += f"; {hint}" if hint else ""
        self.problems.append(
            Problem(
                what=what,
                file=self.file,
                line=line,
                column=place,
                path="" if column is None else str(column),
                found=found_text,
                expected=expected,
                hint=hint,
                message=message,
            )
        )


def _in_order(names: pd.Series[Any]) -> pd.Series[Any]:
    """Let patient 2 come before patient 10."""
    if names.name == "cycle":
        return names
    return names.map(lambda name: re.sub(r"\d+", lambda digits: digits[0].zfill(12), name))


def _load(file: str) -> pd.DataFrame:
    """Read cells as they are written, so that a message can show them."""
    if not file.endswith((".csv", ".tsv")):
        raise DataError(
            f"{file}: expected a .csv or .tsv file; read others with pandas and pass the DataFrame"
        )
    separator = "\t" if file.endswith(".tsv") else ","
    try:
        return pd.read_csv(
            file, sep=separator, dtype=str, keep_default_na=False, skip_blank_lines=False
        )
    except (OSError, ValueError) as error:  # pandas' own errors of parsing are ValueErrors
        raise DataError(f"{file}: cannot be read as a table: {error}") from error


def _empty(cell: object) -> bool:
    return cell is None or bool(pd.isna(cell)) or not str(cell).strip()  # type: ignore[call-overload]


def _label(cell: object) -> str:
    # 1 and 1.0 are one patient: pandas makes floats of integers when a cell is empty.
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _number(cell: object) -> float:
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")


def _listed(names: Any) -> str:
    return ", ".join(repr(str(name)) for name in names)
