"""Exact derivatives of a run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from lutetia import _core
from lutetia.data import shipped
from lutetia.dosimetry.dose import absorbed_dose
from lutetia.patient import Patient
from lutetia.prescription import Infusion, Regimen
from lutetia.radiobiology import TissueValues, biologically_effective_dose, tissues_with
from lutetia.result import Run
from lutetia.run import request_of, run_dataset
from lutetia.sweeping import described

QUANTITIES = (
    "activity",
    "time_integrated_activity",
    "absorbed_dose",
    "protraction",
    "biologically_effective_dose",
)


def sensitivities(
    model: str | _core.Model,
    patient: str | Patient,
    regimen: str | Regimen | Infusion | Sequence[Infusion],
    by: Sequence[str],
    *,
    convention: str = "s_values",
    tail: str = "linear",
    tissues: TissueValues | str | None = None,
    library: _core.Library | None = None,
    **options: Any,
) -> Sensitivities:
    """Simulate and differentiate: activity, time-integrated activity, absorbed dose and BED.

    Every step of the run is differentiated exactly, with the factorization of the step; no run is
    repeated. The derivative is that of the numbers of this run, as accurate as they are.

    Parameters
    ----------
    model, patient, regimen
        As in `simulate`.
    by
        Names as in `sweep`: parameters (``"gfr"``, ``"kidney.receptor_density"``) and, of one
        administration, ``"administration_1.activity"`` (of the label; peptide stays unless a molar
        activity is given), ``.amount`` (of all peptide; the label stays), ``.at`` (its start: end
        and amino acids move along), ``.duration``, ``.amino_acids.start`` and
        ``.amino_acids.duration``. Activity and amount count after calibration and residual.
    convention, tail
        Of the absorbed dose, as in `absorbed_dose`.
    tissues
        Of the biologically effective dose, as in `biologically_effective_dose`.
    library
        Data to use; the shipped ones when absent.
    **options
        Of `simulate`: ``modules``, ``parameters``, ``times``, ``end``, ``rtol``, …

    Returns
    -------
    Sensitivities

    Raises
    ------
    ModelError
        If a name is none of the run, or has no derivative: decay constants, molar masses, times of
        voids, starts of administrations that begin a cycle at the same time.
    ValueError
        If convention or tail are none.
    SolverError
        If the integration fails.

    Notes
    -----
    Times of output and the end of the run stay where an administration moves; a cycle begins with
    its administration. An output exactly at an event that moves has the derivative of its side.
    Exact derivative of the Rosenbrock step: Hairer & Wanner, Solving Ordinary Differential
    Equations II, IV.7, differentiated; events: see `src/lutetia/simulate/motion.hpp`.

    Examples
    --------
    >>> s = sensitivities("sstr2_whole_body", "reference_male", "netter1",
    ...                   ["kidney.receptor_density", "administration_1.duration"])
    >>> s.absorbed_dose.dims, s.absorbed_dose.sizes["cycle"]
    (('region', 'cycle', 'direction'), 4)
    >>> share = s.relative("absorbed_dose").sel(direction="kidney.receptor_density", cycle=1)
    >>> round(float(share.sel(region="kidney")), 2)
    0.48
    >>> s.data["unit"].values.tolist()
    ['nmol/L', 'h']
    """
    conventions = _core.DoseConvention.__members__
    for name, word, words in (
        ("convention", convention, conventions),
        ("tail", tail, _core.Tail.__members__),
    ):
        if word not in words:
            raise ValueError(f"{name} must be one of {', '.join(words)}, found {word!r}")
    checked = checked_arguments(model, patient, regimen, by, library, options)
    start = time.perf_counter()
    known = tissues_with(checked[0], tissues, checked[2].lesions)
    found = _core.sensitivities(
        *checked, list(by), conventions[convention], _core.Tail[tail], known
    )
    library, core_model, core_patient, core_regimen, _ = checked
    seconds = time.perf_counter() - start
    run = Run(run_dataset(found["run"], core_model, core_patient, core_regimen, seconds), library)
    return Sensitivities(run, _dataset(found, run, list(by)), convention, tail, tissues)


class Sensitivities:
    """A run and its derivatives.

    Attributes
    ----------
    run : Run
        The run that was differentiated.
    data : xarray.Dataset
        ``activity`` (time, region, direction) [MBq per unit], ``time_integrated_activity`` (nuclide,
        region, cycle, direction) [MBq*h per unit]; ``absorbed_dose``, ``biologically_effective_dose``
        [Gy per unit] and ``protraction`` [Gy^2 per unit] (region, cycle, direction), NaN for a region
        without mass, the tail in the last cycle; for each direction its ``value`` in the run and the ``unit`` of value and derivative.
    convention, tail : str
        Of the absorbed dose.
    """

    def __init__(
        self,
        run: Run,
        data: xr.Dataset,
        convention: str,
        tail: str,
        tissues: TissueValues | str | None = None,
    ) -> None:
        self.run = run
        self.data = data
        self.convention = convention
        self.tail = tail
        self._tissues = tissues

    @property
    def activity(self) -> xr.DataArray:
        """Derivative of the activity, dims (time, region, direction) [MBq per unit]."""
        return self.data["activity"]

    @property
    def time_integrated_activity(self) -> xr.DataArray:
        """Of the time-integrated activity, dims (nuclide, region, cycle, direction) [MBq*h per unit]."""
        return self.data["time_integrated_activity"]

    @property
    def absorbed_dose(self) -> xr.DataArray:
        """Of the absorbed dose, dims (region, cycle, direction) [Gy per unit]."""
        return self.data["absorbed_dose"]

    @property
    def biologically_effective_dose(self) -> xr.DataArray:
        """Of the biologically effective dose, dims (region, cycle, direction) [Gy per unit]."""
        return self.data["biologically_effective_dose"]

    def relative(self, quantity: str = "absorbed_dose") -> xr.DataArray:
        """Relative derivative d ln(quantity)/d ln(value): percent per percent.

        Parameters
        ----------
        quantity
            ``"activity"``, ``"time_integrated_activity"``, ``"absorbed_dose"``, ``"protraction"`` or
            ``"biologically_effective_dose"``.

        Returns
        -------
        xarray.DataArray
            Dims as the derivative; NaN where the quantity is zero. For a time it is per relative
            change of that time, and zero for a start at 0 h: use the derivative itself there.

        Raises
        ------
        ValueError
            If the quantity is none of these.

        Examples
        --------
        >>> s = sensitivities("sstr2_whole_body", "reference_male", "netter1",
        ...                   ["gfr"], convention="local_electrons")
        >>> round(float(s.relative().sel(region="kidney", cycle=1).item()), 2)
        -0.43
        """
        if quantity not in QUANTITIES:
            raise ValueError(f"quantity must be one of {', '.join(QUANTITIES)}, found {quantity!r}")
        base = self._values(quantity)
        out = self.data[quantity] * self.data["value"] / base.where(base != 0.0)
        out.attrs["units"] = "1"
        return out.transpose(*self.data[quantity].dims)

    def to_frame(self) -> pd.DataFrame:
        """Tabulate the dose summed over cycles: one row per direction and region.

        Returns
        -------
        pandas.DataFrame
            Columns ``direction``, ``region``, ``absorbed_dose_Gy``, ``derivative`` [Gy per unit],
            ``unit``, ``value`` and ``relative``.
        """
        dose = self._values("absorbed_dose").sum("cycle", skipna=False).dropna("region")
        derivative = self.absorbed_dose.sum("cycle", skipna=False).sel(region=dose["region"])
        rows = [
            {
                "direction": str(direction),
                "region": str(region),
                "absorbed_dose_Gy": float(dose.sel(region=region)),
                "derivative": float(derivative.sel(region=region, direction=direction)),
                "unit": str(self.data["unit"].sel(direction=direction).item()),
                "value": float(self.data["value"].sel(direction=direction)),
            }
            for direction in self.data["direction"].values
            for region in dose["region"].values
        ]
        table = pd.DataFrame(rows)
        table["relative"] = table["derivative"] * table["value"] / table["absorbed_dose_Gy"]
        return table

    def _values(self, quantity: str) -> xr.DataArray:
        """Return the quantity itself, with the dims of its derivative."""
        if quantity == "activity":
            return self.run.activity
        data = self.run.data
        if quantity == "time_integrated_activity":
            values, _ = self.run._tia_arrays(self.tail)
            return data["time_integrated_activity"].copy(data=values)
        if quantity in ("protraction", "biologically_effective_dose"):
            bed = biologically_effective_dose(
                self.run, self._tissues, convention=self.convention, tail=self.tail
            )
            found = bed.protraction if quantity == "protraction" else bed.cycles
            return found.reindex(region=self.run.regions)
        table = absorbed_dose(self.run, convention=self.convention, tail=self.tail).table
        columns = [f"cycle_{c}" for c in data["cycle"].values]
        values = table[columns].reindex(self.run.regions).to_numpy()
        return xr.DataArray(
            values, {"region": data["region"], "cycle": data["cycle"]}, ("region", "cycle")
        )

    def __repr__(self) -> str:
        names = [str(name) for name in self.data["direction"].values]
        return f"<Sensitivities of {self.run.data.attrs['patient']!r} by {', '.join(names)}>"


def checked_arguments(
    model: str | _core.Model,
    patient: str | Patient,
    regimen: str | Regimen | Infusion | Sequence[Infusion],
    by: Sequence[str],
    library: _core.Library | None,
    options: dict[str, Any],
) -> tuple[_core.Library, _core.Model, _core.Patient, _core.Regimen, _core.RunRequest]:
    """Read the arguments of `sensitivities` for the core.

    Raises
    ------
    ModelError, ValueError
        As `sensitivities`.
    """
    if isinstance(by, str) or not by or len(set(by)) < len(by):
        raise ValueError(f"by must be a list of names, each once, found {by!r}")
    options = dict(options)
    values = options.pop("parameters", None)
    library = library or shipped()
    read = described(model, patient, regimen, library, options.pop("modules", ()))
    person = read[1].with_values(values) if values else read[1]
    return library, read[0], person.core, read[2].core, request_of(**options)


def _dataset(found: dict[str, Any], run: Run, order: list[str]) -> xr.Dataset:
    """Arrays in the order the names were asked for."""
    regions, cycles = run.regions, run.data["cycle"]
    targets = [regions.index(target) for target in found["targets"]]

    def of_targets(
        values: np.ndarray, units: str
    ) -> tuple[tuple[str, ...], np.ndarray, dict[str, str]]:
        out = np.full((len(regions), len(cycles), len(order)), np.nan)
        out[targets] = values
        return ("region", "cycle", "direction"), out, {"units": f"{units} per unit"}

    rows = found["directions"]
    data = xr.Dataset(
        {
            "activity": (
                ("region", "time", "direction"),
                found["activity"],
                {"units": "MBq per unit"},
            ),
            "time_integrated_activity": (
                ("nuclide", "region", "cycle", "direction"),
                found["tia"].reshape(len(run.data["nuclide"]), len(regions), len(cycles), -1),
                {"units": "MBq*h per unit"},
            ),
            "absorbed_dose": of_targets(found["dose"], "Gy"),
            "protraction": of_targets(found["protraction"], "Gy^2"),
            "biologically_effective_dose": of_targets(found["bed"], "Gy"),
        },
        coords={
            "time": run.data["time"],
            "region": run.data["region"],
            "nuclide": run.data["nuclide"],
            "cycle": cycles,
            "direction": [row["name"] for row in rows],
            "value": ("direction", [row["value"] for row in rows]),
            "unit": ("direction", [row["unit"] for row in rows]),
        },
    )
    data["activity"] = data["activity"].transpose("time", "region", "direction")
    return data.sel(direction=order)
