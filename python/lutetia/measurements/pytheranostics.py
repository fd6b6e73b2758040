"""Tables of PyTheranostics: results indexed by region, with a list of values in each cell."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import pandas as pd

from lutetia import _core
from lutetia.measurements.administrations import Administrations
from lutetia.measurements.observations import Observations
from lutetia.measurements.problems import TableProblems
from lutetia.measurements.regions import Region, read_regions

# Names over the history of that program, newest first.
TIME = ("Time_hr", "TimePoints_h", "Time")
ACTIVITY = ("Activity_MBq", "activity_MBq")
VOLUME = ("Volume_CT_mL", "Volume_mL", "volume_ml", "Volume (ml)")


def read_pytheranostics(
    results: pd.DataFrame,
    *,
    patient: str,
    cycle: int,
    nuclide: str,
    decay_corrected: bool,
    regions: Mapping[str, Region],
    modality: str = "SPECT",
    administrations: Administrations | None = None,
    library: _core.Library | None = None,
) -> Observations:
    """Import the ``results`` of a PyTheranostics dosimetry object.

    Several rows may be one region here, as the kidneys: activities and volumes are added, scan by scan.
    Columns of densities, fits and doses are left out.

    Parameters
    ----------
    results
        Index region; list-valued columns ``Time_hr`` (after the injection), ``Activity_MBq`` and,
        optional, ``Volume_CT_mL``, or their older names.
    patient, cycle, nuclide, modality
        Of all rows.
    decay_corrected
        To the injection, or as it was at the scan: the table does not say.
    regions
        What every row of the table is: ``{"Kidney_Left": "kidney", "Kidney_Right": "kidney",
        "Lesion1": {"region": "liver_1", "region_class": "tumor"}, "RemainderOfBody": None}``; None
        leaves a row out.
    administrations, library
        As in `Observations.from_frame`.

    Returns
    -------
    Observations
        A row per region and scan.

    Raises
    ------
    DataError
        With every problem of the table; row numbers count its regions.

    Examples
    --------
    >>> results = pd.DataFrame(
    ...     {"Time_hr": [[24.0, 72.0]] * 2, "Activity_MBq": [[70.0, 40.0], [65.0, 39.0]]},
    ...     index=["Kidney_Left", "Kidney_Right"])
    >>> both = {"Kidney_Left": "kidney", "Kidney_Right": "kidney"}
    >>> read_pytheranostics(results, patient="p1", cycle=1, nuclide="Lu-177", decay_corrected=False,
    ...                     regions=both).frame["value"].tolist()
    [135.0, 79.0]
    """
    problems = TableProblems("results")
    meant = read_regions(regions, problems)
    time = _alias(results, TIME, "time", problems)
    activity = _alias(results, ACTIVITY, "activity", problems)
    volume = _alias(results, VOLUME, "volume", problems, required=False)
    problems.raise_if_any()
    rows: list[dict[str, Any]] = []
    for number, name in enumerate(map(str, results.index), 1):
        if name not in meant:
            problems.unknown("region", name, list(meant), row=number, column="index")
        columns = meant.get(name)
        if columns is None:
            continue
        cells = {
            new: _list(results[old].iloc[number - 1], number, old, problems)
            for new, old in (("t_h", time), ("value", activity), ("volume_mL", volume))
            if old
        }
        lengths = {len(values) for values in cells.values()}
        if len(lengths) > 1:
            found = ", ".join(f"{len(v)} of {k}" for k, v in cells.items())
            problems.add("the lists of a region differ in length", row=number, found=found)
            continue
        rows += [
            {**columns, **dict(zip(cells, values, strict=True)), "row": number}
            for values in zip(*cells.values(), strict=True)
        ]
    parts = _added(pd.DataFrame(rows), problems)
    if not parts and not problems.found:
        problems.add("no row of the table is a region here", expected="one that is not None")
    problems.raise_if_any()
    defaults = {
        "patient": patient,
        "cycle": cycle,
        "quantity": "activity",
        "unit": "MBq",
        "decay_corrected": decay_corrected,
        "modality": modality,
        "nuclide": nuclide,
    }
    frame = pd.DataFrame([{**defaults, **row} for row in parts])
    problems.rows = frame.pop("row").tolist() if len(frame) else []
    problems.columns = {"t_h": time, "value": activity, "volume_mL": volume}
    return Observations.checked(frame, problems, administrations, library)


def _alias(
    results: pd.DataFrame,
    names: tuple[str, ...],
    what: str,
    problems: TableProblems,
    required: bool = True,
) -> str:
    found = [name for name in names if name in results.columns]
    if len(found) > 1:
        problems.add(
            f"several columns of {what}",
            found=", ".join(found),
            expected=f"one of {', '.join(names)}",
        )
    if not found and required:
        problems.add(f"no column of {what}", expected=f"one of {', '.join(names)}")
    return found[0] if found else ""


def _list(cell: Any, row: int, column: str, problems: TableProblems) -> list[float]:
    """Numbers of a cell: a list, an array, or a list as a CSV file holds it."""
    try:
        values = ast.literal_eval(cell) if isinstance(cell, str) else cell
        return [float(value) for value in values]
    except (TypeError, ValueError, SyntaxError):
        problems.add("the cell holds no list of numbers", row=row, column=column, found=repr(cell))
        return []


def _added(rows: pd.DataFrame, problems: TableProblems) -> list[dict[str, Any]]:
    """Add what is one region, scan by scan."""
    out: list[dict[str, Any]] = []
    if rows.empty:
        return out
    for region, parts in rows.groupby("region", sort=False):
        times = {number: tuple(part["t_h"]) for number, part in parts.groupby("row", sort=False)}
        if len(set(times.values())) > 1:
            problems.add(
                f"the rows that are region {region!r} differ in their times",
                row=int(parts["row"].iloc[-1]),
                found=" and ".join(str(list(t)) for t in dict.fromkeys(times.values())),
            )
            continue
        scans = next(iter(times.values()))
        if len(set(scans)) < len(scans):
            row = int(parts["row"].iloc[0])
            problems.add("a time stands there twice", row=row, found=str(list(scans)))
            continue
        for _, scan in parts.groupby("t_h", sort=False):
            one: dict[str, Any] = {str(k): v for k, v in scan.iloc[0].items()}
            for name in ("value", "volume_mL"):
                if name in scan:
                    one[name] = float(scan[name].sum(skipna=False))
            out.append(one)
    return out
