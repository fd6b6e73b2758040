"""Patients that may be: from a table of parameters or from a fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia import _core
from lutetia.fitting.occasions import in_regimen
from lutetia.patient import Patient, patient_of
from lutetia.planning.structures import Cycle, Structure, regimen_for
from lutetia.prescription import Regimen

if TYPE_CHECKING:
    from lutetia.fitting.coordinates import Coordinate
    from lutetia.fitting.result import Fit

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Draws:
    """Patients that may be.

    Attributes
    ----------
    patient : Patient
        The one without draws; of a fit the most probable.
    people : list of Patient
        One, or one for each draw.
    table : pandas.DataFrame or None
        Parameters of each draw of one patient.
    """

    patient: Patient
    people: list[Patient]
    table: pd.DataFrame | None


def draws_of(
    draws: pd.DataFrame | Fit | None,
    patient: Patient,
    n: int,
    seed: int,
    cycle: Cycle,
    structures: Sequence[Structure],
    before: Regimen | None,
) -> Draws:
    """Members of every candidate."""
    if draws is None or isinstance(draws, pd.DataFrame):
        return Draws(patient, [patient], draws)
    if n < 1:
        raise ValueError(f"n must be at least 1, found {n}")
    longest = max(structures, key=lambda s: s.cycles)
    regimen = regimen_for(cycle, longest, np.ones(longest.remaining), before, "longest")
    return posterior_draws(draws, n, seed, regimen)


def posterior_draws(fit: Fit, n: int, seed: int, regimen: Regimen) -> Draws:
    """Draw patients from a fit: normal in its coordinates, which are logarithms of parameters.

    Parameters
    ----------
    fit
        Fitted patient; what was fitted varies, all else is as it was.
    n
        How many draws.
    seed
        Of the draws.
    regimen
        The longest that is planned: what varies between cycles is drawn anew in cycles not fitted.

    Returns
    -------
    Draws
        With a patient for each draw where factors follow the cycles.
    """
    coordinates, mode, covariance = in_regimen(fit, regimen)
    rng = np.random.default_rng(seed)
    phi = rng.multivariate_normal(mode, covariance, size=n, method="cholesky")
    patient, base = fit._setup.patient, _values(fit)
    probable = _patient(patient, coordinates, mode, base)
    if any(c.is_factor for c in coordinates):
        return Draws(probable, [_patient(patient, coordinates, row, base) for row in phi], None)
    columns = {
        c.name if c.unit == "1" else f"{c.name} [{c.unit}]": [c.value(v) for v in phi[:, j]]
        for j, c in enumerate(coordinates)
    }
    return Draws(probable, [patient], pd.DataFrame(columns))


def _values(fit: Fit) -> Mapping[str, tuple[float, str]]:
    """Value and unit of every parameter of the patient of a fit."""
    setup = fit._setup
    batch = _core.Batch(
        setup.library,
        setup.model,
        [setup.patient.core],
        [setup.regimen.core],
        [],
        _core.BatchOptions(),
    )
    return {row["name"]: (row["value"], row["unit"]) for row in batch.parameters}


def _patient(
    patient: Patient,
    coordinates: tuple[Coordinate, ...],
    phi: Array,
    base: Mapping[str, tuple[float, str]],
) -> Patient:
    """Patient with the values of a draw and its factors as effects of the cycles.

    The factors of the first cycle go into the values: effects count from there.
    """
    values = {
        c.parameters[0]: c.value(v)
        for c, v in zip(coordinates, phi, strict=True)
        if not c.is_factor
    }
    logs: dict[str, Array] = {}
    for c, v in zip(coordinates, phi, strict=True):
        if c.exponents is None:
            continue
        steps = np.array(c.exponents)
        for name in c.parameters:
            old = logs.get(name, np.zeros(1))
            length = max(len(old), len(steps))
            padded = [np.pad(a, (0, length - len(a)), mode="edge") for a in (old, steps)]
            logs[name] = padded[0] + v * padded[1]
    for name, log in logs.items():
        if log[0] != 0.0:
            values[name] = values.get(name, base[name][0]) * float(np.exp(log[0]))
    drawn = patient.with_values(
        {n: v if base[n][1] == "1" else f"{v!r} {base[n][1]}" for n, v in values.items()}
    )
    effects: list[dict[str, Any]] = [
        {
            "parameter": name,
            "term": "free_per_cycle",
            "factors": [1.0, *np.exp(log[1:] - log[0]).tolist()],
        }
        for name, log in logs.items()
        if len(log) > 1
    ]
    if not effects:
        return drawn
    document = dict(drawn.core.document)
    document["cycle_effects"] = [*document.get("cycle_effects", []), *effects]
    return patient_of(document)
