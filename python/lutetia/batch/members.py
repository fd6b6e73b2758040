"""Tables of parameter values, one row per member: columns with units in, arrays out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia import _core
from lutetia.errors import UnitError
from lutetia.units import as_text, to_internal

Array = npt.NDArray[np.float64]
Table: TypeAlias = "pd.DataFrame | Mapping[str, Any]"

HEADER = re.compile(r"\s*([^\[\]]*[^\[\]\s])\s*(?:\[([^\[\]]+)\])?\s*")
SHOWN_PROBLEMS = 10


@dataclass(frozen=True)
class Column:
    """Values of one parameter: numbers in `unit`, or texts with units of their own."""

    name: str
    unit: str
    values: Sequence[Any] | npt.NDArray[Any]
    numbers: bool

    def shown(self) -> Array:
        """Values in `unit`."""
        if self.numbers:
            return np.asarray(self.values, dtype=float)
        return self.internal() / _factor(self.unit)

    def internal(self) -> Array:
        """Values in the internal unit; UnitError with every text that cannot be read."""
        if self.numbers:
            return np.asarray(self.values, dtype=float) * _factor(self.unit)
        out, problems = np.empty(len(self.values)), []
        for row, text in enumerate(self.values):
            try:
                out[row] = to_internal(text, self.unit, f"{self.name} of row {row}")
            except UnitError as error:
                problems.append(str(error))
        if problems:
            raise UnitError("\n".join(problems[:SHOWN_PROBLEMS]))
        return out


@dataclass(frozen=True)
class Rows:
    """Values of the members of one block, a column per parameter."""

    count: int
    columns: tuple[Column, ...]

    @property
    def given(self) -> list[tuple[str, str]]:
        """Name and unit of every parameter."""
        return [(column.name, column.unit) for column in self.columns]

    def internal(self) -> Array:
        """Shape (rows, parameters), internal units."""
        if not self.columns:
            return np.empty((self.count, 0))
        return np.column_stack([column.internal() for column in self.columns])

    def shown(self) -> dict[str, tuple[Array, str]]:
        """Values and unit by name."""
        return {column.name: (column.shown(), column.unit) for column in self.columns}

    def part(self, start: int, stop: int) -> Rows:
        """Rows from `start` to before `stop`."""
        columns = tuple(
            Column(c.name, c.unit, c.values[start:stop], c.numbers) for c in self.columns
        )
        return Rows(min(stop, self.count) - start, columns)


def rows_of(table: Table) -> Rows:
    """Read a table: a column for each parameter, its unit in the values or in brackets in the name.

    Parameters
    ----------
    table
        ``{"gfr [mL/min]": [90, 80]}``, ``{"gfr": ["90 mL/min", "0.08 L/min"]}`` or an array of pint;
        a DataFrame with such columns. Numbers without unit are dimensionless.

    Raises
    ------
    ValueError
        With everything wrong with headers and lengths.

    Examples
    --------
    >>> rows_of({"gfr [L/h]": [3.0, 6.0], "hematocrit": [0.4, 0.45]}).internal().tolist()
    [[3.0, 0.4], [6.0, 0.45]]
    """
    columns, problems = [], []
    for header, values in table.items():
        try:
            columns.append(_column(str(header), values))
        except ValueError as error:
            problems.append(f"column {str(header)!r}: {error}")
    lengths = [len(column.values) for column in columns]
    if len(set(lengths)) > 1:
        found = ", ".join(f"{c.name}: {n}" for c, n in zip(columns, lengths, strict=True))
        problems.append(f"columns must have the same length, found {found}")
    names = [column.name for column in columns]
    for name in dict.fromkeys(n for n in names if names.count(n) > 1):
        problems.append(f"parameter {name!r} has more than one column")
    if problems:
        raise ValueError("\n".join(problems))
    count = len(table) if isinstance(table, pd.DataFrame) else max(lengths, default=0)
    return Rows(count, tuple(columns))


def blocks_of(parameters: Table | Iterable[Table] | None, most: int) -> Iterator[Rows]:
    """Rows in blocks of `most` at most; one row without values when there are no parameters.

    Raises
    ------
    ValueError
        If a block has other columns than the first.
    """
    tables: Iterable[Table]
    if parameters is None:
        yield Rows(1, ())
        return
    tables = [parameters] if isinstance(parameters, pd.DataFrame | Mapping) else parameters
    first: Rows | None = None
    for number, table in enumerate(tables):
        rows = rows_of(table)
        first = first or rows
        if rows.given != first.given:
            raise ValueError(
                f"block {number + 1} must have the columns and units of the first, "
                f"found {rows.given}, expected {first.given}"
            )
        for start in range(0, rows.count, most):
            yield rows.part(start, start + most)


def rows_in(parameters: Table | Iterable[Table] | None) -> int | None:
    """Count the rows as far as that is known beforehand."""
    if parameters is None:
        return 1
    if isinstance(parameters, pd.DataFrame | Mapping):
        return rows_of(parameters).count
    return None


def _factor(unit: str) -> float:
    return _core.to_internal(f"1 {unit}" if unit != "1" else "1", unit)


def _column(header: str, values: Any) -> Column:
    match = HEADER.fullmatch(header)
    if not match:
        raise ValueError("expected a name such as 'gfr' or 'gfr [mL/min]'")
    name, unit = match[1], match[2]
    if hasattr(values, "magnitude") and hasattr(values, "units"):
        values, unit = values.magnitude, as_text(1 * values.units).partition(" ")[2] or "1"
    if isinstance(values, str) or not hasattr(values, "__len__"):
        raise ValueError(f"expected one value per row, found {values!r}")
    array = values.to_numpy() if isinstance(values, pd.Series) else values
    if (isinstance(array, np.ndarray) and array.dtype.kind in "iuf") or all(
        isinstance(value, int | float | np.number) for value in array
    ):
        return Column(name, unit or "1", np.asarray(array, dtype=float), True)
    if unit:
        raise ValueError(f"expected numbers in {unit}, found {array[0]!r}")
    texts = [as_text(value) for value in array]
    return Column(name, str(texts[0]).strip().partition(" ")[2].strip() or "1", texts, False)
