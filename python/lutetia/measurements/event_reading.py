"""Event tables in: administrations and values in one list, as NONMEM and its relatives write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from lutetia import _core
from lutetia.measurements.cells import dictionaries, is_missing, read_cells
from lutetia.measurements.event_columns import COLUMNS, OF_VALUES, OWN, SAME_TIME, STATED
from lutetia.measurements.event_doses import (
    DOSES,
    NOTHING,
    OLD_CODES,
    VALUE,
    Dose,
    administrations_of,
    doses_of,
    kind_of,
    starts_of,
)
from lutetia.measurements.files import read_table
from lutetia.measurements.observations import Observations
from lutetia.measurements.problems import TableProblems
from lutetia.measurements.regions import Region, read_regions


def read_events(
    table: str | Path | pd.DataFrame,
    *,
    regions: Mapping[Any, Region] | None = None,
    quantity: str | None = None,
    unit: str | None = None,
    decay_corrected: bool | None = None,
    nuclide: str | None = None,
    modality: str | None = None,
    amount_unit: str | None = None,
    ignore: Sequence[str] = (),
    library: _core.Library | None = None,
) -> tuple[Observations, pd.DataFrame]:
    """Import a NONMEM-style event table.

    Records: EVID 0 is a value unless MDV is 1; 1 and 4 are administrations (nothing is emptied by a 4, the
    model goes on), as is the older 101; 2 is passed over; resets (3) are refused. Without EVID, records
    with AMT are administrations. Durations come from DUR or AMT/RATE, repeats from ADDL and II. OCC is the
    cycle; without it every time of an administration begins one. A value belongs to the last administration
    before it in the table, so at the time of an administration the order of the records decides; ``t_h`` is
    TAD, else TIME since the start of its cycle. CENS 1: below the limit DV (as in Monolix and nlmixr2).

    Parameters
    ----------
    table
        File (.csv or .parquet) or DataFrame; names of columns in upper or lower case. A cell that is
        empty or a point is missing.
    regions
        What the values of DVID (CMT where there is none) are: ``{1: "kidney", 2: {"region": "liver_1",
        "region_class": "tumor", "unit": "kBq"}}``; not needed with a column REGION.
    quantity, unit, decay_corrected, nuclide, modality
        Of all values; event tables do not carry them. Required, unless the table has a column of that name
        in upper case or every region says it.
    amount_unit
        Of AMT, a unit of activity; required unless there is a column AMT_UNIT.
    ignore
        Columns to leave out, such as covariates.
    library
        Where half-lives come from.

    Returns
    -------
    observations : Observations
    administrations : pandas.DataFrame
        As from `administration_table`.

    Raises
    ------
    DataError
        With every problem of the table, each with row, line and column.

    Examples
    --------
    >>> events = pd.DataFrame({"ID": 1, "TIME": [0, 24, 72], "EVID": [1, 0, 0], "DUR": [0.5, None, None],
    ...                        "AMT": [7400, None, None], "DVID": 1, "DV": [None, 138, 75]})
    >>> observations, administrations = read_events(
    ...     events, regions={1: "kidney"}, quantity="activity", unit="MBq", decay_corrected=False,
    ...     nuclide="Lu-177", modality="SPECT", amount_unit="MBq")
    >>> observations.frame[["t_h", "activity_MBq"]].values.tolist()
    [[24.0, 138.0], [72.0, 75.0]]
    """
    raw, problems = _raw(table, ignore)
    f = read_cells(raw, COLUMNS, problems)
    stated = dict(zip(STATED, (quantity, unit, decay_corrected, nuclide, modality), strict=True))
    _require(raw, f, stated, regions, amount_unit, problems)
    problems.raise_if_any()
    meant = read_regions(regions or {}, problems)
    f["patient"] = f["PATIENT"].where(f["PATIENT"].notna(), f["ID"].map(_plain))
    doses, values = _sorted(f, nuclide, amount_unit, problems)
    rows = _values(f, doses, values, meant, stated, problems)
    problems.raise_if_any()
    given = administrations_of(doses)
    if "ROW" in raw.columns:
        rows.sort(key=lambda row: row["ROW"])
    frame = pd.DataFrame(rows).drop(columns=["ROW", "record"], errors="ignore")
    if frame.empty:
        problems.add("the table has no values", expected="records with EVID 0")
        problems.raise_if_any()
    stated_activity = OWN["administered_activity_MBq"] in raw.columns
    problems.rows = [row["record"] for row in rows]
    problems.columns = {**OWN, "value": "DV", "t_h": "TIME", "cycle": "OCC"}
    observations = Observations.checked(
        frame, problems, None if stated_activity else given, library
    )
    return observations, given


def _raw(
    table: str | Path | pd.DataFrame, ignore: Sequence[str]
) -> tuple[pd.DataFrame, TableProblems]:
    if isinstance(table, pd.DataFrame):
        raw, problems = table.copy(), TableProblems("events")
    else:
        raw, lines = read_table(Path(table))
        problems = TableProblems(str(table), lines)
    raw.columns = pd.Index([str(name).strip().upper() for name in raw.columns])
    raw = raw.drop(columns=[name.upper() for name in ignore if name.upper() in raw.columns])
    texts = [column.name for column in OF_VALUES if column.kind == "text"]
    for name in (name for name in dict.fromkeys(raw.columns) if name not in texts):
        raw[name] = raw[name].map(lambda cell: None if cell == "." else cell).astype("object")
    return raw, problems


def _require(
    raw: pd.DataFrame,
    f: pd.DataFrame,
    stated: Mapping[str, Any],
    regions: Mapping[Any, Region] | None,
    amount_unit: str | None,
    problems: TableProblems,
) -> None:
    """Ask for what a table does not carry before anything is read from it."""
    entries = [r for r in (regions or {}).values() if r is not None]
    for name, value in stated.items():
        in_regions = (
            name != "nuclide"
            and entries
            and all(isinstance(entry, Mapping) and name in entry for entry in entries)
        )
        if value is None and OWN[name] not in raw.columns and not in_regions:
            problems.add(
                f"the table does not say the {name.replace('_', ' ')} of its values",
                expected=f"{name}= or a column {OWN[name]}",
            )
    if amount_unit is None and "AMT_UNIT" not in raw.columns:
        problems.add(
            "the table does not say the unit of AMT", expected="amount_unit= or a column AMT_UNIT"
        )
    if not regions and "REGION" not in raw.columns:
        problems.add("the table does not say its regions", expected="regions= or a column REGION")
    missing = f["OCC"].isna()
    if missing.any() and not missing.all():
        row = int(missing.to_numpy().argmax()) + 1
        problems.add("the cycle is missing", row=row, column="OCC", expected="a whole number")


def _sorted(
    f: pd.DataFrame, nuclide: str | None, amount_unit: str | None, problems: TableProblems
) -> tuple[list[Dose], list[int]]:
    """Administrations with repeats expanded, and the rows of values."""
    doses: list[Dose] = []
    values: list[int] = []
    for index, record in enumerate(dictionaries(f)):
        row, kind = index + 1, kind_of(record)
        if kind == VALUE:
            values.append(index)
        elif kind in DOSES:
            doses += doses_of(record, row, nuclide, amount_unit, problems)
        elif kind != NOTHING:
            old = kind >= OLD_CODES
            problems.add(
                "an infusion in the older code" if old else "the kind of record cannot be read",
                row=row,
                column="EVID",
                found=str(kind),
                expected="0, 1, 2 or 4",
                hint="write infusions with EVID 1 and DUR or RATE" if old else "",
            )
    return doses, values


def _values(
    f: pd.DataFrame,
    doses: Sequence[Dose],
    values: Sequence[int],
    meant: Mapping[str, dict[str, Any] | None],
    stated: Mapping[str, Any],
    problems: TableProblems,
) -> list[dict[str, Any]]:
    starts = starts_of(doses)
    key = "DVID" if f["DVID"].notna().any() else "CMT"
    out = []
    records = dictionaries(f)
    for index in values:
        record, row = records[index], index + 1
        columns: dict[str, Any] = {k: v for k, v in stated.items() if v is not None}
        if is_missing(record["REGION"]):
            name = _plain(record[key])
            if name not in meant:
                problems.unknown("region", name, list(meant), row=row, column=key)
                continue
            entry = meant[name]
            if entry is None:
                continue
            columns |= entry
        columns |= {own: record[name] for own, name in OWN.items() if not is_missing(record[name])}
        when = _when(record, row, starts.get(record["patient"], {}), problems)
        if when is None:
            continue
        columns |= {"patient": record["patient"], "cycle": when[0], "t_h": when[1]}
        columns |= _measured(record, row, problems)
        out.append({**columns, "ROW": record["ROW"], "record": row})
    return out


def _when(
    record: Mapping[str, Any],
    row: int,
    starts: Mapping[int, tuple[float, int]],
    problems: TableProblems,
) -> tuple[int, float] | None:
    """Cycle and time since its start."""
    time = record["TIME"]
    before = [cycle for cycle, start in starts.items() if start <= (time, row)]
    cycle = max(before, key=lambda c: starts[c], default=None)
    if not is_missing(record["OCC"]):
        cycle = int(record["OCC"])
    if cycle is None or cycle not in starts:
        problems.add(
            "a value without an administration before it"
            if cycle is None
            else "a cycle without an administration",
            row=row,
            column="TIME" if cycle is None else "OCC",
            found=f"{time:g}" if cycle is None else str(cycle),
        )
        return None
    since, stated = time - starts[cycle][0], record["TAD"]
    if not is_missing(stated) and abs(stated - since) > SAME_TIME * max(1.0, abs(time)):
        problems.add(
            "TAD is not the time since the start of the cycle",
            row=row,
            column="TAD",
            found=f"{stated:g}",
            expected=f"{since:g}",
        )
    if since < 0:
        problems.add(
            "a value before the start of its cycle",
            row=row,
            column="TIME",
            found=f"{since:g} h after it",
        )
        return None
    return cycle, since if is_missing(stated) else stated


def _measured(record: Mapping[str, Any], row: int, problems: TableProblems) -> dict[str, Any]:
    censored = 0 if is_missing(record["CENS"]) else int(record["CENS"])
    if censored == 0:
        return {"value": record["DV"], "censoring": "none"}
    if censored != 1:
        problems.add(
            "only values below a limit can be censored",
            row=row,
            column="CENS",
            found=str(censored),
            expected="0 or 1",
        )
    if record["LIMIT"] > 0:
        problems.add(
            "a lower end of the censored interval cannot be used",
            row=row,
            column="LIMIT",
            found=f"{record['LIMIT']:g}",
            expected="0 or nothing",
        )
    return {"value": record["VALUE"], "detection_limit": record["DV"], "censoring": "left"}


def _plain(text: Any) -> str:
    """Write a whole number without a point: 1.0 and 1 are one patient or region."""
    try:
        number = float(text)
    except (TypeError, ValueError):
        return str(text)
    return str(int(number)) if number.is_integer() else str(text)
