"""The result of a simulation: one labeled dataset and what can be asked of it."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from lutetia.errors import DataError
from lutetia.reports.provenance import UNCERTAIN
from lutetia.units import (
    HOURS_PER_DAY,
    MBQ_PER_GBQ,
    MILLILITERS_PER_LITER,
    MILLISECONDS_PER_SECOND,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from lutetia import _core

RESEARCH_ONLY = "Research use only, not for patient treatment."
TAIL_WARNING_SHARE = 0.2
FREE_DAUGHTERS = "daughters_outside_organs"  # observable of the module free_daughters
LIGHT_PERSON = 0.6  # of the reference weight


def only_assumed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Table of the numbers tagged A, S or M, by name: value, unit, tag, source, note."""
    columns = ["name", "value", "unit", "tag", "source", "note"]
    table = pd.DataFrame(rows, columns=columns).set_index("name")
    table["source"] = table["source"].map(", ".join)
    return table[table["tag"].isin(UNCERTAIN)]


class Run:
    """Result of a simulation.

    Attributes
    ----------
    data : xarray.Dataset
        Everything, with units in the attributes of each variable; saved and loaded as NetCDF.
    library : Library or None
        Where the data of the run came from; None for the shipped one and after loading.
    """

    def __init__(self, data: xr.Dataset, library: _core.Library | None = None) -> None:
        self.data = data
        self.library = library

    @property
    def activity(self) -> xr.DataArray:
        """Decaying activity, dims (time, region) [MBq], all nuclides together."""
        return self.data["activity"].transpose("time", "region")

    @property
    def amount(self) -> xr.DataArray:
        """Peptide, dims (time, region, form) [nmol]: total forms and labeled forms."""
        return self.data["amount"].transpose("time", "region", "form")

    @property
    def concentration(self) -> xr.DataArray:
        """Activity concentration, dims (time, region) [MBq/mL]; NaN for a region without volume."""
        milliliters = self.data["volume"] * MILLILITERS_PER_LITER
        out = (self.data["activity"] / milliliters).transpose("time", "region")
        out.attrs["units"] = "MBq/mL"
        return out.rename("concentration")

    def volumes(self, cycle: int = 1) -> xr.DataArray:
        """Volume of every region in a cycle, dims (region) [L]; NaN for a region without one.

        Parameters
        ----------
        cycle
            1 for the first. A volume that follows the cycles is that at the cycle's first output.
        """
        volume = self.data["volume"]
        if "time" not in volume.dims:
            return volume
        start = self.data["cycle_start"].values[cycle - 1]
        at = int(np.searchsorted(self.data["time"].values, start))
        return volume.isel(time=min(at, volume.sizes["time"] - 1), drop=True)

    @property
    def regions(self) -> list[str]:
        """Organs, lesions and observables."""
        return [str(name) for name in self.data["region"].values]

    @property
    def lesions(self) -> list[str]:
        """The patient's lesions."""
        return [str(n) for n in self.data["region"].values[self.data["is_lesion"].values]]

    @property
    def administered_activity(self) -> float:
        """All activity given [MBq]."""
        return float(self.data["administered_activity"].sum())

    @property
    def parameters(self) -> pd.DataFrame:
        """Every number the run rests on: value, unit, source, provenance tag, note.

        Tags: R read in the source, R2 its transcription, S secondary, C computed, M recalled and
        unverified, A assumed; empty for a value of the patient.
        """
        table = pd.DataFrame(json.loads(self.data.attrs["parameters"])).set_index("name")
        table["source"] = table["source"].map(", ".join)
        return table

    @property
    def assumptions(self) -> pd.DataFrame:
        """Every number of the run tagged A (assumed), S (secondary) or M (unverified).

        Parameters of the model and the patient, numbers of the regimen, data of the nuclides.
        """
        rows = [
            *json.loads(self.data.attrs["parameters"]),
            *json.loads(self.data.attrs["other_numbers"]),
        ]
        return only_assumed(rows)

    def time_integrated_activity(self, tail: str = "linear") -> pd.DataFrame:
        """Time-integrated activity by region and cycle.

        Parameters
        ----------
        tail
            What follows the run: ``"linear"`` (the model, linearized at the end: good once receptors
            are nearly free), ``"physical"`` (decay only: an upper bound where activity washes out) or
            ``"none"``.

        Returns
        -------
        pandas.DataFrame
            Index region, nuclide, cycle (1…n and ``"total"``); columns ``tia_MBq_h``,
            ``tia_coefficient_h`` (per administered activity) and ``tail_share``.
        """
        values, tails = self._tia_arrays(tail)
        given = self.data["administered_activity"].values
        rows = []
        for n, nuclide in enumerate(self.data["nuclide"].values):
            for r, region in enumerate(self.regions):
                for c, cycle in enumerate(self.data["cycle"].values):
                    last = c == values.shape[2] - 1
                    rows.append(
                        (
                            region,
                            str(nuclide),
                            str(cycle),
                            values[n, r, c],
                            given[n, c],
                            tails[n, r] * last,
                        )
                    )
                rows.append(
                    (region, str(nuclide), "total", values[n, r].sum(), given[n].sum(), tails[n, r])
                )
        table = pd.DataFrame(
            rows, columns=["region", "nuclide", "cycle", "tia_MBq_h", "given", "tail"]
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            table["tia_coefficient_h"] = table["tia_MBq_h"] / table["given"].replace(0.0, np.nan)
            table["tail_share"] = (table["tail"] / table["tia_MBq_h"]).fillna(0.0)
        return table.drop(columns=["given", "tail"]).set_index(["region", "nuclide", "cycle"])

    def _tia_arrays(self, tail: str) -> tuple[np.ndarray, np.ndarray]:
        """Values with the tail in the last cycle, dims (nuclide, region, cycle), and the tail."""
        if tail not in ("none", "linear", "physical"):
            raise ValueError(f"tail must be one of linear, physical, none, found {tail!r}")
        values = self.data["time_integrated_activity"].values.copy()
        tails = np.zeros(values.shape[:2]) if tail == "none" else self.data[f"tail_{tail}"].values
        if values.shape[2]:
            values[:, :, -1] += tails
        return values, tails

    def warnings(self) -> list[str]:
        """List what to know before using the numbers: tails, daughters, protection, organ sizes."""
        daughters = json.loads(self.data.attrs["unfollowed_daughters"])
        out = [f"{daughter}, which is not followed" for daughter in daughters]
        for substance in json.loads(self.data.attrs.get("missing_substances", "[]")):
            name = substance.replace("_", " ")
            out.append(f"no {name} is given, so what it inhibits or stimulates is not changed")
        out += self._adult_organs()
        if self.data.sizes["cycle"]:
            table = self.time_integrated_activity()
            shares = table["tail_share"].xs("total", level="cycle").droplevel("nuclide")
            for region, share in shares[shares > TAIL_WARNING_SHARE].items():
                out.append(
                    f"{share:.0%} of the time-integrated activity of {region} lies after the end of the run"
                )
            if FREE_DAUGHTERS in self.regions:
                decays = table["tia_MBq_h"].xs("total", level="cycle").unstack("region")
                share = decays[FREE_DAUGHTERS] / decays["whole_body"]
                nuclide = str(share.idxmax())
                if share.max() > 0.0:
                    out.append(
                        f"{share.max():.0%} of the decays of {nuclide} in the body are of free atoms that left the blood for "
                        "no organ of the model: of their radiation only photons reach organs here"
                    )
        return out

    def _adult_organs(self) -> list[str]:
        """Volumes nobody measured, in a person much lighter than the one they belong to."""
        table = self.parameters
        if not {"weight", "reference_weight"} <= set(table.index):
            return []
        weight, reference = table["value"].loc[["weight", "reference_weight"]].astype(float)
        share = weight / reference
        volumes = table[table.index.str.endswith(".volume") & ~table["from_patient"].astype(bool)]
        if share >= LIGHT_PERSON or volumes.empty:
            return []
        organs = ", ".join(name.removesuffix(".volume") for name in volumes.index)
        return [
            f"the patient has {share:.0%} of the reference weight, but adult volumes of {organs}; "
            "give measured ones or use the module scaled_organs"
        ]

    def notes(self) -> list[str]:
        """List what the model says about itself."""
        return [str(note) for note in json.loads(self.data.attrs["model_notes"])]

    def summary(self) -> str:
        """Describe steps, mass balance, provenance and warnings as text."""
        a = self.data.attrs
        tags = self.assumptions["tag"].value_counts()
        lines = [
            f"model {a['model']} ({a['model_hash']}), patient {a['patient']}, regimen {a['regimen']}",
            f"{self.data.sizes['cycle']} cycles, {self.administered_activity / MBQ_PER_GBQ:.4g} GBq, "
            f"{a['end_h'] / HOURS_PER_DAY:.4g} d in {a['seconds'] * MILLISECONDS_PER_SECOND:.1f} ms",
            f"{a['states']} states, {a['accepted_steps']} steps ({a['rejected_steps']} rejected), "
            f"{a['factorizations']} factorizations, rtol {a['rtol']:g}",
            f"mass balance: peptide {a['mass_balance_total']:.1e}, label {a['mass_balance_labeled']:.1e} of the given",
            f"{len(self.parameters)} parameters; {tags.get('A', 0)} numbers are assumed [A], "
            f"{tags.get('S', 0)} secondary [S], {tags.get('M', 0)} unverified [M] (run.assumptions lists them)",
            *(f"note: {note}" for note in self.notes()),
            *(f"warning: {warning}" for warning in self.warnings()),
            RESEARCH_ONLY,
        ]
        return "\n".join(lines)

    def to_frame(self) -> pd.DataFrame:
        """Tabulate activity: one row per time and region.

        Returns
        -------
        pandas.DataFrame
            Columns ``time_h``, ``region``, ``activity_MBq``, ``concentration_MBq_per_mL``,
            ``fraction_of_administered`` (of all activity given until then) and
            ``fraction_of_last_administration``.
        """
        times = self.data["time"].values
        given = [g for g in json.loads(self.data.attrs["given"]) if g["activity_MBq"] > 0]
        total = np.array([sum(g["activity_MBq"] for g in given if g["time_h"] <= t) for t in times])
        last = np.array(
            [
                next((g["activity_MBq"] for g in reversed(given) if g["time_h"] <= t), 0.0)
                for t in times
            ]
        )
        activity = self.activity.values
        with np.errstate(divide="ignore", invalid="ignore"):
            of_total = np.where(total[:, None] > 0, activity / total[:, None], 0.0)
            of_last = np.where(last[:, None] > 0, activity / last[:, None], 0.0)
        n_regions = len(self.regions)
        return pd.DataFrame(
            {
                "time_h": np.repeat(times, n_regions),
                "region": np.tile(self.regions, len(times)),
                "activity_MBq": activity.ravel(),
                "concentration_MBq_per_mL": self.concentration.values.ravel(),
                "fraction_of_administered": of_total.ravel(),
                "fraction_of_last_administration": of_last.ravel(),
            }
        )

    def save(self, path: str | Path) -> None:
        """Write everything to a NetCDF file."""
        self.data.to_netcdf(path, engine="h5netcdf")

    def plot(self, regions: Sequence[str] | None = None, *, ax: Axes | None = None) -> Axes:
        """Plot activity over time; see `lutetia.plotting.plot_activity`."""
        from lutetia.plotting import plot_activity

        return plot_activity(self, regions, ax=ax)

    def __repr__(self) -> str:
        d = self.data
        return (
            f"<Run of {d.attrs['patient']!r}: {len(self.regions)} regions, {d.sizes['time']} times, "
            f"{self.administered_activity / MBQ_PER_GBQ:.4g} GBq>"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"


def load_run(path: str | Path) -> Run:
    """Read a run written by `Run.save`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DataError
        If the file was not written by `Run.save`.
    """
    with xr.open_dataset(path, engine="h5netcdf") as data:
        if "model_hash" not in data.attrs or "activity" not in data:
            raise DataError(f"{path} holds no run: it was not written by Run.save")
        return Run(data.load())
