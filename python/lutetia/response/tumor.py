"""Lesions over time under the dose rates of a run."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from lutetia import _core
from lutetia.dosimetry.data import dose_data
from lutetia.errors import DataError
from lutetia.radiobiology import TissueValues, tissues_with
from lutetia.response.exposure import LesionExposures
from lutetia.response.parameters import TumorResponse
from lutetia.result import RESEARCH_ONLY, Run
from lutetia.units import (
    GRAMS_PER_KILOGRAM,
    HOURS_PER_DAY,
    MILLILITERS_PER_LITER,
    Quantity,
    hours_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOLERANCE = 1e-9
MILLIMETERS_PER_DECIMETER = 100.0

Responses = TumorResponse | Mapping[str, TumorResponse] | None


def tumor_response(
    run: Run,
    response: Responses = None,
    *,
    times: Sequence[Quantity] | None = None,
    lesions: Sequence[str] | None = None,
    tissues: TissueValues | str | None = None,
    convention: str = "s_values",
    tail: str = "linear",
    library: _core.Library | None = None,
) -> TumorCourse:
    """Viable and doomed cells of every lesion under the dose rates of a run.

    The run stays as it is, computed for lesions that keep their mass. With `dose_rate` ``"present_mass"`` what is
    left of a lesion when a cycle starts takes up as much per mass as the run says of the whole; what shrinking does
    to perfusion and receptors beyond that is the business of `simulate_with_response`.

    Parameters
    ----------
    run
        A finished simulation.
    response
        What is assumed, for all lesions or by name; ``TumorResponse()`` when absent or not named.
    times
        Shape (n,), ascending from 0, numbers in h or quantities; the output times of the run when absent. They may
        lie years after the run.
    lesions
        Those of the patient when absent.
    tissues
        α/β, repair and RBE, as in `biologically_effective_dose`.
    convention, tail, library
        As in `absorbed_dose`.

    Returns
    -------
    TumorCourse

    Raises
    ------
    DataError
        If the patient has no such lesion, or as `absorbed_dose`.
    ValueError
        If the parameters are impossible.
    SolverError
        If the integration fails.

    Examples
    --------
    >>> import lutetia as lt
    >>> run = lt.simulate("sstr2_whole_body", "reference_male", "netter1")
    >>> course = lt.tumor_response(run, times=["0 h", "12 month"])
    >>> course.change.sel(lesion="tumor").round(2).values.tolist()  # grows again
    [0.0, 0.77]
    """
    data = dose_data(run, convention, tail, library)
    known = tissues_with(data.library, tissues, run.lesions, run.regions)
    shown = run.data["time"].values if times is None else [hours_of(t, "times") for t in times]
    hours = [float(t) for t in shown]
    names = list(run.lesions if lesions is None else lesions)
    unknown = [name for name in names if name not in run.lesions]
    if unknown:
        raise DataError(f"the patient has no lesion {unknown[0]!r}; lesions: {run.lesions}")
    if isinstance(response, Mapping):
        strange = [name for name in response if name not in run.lesions]
        if strange:
            raise DataError(
                f"response names {strange[0]!r}, which is no lesion of the patient; lesions: {run.lesions}"
            )
    used = {name: response_of(response, name, data.library) for name in names}
    volumes = run.volumes()
    masses = {name: mass_of(run, name) for name in names}
    exposures = LesionExposures(run, data, masses)
    parts = []
    for name in names:
        stays = used[name].dose_rate == "present_mass"
        rates = exposures.at_present_mass(name) if stays else exposures.of_run(name)
        parameters = used[name].core(known.of(name, True))
        cycles = list(zip(data.cycle_starts, masses_of(run, name), strict=True)) if stays else []
        parts.append(
            _core.tumor_response(rates, parameters, masses[name], 0.0, hours, TOLERANCE, cycles)
        )
    dataset = xr.Dataset(
        {
            name: (("time", "lesion"), np.array([p[name] for p in parts]).reshape(-1, len(hours)).T)
            for name in (
                "viable_mass",
                "doomed_mass",
                "receptor_factor",
                "unrepaired_dose",
                "absorbed_dose",
                "log_kill",
            )
        },
        coords={"time": ("time", hours, {"units": "h"}), "lesion": names},
        attrs={"notice": RESEARCH_ONLY, "convention": convention},
    )
    first = xr.DataArray(
        [float(volumes.sel(region=name)) * MILLILITERS_PER_LITER for name in names],
        dims="lesion",
        coords={"lesion": names},
    )
    mass = xr.DataArray(list(masses.values()), {"lesion": names}, "lesion")
    dataset["volume"] = (dataset["viable_mass"] + dataset["doomed_mass"]) / mass * first
    for name, unit in (("viable_mass", "g"), ("doomed_mass", "g"), ("volume", "mL")):
        dataset[name].attrs["units"] = unit
        if unit == "g":
            dataset[name] = dataset[name] * GRAMS_PER_KILOGRAM
    for name in ("absorbed_dose", "unrepaired_dose"):
        dataset[name].attrs["units"] = "Gy"
    return TumorCourse(dataset, first, used)


def response_of(
    response: Responses, lesion: str, library: _core.Library | None = None
) -> TumorResponse:
    """Look up what is assumed of a lesion."""
    if isinstance(response, Mapping):
        response = response.get(lesion)
    return TumorResponse(library=library) if response is None else response


def mass_of(run: Run, lesion: str) -> float:
    """Mass of a lesion at the first administration [kg]."""
    return masses_of(run, lesion)[0]


def masses_of(run: Run, lesion: str) -> list[float]:
    """Masses of a lesion its kinetics were computed for, one for each cycle [kg]."""
    mass = run.data["mass"].sel(region=lesion).values
    return [float(m) for m in np.broadcast_to(mass, len(run.data["cycle_start"]))]


class TumorCourse:
    """Lesions over time.

    Attributes
    ----------
    data : xarray.Dataset
        Dims (time, lesion): ``volume`` [mL], ``viable_mass`` and ``doomed_mass`` [g], ``receptor_factor`` (per
        viable cell, 1 before treatment), ``absorbed_dose`` and ``unrepaired_dose`` [Gy], ``log_kill`` (−ln of
        the surviving share without growth).
    responses : dict
        What was assumed, by lesion.
    caution : str
        What to know before using the numbers.
    """

    def __init__(
        self, data: xr.Dataset, first_volume: xr.DataArray, responses: dict[str, TumorResponse]
    ) -> None:
        self.data = data
        self.responses = responses
        self._first_volume = first_volume

    @property
    def volume(self) -> xr.DataArray:
        """Volume of viable and doomed cells, dims (time, lesion) [mL]."""
        return self.data["volume"]

    @property
    def change(self) -> xr.DataArray:
        """Volume relative to that before treatment, minus one, dims (time, lesion)."""
        return (self.volume / self._first_volume - 1.0).rename("change").transpose("time", "lesion")

    @property
    def viable_share(self) -> xr.DataArray:
        """Share of viable cells, dims (time, lesion)."""
        viable = self.data["viable_mass"]
        return (viable / (viable + self.data["doomed_mass"])).rename("viable_share")

    @property
    def caution(self) -> str:
        """What to know before using the numbers."""
        return " ".join(dict.fromkeys(r.caution for r in self.responses.values()))

    def recist(self, lesions: Sequence[str] | None = None) -> pd.DataFrame:
        """Response class of RECIST 1.1 over time, with lesions as spheres.

        Parameters
        ----------
        lesions
            Target lesions; at most five, two of an organ, are for you to choose. All that are measurable (10 mm)
            before treatment when absent.

        Returns
        -------
        pandas.DataFrame
            Index time_h; columns ``sum_of_diameters_mm``, ``change_from_baseline``, ``change_from_smallest``
            (of those before) and ``response``: PR, SD or PD. A sphere never disappears, so there is no CR.

        Raises
        ------
        DataError
            If no lesion is measurable.
        """
        rules = next(iter(self.responses.values())).recist_rules if self.responses else {}
        litres = self._first_volume / MILLILITERS_PER_LITER
        before = dict(
            zip(litres["lesion"].values, _core.sphere_diameter(litres.values), strict=True)
        )
        if lesions is None:
            lesions = [n for n, d in before.items() if d >= rules["measurable_diameter"]]
        if not lesions:
            raise DataError("no lesion is large enough for RECIST before treatment")
        sizes = self.volume.sel(lesion=list(lesions)) / MILLILITERS_PER_LITER
        sums = _core.sphere_diameter(sizes.values).sum(axis=1)
        baseline = sum(before[name] for name in lesions)
        all_sums = np.concatenate([[baseline], sums])
        classes = _core.recist_classes(
            all_sums.tolist(),
            rules["partial_response"],
            rules["progression"],
            rules["progression_difference"],
        )
        smallest = np.minimum.accumulate(all_sums)[:-1]
        return pd.DataFrame(
            {
                "sum_of_diameters_mm": sums * MILLIMETERS_PER_DECIMETER,
                "change_from_baseline": sums / baseline - 1.0,
                "change_from_smallest": sums / smallest - 1.0,
                "response": classes[1:],
            },
            index=pd.Index(self.data["time"].values, name="time_h"),
        )

    def summary(self) -> str:
        """Volumes at the last time as text, with what they rest on."""
        last = self.data.isel(time=-1)
        table = pd.DataFrame(
            {
                "volume_mL": last["volume"].values,
                "change": self.change.isel(time=-1).values,
                "viable_share": self.viable_share.isel(time=-1).values,
                "receptor_factor": last["receptor_factor"].values,
                "absorbed_dose_Gy": last["absorbed_dose"].values,
                "log_kill": last["log_kill"].values,
            },
            index=pd.Index(self.data["lesion"].values, name="lesion"),
        )
        days = float(last["time"]) / HOURS_PER_DAY
        return "\n".join(
            [
                f"Lesions {days:.4g} d after the first administration",
                "no lesions" if table.empty else table.map("{:.4g}".format).to_string(),
                *([f"caution: {self.caution}"] if self.caution else []),
                RESEARCH_ONLY,
            ]
        )

    def plot(self, lesions: Sequence[str] | None = None, *, ax: Axes | None = None) -> Axes:
        """Plot volumes relative to those before treatment."""
        import matplotlib.pyplot as plt

        ax = ax or plt.gca()
        days = self.data["time"].values / HOURS_PER_DAY
        for name in self.data["lesion"].values if lesions is None else lesions:
            ax.plot(days, 100.0 * (1.0 + self.change.sel(lesion=name).values), label=str(name))
        ax.set_xlabel("Time after first administration [d]")
        ax.set_ylabel("Volume [% of that before treatment]")
        ax.legend()
        return ax

    def __repr__(self) -> str:
        return (
            f"<TumorCourse: {self.data.sizes['lesion']} lesions, {self.data.sizes['time']} times>"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"
