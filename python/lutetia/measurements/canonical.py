"""From what was written down to the decaying activity at the time of the scan."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia import _core
from lutetia.errors import DataError, ModelError, UnitError
from lutetia.measurements.administrations import administered
from lutetia.measurements.columns import CANONICAL, UNIT_OF
from lutetia.measurements.problems import TableProblems
from lutetia.units import MILLILITERS_PER_LITER

Array = npt.NDArray[np.float64]

SAME = 1e-6  # relative difference of numbers that were computed twice


def decay_constants(
    nuclides: pd.Series[Any], library: _core.Library, problems: TableProblems
) -> Array:
    """Decay constant of every row [1/h], shape (rows,); unknown nuclides are problems."""
    out = np.full(len(nuclides), math.nan)
    for nuclide in dict.fromkeys(nuclides.dropna()):
        rows = np.flatnonzero((nuclides == nuclide).to_numpy())
        try:
            out[rows] = math.log(2.0) / _core.half_life(library, nuclide)
        except (DataError, ModelError) as error:
            problems.add(str(error), row=int(rows[0]) + 1, column="nuclide")
    return out


def with_administered(
    frame: pd.DataFrame, table: pd.DataFrame | None, problems: TableProblems
) -> pd.DataFrame:
    """Fill in the administered activity of every row from the table of administrations."""
    if table is None:
        return frame
    stated = frame["administered_activity_MBq"].to_numpy(copy=True)
    for row, (patient, cycle, nuclide) in enumerate(
        zip(frame["patient"], frame["cycle"], frame["nuclide"], strict=True)
    ):
        if patient is None or cycle is None or nuclide is None:
            continue
        given = administered(table, patient, cycle, nuclide)
        if given is None:
            continue
        activity = float(given["activity_MBq"])
        if abs(stated[row] - activity) > SAME * activity:
            problems.add(
                "the administered activity is another one in the table of administrations",
                row=row + 1,
                column="administered_activity_MBq",
                found=f"{stated[row]:g}",
                expected=f"{activity:g}",
            )
        stated[row] = activity
    return frame.assign(administered_activity_MBq=stated)


def with_canonical(
    frame: pd.DataFrame, library: _core.Library, problems: TableProblems
) -> pd.DataFrame:
    """Add ``activity_MBq``, ``sd_MBq`` and ``detection_limit_MBq``.

    A = value·u·x·exp(−λt), with u the unit in internal units; x = 1 for an activity, the volume for a
    concentration, the administered activity for a fraction; the exponential only where the value is
    decay-corrected.
    """
    factor = _units(frame, problems)
    factor *= _extensive(frame, problems)
    constant = decay_constants(frame["nuclide"], library, problems)
    corrected = (frame["decay_corrected"] == True).to_numpy()  # noqa: E712  None where wrong
    factor *= np.where(corrected, np.exp(-constant * frame["t_h"].to_numpy()), 1.0)
    return frame.assign(**{new: frame[old] * factor for old, new in CANONICAL.items()})


def _units(frame: pd.DataFrame, problems: TableProblems) -> Array:
    out = np.full(len(frame), math.nan)
    pairs = frame[["quantity", "unit"]].dropna().drop_duplicates()
    for quantity, unit in pairs.itertuples(index=False):
        rows = np.flatnonzero(
            ((frame["quantity"] == quantity) & (frame["unit"] == unit)).to_numpy()
        )
        try:
            text = "1" if unit == "1" else f"1 {unit}"
            out[rows] = _core.to_internal(text, UNIT_OF[quantity])
        except UnitError as error:
            problems.add(
                f"the unit of {_article(quantity)} cannot be read: {error}",
                row=int(rows[0]) + 1,
                column="unit",
                found=repr(unit),
                expected={
                    "activity": "a unit such as MBq",
                    "concentration": "a unit such as kBq/mL",
                    "fraction": "% or 1",
                }[quantity],
            )
    return out


def _extensive(frame: pd.DataFrame, problems: TableProblems) -> Array:
    """Volume [L], administered activity [MBq] or 1: what turns the value into an activity."""
    out = np.ones(len(frame))
    volume = frame["volume_mL"].to_numpy(float)
    administered_activity = frame["administered_activity_MBq"].to_numpy(float)
    for row, quantity in enumerate(frame["quantity"]):
        if quantity == "concentration":
            out[row] = volume[row] / MILLILITERS_PER_LITER
            if math.isnan(volume[row]):
                problems.add(
                    "a concentration needs the volume of its region",
                    row=row + 1,
                    column="volume_mL",
                    expected="a number above 0",
                )
        if quantity == "fraction":
            out[row] = administered_activity[row]
            if math.isnan(out[row]):
                problems.add(
                    "a fraction needs the administered activity",
                    row=row + 1,
                    column="administered_activity_MBq",
                    hint="give administrations= or the column",
                )
    return out


def _article(quantity: str) -> str:
    return f"an {quantity}" if quantity == "activity" else f"a {quantity}"
