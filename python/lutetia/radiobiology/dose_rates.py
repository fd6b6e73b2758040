"""Absorbed dose rates of a finished run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from lutetia import _core
from lutetia.dosimetry.data import DoseData, dose_data
from lutetia.errors import DataError
from lutetia.result import RESEARCH_ONLY, Run
from lutetia.units import Quantity, hours_of


def dose_rate(
    run: Run,
    times: Sequence[Quantity] | None = None,
    *,
    convention: str = "s_values",
    tail: str = "linear",
    library: _core.Library | None = None,
) -> xr.DataArray:
    """Absorbed dose rate of every organ and lesion over time.

    Ḋ(r_T, t) = Σ_S A(r_S, t)·S(r_T ← r_S), from the activity between the steps of the run, not from its
    output times: exact at any time, however short a cycle's first minutes.

    Parameters
    ----------
    run
        A finished simulation.
    times
        Shape (n,), ascending, numbers in h or quantities; the output times of the run when absent.
        After the end of the run the rate falls by one exponential with the dose of the tail.
    convention, tail, library
        As in `absorbed_dose`.

    Returns
    -------
    xarray.DataArray
        Dims (time, region) [Gy/h], alpha particles included.

    Raises
    ------
    DataError
        If the run holds no activity curves, or as `absorbed_dose`.

    Examples
    --------
    >>> import lutetia as lt
    >>> run = lt.simulate("sstr2_whole_body", "reference_male", "netter1")
    >>> rate = lt.dose_rate(run, ["24 h", "96 h"])
    >>> rate.sel(region="kidney").round(3).values.tolist()  # Gy/h
    [0.039, 0.018]
    """
    data = dose_data(run, convention, tail, library)
    shown = (
        run.data["time"].values
        if times is None
        else np.array([hours_of(t, "times") for t in times])
    )
    values = dose_rates_of(run, data).at([float(t) for t in shown]).sum(axis=0)
    return xr.DataArray(
        values.T,
        dims=("time", "region"),
        coords={"time": ("time", shown, {"units": "h"}), "region": data.regions},
        name="dose_rate",
        attrs={"units": "Gy/h", "convention": convention, "notice": RESEARCH_ONLY},
    )


def curves_of(run: Run) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Knots and values of the activity between the steps of a run."""
    if "activity_curve" not in run.data:
        raise DataError(
            "the run holds no activity curves: it was made by an earlier version; simulate it again"
        )
    return run.data["knot"].values, run.data["activity_curve"].values


def dose_rates_of(run: Run, data: DoseData) -> _core.DoseRates:
    """Dose rates of a run to the targets of `data`."""
    return _core.dose_rates(
        data.library, data.targets, data.tia, data.sex, data.core_convention, *curves_of(run)
    )
