"""Cells of one row that must agree with each other."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lutetia.measurements.canonical import SAME
from lutetia.measurements.cells import is_missing
from lutetia.measurements.columns import CANONICAL_NAMES
from lutetia.measurements.problems import TableProblems


def check_values(frame: pd.DataFrame, problems: TableProblems) -> None:
    """Check what belongs together: a value or its limit."""
    failed = {(problem["row"], problem["column"]) for problem in problems.found}
    for row, (censoring, value, limit) in enumerate(
        zip(frame["censoring"], frame["value"], frame["detection_limit"], strict=True), 1
    ):
        if censoring == "left" and np.isnan(limit) and (row, "detection_limit") not in failed:
            problems.add(
                "a censored value needs its detection limit",
                row=row,
                column="detection_limit",
                expected="a number above 0",
            )
        said = {(row, "value"), (row, "censoring"), (0, "value")} & failed
        if censoring == "none" and np.isnan(value) and not said:
            problems.add(
                "the value is missing",
                row=row,
                column="value",
                expected="a number of 0 or more",
                hint="a value below detection has censoring 'left' and a detection_limit",
            )


def check_canonical(raw: pd.DataFrame, frame: pd.DataFrame, problems: TableProblems) -> None:
    """Check that added columns that came along, as in a frame of ours, still follow from the others."""
    if problems.found:
        return
    for name in (name for name in CANONICAL_NAMES if name in raw.columns):
        stated = [np.nan if is_missing(v) else v for v in raw[name]]
        numbers = pd.to_numeric(pd.Series(stated, dtype="object"), errors="coerce").to_numpy(float)
        computed = frame[name].to_numpy()
        for row in np.flatnonzero(np.abs(numbers - computed) > SAME * np.abs(computed)):
            problems.add(
                f"{name} does not follow from value, unit and decay correction",
                row=int(row) + 1,
                column=name,
                found=f"{numbers[row]:g}",
                expected=f"{computed[row]:g}",
                hint="leave the column out, it is computed",
            )
