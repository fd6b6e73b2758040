"""Predict activities and absorbed doses of a fitted patient, with intervals."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from lutetia import _core
from lutetia.fitting.occasions import in_regimen
from lutetia.imaging_design.information import derived_variance
from lutetia.prescription import Infusion, Regimen, read_regimen
from lutetia.result import RESEARCH_ONLY
from lutetia.run import _choice
from lutetia.units import Quantity, hours_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lutetia.fitting.result import Fit

Array = npt.NDArray[np.float64]

ROUNDING = 1e-12  # of the largest value: what is left of a cycle weeks later has no digits


def predict(
    fit: Fit,
    *,
    regimen: str | Regimen | Infusion | Sequence[Infusion] | None = None,
    cycle: int | None = None,
    times: Sequence[Quantity] | None = None,
    level: float = 0.9,
    convention: str = "s_values",
    tail: str = "linear",
) -> Prediction:
    """Predict with the fitted parameters, their uncertainty carried on.

    Intervals are log-normal: Var(ln h) = sᵀ Cov s with the exact derivatives s of ln h by the coordinates.
    What varies between cycles (`between_cycles` of the prior) has the spread of the prior in cycles without
    scans, so intervals of a next cycle contain it. Parameters that are not fitted, masses and S values count as
    known: an organ nothing is fitted of has an interval too narrow, and `lutetia.dose_uncertainty` adds the spread
    of masses and S values to ``total_absorbed_dose_sd``.

    Parameters
    ----------
    fit
        A fitted patient.
    regimen
        Another one than was fitted: other nuclide, peptide amount, amino acids, cycles. Effects of
        the cycles count its cycles. What varies between cycles is known only in cycles that begin as
        those of the fitted regimen, at the same time with the same nuclide.
    cycle
        Only this one, 1 for the first; all of the regimen when absent.
    times
        Output times of the activities, in h or quantities; some 60 in each cycle when absent.
    level
        Of the intervals.
    convention, tail
        As in `absorbed_dose`.

    Returns
    -------
    Prediction

    Raises
    ------
    SolverError
        If the integration fails.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be between 0 and 1, found {level}")
    other = _regimen(regimen, fit)
    coordinates, phi, covariance = in_regimen(fit, other)
    course = fit._course if other is None else fit._setup.course(coordinates, other)
    grid = (
        _default_times(course) if times is None else np.array([hours_of(t, "times") for t in times])
    )
    found = course.outcomes(
        phi,
        grid,
        True,
        _choice(_core.DoseConvention, convention, "convention"),
        _choice(_core.Tail, tail, "tail"),
    )
    data = _dataset(found, grid, covariance, np.array(course.cycle_starts))
    data.attrs["lesions"] = list(fit._setup.patient.lesions)
    if cycle is not None:
        data = _one_cycle(data, cycle)
    return Prediction(data, level, convention, tail)


class Prediction:
    """Predicted activities and doses.

    Attributes
    ----------
    data : xarray.Dataset
        ``activity`` (region, time) [MBq], ``time_integrated_activity`` (region, cycle) [MBq*h, all
        nuclides] and ``absorbed_dose`` (region, cycle) [Gy] and ``total_absorbed_dose`` (region), each
        with ``…_sd``, the standard deviation of its logarithm.
    level : float
        Of the intervals.
    """

    def __init__(self, data: xr.Dataset, level: float, convention: str, tail: str) -> None:
        self.data = data
        self.level = level
        self.convention = convention
        self.tail = tail

    def interval(self, quantity: str) -> tuple[xr.DataArray, xr.DataArray]:
        """Lower and upper end of a quantity, dims as it has."""
        from scipy.stats import norm

        width = norm.ppf(0.5 + 0.5 * self.level) * self.data[f"{quantity}_sd"]
        return self.data[quantity] * np.exp(-width), self.data[quantity] * np.exp(width)

    @property
    def dose(self) -> pd.DataFrame:
        """Absorbed dose per region and cycle: columns region, cycle, absorbed_dose_Gy, low, high, cv."""
        low, high = self.interval("absorbed_dose")
        rows = []
        for region in self.data["target"].values:
            for cycle in self.data["cycle"].values:
                at = {"target": region, "cycle": cycle}
                sd = float(self.data["absorbed_dose_sd"].sel(at))
                rows.append(
                    {
                        "region": str(region),
                        "cycle": int(cycle),
                        "absorbed_dose_Gy": float(self.data["absorbed_dose"].sel(at)),
                        "low_Gy": float(low.sel(at)),
                        "high_Gy": float(high.sel(at)),
                        "cv": float(np.sqrt(np.expm1(sd**2))),
                    }
                )
        return pd.DataFrame(rows)

    def plot(self, regions: Sequence[str] | None = None, *, ax: Axes | None = None) -> Axes:
        """Activities over time with their intervals; see `lutetia.fitting.plots.plot_prediction`."""
        from lutetia.fitting.plots import plot_prediction

        return plot_prediction(self, regions, ax=ax)

    def __repr__(self) -> str:
        d = self.data.sizes
        return (
            f"<Prediction: {d['target']} targets, {d['cycle']} cycles, {self.level:.0%} intervals, "
            f"{self.convention}>"
        )

    def _repr_html_(self) -> str:
        table = self.dose.to_html(index=False, float_format="{:.3g}".format)
        return f"<b>{html.escape(repr(self))}</b>{table}<small>{html.escape(RESEARCH_ONLY)}</small>"


def _regimen(regimen: Any, fit: Fit) -> Regimen | None:
    if regimen is None or isinstance(regimen, Regimen):
        return regimen
    if isinstance(regimen, str):
        return read_regimen(regimen, library=fit._setup.library)
    return Regimen([regimen] if isinstance(regimen, Infusion) else list(regimen))


def _default_times(course: _core.PatientCourse, per_cycle: int = 60) -> Array:
    """Dense after each administration; the last cycle as long as the one before, or three weeks."""
    starts = np.array(course.cycle_starts or [0.0])
    three_weeks = 504.0
    gaps = np.diff(
        starts, append=starts[-1] + (np.diff(starts)[-1] if len(starts) > 1 else three_weeks)
    )
    u = np.linspace(0.0, 1.0, per_cycle, endpoint=False)[1:]
    return np.concatenate([start + gap * u**3 for start, gap in zip(starts, gaps, strict=True)])


def _one_cycle(data: xr.Dataset, cycle: int) -> xr.Dataset:
    """Keep a cycle with its times; what is summed over cycles goes."""
    starts = data["cycle_start"].values
    if not 1 <= cycle <= len(starts):
        raise ValueError(f"cycle must be one of 1 to {len(starts)}, found {cycle}")
    end = starts[cycle] if cycle < len(starts) else np.inf
    time = data["time"]
    inside = time[(time >= starts[cycle - 1]) & (time < end)]
    whole = [name for name in data.data_vars if str(name).startswith("total_")]
    return data.drop_vars(whole).sel(cycle=[cycle], time=inside)


def _log_sd(values: Array, by: Array, covariance: Array) -> Array:
    """Compute the standard deviation of the logarithm; NaN where the value is nothing but rounding."""
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = by / values[..., None]
    variance = derived_variance(slopes, covariance)
    something = values > ROUNDING * values.max(initial=0.0)
    return np.where(something, np.sqrt(np.maximum(variance, 0.0)), np.nan)


def _dataset(found: dict[str, Any], times: Array, covariance: Array, starts: Array) -> xr.Dataset:
    tia, tia_by = found["tia"].sum(axis=0), found["tia_by"].sum(axis=0)
    dose, dose_by = found["dose"], found["dose_by"]
    quantities = {
        "activity": (("region", "time"), found["activity"], found["activity_by"], "MBq"),
        "time_integrated_activity": (("region", "cycle"), tia, tia_by, "MBq*h"),
        "absorbed_dose": (("target", "cycle"), dose, dose_by, "Gy"),
        "total_absorbed_dose": (("target",), dose.sum(axis=1), dose_by.sum(axis=1), "Gy"),
    }
    out: dict[str, Any] = {}
    for name, (dims, values, by, unit) in quantities.items():
        out[name] = (dims, values, {"units": unit})
        out[f"{name}_sd"] = (dims, _log_sd(values, by, covariance), {"units": "1"})
    coordinates = {
        "region": found["regions"],
        "target": found["targets"],
        "time": ("time", times, {"units": "h"}),
        "cycle": np.arange(1, dose.shape[1] + 1),
        "cycle_start": ("cycle", starts, {"units": "h"}),
    }
    return xr.Dataset(out, coordinates)
