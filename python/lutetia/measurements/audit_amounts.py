"""Checks of amounts: no region holds more than was given, and hardly a region next to nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lutetia.measurements.audit_context import SERIES, Context, margin, thousands
from lutetia.measurements.cells import tuples

LEAST_SHARE = 1e-5  # of the administered activity, decayed: below, a unit is the likelier reason
LEAST_OF_BODY = 2e-3  # the same of the whole body: a thousandth is hidden by no excretion
KEY = ["patient", "cycle", "nuclide"]
USED = ["activity_MBq", "error", "decay_constant", "duration_h"]
IMAGED = ("SPECT", "planar")


def infusion(context: Context) -> None:
    """Find times that were counted from the end of the administration."""
    f = context.values
    if f["duration_h"].isna().all():
        context.skipped.append("times from the end of the infusion: no duration is known")
        return
    f = f[(f["duration_h"] > 0) & (f["t_h"] <= f["duration_h"])]
    infused = f["t_h"] / f["duration_h"]
    bound = f["administered_activity_MBq"] * np.exp(-f["decay_constant"] * f["t_h"]) * infused
    above = f["activity_MBq"] > bound * margin(f["error"])
    hint = "t_h counts from the start of the administration; was it counted from the end?"
    for row in tuples(f[above & (f["t_h"] < f["duration_h"])]):
        context.add(
            "error",
            "infusion",
            row.row,
            "t_h",
            "more activity than was infused by then",
            found=f"{row.activity_MBq:.4g} MBq at {row.t_h:g} h",
            expected=f"at most {bound[row.Index]:.4g} MBq, the infusion lasts {row.duration_h:g} h",
            hint=hint,
        )
    context.doubt(f[above & (f["t_h"] < f["duration_h"])])
    for row in tuples(f[~above & f["modality"].isin(IMAGED)]):
        context.add(
            "warning",
            "infusion",
            row.row,
            "t_h",
            "a scan during the infusion",
            found=f"{row.t_h:g} h",
            expected=f"after the infusion, which lasts {row.duration_h:g} h",
            hint=hint,
        )


def units(context: Context) -> None:
    """Find regions that hold more than was given, or so little that a unit is the likelier reason."""
    f = context.values
    if f["administered_activity_MBq"].isna().all():
        context.skipped.append("units against the administered activity: it is not known")
        return
    left = f["administered_activity_MBq"] * np.exp(-f["decay_constant"] * f["t_h"])
    f = f.assign(left=left, share=f["activity_MBq"] / left)
    f["above"] = f["share"] > margin(f["error"])
    f["least"] = np.where(f["region_class"] == "whole_body", LEAST_OF_BODY, LEAST_SHARE)
    of_series = f.groupby(SERIES, dropna=False)
    odd = of_series["above"].transform("any") | (of_series["share"].transform("max") < f["least"])
    for _, series in f[odd].groupby(SERIES, dropna=False, sort=False):
        worst, above = series.iloc[series["share"].argmax()], series[series["above"]]
        share = float(worst["share"])
        if worst["above"]:
            context.add(
                "error",
                "unit",
                worst["row"],
                "unit",
                "more activity than was administered",
                found=f"{worst['activity_MBq']:.4g} MBq in {worst['region']} at {worst['t_h']:g} h"
                f" ({len(above)} of {len(series)} values)",
                expected=f"at most {worst['left']:.4g} MBq",
                hint=thousands(share),
            )
            context.doubt(above)
        else:
            context.add(
                "warning",
                "unit",
                worst["row"],
                "unit",
                "hardly any of the administered activity",
                found=f"at most {share:.1e} of it in {worst['region']}",
                expected=f"more than {worst['least']:g}",
                hint=thousands(share),
            )
            context.doubt(series)


def sums(context: Context) -> None:
    """Find regions that hold more than was given only when taken together."""
    f = context.values
    f = f[~f["region_class"].isin(["whole_body", "blood"])]  # they contain the others
    scan = ["patient", "cycle", "nuclide", "t_h"]
    known = f.groupby([*scan, "region"], as_index=False, sort=False).agg(
        row=("row", "min"),
        value=("activity_MBq", "mean"),  # of repeated scans
        error=("error", "max"),
        constant=("decay_constant", "first"),
        given=("administered_activity_MBq", "first"),
    )
    total = known.groupby(scan, as_index=False, sort=False).agg(
        row=("row", "min"),
        value=("value", "sum"),
        regions=("region", "count"),
        error=("error", "max"),
        constant=("constant", "first"),
        given=("given", "first"),
    )
    total["left"] = total["given"] * np.exp(-total["constant"] * total["t_h"])
    for row in tuples(total[total["value"] > total["left"] * margin(total["error"])]):
        context.add(
            "error",
            "sum",
            row.row,
            "value",
            "all regions of a scan together hold more than was administered",
            found=f"{row.value:.4g} MBq in {row.regions} regions at {row.t_h:g} h",
            expected=f"at most {row.left:.4g} MBq",
            hint="check decay correction, overlapping regions and the administered activity",
        )


def whole_body(context: Context) -> None:
    """Find regions that hold more than the whole body did: it only loses once the infusion is over."""
    f = context.values[[*KEY, "region", "region_class", "row", "t_h", *USED]]
    bodies = f[(f["region_class"] == "whole_body") & ~(f["t_h"] < f["duration_h"])]
    bodies = bodies.assign(body_t_h=bodies["t_h"]).sort_values("t_h")
    parts = f[f["region_class"].isin(["organ", "tumor"])].sort_values("t_h")
    f = pd.merge_asof(parts, bodies, on="t_h", by=KEY, suffixes=("", "_of_body"))
    decay = np.exp(-f["decay_constant"] * (f["t_h"] - f["body_t_h"]))
    f["bound"] = f["activity_MBq_of_body"] * decay
    above = f["activity_MBq"] > f["bound"] * margin(f["error"], f["error_of_body"])
    for row in tuples(f[above]):
        context.add(
            "error",
            "whole_body",
            row.row,
            "value",
            "a region holds more than the whole body",
            found=f"{row.activity_MBq:.4g} MBq in {row.region} at {row.t_h:g} h",
            expected=f"at most {row.bound:.4g} MBq, from row {row.row_of_body:.0f}",
            hint="check units and decay correction of both rows",
        )
