"""Many runs that differ in a few values."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from tqdm import tqdm

from lutetia import _core
from lutetia.data import shipped
from lutetia.dosimetry.dose import absorbed_dose
from lutetia.patient import Patient, read_patient
from lutetia.prescription import Infusion, Regimen, read_regimen
from lutetia.result import Run
from lutetia.run import model_of, simulate
from lutetia.units import Quantity, as_text, to_internal

Measure = Callable[[Run], "Mapping[str, Any] | pd.Series[float] | float"]

PATIENCE = 2.0  # [s] before a progress bar appears
REGIMEN_FIELD = re.compile(
    r"administration_\d+\..*|amount|activity|molar_activity|duration|amino_acids(\.start|\.duration)?"
    r"|route|nuclide|unlabeled_as|infusate_decays"
)
WORDS = re.compile(r"regimen|.*\b(amino_acids|route|nuclide|unlabeled_as|infusate_decays)")


def dose_per_activity(run: Run, convention: str = "s_values") -> pd.Series[float]:
    """Absorbed dose per administered activity, by region [Gy/GBq]."""
    dose = absorbed_dose(run, convention=convention).table["Gy_per_GBq"]
    return dose.rename("dose_per_activity")


def sweep(
    model: str | _core.Model,
    patient: str | Patient,
    regimen: str | Regimen | Infusion | Sequence[Infusion],
    over: Mapping[str, Sequence[Quantity]],
    *,
    measure: Measure | None = None,
    convention: str = "s_values",
    progress: bool = True,
    library: _core.Library | None = None,
    **options: Any,
) -> xr.Dataset:
    """Simulate every combination of some values.

    Parameters
    ----------
    model, patient, regimen
        As in `simulate`.
    over
        Values by name, in any number: parameters of model and patient (``"gfr"``,
        ``"kidney.receptor_density"``, ``"tumor.volume"``) or fields of the regimen (``"amount"``,
        ``"activity"``, ``"duration"``, ``"route"``, ``"amino_acids"``, ``"amino_acids.start"`` of all
        administrations, ``"administration_2.amount"`` of one; see `Regimen.with_values`), or whole
        regimens by name (``"regimen"``).
    measure
        What to keep of a run: a function to a number, a mapping of names to numbers or Series, or a
        Series; absorbed dose per activity by region when absent.
    convention
        Dose convention of the default measure.
    progress
        Show a bar when the runs take more than two seconds.
    library
        Data to use; the shipped ones when absent.
    **options
        For `simulate`: ``modules``, ``times``, ``end``, ``rtol``, …

    Returns
    -------
    xarray.Dataset
        Dims: the names of `over`, in their order, then the index of a Series. Coordinates are numbers
        in the unit of the first value of each, kept in the attribute ``units``.

    Raises
    ------
    ValueError
        If `over` is empty, or the measure has other labels at one point than at the first.
    Error
        Whatever a run raises; the message starts with the point.

    Examples
    --------
    >>> table = sweep("sstr2_whole_body", "reference_male", "netter1",
    ...               {"gfr": ["50 mL/min", "0.1 L/min"]})
    >>> dose = table["dose_per_activity"]
    >>> [float(v) for v in dose["gfr"]], dose["gfr"].attrs["units"]
    ([50.0, 100.0], 'mL/min')
    >>> [round(float(v), 2) for v in dose.sel(region="kidney")]
    [0.85, 0.63]
    """
    if not over or any(len(values) == 0 or isinstance(values, str) for values in over.values()):
        raise ValueError(f"over must hold a list of values for each name, found {dict(over)}")
    measure = measure or partial(dose_per_activity, convention=convention)
    base = described(model, patient, regimen, library, options.pop("modules", ()))
    coordinates = {name: _coordinate(name, values) for name, values in over.items()}
    points = list(itertools.product(*over.values()))
    results: list[dict[str, Any]] = []
    for point in tqdm(points, desc="sweep", delay=PATIENCE, disable=not progress, leave=False):
        values = dict(zip(over, point, strict=True))
        results.append(measured(base, values, measure, library, options))
        if _labels(results[-1]) != _labels(results[0]):
            raise ValueError(
                f"at {_point(values)}: the measure must have the labels it had at the first point, "
                f"found {_labels(results[-1])}, expected {_labels(results[0])}"
            )
    shape = tuple(len(values) for values in over.values())
    variables: dict[Hashable, Any] = {}
    for key, first in results[0].items():
        stacked = np.array([np.asarray(result[key], dtype=float) for result in results])
        dims = [*over]
        if isinstance(first, pd.Series):
            dims.append(str(first.index.name or "index"))
            coordinates[dims[-1]] = xr.DataArray(first.index.to_numpy(), dims=dims[-1])
        variables[key] = (dims, stacked.reshape(*shape, *stacked.shape[1:]))
    out = xr.Dataset(variables, coordinates)
    if "dose_per_activity" in out:
        out["dose_per_activity"].attrs.update(units="Gy/GBq", convention=convention)
    return out


def described(
    model: str | _core.Model,
    patient: str | Patient,
    regimen: str | Regimen | Infusion | Sequence[Infusion],
    library: _core.Library | None,
    modules: Sequence[str],
) -> tuple[_core.Model, Patient, Regimen]:
    """Read what is given by name, once for all runs."""
    library = library or shipped()
    if isinstance(regimen, str):
        regimen = read_regimen(regimen, library=library)
    elif not isinstance(regimen, Regimen):
        regimen = Regimen([regimen] if isinstance(regimen, Infusion) else regimen)
    return (
        model_of(model, modules, library),
        read_patient(patient, library=library) if isinstance(patient, str) else patient,
        regimen,
    )


def measured(
    base: tuple[_core.Model, Patient, Regimen],
    values: Mapping[str, Quantity],
    measure: Measure,
    library: _core.Library | None,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Measure of one run; a failure names the point."""
    model, patient, regimen = base
    fields = {name: v for name, v in values.items() if REGIMEN_FIELD.fullmatch(name)}
    others = {n: v for n, v in values.items() if n not in fields and n != "regimen"}
    options = {**options, "parameters": {**(options.get("parameters") or {}), **others}}
    try:
        if "regimen" in values:
            regimen = read_regimen(str(values["regimen"]), library=library)
        if fields:
            regimen = regimen.with_values(fields)
        run = simulate(model, patient, regimen, library=library, **options)
        found = measure(run)
    except Exception as error:
        error.args = (
            f"at {_point(values)}: {error.args[0] if error.args else ''}",
            *error.args[1:],
        )
        raise
    if isinstance(found, pd.Series):
        return {str(found.name or "value"): found}
    return dict(found) if isinstance(found, Mapping) else {"value": found}


def _labels(found: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        key: [str(label) for label in value.index] if isinstance(value, pd.Series) else []
        for key, value in found.items()
    }


def _point(values: Mapping[str, Quantity]) -> str:
    return ", ".join(f"{name} = {as_text(value)}" for name, value in values.items())


def _coordinate(name: str, values: Sequence[Quantity]) -> xr.DataArray:
    """Numbers in the unit of the first value."""
    texts = [str(as_text(value)).strip() for value in values]
    if WORDS.fullmatch(name):
        return xr.DataArray(texts, dims=name)
    unit = texts[0].partition(" ")[2].strip() or "1"
    numbers = [_core.from_internal(to_internal(text, unit, name), unit) for text in texts]
    tidy = [float(f"{number:.12g}") for number in numbers]  # conversion leaves a last digit
    return xr.DataArray(tidy, dims=name, attrs={"units": unit})
