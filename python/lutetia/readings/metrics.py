"""Exposure and half-lives: what a pharmacokinetic report asks of a run."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lutetia.errors import DataError
from lutetia.readings.curves import FEWEST_POINTS, area_under_curve, log_linear, terminal_phase
from lutetia.readings.cycles import READINGS, activity_of, between, curve_of, cycle_of
from lutetia.result import Run
from lutetia.units import Quantity


def noncompartmental(
    run: Run,
    region: str = "serum",
    *,
    reading: str,
    cycle: int = 1,
    early: tuple[Quantity, Quantity] = ("1 h", "12 h"),
    nuclide: str | None = None,
) -> pd.DataFrame:
    """Non-compartmental analysis of the concentration in a region over one cycle.

    Parameters
    ----------
    run
        A finished simulation; its output times are the samples.
    region
        Any region with a volume; clearance and volume are meant for ``"serum"``.
    reading
        ``"activity"`` (decaying; half-lives are effective), ``"decay_corrected"`` (half-lives are
        biological) or ``"peptide"``.
    cycle
        Counted from 1. What is left of earlier cycles counts as if it were of this one.
    early
        Window of the early half-life after the start of the cycle.
    nuclide
        Needed when the cycle has several.

    Returns
    -------
    pandas.DataFrame
        Index quantity; columns ``value`` and ``unit`` (concentrations in MBq/L, which is kBq/mL, or
        nmol/L): ``cmax``, ``tmax``, ``auc_last``, ``auc_infinity``, ``auc_extrapolated`` (share of
        auc_infinity after the last sample), ``clearance`` (given / auc_infinity), ``volume``
        (terminal: clearance / terminal rate), ``terminal_half_life``, ``terminal_start``,
        ``terminal_points``, ``terminal_adjusted_r2``, ``early_half_life``. NaN where the curve has no
        falling terminal phase or fewer than 3 samples in the early window.

    Raises
    ------
    ValueError
        If a choice is unknown.
    DataError
        If the region has no volume, or the cycle fewer than 3 output times.

    Notes
    -----
    The area is linear-up log-down (`lutetia.readings.curves.area_under_curve`); the terminal phase is chosen by
    `lutetia.readings.curves.terminal_phase`. After a bolus pass ``at_event="after"`` and early ``times`` to
    `simulate`, otherwise the first sample is zero.

    References
    ----------
    Gabrielsson, Weiner 2016, Pharmacokinetic and Pharmacodynamic Data Analysis, 5th ed.,
    ISBN 9198299107.

    Examples
    --------
    >>> import lutetia as lt
    >>> run = lt.simulate("sstr2_whole_body", "reference_male", "netter1")
    >>> table = noncompartmental(run, reading="activity")
    >>> table.at["clearance", "unit"], float(table.at["tmax", "value"])
    ('L/h', 0.5)
    """
    part = cycle_of(run, cycle, nuclide)
    times, values, given = curve_of(run, region, reading, part)
    volume = float(run.volumes(cycle).sel(region=region))
    if not np.isfinite(volume):
        raise DataError(
            f"region {region!r} has no volume and so no concentration; "
            "for the whole body use whole_body_retention, for urine urine_fraction"
        )
    if times.size < FEWEST_POINTS:
        raise DataError(f"cycle {cycle} needs at least 3 output times, found {times.size}")
    values = np.maximum(values / volume, 0.0)  # the solver does not clip: −1e-15 of the given
    peak = int(np.argmax(values))
    last = int(np.flatnonzero(values > 0)[-1])
    auc = area_under_curve(times[: last + 1], values[: last + 1])
    phase = terminal_phase(times, values)
    total = auc + values[last] / phase.rate if phase else np.nan
    clearance = given / total
    window = between(times, early, "early") & (values > 0)
    enough = np.count_nonzero(window) >= FEWEST_POINTS
    unit = f"{READINGS[reading]}/L"
    rows = {
        "cmax": (values[peak], unit),
        "tmax": (times[peak], "h"),
        "auc_last": (auc, f"{unit}*h"),
        "auc_infinity": (total, f"{unit}*h"),
        "auc_extrapolated": (1 - auc / total, "1"),
        "clearance": (clearance, "L/h"),
        "volume": (clearance / phase.rate if phase else np.nan, "L"),
        "terminal_half_life": (phase.half_life if phase else np.nan, "h"),
        "terminal_start": (phase.first if phase else np.nan, "h"),
        "terminal_points": (phase.points if phase else 0, "1"),
        "terminal_adjusted_r2": (phase.adjusted_r2 if phase else np.nan, "1"),
        "early_half_life": (
            log_linear(times[window], values[window]).half_life if enough else np.nan,
            "h",
        ),
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["value", "unit"])
    return table.rename_axis("quantity")


def effective_half_lives(
    run: Run, *, start: Quantity, end: Quantity, cycle: int = 1, nuclide: str | None = None
) -> pd.DataFrame:
    """Half-life of the activity in every region between two times.

    Parameters
    ----------
    run
        A finished simulation.
    start, end
        Window after the start of the cycle, e.g. ``"24 h"`` and ``"168 h"``; all output times within,
        both ends included, enter a regression of ln(activity).
    cycle
        Counted from 1.
    nuclide
        Needed when the cycle has several.

    Returns
    -------
    pandas.DataFrame
        Index region (without urine); columns ``effective_half_life_h``, ``biological_half_life_h``
        (washout alone: 1/T_bio = 1/T_eff − 1/T_phys; infinite where nothing leaves or more arrives),
        ``adjusted_r2`` and ``points``. Regions without activity are left out.

    Raises
    ------
    DataError
        If fewer than 3 output times lie in the window.

    Examples
    --------
    >>> import lutetia as lt
    >>> run = lt.simulate("sstr2_whole_body", "reference_male", "netter1")
    >>> table = effective_half_lives(run, start="24 h", end="168 h")
    >>> round(table.at["kidney", "effective_half_life_h"])  # physical 159.5 h
    67
    """
    part = cycle_of(run, cycle, nuclide)
    activity = activity_of(run, part.nuclide)
    times = run.data["time"].values - part.start
    window = between(times, (start, end), "start and end") & (times + part.start < part.end)
    rows = {}
    for region in run.regions:
        values = activity.sel(region=region).values[window]
        if region == "urine" or (values.size and not (values > 0).any()):
            continue
        fit = log_linear(times[window], values)
        washout = fit.rate - part.decay_constant
        biological = np.log(2) / washout if washout > 0 else np.inf
        rows[region] = (fit.half_life, biological, fit.adjusted_r2, fit.points)
    columns = ["effective_half_life_h", "biological_half_life_h", "adjusted_r2", "points"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("region")
