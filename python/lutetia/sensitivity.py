"""How much a result depends on each parameter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from lutetia import _core
from lutetia.patient import Patient
from lutetia.prescription import Infusion, Regimen
from lutetia.run import simulate
from lutetia.sweeping import PATIENCE, Measure, described, dose_per_activity, measured


def elasticity(
    model: str | _core.Model,
    patient: str | Patient,
    regimen: str | Regimen | Infusion | Sequence[Infusion],
    parameters: Sequence[str] | None = None,
    *,
    measure: Measure | None = None,
    convention: str = "s_values",
    step: float = 0.01,
    progress: bool = True,
    library: _core.Library | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Relative change of a measure per relative change of a parameter, d ln(measure)/d ln(parameter).

    Central differences of the logarithms: two runs per parameter, all other parameters fixed. Works
    for any measure; for activity and absorbed dose `sensitivities` is exact and needs one run.

    Parameters
    ----------
    model, patient, regimen, measure, convention, progress, library, **options
        As in `sweep`; the measure must be positive.
    parameters
        Names; every number the run rests on (see `Run.parameters`) that is not zero when absent.
    step
        Relative step. With the default of 0.01 and ``rtol=1e-6`` differences below 1e-4 are noise.

    Returns
    -------
    pandas.DataFrame
        Index parameter, sorted by the largest absolute value in a row; one column per value of the
        measure. NaN where the measure is not positive.

    Raises
    ------
    ValueError
        If a name is none of the run's parameters, or the step not in (0, 1).
    Error
        Whatever a run raises; the message starts with the point.

    Examples
    --------
    >>> table = elasticity("sstr2_whole_body", "reference_male", "netter1",
    ...                    ["gfr", "kidney.receptor_density"])
    >>> table["kidney"].sort_index(ascending=False).round(2).to_dict()
    {'kidney.receptor_density': 0.48, 'gfr': -0.43}
    """
    if not 0 < step < 1:
        raise ValueError(f"step must lie in (0, 1), found {step}")
    measure = measure or partial(dose_per_activity, convention=convention)
    base = described(model, patient, regimen, library, options.pop("modules", ()))
    known = simulate(*base, library=library, **options).parameters
    values = {str(name): float(value) for name, value in known["value"].items()}
    units = {str(name): str(unit) for name, unit in known["unit"].items()}
    names = [n for n, value in values.items() if value] if parameters is None else list(parameters)
    unknown = [name for name in names if name not in values]
    if unknown:
        raise ValueError(f"parameters must be of the run, found {unknown}; see run.parameters")
    rows = {}
    for name in tqdm(names, desc="elasticity", delay=PATIENCE, disable=not progress, leave=False):
        low, high = (
            _flat(
                measured(
                    base, {name: _text(values[name] * f, units[name])}, measure, library, options
                )
            )
            for f in (1 - step, 1 + step)
        )
        positive = (low > 0) & (high > 0)
        change = np.log(high.where(positive)) - np.log(low.where(positive))
        rows[name] = change / (np.log1p(step) - np.log1p(-step))
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")
    order = table.abs().max(axis=1).sort_values(ascending=False, na_position="last", kind="stable")
    return table.loc[order.index]


def _text(value: float, unit: str) -> str:
    return repr(value) if unit == "1" else f"{value!r} {unit}"


def _flat(found: dict[str, Any]) -> pd.Series[float]:
    """Values of a measure in one row; a single Series keeps its own labels."""
    if len(found) == 1:
        (only,) = found.values()
        if isinstance(only, pd.Series):
            return only.astype(float)
    parts = [
        value.add_prefix(f"{key}.") if isinstance(value, pd.Series) else pd.Series({key: value})
        for key, value in found.items()
    ]
    return pd.concat(parts).astype(float)
