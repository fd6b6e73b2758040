"""One cycle of a run, and curves within it.

Three readings of a curve differ and none is a default: ``"activity"`` falls by washout and decay,
``"decay_corrected"`` is the same label corrected to the start of its administration, ``"peptide"`` is
all peptide of that ligand, labeled or not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from lutetia.result import Run
from lutetia.units import Quantity, to_internal

Array = npt.NDArray[np.float64]

READINGS = {"activity": "MBq", "decay_corrected": "MBq", "peptide": "nmol"}


@dataclass(frozen=True)
class Cycle:
    """One labeled administration: times in h, activity in MBq, decay constant in 1/h.

    It ends where the next one starts; the last one has no end.
    """

    number: int
    start: float
    end: float
    nuclide: str
    ligands: tuple[str, ...]
    activity: float
    decay_constant: float


def cycle_of(run: Run, cycle: int = 1, nuclide: str | None = None) -> Cycle:
    """Look up a cycle of a run: everything labeled that starts at its time.

    Raises
    ------
    ValueError
        If there is no such cycle, or if it has several nuclides and none, or another, is asked for.

    Examples
    --------
    >>> import lutetia as lt
    >>> cycle_of(lt.simulate("sstr2_whole_body", "reference_male", "netter1"), 2).start
    1344.0
    """
    starts = run.data["cycle_start"].values
    if not 1 <= cycle <= starts.size:
        raise ValueError(f"cycle must be one of the {starts.size} of the run, found {cycle}")
    start = float(starts[cycle - 1])
    end = float(starts[cycle]) if cycle < starts.size else np.inf
    given = [
        g
        for g in json.loads(run.data.attrs["given"])
        if g["time_h"] == start and g["activity_MBq"] > 0
    ]
    names = list(dict.fromkeys(g["nuclide"] for g in given))
    if nuclide is None and len(names) > 1:
        raise ValueError(f"cycle {cycle} has the nuclides {names}; choose one with nuclide=")
    if nuclide is not None and nuclide not in names:
        raise ValueError(f"nuclide must be one of cycle {cycle}, {names}, found {nuclide!r}")
    name = nuclide or names[0]
    given = [g for g in given if g["nuclide"] == name]
    ligands = tuple(dict.fromkeys(g["ligand"] for g in given))
    decay = parameter(run, f"{name}.decay_constant")
    return Cycle(cycle, start, end, name, ligands, sum(g["activity_MBq"] for g in given), decay)


def parameter(run: Run, name: str) -> float:
    """Value of a parameter of the run, in the unit of its table."""
    return float(run.parameters["value"].loc[name])


def activity_of(run: Run, nuclide: str) -> xr.DataArray:
    """Activity of one nuclide, whatever ligand carries it and whichever cycle it is from.

    Parameters
    ----------
    run
        A finished simulation.
    nuclide
        One that was given in it.

    Returns
    -------
    xarray.DataArray
        Decaying, dims (region, time) [MBq].

    Examples
    --------
    >>> import lutetia as lt
    >>> run = lt.simulate("sstr2_whole_body", "reference_male", "netter1")
    >>> bool(np.allclose(activity_of(run, "Lu-177"), run.data["activity"]))
    True
    """
    given = [g for g in json.loads(run.data.attrs["given"]) if g["nuclide"] == nuclide]
    forms = [str(f) for f in run.data["form"].values if str(f).endswith(f"[{nuclide}]")]
    per_amount = given[0]["activity_MBq"] / given[0]["labeled_amount_nmol"]
    activity: xr.DataArray = run.data["amount"].sel(form=forms).sum("form") * per_amount
    return activity.assign_attrs(units="MBq").rename("activity")


def curve_of(run: Run, region: str, reading: str, cycle: Cycle) -> tuple[Array, Array, float]:
    """Curve of a region over one cycle, and what was given in it.

    Parameters
    ----------
    run
        A finished simulation.
    region, reading
        See the module for the readings.
    cycle
        From `cycle_of`.

    Returns
    -------
    times, values : ndarray
        Shape (n,): time since the start of the cycle [h], MBq or nmol in the region.
    given : float
        In the unit of the values.

    Raises
    ------
    ValueError
        If region or reading is unknown.
    """
    if reading not in READINGS:
        raise ValueError(f"reading must be one of {', '.join(READINGS)}, found {reading!r}")
    if region not in run.regions:
        raise ValueError(f"region must be one of {run.regions}, found {region!r}")
    times = run.data["time"].values
    inside = (times >= cycle.start) & (times < cycle.end)
    since = times[inside] - cycle.start
    if reading == "peptide":
        amount = run.data["amount"].sel(form=list(cycle.ligands), region=region).sum("form")
        given = sum(
            float(g["amount_nmol"])
            for g in json.loads(run.data.attrs["given"])
            if g["ligand"] in cycle.ligands and cycle.start <= g["time_h"] < cycle.end
        )
        return since, amount.values[inside], given
    values = activity_of(run, cycle.nuclide).sel(region=region).values[inside]
    if reading == "decay_corrected":
        values = values * np.exp(cycle.decay_constant * since)
    return since, values, cycle.activity


def between(times: Array, window: tuple[Quantity, Quantity], name: str) -> npt.NDArray[np.bool_]:
    """Mark the times [h] in a window given by quantities, both ends included.

    Examples
    --------
    >>> between(np.array([0.0, 1.0, 2.0]), ("30 min", "2 h"), "window").tolist()
    [False, True, True]
    """
    first, last = (to_internal(t, "h", name) for t in window)
    if first >= last:
        raise ValueError(f"{name} must be two ascending times, found {window[0]} and {window[1]}")
    return np.asarray((times >= first) & (times <= last))
