"""What `imaging_schedules` needs to know of a patient, from the whole-body model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from lutetia import _core
from lutetia.derivatives import sensitivities
from lutetia.patient import Patient
from lutetia.prescription import Infusion, Regimen
from lutetia.sweeping import PATIENCE

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ScheduleSensitivities:
    """Derivatives of logarithms at draws from a prior.

    Attributes
    ----------
    candidates : numpy.ndarray
        Times, shape (m,) [h].
    regions, targets, names : tuple of str
        Of the axes.
    activity : numpy.ndarray
        ∂ ln(activity)/∂ ln(parameter), shape (draws, m, regions, q).
    absorbed_dose : numpy.ndarray
        ∂ ln(absorbed dose)/∂ ln(parameter), summed over cycles, shape (draws, targets, q).
    """

    candidates: Array
    regions: tuple[str, ...]
    targets: tuple[str, ...]
    names: tuple[str, ...]
    activity: Array
    absorbed_dose: Array


def schedule_sensitivities(
    model: str | _core.Model,
    patient: str | Patient,
    regimen: str | Regimen | Infusion | Sequence[Infusion],
    names: Sequence[str],
    covariance: npt.ArrayLike,
    candidates: Sequence[float],
    *,
    regions: Sequence[str],
    targets: Sequence[str],
    draws: int = 50,
    seed: int = 0,
    progress: bool = True,
    **options: Any,
) -> ScheduleSensitivities:
    """Differentiate activities and absorbed doses at draws from a log-normal prior.

    Parameters
    ----------
    model, patient, regimen
        As in `simulate`; the values of the patient are the medians of the prior.
    names
        Parameters that are not known, length q.
    covariance
        Of their logarithms, shape (q, q).
    candidates
        Times of scans from the start of the regimen, ascending [h].
    regions
        What a scan measures.
    targets
        Whose absorbed dose is wanted.
    draws
        From the prior.
    seed
        Of the draws.
    progress
        Show a bar when it takes longer than 2 s.
    **options
        Of `sensitivities`: ``modules``, ``library``, ``convention``, ``rtol``, …

    Returns
    -------
    ScheduleSensitivities

    Raises
    ------
    ValueError
        If the covariance has another shape or is not positive definite, or a region is unknown or empty.
    Error
        Whatever a run raises.

    Examples
    --------
    >>> from lutetia import Infusion, imaging_schedules
    >>> cycle = Infusion("dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol", duration="30 min",
    ...                  amino_acids="lysine_arginine")
    >>> found = schedule_sensitivities(
    ...     "sstr2_whole_body", "reference_male", cycle, ["kidney.receptor_density", "k_release_normal"],
    ...     [[0.18, 0], [0, 0.04]], [4, 24, 96, 168], regions=["kidney"], targets=["kidney"], draws=3)
    >>> found.activity.shape, found.absorbed_dose.shape
    ((3, 4, 1, 2), (3, 1, 2))
    >>> table = imaging_schedules(
    ...     found.candidates, found.activity, found.absorbed_dose, targets=found.targets,
    ...     prior_covariance=[[0.18, 0], [0, 0.04]], error_cv=0.1, scans=2)
    >>> table["times_h"].iloc[0]
    (24.0, 168.0)
    """
    matrix = np.asarray(covariance, dtype=float)
    if matrix.shape != (len(names), len(names)):
        raise ValueError(f"covariance must have shape {(len(names),) * 2}, found {matrix.shape}")
    if draws < 1:
        raise ValueError(f"draws must be at least 1, found {draws}")
    try:
        factor = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        raise ValueError("covariance must be positive definite") from None
    deviates = np.random.default_rng(seed).standard_normal((draws, len(names))) @ factor.T
    times = [float(t) for t in candidates]
    call = (model, patient, regimen, list(names))
    typical = sensitivities(*call, times=times, **options).data
    medians, units = typical["value"].values, [str(unit) for unit in typical["unit"].values]
    activity, dose = [], []
    given = dict(options.pop("parameters", None) or {})
    for deviate in tqdm(deviates, "draws", delay=PATIENCE, disable=not progress, leave=False):
        values = {
            name: float(value) if unit == "1" else f"{float(value)!r} {unit}"
            for name, value, unit in zip(names, medians * np.exp(deviate), units, strict=True)
        }
        found = sensitivities(*call, times=times, parameters=given | values, **options)
        unknown = [name for name in (*regions, *targets) if name not in found.run.regions]
        if unknown:
            raise ValueError(f"regions must be of {found.run.regions}, found {unknown}")
        activity.append(found.relative("activity").sel(region=list(regions)).values)
        total = found._values("absorbed_dose").sum("cycle", skipna=False)
        slope = found.absorbed_dose.sum("cycle", skipna=False) * found.data["value"] / total
        order = ("region", "direction")
        dose.append(slope.sel(region=list(targets)).transpose(*order).values)
    if not (np.isfinite(activity).all() and np.isfinite(dose).all()):
        raise ValueError(
            "a region has no activity at a candidate time, or a target no absorbed dose"
        )
    return ScheduleSensitivities(
        np.array(times),
        tuple(regions),
        tuple(targets),
        tuple(names),
        np.array(activity),
        np.array(dose),
    )
