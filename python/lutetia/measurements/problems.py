"""Everything wrong with a table, reported at once with row and column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lutetia import _core
from lutetia.errors import DataError, TableProblem

SHOWN_PROBLEMS = 50  # in the text; the error carries all


class TableProblems:
    """Collects problems of one table.

    Parameters
    ----------
    name
        File or kind of table, as messages call it.
    lines
        Line in the file of every data row, when it came from one.
    rows, columns
        Row and column of the table as the user knows it, when the one that is checked was made from it.
    """

    def __init__(
        self,
        name: str,
        lines: Sequence[int] = (),
        rows: Sequence[int] = (),
        columns: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.lines = lines
        self.rows = rows
        self.columns = columns or {}
        self.found: list[TableProblem] = []

    def add(
        self,
        what: str,
        *,
        row: int = 0,
        column: str = "",
        found: str = "",
        expected: str = "",
        hint: str = "",
    ) -> None:
        """Note a problem; `row` counts data rows from 1, 0 is the table as a whole."""
        row = self.rows[row - 1] if 0 < row <= len(self.rows) else row
        column = self.columns.get(column, column)
        line = self.lines[row - 1] if 0 < row <= len(self.lines) else 0
        place = [f"row {row}"] * (row > 0) + [f"column {column!r}"] * bool(column)
        message = f"{self.name}:{line}" if line else self.name
        message += ": " + ", ".join(place) + ": " * bool(place) + what
        message += f", found {found}" if found else ""
        message += f", expected {expected}" if expected else ""
        message += f"; {hint}" if hint else ""
        self.found.append(
            TableProblem(
                what=what,
                file=self.name if self.lines else "",
                line=line,
                row=row,
                column=column,
                found=found,
                expected=expected,
                hint=hint,
                message=message,
            )
        )

    def unknown(self, what: str, word: str, known: Sequence[str], **place: Any) -> None:
        """Note a word that is none of the known ones, with the nearest one as a hint."""
        hint = _core.suggestion(word, list(known))
        self.add(f"unknown {what} {word!r}", hint=hint, **place)

    def raise_if_any(self) -> None:
        """Raise DataError with every problem, by row."""
        if not self.found:
            return
        ordered = sorted(self.found, key=lambda problem: problem["row"])
        shown = [problem["message"] for problem in ordered[:SHOWN_PROBLEMS]]
        if len(ordered) > SHOWN_PROBLEMS:
            shown.append(f"and {len(ordered) - SHOWN_PROBLEMS} more problems of {self.name}")
        error = DataError("\n".join(shown))
        error.problems = ordered
        raise error
