"""Checks of single rows and of rows among each other: repeats, times of cycles, errors, volumes, names."""

from __future__ import annotations

import numpy as np

from lutetia import _core
from lutetia.measurements.audit_context import SERIES, Context
from lutetia.measurements.cells import tuples
from lutetia.units import MILLILITERS_PER_LITER

FEW_HALF_LIVES = 5.0  # 3 % are left; no cycle begins with a scan that late
LEAST_ERROR = 2e-3  # relative: a region cannot be drawn better
SAME_ORDER = 30.0  # about √1000: beyond it another unit is nearer
UNEQUAL = 3.0  # ratio of values whose absolute errors are hardly the same


def duplicates(context: Context) -> None:
    """Find rows that stand there twice."""
    key = [*SERIES, "t_h", "quantity"]
    repeated = context.frame[context.frame.duplicated(key, keep=False)]
    for _, rows in repeated.groupby(key, dropna=False, sort=False):
        first = rows.iloc[0]
        for _, row in rows.iloc[1:].iterrows():
            same = row[["value", "detection_limit"]].equals(first[["value", "detection_limit"]])
            context.add(
                "error" if same else "warning",
                "duplicate",
                row["row"],
                "value",
                "the row stands there twice" if same else "two values of one scan",
                found=f"{row['value']:g} {row['unit']} of {row['region']} at {row['t_h']:g} h, as row {first['row']}",
                expected="one row per scan and region",
                hint="repeated scans need different names in column 'scan'",
            )


def cycle_times(context: Context) -> None:
    """Find times of a later cycle that count from the start of the first one."""
    for (patient, cycle, _), rows in context.frame.groupby(
        ["patient", "cycle", "nuclide"], sort=False
    ):
        start, first = rows["time_h"].iloc[0], rows.iloc[rows["t_h"].argmin()]
        late = first["decay_constant"] * first["t_h"] > FEW_HALF_LIVES * np.log(2)
        of_first = context.frame[
            (context.frame["patient"] == patient) & (context.frame["cycle"] < cycle)
        ]
        known = start > 0 and first["t_h"] >= start
        guessed = np.isnan(start) and len(of_first) and first["t_h"] > of_first["t_h"].max()
        if cycle == 1 or not late or not (known or guessed):
            continue
        context.add(
            "error" if known else "warning",
            "cycle_time",
            first["row"],
            "t_h",
            "times of a later cycle seem to count from the start of the first one",
            found=f"first scan of cycle {cycle} at {first['t_h']:g} h",
            expected=f"times from the start of cycle {cycle}"
            + (f", which is at {start:g} h" if known else ""),
            hint="subtract the start of the cycle",
        )
        context.doubt(rows)


def errors(context: Context) -> None:
    """Find standard deviations that are no absolute errors of a measurement."""
    f = context.frame[(context.frame["censoring"] == "none") & context.frame["sd"].notna()]
    for _, rows in f.groupby("patient", sort=False):
        values = rows["value"]
        equal = len(rows) > 2 and rows["sd"].nunique() == 1 and rows["sd"].iloc[0] < 1
        if equal and values.max() > UNEQUAL * values.min():
            context.add(
                "warning",
                "sd",
                rows.iloc[0]["row"],
                "sd",
                "the same sd for values of different size",
                found=f"{rows['sd'].iloc[0]:g} for values from {values.min():g} to {values.max():g}",
                expected="the standard deviation in the unit of the value",
                hint="a relative error must be multiplied by the value",
            )
            f = f.drop(rows.index)
    for row in tuples(f):
        large = row.sd >= row.value
        if not large and row.sd >= LEAST_ERROR * row.value:
            continue
        context.add(
            "warning",
            "sd",
            row.row,
            "sd",
            "the sd is as large as the value" if large else "the sd is implausibly small",
            found=f"{row.sd:g} for a value of {row.value:g}",
            expected=f"{LEAST_ERROR:.1%} to 100 % of the value",
            hint="a value below detection is censored"
            if large
            else "a relative error must be multiplied by the value",
        )


def censoring(context: Context) -> None:
    """Find values on the wrong side of their detection limit, and zeros."""
    f = context.frame
    both = f["value"].notna() & f["detection_limit"].notna()
    above = both & (f["censoring"] == "left") & (f["value"] > f["detection_limit"])
    below = both & (f["censoring"] == "none") & (f["value"] < f["detection_limit"])
    for row in tuples(f[above | below]):
        over = row.censoring == "left"
        context.add(
            "error" if over else "warning",
            "censoring",
            row.row,
            "censoring",
            "a censored value above its detection limit"
            if over
            else "a value below its detection limit that is not censored",
            found=f"{row.value:g}, limit {row.detection_limit:g} {row.unit}",
            expected="censoring 'none'" if over else "censoring 'left'",
        )
    for row in tuples(f[(f["censoring"] == "none") & (f["value"] == 0)]):
        context.add(
            "warning",
            "censoring",
            row.row,
            "value",
            "a value of zero that is not censored",
            found=f"0 {row.unit} in {row.region}",
            expected="a positive value, or censoring 'left' with a detection limit",
        )


def volumes(context: Context) -> None:
    """Find volumes in another unit than mL: far from those of the model, or from each other."""
    f = context.frame[context.frame["volume_mL"].notna()]
    for (_, region), rows in f.groupby(["patient", "region"], sort=False):
        usual = context.volumes.get(str(region), np.nan) * MILLILITERS_PER_LITER
        if np.isnan(usual):
            usual = float(rows["volume_mL"].max())  # a lesion: only its own volumes are known
        ratio = rows["volume_mL"] / usual
        odd = rows[(ratio > SAME_ORDER) | (ratio < 1 / SAME_ORDER)]
        if odd.empty:
            continue
        first = odd.iloc[0]
        small = first["volume_mL"] < usual
        context.add(
            "warning",
            "volume",
            first["row"],
            "volume_mL",
            "an unlikely volume",
            found=f"{first['volume_mL']:g} mL of {region} ({len(odd)} of {len(rows)} rows)",
            expected=f"about {usual:.3g} mL",
            hint="is it in L?" if small else "is it in mm^3?",
        )


def names(context: Context) -> None:
    """Find organs the model does not have."""
    if not context.known:
        return
    f = context.frame[context.frame["region_class"].isin(["organ", "whole_body"])]
    for region, rows in f.groupby("region", sort=False):
        if region not in context.known:
            context.add(
                "warning",
                "region",
                rows.iloc[0]["row"],
                "region",
                "the model has no such region",
                found=repr(region),
                expected="a region of the model",
                hint=_core.suggestion(str(region), context.known),
            )
