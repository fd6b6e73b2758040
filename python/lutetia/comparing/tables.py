"""Tables of a comparison, from runs of one patient and members of a cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from lutetia.batch.cohort import Cohort
from lutetia.comparing.asked import Given
from lutetia.comparing.limits import violation
from lutetia.planning.limits import Limit
from lutetia.prescription import Regimen
from lutetia.radiobiology import BiologicallyEffectiveDose
from lutetia.units import HOURS_PER_WEEK, MBQ_PER_GBQ

if TYPE_CHECKING:
    from lutetia.comparing.comparison import Comparison

Array = npt.NDArray[np.float64]

# What is compared, by the name of the outcome of `simulate_many`.
OUTCOMES = {"absorbed_dose": "absorbed_dose", "BED": "biologically_effective_dose"}
INTERVAL = (0.05, 0.95)
UNKNOWN = np.nan


def course_table(given: Given) -> pd.DataFrame:
    """Tabulate activity [GBq], cycles, and weeks from the first cycle to the last, medians of the patients.

    With policies also for how many patients each is possible.
    """
    rows = []
    for name in given.asked:
        courses = pd.DataFrame(
            [_course(regimen) for regimen in given.under(name).values()],
            columns=["activity_GBq", "cycles", "weeks"],
            dtype=float,
        )
        row = courses.median().to_dict()
        rows.append(row | ({"possible": len(courses)} if given.adapted else {}))
    table = pd.DataFrame(rows, index=pd.Index(list(given.asked), name="regimen"))
    whole = table["cycles"].notna().all() and (table["cycles"] % 1 == 0).all()
    return table.astype({"cycles": int}) if whole else table


def _course(regimen: Regimen) -> tuple[float, int, float]:
    starts = cycle_weeks(regimen)
    return activity_of(regimen), len(starts), float(starts[-1]) if starts.size else UNKNOWN


def activity_of(regimen: Regimen) -> float:
    """Activity of all administrations [GBq]."""
    return sum(a["activity_MBq"] or 0.0 for a in regimen.administrations) / MBQ_PER_GBQ


def cycle_weeks(regimen: Regimen) -> Array:
    """Weeks at which cycles begin, from the first."""
    starts = np.array(
        [a["time_h"] for a in regimen.administrations if a["activity_MBq"] and a["begins_cycle"]]
    )
    return np.sort(starts - starts.min(initial=np.inf)) / HOURS_PER_WEEK


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
    given: Given,
    doses: Mapping[str, BiologicallyEffectiveDose],
    members: Cohort | None,
) -> pd.DataFrame:
    """Absorbed dose and BED of every region by regimen, of the patient and over the members.

    What is possible for nobody has no rows.
    """
    parts = {}
    for regimen in given.asked:
        courses = given.under(regimen)
        if not courses:
            continue
        activities = {patient: activity_of(course) for patient, course in courses.items()}
        columns: dict[str, pd.Series[float]] = {}
        for quantity in OUTCOMES:
            if doses:
                columns[f"{quantity}_Gy"] = doses[regimen].table[f"{quantity}_Gy"]
            if members is not None:
                totals = totals_of(members, quantity, regimen)
                columns[f"{quantity}_median_Gy"] = totals.median()
                columns[f"{quantity}_low_Gy"] = totals.quantile(INTERVAL[0])
                columns[f"{quantity}_high_Gy"] = totals.quantile(INTERVAL[1])
        part = pd.DataFrame(columns).dropna(how="all")
        part.insert(0, "Gy_per_GBq", _per_activity(part, regimen, activities, members))
        parts[regimen] = part
    if not parts:
        index = pd.MultiIndex.from_arrays([[], []], names=["regimen", "region"])
        return pd.DataFrame(columns=["Gy_per_GBq", "absorbed_dose_Gy", "BED_Gy"], index=index)
    table: pd.DataFrame = pd.concat(parts, names=["regimen", "region"])
    return table


def _per_activity(
    part: pd.DataFrame, regimen: str, activities: Mapping[str, float], members: Cohort | None
) -> pd.Series[float] | float:
    """Absorbed dose per activity of the patient, or the median of the members, each by what he got."""
    if not all(activities.values()):
        return UNKNOWN
    if "absorbed_dose_Gy" in part or members is None:
        return part["absorbed_dose_Gy"] / next(iter(activities.values()))
    totals = totals_of(members, "absorbed_dose", regimen)
    got = [
        activities[str(p)] for p in cycles_of(members, "absorbed_dose", regimen)["patient"].values
    ]
    return totals.div(got, axis=0).median()


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
                known = drawn[np.isfinite(drawn)]
                low, high = (
                    np.quantile(known, INTERVAL) / limit.gray if known.size else (UNKNOWN, UNKNOWN)
                )
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


def collected(
    comparison: Comparison, members: Cohort, region: str, quantity: str, regimen: str
) -> tuple[Array, Array]:
    """Find the weeks at which a cycle of any patient begins and the end, and the dose collected by then.

    Returns
    -------
    tuple of numpy.ndarray
        Weeks, shape (n,), and dose [Gy], shape (members, n).
    """
    found = cycles_of(members, quantity, regimen).sel(region=region)
    starts = {
        who: cycle_weeks(comparison.given[who, regimen])
        for who in comparison.patients
        if (who, regimen) in comparison.given
    }
    weeks = np.unique(np.concatenate(list(starts.values())))
    rows = []
    for who, cycles in zip(found["patient"].values, found.values, strict=True):
        begun = np.searchsorted(starts[str(who)], weeks, side="right")
        rows.append(np.cumsum(cycles)[begun - 1])
    run = next(run for (_, name), run in comparison.runs.items() if name == regimen)
    after = (
        float(run.data.attrs["end_h"]) - float(run.data["cycle_start"].values[-1])
    ) / HOURS_PER_WEEK
    total = np.array(rows).reshape(-1, len(weeks))
    return np.append(weeks, weeks[-1] + after), np.concatenate([total, total[:, -1:]], axis=1)
