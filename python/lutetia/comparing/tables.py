"""Tables of a comparison, from runs of one patient and members of a cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from lutetia.cohort import Cohort
from lutetia.comparing.limits import violation
from lutetia.planning.limits import Limit
from lutetia.prescription import Regimen
from lutetia.radiobiology import BiologicallyEffectiveDose
from lutetia.units import HOURS_PER_WEEK, MBQ_PER_GBQ

# What is compared, by the name of the outcome of `simulate_many`.
OUTCOMES = {"absorbed_dose": "absorbed_dose", "BED": "biologically_effective_dose"}
INTERVAL = (0.05, 0.95)
UNKNOWN = np.nan


def course_table(courses: Mapping[str, Regimen]) -> pd.DataFrame:
    """Tabulate activity [GBq], cycles, and weeks from the first cycle to the last."""
    rows = []
    for regimen in courses.values():
        labeled = [a for a in regimen.administrations if a["activity_MBq"]]
        cycles = [a["time_h"] for a in labeled if a["begins_cycle"]]
        rows.append(
            {
                "activity_GBq": sum(a["activity_MBq"] for a in labeled) / MBQ_PER_GBQ,
                "cycles": len(cycles),
                "weeks": (max(cycles) - min(cycles)) / HOURS_PER_WEEK if cycles else UNKNOWN,
            }
        )
    return pd.DataFrame(rows, index=pd.Index(courses, name="regimen"))


def totals_of(cohort: Cohort, quantity: str, regimen: str) -> pd.DataFrame:
    """Totals of the members of a regimen that ran, a column per region; NaN where a member has no such region."""
    chosen = cycles_of(cohort, quantity, regimen)
    known = chosen.notnull().any("cycle")
    totals = chosen.sum("cycle").where(known).transpose("member", "region")
    return pd.DataFrame(totals.values, columns=pd.Index(totals["region"].values, name="region"))


def cycles_of(cohort: Cohort, quantity: str, regimen: str) -> xr.DataArray:
    """Values per cycle of the members of a regimen that ran, dims (member, region, cycle)."""
    data = cohort.data
    ran = (data["regimen"].values == regimen) & (data["status"].values == "ok")
    return data[OUTCOMES[quantity]].isel(member=ran)


def dose_table(
    courses: pd.DataFrame,
    doses: Mapping[str, BiologicallyEffectiveDose],
    members: Cohort | None,
) -> pd.DataFrame:
    """Absorbed dose and BED of every region by regimen, of the patient and over the members."""
    parts = []
    for regimen, given in courses["activity_GBq"].items():
        columns: dict[str, pd.Series[float]] = {}
        for quantity in OUTCOMES:
            if doses:
                columns[f"{quantity}_Gy"] = doses[str(regimen)].table[f"{quantity}_Gy"]
            if members is not None:
                totals = totals_of(members, quantity, str(regimen))
                columns[f"{quantity}_median_Gy"] = totals.median()
                columns[f"{quantity}_low_Gy"] = totals.quantile(INTERVAL[0])
                columns[f"{quantity}_high_Gy"] = totals.quantile(INTERVAL[1])
        part = pd.DataFrame(columns).dropna(how="all")
        per_activity = part[typical_column("absorbed_dose", part)] / given if given else UNKNOWN
        part.insert(0, "Gy_per_GBq", per_activity)
        parts.append(part)
    names = list(courses.index)
    table: pd.DataFrame = pd.concat(parts, keys=names, names=["regimen", "region"])
    return table


def typical_column(quantity: str, doses: pd.DataFrame) -> str:
    """Column that stands for a quantity: that of the patient, else the median."""
    own = f"{quantity}_Gy"
    return own if own in doses else f"{quantity}_median_Gy"


def limit_table(
    courses: Sequence[str],
    limits: Sequence[Limit],
    doses: pd.DataFrame,
    members: Cohort | None,
) -> pd.DataFrame:
    """Share of every limit a regimen uses, and how many members exceed it."""
    rows = []
    for regimen in courses:
        for limit in limits:
            typical = doses[typical_column(limit.quantity, doses)].to_dict()
            dose = float(typical.get((regimen, limit.region), UNKNOWN))
            row: dict[str, object] = {
                "regimen": regimen,
                "limit": limit.label,
                "limit_Gy": limit.gray,
                "dose_Gy": dose,
                "used_share": dose / limit.gray,
            }
            if members is not None:
                drawn = totals_of(members, limit.quantity, regimen)[limit.region].to_numpy()
                low, high = np.nanquantile(drawn, INTERVAL) / limit.gray
                share, least, most = violation(drawn, limit.gray)
                row |= {
                    "used_low": low,
                    "used_high": high,
                    "violation_share": share,
                    "violation_low": least,
                    "violation_high": most,
                }
            rows.append(row)
    if not rows:
        return pd.DataFrame(columns=["limit_Gy", "dose_Gy", "used_share"])
    return pd.DataFrame(rows).set_index(["regimen", "limit"])
