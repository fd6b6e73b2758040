"""Fit one patient: scans in, the most probable parameters and what is known of them out."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm import tqdm

from lutetia import _core
from lutetia.data import shipped
from lutetia.errors import DataError, FitError
from lutetia.fitting.coordinates import Coordinate
from lutetia.fitting.error_models import (
    ErrorModel,
    default_error,
    group_names,
    largest_cv,
)
from lutetia.fitting.prior import Prior
from lutetia.fitting.result import Fit, Setup
from lutetia.patient import Patient
from lutetia.prescription import Infusion, Regimen
from lutetia.sweeping import PATIENCE, described
from lutetia.units import MILLILITERS_PER_LITER

if TYPE_CHECKING:
    from lutetia.measurements import Observations

Array = npt.NDArray[np.float64]

SLICE = 0.1  # s between looks at the keyboard
BIASED_CV = 0.15  # of weighting by data; 2·cv² is then 4.5 %


def fit(
    model: str | _core.Model,
    patient: str | Patient,
    regimen: str | Regimen | Infusion | Sequence[Infusion],
    observations: Observations,
    *,
    prior: Prior | None = None,
    errors: Mapping[str, ErrorModel] | None = None,
    calibration: bool | Mapping[str, float] = True,
    starts: int = 16,
    seed: int = 0,
    previous: Fit | None = None,
    rtol: float = 1e-6,
    max_steps: int = 20_000,
    max_iterations: int = 200,
    threads: int | None = None,
    progress: bool = False,
    modules: Sequence[str] = (),
    library: _core.Library | None = None,
    **population: Any,
) -> Fit:
    """Find the most probable parameters of a patient given his scans, and how well they are known.

    Minimizes O(φ) = −2 ln L(y | φ) + (φ − μ)ᵀ Ω⁻¹ (φ − μ) over logarithms φ of the parameters, with exact
    derivatives of every step of the run, by Levenberg and Marquardt (or BFGS where variances are predicted),
    from several starts: the mean of the prior, the previous fit if there is one, then scrambled Sobol points
    of the prior.

    Parameters
    ----------
    model, patient, regimen, modules, library
        As in `simulate`. The regimen may go on after the last scan: later cycles are predicted.
    observations
        Of this patient; cycles count the administrations of `regimen` that begin one. Rows with
        ``include`` false are not used.
    prior
        `Prior.population(…, **population)` when absent.
    errors
        `ErrorModel` by group, ``"organ SPECT Lu-177"`` (see `Fit.groups`), where the defaults do not
        do: log-normal with the CV of the file ``fit_assumptions/default``, fixed where every row of the
        group has ``sd``.
    calibration
        True: one factor for each region in each modality, or for each value of the column ``scan`` where
        that is given, with a log-normal prior; its spread is that of the file, or by name of the series.
        Without it, repeated scans look independent.
    starts
        How many searches; 16 for routine, 64 for a new model.
    seed
        Of the starts.
    previous
        A fit of the same coordinates, to start from.
    rtol, max_steps
        Of the runs.
    threads
        All cores when absent. Results do not depend on it.
    progress
        Show a bar when it takes more than two seconds. Ctrl-C ends with the best so far.
    **population
        ``free``, ``shared``, ``cv``, ``correlation``, ``cycle_effect``, ``between_cycles``, ``logit`` of
        `Prior.population`.

    Returns
    -------
    Fit

    Raises
    ------
    DataError
        If measurements do not belong to the run, with each row, or none is above its detection limit.
    FitError
        If no search ends at a minimum; says why.
    ModelError, ValueError
        If descriptions or options are wrong.

    References
    ----------
    Kletting et al. 2012, doi:10.1118/1.3684447 (Bayesian fits of such models); Ceres Solver 2.1.

    Examples
    --------
    >>> import lutetia as lt, pandas as pd
    >>> cycle = lt.Infusion("dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol",
    ...                     duration="30 min")
    >>> scans = pd.DataFrame({"t_h": [4.0, 24.0, 96.0, 168.0], "value": [210.0, 160.0, 62.0, 24.0]})
    >>> table = lt.Observations.from_frame(scans, defaults=dict(
    ...     patient="p1", cycle=1, region="kidney", region_class="organ", quantity="activity", unit="MBq",
    ...     decay_corrected=False, modality="SPECT", nuclide="Lu-177"))
    >>> result = fit("sstr2_whole_body", "reference_male", cycle, table, starts=2,
    ...              free=["kidney.receptor_density", "k_release_normal"])
    >>> result.status
    'converged'
    """
    library = library or shipped()
    core_model, person, course_regimen = described(model, patient, regimen, library, modules)
    if prior is None:
        prior = Prior.population(core_model, person, course_regimen, library=library, **population)
    elif population:
        raise ValueError(f"{sorted(population)} belong to Prior.population; give one of both")
    if starts < 1:
        raise ValueError(f"starts must be at least 1, found {starts}")
    setup = Setup(core_model, person, course_regimen, library, rtol, max_steps)
    course = setup.course(prior.coordinates)
    assumed = _core.fit_assumptions(library, "default")
    rows = _rows_of(observations, course, person)
    volumes = {
        row["name"].removesuffix(".volume"): row["internal"] * MILLILITERS_PER_LITER
        for row in course.parameters
        if row["name"].endswith(".volume")
    }
    rows["error_group"] = group_names(
        rows, assumed["small_tumor_volume"] * MILLILITERS_PER_LITER, volumes
    )
    groups = _error_models(rows, errors or {}, assumed["relative_error"])
    rows["series"] = _series(rows, calibration)
    complete = _with_nuisances(prior, rows, groups, calibration, assumed["calibration_error"])
    objective = setup.objective(course, rows, groups, complete)
    points = _starts(objective, complete, starts, seed, previous)
    begin = time.perf_counter()
    minima = search(objective, points, threads, max_iterations, progress)
    best = _best(minima)
    return Fit(
        setup=setup,
        prior=complete,
        model_coordinates=len(prior.coordinates),
        groups=groups,
        rows=rows,
        minima=[_record(m) for m in minima],
        best=best,
        seconds=time.perf_counter() - begin,
        objective=objective,
        course=course,
    )


def search(
    objective: _core.Objective,
    starts: Sequence[Array],
    threads: int | None = None,
    max_iterations: int = 200,
    progress: bool = False,
) -> list[_core.Minimum]:
    """Run searches on threads; Ctrl-C ends them at their best so far."""
    options = _core.MinimizeOptions()
    options.max_iterations = max_iterations
    running = _core.Search(objective, list(starts), threads or os.cpu_count() or 1, options)
    with tqdm(
        total=len(starts), desc="fit", delay=PATIENCE, disable=not progress, leave=False
    ) as bar:
        try:
            while not running.wait(SLICE):
                bar.update(running.finished - bar.n)
        except KeyboardInterrupt:
            running.stop()
            warnings.warn("fit cancelled; the best so far is kept", RuntimeWarning, stacklevel=3)
    return running.result()


def _rows_of(
    observations: Observations, course: _core.PatientCourse, person: Patient
) -> pd.DataFrame:
    """Rows that are used, with the time since the begin of the regimen."""
    from lutetia.measurements import Observations as Table

    if isinstance(observations, pd.DataFrame):
        raise ValueError("observations must be checked: lt.Observations.from_frame(frame)")
    if not isinstance(observations, Table):
        raise ValueError(f"observations must be lt.Observations, found {type(observations)}")
    frame = observations.frame
    if frame.empty:
        raise DataError("the table of observations has no rows: there is nothing to fit")
    patients = frame["patient"].unique().tolist()
    if len(patients) != 1:
        raise DataError(
            f"a fit is of one patient, found measurements of {patients}; use "
            "observations.for_patient(name)"
        )
    rows = frame[frame["include"]].reset_index(names="row")
    starts = np.array(course.cycle_starts)
    late = rows[rows["cycle"] > len(starts)]
    if len(late):
        raise DataError(
            f"rows {(late['row'] + 1).tolist()} are of cycle {late['cycle'].max()}, but the regimen of "
            f"{person.name!r} has {len(starts)}"
        )
    if rows.empty or (rows["censoring"] == "left").all():
        raise DataError(
            "no measurement is above its limit of detection: there is nothing to fit"
            if len(rows)
            else "no row of the observations is included: there is nothing to fit"
        )
    bad = rows[(rows["censoring"] != "left") & ~(rows["activity_MBq"] > 0.0)]
    if len(bad):
        raise DataError(
            f"rows {(bad['row'] + 1).tolist()} are not positive; a value below the limit of detection has "
            "censoring 'left' and a detection_limit"
        )
    after = np.append(starts[1:], np.inf)[rows["cycle"].to_numpy(dtype=int) - 1]
    over = rows[starts[rows["cycle"].to_numpy(dtype=int) - 1] + rows["t_h"] >= after]
    if len(over):
        raise DataError(
            f"rows {(over['row'] + 1).tolist()} are after the next cycle begins; times count from the start of "
            "the administration of their own cycle"
        )
    rows["time_h"] = starts[rows["cycle"].to_numpy(dtype=int) - 1] + rows["t_h"].to_numpy(float)
    return rows


def _error_models(
    rows: pd.DataFrame, given: Mapping[str, ErrorModel], numbers: Mapping[str, float]
) -> dict[str, ErrorModel]:
    """Error model of every group."""
    names = list(dict.fromkeys(rows["error_group"]))
    wrong = [name for name, error in given.items() if not isinstance(error, ErrorModel)]
    if wrong:
        raise ValueError(f"errors must be error models, lt.ErrorModel(cv=0.1), at {wrong}")
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ValueError(f"errors names no group of the table: {unknown}; it has {names}")
    models = {
        name: given.get(name) or default_error(name, rows[rows["error_group"] == name], numbers)
        for name in names
    }
    for name, error in models.items():
        if error.kind == "fixed" and rows.loc[rows["error_group"] == name, "sd_MBq"].isna().any():
            raise DataError(f"fixed errors of {name!r} need 'sd' in every row of the group")
    if largest_cv(models) > BIASED_CV:
        warnings.warn(
            f"weighting by the data with a CV of {largest_cv(models):.0%} is biased low by about "
            f"{2 * largest_cv(models) ** 2:.0%}; log_normal is not",
            RuntimeWarning,
            stacklevel=3,
        )
    return models


def _series(rows: pd.DataFrame, calibration: bool | Mapping[str, float]) -> pd.Series:
    """Name of the calibration factor of every row, empty for none."""
    if not isinstance(calibration, bool | Mapping):
        raise ValueError(
            "calibration must be True, False or spreads by series, {'kidney SPECT': 0.05}; found "
            f"{calibration!r}"
        )
    if calibration is False:
        return pd.Series("", rows.index)
    own = rows["scan"].fillna("").astype(str)
    by_region = rows["region"].astype(str) + " " + rows["modality"].astype(str)
    named = own.where(own != "", by_region)
    if isinstance(calibration, Mapping):
        unknown = [name for name in calibration if name not in set(named)]
        if unknown:
            raise ValueError(
                f"calibration names no series: {unknown}; there are {sorted(set(named))}"
            )
    return named


def _with_nuisances(
    prior: Prior,
    rows: pd.DataFrame,
    groups: Mapping[str, ErrorModel],
    calibration: bool | Mapping[str, float],
    assumed: Mapping[str, float],
) -> Prior:
    """Prior with calibration factors and scales of errors."""
    coordinates, spreads = [], []
    given = calibration if isinstance(calibration, Mapping) else {}
    for name in dict.fromkeys(s for s in rows["series"] if s):
        tumor = (rows.loc[rows["series"] == name, "region_class"] == "tumor").all()
        coordinates.append(Coordinate(f"calibration, {name}", (), (1.0,)))
        spreads.append(float(given.get(name, assumed["tumor" if tumor else "organ"])))
    for name, error in groups.items():
        if error.estimated:
            coordinates.append(Coordinate(f"error scale, {name}", (), (1.0,)))
            spreads.append(error.scale_spread)
    n = len(prior.mean)
    covariance = np.zeros((n + len(spreads),) * 2)
    covariance[:n, :n] = prior.covariance
    covariance[range(n, n + len(spreads)), range(n, n + len(spreads))] = np.square(spreads)
    return Prior(
        [*prior.coordinates, *coordinates],
        np.concatenate([prior.mean, np.zeros(len(spreads))]),
        covariance,
    )


def _starts(
    objective: _core.Objective, prior: Prior, n: int, seed: int, previous: Fit | None
) -> list[Array]:
    """Whitened starts: mean of the prior, previous fit, scrambled Sobol points."""
    from scipy.stats import norm, qmc

    q = len(prior.mean)
    out = [np.zeros(q)]
    if previous is not None and n == 1:
        raise ValueError("previous needs two starts at least: the mean of the prior is the first")
    if previous is not None:
        phi = prior.mean.copy()
        known = dict(zip(previous.prior.names, previous.phi, strict=True))
        for i, name in enumerate(prior.names):
            phi[i] = known.get(name, phi[i])
        out.append(objective.prior.whitened(phi))
    more = n - len(out)
    if more > 0:
        points = qmc.Sobol(q, scramble=True, seed=seed).random_base2(
            int(np.ceil(np.log2(max(more, 1))))
        )
        out.extend(norm.ppf(np.clip(points[:more], 1e-6, 1.0 - 1e-6)))
    return out


def _best(minima: Sequence[_core.Minimum]) -> int:
    """Position of the lowest minimum; why there is none."""
    objectives = np.array([m.objective for m in minima])
    converged = np.array([m.status.name == "converged" for m in minima])
    if np.isfinite(objectives[converged]).any():
        return int(np.nanargmin(np.where(converged, objectives, np.nan)))
    cancelled = any(m.status.name == "cancelled" for m in minima)
    if cancelled and np.isfinite(objectives).any():
        return int(np.nanargmin(objectives))
    reasons = list(dict.fromkeys(f"{m.status.name}: {m.message}" for m in minima))
    raise FitError(f"none of {len(minima)} searches ended at a minimum; " + "; ".join(reasons[:3]))


def _record(m: _core.Minimum) -> dict[str, Any]:
    """Keep what a search found, as JSON takes it."""
    return {
        "status": m.status.name,
        "message": m.message,
        "start": np.asarray(m.start).tolist(),
        "z": np.asarray(m.z).tolist(),
        "objective": float(m.objective),
        "gradient": float(m.gradient),
        "iterations": m.iterations,
        "evaluations": m.evaluations,
        "derivatives": m.derivatives,
        "failures": m.failures,
        "halvings": m.halvings,
    }
