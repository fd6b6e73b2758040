"""Absorbed dose of the red marrow by three methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lutetia.dosimetry.data import dose_data
from lutetia.dosimetry.dose import s_value_parameters
from lutetia.dosimetry.sources import EMISSIONS, REMAINDER, source_terms
from lutetia.errors import DataError
from lutetia.readings.cycles import parameter
from lutetia.units import to_internal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lutetia import _core
    from lutetia.result import Run
    from lutetia.units import Quantity

METHODS = ("compartment", "blood", "image")
MARROW = "red_marrow"


def marrow_to_blood_ratio(
    hematocrit: float, *, extracellular_fraction: float | None = None
) -> float:
    """Activity per mass of red marrow over that of blood, for a substance that stays in plasma.

    RMBLR = RMECFF / (1 − hematocrit), with the extracellular share of marrow RMECFF.

    Parameters
    ----------
    hematocrit
        Between 0 and 1.
    extracellular_fraction
        RMECFF; that of ``s_values/general.yaml`` when absent.

    Returns
    -------
    float

    References
    ----------
    Sgouros 1993, J Nucl Med 34:689-694.

    Examples
    --------
    >>> round(marrow_to_blood_ratio(0.40), 7)
    0.3166667
    """
    check_hematocrit(hematocrit)
    if extracellular_fraction is None:
        extracellular_fraction = s_value_parameters("Lu-177")["red_marrow.extracellular_fraction"]
    return extracellular_fraction / (1.0 - hematocrit)


def check_hematocrit(hematocrit: float) -> None:
    """Refuse what is no share of blood, such as a percentage."""
    if not 0.0 <= hematocrit < 1.0:
        raise ValueError(f"hematocrit must be at least 0 and below 1, found {hematocrit}")


def red_marrow_dose(
    run: Run,
    method: str = "compartment",
    *,
    blood_ratio: float | None = None,
    hematocrit: float | None = None,
    blood_density: Quantity = None,
    concentration: float | Sequence[float] | None = None,
    plasma: str = "serum",
    tail: str = "linear",
    library: _core.Library | None = None,
) -> pd.DataFrame:
    """Absorbed dose of the red marrow, D = Ã_RM·S(RM ← RM) + cross-dose.

    The methods differ in the activity of the marrow itself; cross-dose is that of `absorbed_dose`.

    Parameters
    ----------
    run
        A finished simulation of a model with an organ ``red_marrow``.
    method
        ``"compartment"``: the organ of the model, with its receptors; as `absorbed_dose` has it.
        ``"blood"``: Ã_RM = C̃_blood·m_RM·`blood_ratio`. ``"image"``: Ã_RM = `concentration`·m_RM, from
        lumbar vertebrae; a check of plausibility.
    blood_ratio
        Of ``"blood"``; that of ``s_values/general.yaml`` (1, as found for octreotate) when absent;
        `marrow_to_blood_ratio` gives one for what stays in plasma.
    hematocrit
        Of ``"blood"``; that of the run when absent.
    blood_density
        Of ``"blood"``; that of ``s_values/general.yaml`` when absent.
    concentration
        Of ``"image"``: time-integrated activity per mass of vertebral marrow [MBq*h/kg], one for each
        cycle or one for all.
    plasma
        Region with the activity and the volume of plasma.
    tail, library
        As in `absorbed_dose`.

    Returns
    -------
    pandas.DataFrame
        Index ``cycle_1`` … ``cycle_n``, ``total``; columns ``self_Gy``, ``cross_Gy`` and ``total_Gy``.

    Raises
    ------
    DataError
        If the model has no red marrow, or no plasma with a volume.
    ValueError
        If an argument belongs to another method or is impossible.

    Notes
    -----
    In one cohort the blood method gave medians of 15 to 28 mGy/GBq, the image method 42 to 64 mGy/GBq. Free daughters
    of alpha emitters are part of the plasma: by ``"blood"`` marrow holds as much of them per mass as blood does, by
    ``"compartment"`` what flows through its vessels, which is a fraction of that.

    References
    ----------
    Sgouros 1993, J Nucl Med 34:689-694. Forrer et al. 2009, doi:10.1007/s00259-009-1072-6.

    Examples
    --------
    >>> import lutetia as lt
    >>> run = lt.simulate("sstr2_whole_body", lt.read_patient("reference_male"), "netter1")
    >>> list(red_marrow_dose(run, "blood").columns)
    ['self_Gy', 'cross_Gy', 'total_Gy']
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, found {method!r}")
    if (concentration is None) != (method != "image"):
        raise ValueError("a concentration belongs to the method 'image', and only to it")
    of_blood = {
        "blood_ratio": blood_ratio,
        "hematocrit": hematocrit,
        "blood_density": blood_density,
    }
    given = [name for name, value in of_blood.items() if value is not None]
    if given and method != "blood":
        raise ValueError(f"{given[0]} belongs to the method 'blood', found method {method!r}")
    if blood_ratio is not None and not blood_ratio >= 0.0:
        raise ValueError(f"blood_ratio must not be negative, found {blood_ratio}")
    if hematocrit is not None:
        check_hematocrit(hematocrit)
    library = dose_data(run, "s_values", tail, library).library
    terms = source_terms(run, [MARROW], tail=tail, library=library)
    if terms.empty:
        raise DataError(f"the model has no organ {MARROW!r} with a mass")
    terms["S"] = terms[EMISSIONS].sum(axis=1)
    own = terms["source"] == MARROW
    if method != "compartment":
        if method == "blood":
            per_mass = _blood(run, hematocrit, blood_density, plasma, tail, library)
            if blood_ratio is None:
                nuclide = str(run.data["nuclide"].values[0])
                blood_ratio = s_value_parameters(nuclide, library)["red_marrow.blood_ratio"]
            per_mass = per_mass * blood_ratio
        else:
            if run.data.sizes["nuclide"] > 1:
                raise DataError("the method 'image' needs a run with one nuclide")
            cycles = run.data.sizes["cycle"]
            found = np.atleast_1d(np.asarray(concentration, dtype=float))
            if found.shape not in ((1,), (cycles,)) or not (found >= 0.0).all():
                raise ValueError(
                    f"concentration must be one number or {cycles}, one for each cycle, and not negative, "
                    f"found {concentration}"
                )
            per_mass = np.broadcast_to(found, (1, cycles))
        nuclides = [str(n) for n in run.data["nuclide"].values]
        rows = [nuclides.index(n) for n in terms.loc[own, "nuclide"]]
        columns = terms.loc[own, "cycle"].to_numpy() - 1
        new = per_mass[rows, columns] * terms.loc[own, "mass_kg"].to_numpy()
        _move(terms, own, new)
    terms["Gy"] = terms["S"] * terms["tia_MBq_h"]
    self_dose = terms[own].groupby("cycle")["Gy"].sum()
    table = pd.DataFrame(
        {"self_Gy": self_dose, "cross_Gy": terms[~own].groupby("cycle")["Gy"].sum()}
    ).fillna(0.0)
    table.index = pd.Index([f"cycle_{cycle}" for cycle in table.index])
    table.loc["total"] = table.sum()
    table["total_Gy"] = table["self_Gy"] + table["cross_Gy"]
    return table


def _blood(
    run: Run,
    hematocrit: float | None,
    blood_density: Quantity,
    plasma: str,
    tail: str,
    library: _core.Library,
) -> np.ndarray:
    """Time-integrated activity per mass of blood, shape (nuclides, cycles) [MBq*h/kg]."""
    if plasma not in run.regions:
        raise DataError(f"no region {plasma!r}; there are {', '.join(run.regions)}")
    volume = float(run.volumes().sel(region=plasma))
    if not volume > 0.0:
        raise DataError(f"region {plasma!r} has no volume, so no concentration")
    if hematocrit is None:
        if "hematocrit" not in run.parameters.index:
            raise DataError("the run has no parameter 'hematocrit'; give one")
        hematocrit = parameter(run, "hematocrit")
    nuclide = str(run.data["nuclide"].values[0])
    if blood_density is None:
        density = s_value_parameters(nuclide, library)["red_marrow.blood_density"]
    else:
        density = to_internal(blood_density, "kg/L", "blood_density")
        if not density > 0.0:
            raise ValueError(f"blood_density must be positive, found {blood_density}")
    values, _ = run._tia_arrays(tail)
    in_plasma = values[:, run.regions.index(plasma), :] / volume
    return np.asarray(in_plasma * (1.0 - hematocrit) / density)


def _move(terms: pd.DataFrame, own: pd.Series, new: np.ndarray) -> None:
    """Give the marrow another time-integrated activity; the remainder of the body yields it."""
    difference = pd.Series(new - terms.loc[own, "tia_MBq_h"].to_numpy(), index=terms.index[own])
    keys = list(zip(terms.loc[own, "nuclide"], terms.loc[own, "cycle"], strict=True))
    change = dict(zip(keys, difference, strict=True))
    rest = terms["source"] == REMAINDER
    terms.loc[own, "tia_MBq_h"] = new
    terms.loc[rest, "tia_MBq_h"] -= [
        change[key]
        for key in zip(terms.loc[rest, "nuclide"], terms.loc[rest, "cycle"], strict=True)
    ]
