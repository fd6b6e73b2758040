"""Retention in the body and excretion into urine, as fractions of the given."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lutetia.errors import DataError
from lutetia.readings.cycles import activity_of, curve_of, cycle_of, parameter
from lutetia.result import Run


def whole_body_retention(run: Run, *, nuclide: str | None = None) -> pd.DataFrame:
    """Activity in the body as a fraction of the given, over time and per cycle.

    The body is every pool but urine and what left at once; an infusion counts as it enters.

    Parameters
    ----------
    run
        A finished simulation.
    nuclide
        Needed when the run has several.

    Returns
    -------
    pandas.DataFrame
        One row per output time from the first cycle on: ``time_h``, ``cycle``, ``since_start_h``,
        ``fraction_of_administered`` (of all given until then), ``fraction_of_cycle`` (of that
        cycle's activity, with what is left of earlier ones) and ``biological_fraction_of_cycle``,
        the same corrected for decay to the start of the cycle.

    Examples
    --------
    >>> import lutetia as lt
    >>> run = lt.simulate("sstr2_whole_body", "reference_male", "netter1", times=[0.5, 24, 1368])
    >>> whole_body_retention(run)["fraction_of_cycle"].round(3).to_list()
    [0.92, 0.14, 0.14]
    """
    names = [str(n) for n in run.data["nuclide"].values]
    if not names:
        raise DataError("the run has no labeled administration and so no activity to retain")
    if nuclide is None and len(names) > 1:
        raise ValueError(f"the run has the nuclides {names}; choose one with nuclide=")
    if nuclide is not None and nuclide not in names:
        raise ValueError(f"nuclide must be one of the run, {names}, found {nuclide!r}")
    name = nuclide or names[0]
    given = run.data["administered_activity"].sel(nuclide=name).values
    with_it = np.flatnonzero(given > 0)
    starts = run.data["cycle_start"].values[with_it]
    times = run.data["time"].values
    body = activity_of(run, name).sel(region="whole_body").values[times >= starts[0]]
    times = times[times >= starts[0]]
    which = np.searchsorted(starts, times, side="right") - 1
    since = times - starts[which]
    fraction = body / given[with_it][which]
    decay = parameter(run, f"{name}.decay_constant")
    return pd.DataFrame(
        {
            "time_h": times,
            "cycle": with_it[which] + 1,
            "since_start_h": since,
            "fraction_of_administered": body / np.cumsum(given[with_it])[which],
            "fraction_of_cycle": fraction,
            "biological_fraction_of_cycle": fraction * np.exp(decay * since),
        }
    )


def urine_fraction(
    run: Run, *, reading: str, cycle: int = 1, nuclide: str | None = None
) -> pd.Series[float]:
    """Fraction of the given that was excreted into urine since the start of a cycle.

    Parameters
    ----------
    run
        A finished simulation with an output at the start of the cycle.
    reading
        ``"peptide"`` or ``"decay_corrected"`` (what a collection corrected for decay shows) or
        ``"activity"`` (what is in the collected urine at that time).
    cycle
        Counted from 1; urine of earlier cycles is subtracted.
    nuclide
        Needed when the cycle has several.

    Returns
    -------
    pandas.Series
        Index ``since_start_h``, the output times of the cycle.

    Raises
    ------
    DataError
        If the model has no urine or no output lies at the start of a later cycle.

    Examples
    --------
    >>> import lutetia as lt
    >>> times = [0, 1, 4, 24]
    >>> run = lt.simulate("sstr2_whole_body", "reference_male", "netter1", times=times)
    >>> urine_fraction(run, reading="peptide").round(2).to_list()
    [0.0, 0.18, 0.52, 0.83]
    """
    part = cycle_of(run, cycle, nuclide)
    if "urine" not in run.regions:
        raise DataError(f"the model has no region 'urine', found {run.regions}")
    times, values, given = curve_of(run, "urine", reading, part)
    before = values[times == 0.0]
    if cycle > 1 and not before.size:
        raise DataError(
            f"urine of cycle {cycle} needs an output at its start, {part.start:g} h, to subtract what "
            "was there; add it to times"
        )
    left = before[0] if before.size and cycle > 1 else 0.0
    if reading == "activity":
        left = left * np.exp(-part.decay_constant * times)
    index = pd.Index(times, name="since_start_h")
    return pd.Series((values - left) / given, index=index, name="urine_fraction")
