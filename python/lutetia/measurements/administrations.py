"""What was administered in every cycle, as one small table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd

from lutetia.measurements.cells import Column, read_cells
from lutetia.measurements.problems import TableProblems
from lutetia.prescription import Regimen
from lutetia.result import Run

Administrations: TypeAlias = (
    "pd.DataFrame | Regimen | Run | Sequence[Mapping[str, Any]] | Mapping[int, Mapping[str, Any]]"
)

COLUMNS = (
    Column("patient", "text"),
    Column("cycle", "integer", required=True, least=1),
    Column("time_h", "number", least=0.0),
    Column("nuclide", "text", required=True),
    Column("activity_MBq", "number", required=True, above=0.0),
    Column("duration_h", "number", least=0.0),
    Column("peptide_nmol", "number", above=0.0),
)


def administration_table(administrations: Administrations) -> pd.DataFrame:
    """Tabulate the labeled administrations that begin a cycle.

    Parameters
    ----------
    administrations
        A `Regimen`; a `Run`, whose activities are those at the start even where they were measured at
        another time; a list of dictionaries or a DataFrame with the columns below; or dictionaries by
        cycle, ``{1: {"activity_MBq": 7400, "duration_h": 0.5, "nuclide": "Lu-177"}}``.

    Returns
    -------
    pandas.DataFrame
        Columns ``patient`` (None: of every patient), ``cycle`` (from 1), ``time_h`` (start after the
        start of the first cycle, in hours), ``nuclide``, ``activity_MBq`` (at the start),
        ``duration_h``, ``peptide_nmol``; NaN where unknown.

    Raises
    ------
    DataError
        With everything wrong with the table.

    Examples
    --------
    >>> table = administration_table({1: {"activity_MBq": 7400, "nuclide": "Lu-177"}})
    >>> float(table.at[0, "activity_MBq"])
    7400.0
    >>> import lutetia as lt
    >>> administration_table(lt.read_regimen("netter1"))["time_h"].tolist()
    [0.0, 1344.0, 2688.0, 4032.0]
    """
    problems = TableProblems("administrations")
    raw = _raw(administrations, problems)
    problems.raise_if_any()
    out = read_cells(raw, COLUMNS, problems)
    key = ["patient", "cycle", "nuclide"]
    for row in out.index[out.duplicated(key)]:
        found = out.loc[row, key].tolist()
        problems.add(
            "the administration stands there twice",
            row=int(row) + 1,
            found=f"patient {found[0]}, cycle {found[1]}, {found[2]}",
            expected="one per patient, cycle and nuclide",
        )
    problems.raise_if_any()
    return out


def administered(
    table: pd.DataFrame, patient: str, cycle: int, nuclide: str
) -> pd.Series[Any] | None:
    """Row of a patient's cycle: one of the patient before one of all; None when there is none."""
    rows = table[(table["cycle"] == cycle) & (table["nuclide"] == nuclide)]
    for owner in (rows["patient"] == patient, rows["patient"].isna()):
        if owner.any():
            return rows[owner].iloc[0]
    return None


def _raw(administrations: Administrations, problems: TableProblems) -> pd.DataFrame:
    if isinstance(administrations, pd.DataFrame):
        return administrations
    if isinstance(administrations, Regimen):
        return _cycles(
            [
                _of_regimen(a, number, problems)
                for number, a in enumerate(administrations.administrations, 1)
            ]
        )
    if isinstance(administrations, Run):
        given = json.loads(administrations.data.attrs["given"])
        starts = set(administrations.data["cycle_start"].values.tolist())
        return _cycles([{**g, "begins_cycle": g["time_h"] in starts} for g in given])
    if isinstance(administrations, Mapping):
        return pd.DataFrame([{**row, "cycle": cycle} for cycle, row in administrations.items()])
    return pd.DataFrame([dict(row) for row in administrations])


def _of_regimen(given: dict[str, Any], number: int, problems: TableProblems) -> dict[str, Any]:
    if given["activity_MBq"] and not given["activity_at_start"]:
        problems.add(
            "the activity was measured at another time than the start or has a residual",
            row=number,
            hint="give the run, lt.simulate(…), which knows the activity at the start",
        )
    return given


def _cycles(given: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Tabulate the labeled administrations that begin a cycle; those of one time share it."""
    labeled = sorted(
        (g for g in given if g["activity_MBq"] and g["begins_cycle"]),
        key=lambda g: float(g["time_h"]),
    )
    starts = sorted({g["time_h"] for g in labeled})
    rows = [
        {
            "cycle": starts.index(g["time_h"]) + 1,
            "time_h": g["time_h"] - starts[0],
            "nuclide": g["nuclide"],
            "activity_MBq": g["activity_MBq"],
            "duration_h": g["duration_h"],
            "peptide_nmol": g["amount_nmol"],
        }
        for g in labeled
    ]
    return pd.DataFrame(rows, columns=[column.name for column in COLUMNS[1:]])
