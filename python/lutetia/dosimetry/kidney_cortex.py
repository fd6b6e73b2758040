"""Absorbed dose of the renal cortex from that of the kidney."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from lutetia.dosimetry.data import dose_data
from lutetia.dosimetry.dose import s_value_parameters
from lutetia.dosimetry.sources import source_terms
from lutetia.errors import DataError
from lutetia.units import share_of

if TYPE_CHECKING:
    from lutetia import _core
    from lutetia.result import Run

KIDNEY = "kidney"


def kidney_cortex_dose(
    run: Run,
    *,
    activity_share: float | str | None = None,
    mass_share: float | str | None = None,
    smoothing: float | str | Mapping[str, float | str] | None = None,
    convention: str = "s_values",
    tail: str = "linear",
    library: _core.Library | None = None,
) -> pd.DataFrame:
    """Absorbed dose of the cortex, where the kidney holds most of its activity.

    Its concentration is c = `activity_share` / `mass_share` times that of the kidney. Electrons carry some of it
    back: D_cortex = (1 − x)·c·D + x·D with the smoothing x of the nuclide. Alpha particles do not (x = 0); photons
    reach cortex and kidney alike. All nuclides of a run, daughters too, are taken to share the distribution of activity.

    Parameters
    ----------
    run
        A finished simulation of a model with an organ ``kidney``.
    activity_share, mass_share
        Of the kidney, that are in the cortex, 0.85 or ``"85 %"``; those of ``s_values/general.yaml`` when absent.
    smoothing
        x, one or by nuclide; that of ``s_values/general.yaml`` when absent.
    convention, tail, library
        As in `absorbed_dose`.

    Returns
    -------
    pandas.DataFrame
        Index ``cycle_1`` … ``cycle_n``, ``total``; columns ``kidney_Gy``, ``cortex_Gy`` and ``ratio``.

    Raises
    ------
    DataError
        If the model has no kidney, or no smoothing is known of a nuclide.

    Examples
    --------
    >>> import lutetia as lt
    >>> run = lt.simulate("sstr2_whole_body", lt.read_patient("reference_male"), "netter1")
    >>> round(float(kidney_cortex_dose(run).at["total", "ratio"]), 2)
    1.19
    """
    library = dose_data(run, convention, tail, library).library
    terms = source_terms(run, [KIDNEY], convention=convention, tail=tail, library=library)
    if terms.empty:
        raise DataError(f"the model has no organ {KIDNEY!r} with a mass")
    nuclides = list(dict.fromkeys(terms["nuclide"]))
    numbers = s_value_parameters(nuclides[0], library)
    activity = numbers["kidney_cortex.activity_share"] if activity_share is None else activity_share
    mass = numbers["kidney_cortex.mass_share"] if mass_share is None else mass_share
    activity, mass = share_of(activity, "activity_share"), share_of(mass, "mass_share")
    for name, share in (("activity_share", activity), ("mass_share", mass)):
        if not 0.0 < share <= 1.0:
            raise ValueError(f"{name} must be above 0 and at most 1, found {share}")
    concentration = activity / mass
    mixed = {n: _smoothing(n, smoothing, numbers) for n in nuclides}
    terms["kidney_Gy"] = (terms["alpha"] + terms["electron"] + terms["photon"]) * terms["tia_MBq_h"]
    own = terms["source"] == KIDNEY
    x = terms["nuclide"].map(mixed)
    electrons = (1.0 - x) * concentration + x
    local = concentration * terms["alpha"] + electrons * terms["electron"] + terms["photon"]
    terms["cortex_Gy"] = terms["kidney_Gy"].where(~own, local * terms["tia_MBq_h"])
    table = terms.groupby("cycle")[["kidney_Gy", "cortex_Gy"]].sum()
    table.index = pd.Index([f"cycle_{cycle}" for cycle in table.index])
    table.loc["total"] = table.sum()
    table["ratio"] = table["cortex_Gy"] / table["kidney_Gy"]
    return table


def _smoothing(
    nuclide: str,
    given: float | str | Mapping[str, float | str] | None,
    numbers: Mapping[str, float],
) -> float:
    known = numbers.get(f"kidney_cortex.smoothing.{nuclide}")
    value = given.get(nuclide, known) if isinstance(given, Mapping) else given
    value = known if value is None else value
    if value is None:
        raise DataError(f"no smoothing of the kidney cortex is known of {nuclide}; give one")
    found = share_of(value, "smoothing")
    if not 0.0 <= found <= 1.0:
        raise ValueError(f"smoothing must be between 0 and 1, found {found}")
    return found
