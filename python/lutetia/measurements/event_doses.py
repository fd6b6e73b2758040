"""Records of an event table that administer something."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lutetia import _core
from lutetia.errors import UnitError
from lutetia.measurements.administrations import administration_table
from lutetia.measurements.cells import is_missing
from lutetia.measurements.event_columns import SAME_TIME
from lutetia.measurements.problems import TableProblems

DOSES, VALUE, NOTHING = (1, 4), 0, 2
BOLUS_CODE, OLD_CODES = 100, 10_000  # 101 is a bolus into compartment 1; larger ones are infusions


@dataclass(frozen=True)
class Dose:
    """One labeled administration: times in h, activity in MBq, peptide in nmol; row in the table."""

    patient: str
    time: float
    nuclide: str
    activity: float
    duration: float
    peptide: float
    cycle: int | None
    row: int
    order: int


def kind_of(record: Mapping[str, Any]) -> int:
    """EVID of a record as it is meant here; without one, AMT decides."""
    kind = record["EVID"]
    if is_missing(kind):
        kind = 1 if record["AMT"] > 0 else VALUE
    kind = int(kind)
    if BOLUS_CODE < kind < OLD_CODES and kind % BOLUS_CODE == 1:
        return 1
    return NOTHING if kind == VALUE and record["MDV"] == 1 else kind


def doses_of(
    record: Mapping[str, Any],
    row: int,
    nuclide: str | None,
    amount_unit: str | None,
    problems: TableProblems,
) -> list[Dose]:
    """Read a record that administers something, with its repeats."""
    amount, rate, duration = record["AMT"], record["RATE"], record["DUR"]
    if not amount > 0:
        problems.add(
            "an administration without AMT", row=row, column="AMT", expected="a number above 0"
        )
    if rate < 0:
        problems.add(
            "rates and durations that are estimated cannot be read",
            row=row,
            column="RATE",
            found=f"{rate:g}",
            expected="a rate, or DUR",
        )
    elif rate > 0:
        computed = amount / rate
        if duration > 0 and abs(computed - duration) > SAME_TIME * max(1.0, duration):
            problems.add(
                "RATE and DUR disagree",
                row=row,
                column="DUR",
                found=f"{duration:g}",
                expected=f"AMT/RATE = {computed:g}",
            )
        duration = duration if duration > 0 else computed
    if not is_missing(record["SS"]) and record["SS"] != 0:
        problems.add("steady state cannot be read", row=row, column="SS", expected="0")
    more = 0 if is_missing(record["ADDL"]) else int(record["ADDL"])
    if more and not record["II"] > 0:
        problems.add("repeats need an interval", row=row, column="II", expected="a number above 0")
    unit = amount_unit if is_missing(record["AMT_UNIT"]) else record["AMT_UNIT"]
    label = nuclide if is_missing(record["NUCLIDE"]) else record["NUCLIDE"]
    for name, stated in (("AMT_UNIT", unit), ("NUCLIDE", label)):
        if stated is None:
            problems.add("the value is missing", row=row, column=name)
    if unit is None or label is None:
        return []
    try:
        scale = _core.to_internal(f"1 {unit}", "MBq")
    except UnitError as error:
        problems.add(f"the unit of AMT cannot be read: {error}", row=row, column="AMT_UNIT")
        return []
    cycle = None if is_missing(record["OCC"]) else int(record["OCC"])
    return [
        Dose(
            record["patient"],
            record["TIME"] + (k * record["II"] if k else 0.0),
            str(label),
            amount * scale,
            0.0 if math.isnan(duration) else duration,
            record["PEPTIDE_NMOL"],
            None if cycle is None else cycle + k,
            row,
            row if is_missing(record["ROW"]) else int(record["ROW"]),
        )
        for k in range(more + 1)
    ]


def starts_of(doses: Sequence[Dose]) -> dict[str, dict[int, tuple[float, int]]]:
    """Start of every cycle and the row that begins it, by patient."""
    out: dict[str, dict[int, tuple[float, int]]] = {}
    for patient in dict.fromkeys(dose.patient for dose in doses):
        own = sorted((d for d in doses if d.patient == patient), key=lambda d: (d.time, d.row))
        times = sorted({dose.time for dose in own})
        cycles = out.setdefault(patient, {})
        for dose in own:
            cycles.setdefault(dose.cycle or times.index(dose.time) + 1, (dose.time, dose.row))
    return out


def administrations_of(doses: Sequence[Dose]) -> pd.DataFrame:
    """Tabulate administrations, with times from the start of the first cycle."""
    starts = starts_of(doses)
    rows = []
    for dose in sorted(doses, key=lambda dose: dose.order):
        cycles = starts[dose.patient]
        cycle = dose.cycle or next(c for c, start in cycles.items() if start[0] == dose.time)
        first = cycles[1][0] if 1 in cycles else 0.0  # without its first cycle TIME is all there is
        rows.append(
            {
                "patient": dose.patient,
                "cycle": cycle,
                "time_h": dose.time - first,
                "nuclide": dose.nuclide,
                "activity_MBq": dose.activity,
                "duration_h": dose.duration,
                "peptide_nmol": dose.peptide,
            }
        )
    return administration_table(rows)
