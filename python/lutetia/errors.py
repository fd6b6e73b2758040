"""Errors of lutetia: the input is wrong, data are missing, or the mathematics failed.

The compiled core raises exactly these classes, so ``except lutetia.ModelError as error`` works and
``error.problems`` holds every problem of an input at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict


class Problem(TypedDict):
    """One thing wrong with an input: what, where, found, expected, hint."""

    what: str
    file: str
    line: int
    column: int
    path: str
    found: str
    expected: str
    hint: str
    message: str


class TableProblem(TypedDict):
    """One thing wrong with a table: `row` counts data rows from 1, 0 is the table as a whole."""

    what: str
    file: str
    line: int
    row: int
    column: str
    found: str
    expected: str
    hint: str
    message: str


class Error(Exception):
    """Base class of all errors of this package."""


class ModelError(Error, ValueError):
    """A model, patient, regimen or case is wrong; ``problems`` lists everything found."""

    problems: list[Problem]


class DataError(Error, ValueError):
    """Data are missing or wrong; of a table ``problems`` lists everything found."""

    problems: Sequence[TableProblem | Problem] = ()


class UnitError(Error, ValueError):
    """A text is no quantity, or its unit has the wrong dimension."""


class SolverError(Error, RuntimeError):
    """The integration failed; says when, in which state and near which event."""

    reason: str
    time: float
    step: float
    state: str
    nearest_event: str
    accepted_steps: int


class FitError(Error, RuntimeError):
    """A fit failed or its data do not determine it; says why."""


class PlanError(Error, RuntimeError):
    """No schedule holds every limit and reaches what was asked; says what stands in the way.

    Attributes
    ----------
    binding : str
        The limit that binds, or the bound of the activity.
    asked, found : float
        What was asked and the best that is possible, in Gy, in MBq for an activity, in 1/L for a count.
    """

    binding: str
    asked: float
    found: float


class InternalError(Error, RuntimeError):
    """A bug of lutetia; please report it."""
