"""Checks of decay correction, from how fast activity falls.

Once the label has been distributed, no region gains as much as decay takes from it, so ln A falls at
least with the decay constant λ. Values that were decay-corrected once more than stated fall with the
washout alone. That is seen where washout is slower than decay – all regions of a 68Ga PET, most tumors
under 177Lu – and cannot be seen where it is faster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lutetia.measurements.audit_context import Context

LATE = 1 / 3  # of the time of the last scan: where the late part of a curve begins
SPAN = 0.5  # half-lives the late part must span, else decay is hidden by noise and uptake
FLAT = 0.5  # of λ: a fall slower than that counts, so that some late uptake does not
# Σ z² over flat regions. Where all slopes are exactly λ, five regions exceed 20 by chance in 2 of 10,000
# tables (mixture of χ² with binomial weights); slopes are steeper, so it is rarer.
EVIDENCE = 20.0
AS_DECAY = (0.75, 1.2)  # of λ: mean fall of corrected values that looks like decay left in
ALIKE = (0.4, 1.6)  # the same of every region
PRECISE = 0.1  # of λ: greatest standard error of that mean


@dataclass(frozen=True)
class Slope:
    """Late fall of ln A in one region over all its cycles, and its standard error [1/h]."""

    region: str
    body: bool
    row: int
    rate: float
    error: float


def mixed(context: Context) -> None:
    """Find series of which some values are decay-corrected and some are not."""
    key = ["patient", "cycle", "region", "nuclide", "modality"]
    states = context.frame.groupby(key)["decay_corrected"].transform("nunique")
    for _, series in context.frame[states > 1].groupby(key, sort=False):
        first = series.iloc[0]
        other = series[series["decay_corrected"] != first["decay_corrected"]]
        context.add(
            "warning",
            "mixed",
            other.iloc[0]["row"],
            "decay_corrected",
            "decay-corrected and decaying values in one series",
            found=f"{len(other)} of {len(series)} values of {first['region']} unlike row {first['row']}",
            expected="one state per series",
            hint="check what was exported",
        )


def slopes(context: Context) -> None:
    """Find values that were decay-corrected once more, or once less, than stated."""
    f = context.values
    f = f[f["region_class"] != "excreta"]  # collected, so they may gain all the time
    key = ["patient", "nuclide", "modality", "decay_corrected"]
    for (_, _, _, corrected), table in f.groupby(key, sort=False):
        constant = float(table["decay_constant"].iloc[0])
        found = [
            slope
            for region, rows in table.groupby("region", sort=False)
            if (slope := _late(str(region), rows, constant))
        ]
        _flat(context, found, constant, bool(corrected))
        if corrected:
            _steep(context, found, constant)


def _late(region: str, rows: pd.DataFrame, constant: float) -> Slope | None:
    """Weighted regression of ln A on time, one intercept per cycle."""
    weight = moment = 0.0
    for _, cycle in rows.groupby("cycle"):
        t, a, error = cycle[["t_h", "activity_MBq", "error"]].sort_values("t_h").to_numpy(float).T
        late = slice(min(int(np.searchsorted(t, LATE * t[-1])), max(t.size - 2, 0)), None)
        t, y, w = t[late], np.log(a[late]), error[late] ** -2
        if constant * (t[-1] - t[0]) < SPAN * np.log(2):
            continue
        t = t - np.average(t, weights=w)
        weight += float(np.sum(w * t * t))
        moment += float(np.sum(w * t * y))
    if weight == 0.0:
        return None
    body = bool((rows["region_class"] == "whole_body").any())
    last = int(rows["row"].iloc[rows["t_h"].argmax()])
    return Slope(region, body, last, -moment / weight, weight**-0.5)


def _flat(context: Context, found: list[Slope], constant: float, corrected: bool) -> None:
    flat = [slope for slope in found if slope.rate < FLAT * constant]
    if sum(((s.rate - constant) / s.error) ** 2 for s in flat) <= EVIDENCE:
        return
    worst = min(flat, key=lambda s: s.rate)
    context.add(
        "error" if any(slope.body for slope in flat) else "warning",
        "decay_correction",
        worst.row,
        "decay_corrected",
        "late activity falls slower than by physical decay",
        found=f"{worst.rate:.3g} per h in {worst.region}; flat: {', '.join(s.region for s in flat)}",
        expected=f"at least {constant:.3g} per h",
        hint="the values were probably decay-corrected twice"
        if corrected
        else "the values are probably decay-corrected already",
    )


def _steep(context: Context, found: list[Slope], constant: float) -> None:
    if len(found) < 2:
        return
    ratios = np.array([s.rate / constant - 1 for s in found])  # of the values as stated
    weights = np.array([s.error**-2 for s in found])
    mean, error = np.average(ratios, weights=weights), weights.sum() ** -0.5 / constant
    alike = ALIKE[0] < ratios.min() and ratios.max() < ALIKE[1]
    if not alike or error > PRECISE or not AS_DECAY[0] < mean < AS_DECAY[1]:
        return
    context.add(
        "warning",
        "decay_correction",
        found[0].row,
        "decay_corrected",
        "decay-corrected values of all regions fall as physical decay does",
        found=f"{mean * constant:.3g} per h on average over {len(found)} regions",
        expected=f"a fall by washout alone, unlike that by decay of {constant:.3g} per h",
        hint="the values were probably not decay-corrected",
    )
