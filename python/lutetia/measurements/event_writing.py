"""Event tables out: everything a table of measurements holds, in the form of NONMEM."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from lutetia.measurements.administrations import (
    Administrations,
    administered,
    administration_table,
)
from lutetia.measurements.cells import dictionaries
from lutetia.measurements.event_columns import COLUMNS, OWN
from lutetia.measurements.files import write_table
from lutetia.measurements.observations import Observations
from lutetia.measurements.problems import TableProblems

POINTS = [column.name for column in COLUMNS if column.kind != "text"]  # where missing is a point
FIRST = [
    *("ID", "TIME", "TAD", "OCC", "EVID", "MDV", "AMT", "RATE", "DUR"),
    *("CMT", "DVID", "DV", "CENS", "LIMIT"),
]


def write_events(
    observations: Observations, administrations: Administrations, path: str | Path | None = None
) -> pd.DataFrame:
    """Export measurements and administrations as one event table.

    Numbers first, as NONMEM reads them; then columns of texts and details, which it is told to drop and
    from which `read_events` restores both tables without further keywords and without loss: times
    since the start of the cycle (TAD), unit, decay state, class of region and so on. ID and DVID number
    patients and regions from 1, in the order they appear. Administrations that hold for every patient are
    written for each; ADDL is not used.

    Parameters
    ----------
    observations
        Every patient and cycle needs an administration.
    administrations
        See `administration_table`; durations must be known, and starts of later cycles.
    path
        File to write, .csv or .parquet; none when absent.

    Returns
    -------
    pandas.DataFrame
        The event table.

    Raises
    ------
    DataError
        With everything that is missing.

    Examples
    --------
    >>> import lutetia as lt
    >>> scans = pd.DataFrame({
    ...     "patient": "p1", "cycle": 1, "region": "kidney", "region_class": "organ", "t_h": [24.0],
    ...     "quantity": "activity", "value": 138.0, "unit": "MBq", "decay_corrected": False,
    ...     "modality": "SPECT", "nuclide": "Lu-177"})
    >>> given = [{"patient": "p1", "cycle": 1, "time_h": 0.0, "activity_MBq": 7400, "duration_h": 0.5,
    ...           "nuclide": "Lu-177"}]
    >>> events = write_events(lt.Observations.from_frame(scans), given)
    >>> events[["ID", "TIME", "EVID", "AMT", "DV"]].fillna(0).values.tolist()
    [[1.0, 0.0, 1.0, 7400.0, 0.0], [1.0, 24.0, 0.0, 0.0, 138.0]]
    >>> lt.read_events(events)[0] == lt.Observations.from_frame(scans)
    True
    """
    problems = TableProblems("observations")
    frame = observations.frame
    table = _expanded(administration_table(administrations), observations.patients)
    rows = _doses(table, problems)
    for number, row in enumerate(dictionaries(frame), 1):
        given = administered(table, row["patient"], row["cycle"], row["nuclide"])
        if given is None:
            problems.add(
                "no administration of this patient, cycle and nuclide",
                row=number,
                column="cycle",
                found=f"{row['patient']}, {row['cycle']}, {row['nuclide']}",
            )
            continue
        rows.append(_value(row, number, _start(given)))
    problems.raise_if_any()
    events = _numbered(
        pd.DataFrame(rows), list(dict.fromkeys(table["patient"])), observations.regions
    )
    if path is not None:
        write_table(events, Path(path), points=POINTS)
    return events


def _expanded(table: pd.DataFrame, patients: list[str]) -> pd.DataFrame:
    """Give every patient administrations of its own."""
    rows = []
    for row in dictionaries(table):
        if row["patient"] is not None:
            rows.append(row)
            continue
        for patient in patients:
            given = administered(table, patient, row["cycle"], row["nuclide"])
            if given is not None and given["patient"] is None:
                rows.append({**row, "patient": patient})
    return pd.DataFrame(rows, columns=table.columns)


def _start(given: pd.Series[Any]) -> float:
    time = float(given["time_h"])
    return 0.0 if math.isnan(time) and given["cycle"] == 1 else time


def _doses(table: pd.DataFrame, problems: TableProblems) -> list[dict[str, Any]]:
    out = []
    for number, (_, given) in enumerate(table.iterrows(), 1):
        start, duration = _start(given), float(given["duration_h"])
        for name, value in (("time_h", start), ("duration_h", duration)):
            if math.isnan(value):
                problems.add(
                    f"{name} of an administration is not known",
                    found=f"patient {given['patient']}, cycle {given['cycle']} (administration {number})",
                    expected="a number of 0 or more",
                )
        activity = float(given["activity_MBq"])
        out.append(
            {
                "PATIENT": given["patient"],
                "TIME": start,
                "OCC": given["cycle"],
                "EVID": 1,
                "MDV": 1,
                "AMT": activity,
                "RATE": activity / duration if duration > 0 else 0.0,
                "DUR": duration,
                "AMT_UNIT": "MBq",
                "NUCLIDE": given["nuclide"],
                "PEPTIDE_NMOL": given["peptide_nmol"],
                "ROW": number,
            }
        )
    return out


def _value(row: dict[str, Any], number: int, start: float) -> dict[str, Any]:
    censored = row["censoring"] == "left"
    out = {name: row[own] for own, name in OWN.items()}
    dv = row["detection_limit"] if censored else row["value"]
    out["VALUE" if not censored else "DETECTION_LIMIT"] = math.nan  # it is in DV
    return {
        **out,
        "TIME": start + row["t_h"],
        "TAD": row["t_h"],
        "OCC": row["cycle"],
        "EVID": 0,
        "MDV": 0,
        "DV": dv,
        "CENS": int(censored),
        "ROW": number,
    }


def _numbered(events: pd.DataFrame, patients: list[str], regions: list[str]) -> pd.DataFrame:
    """Sort by patient and time, with numbers of patients and regions, numbers first."""
    events["ID"] = [patients.index(name) + 1 for name in events["PATIENT"]]
    numbers = {name: number for number, name in enumerate(regions, 1)}
    events["DVID"] = [numbers.get(name, 0) for name in events["REGION"]]
    events["CMT"] = events["DVID"]
    events["LIMIT"] = math.nan
    events["CENS"] = events["CENS"].fillna(0).astype("int64")
    events = events.sort_values(
        ["ID", "TIME", "EVID"], ascending=[True, True, False], kind="stable"
    )
    rest = [name for name in events.columns if name not in FIRST]
    return events[[*FIRST, *rest]].reset_index(drop=True)
