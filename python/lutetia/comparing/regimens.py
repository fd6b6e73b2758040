"""Simulate several regimens and put the results side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lutetia import _core
from lutetia.cohort import Cohort
from lutetia.comparing.comparison import Comparison
from lutetia.comparing.limits import limits_of
from lutetia.comparing.setting import Setting
from lutetia.comparing.tables import OUTCOMES
from lutetia.data import shipped
from lutetia.many import Prescription, _people, simulate_many
from lutetia.members import Table
from lutetia.patient import Patient
from lutetia.planning.limits import Limit
from lutetia.prescription import Regimen, read_regimen
from lutetia.radiobiology import TissueValues
from lutetia.result import Run
from lutetia.run import model_of, simulate
from lutetia.units import Quantity


def compare(
    model: str | _core.Model,
    patients: str | Patient | Sequence[str | Patient],
    regimens: Sequence[Prescription] | Mapping[str, Prescription],
    *,
    draws: Table | None = None,
    limits: str | Sequence[Limit] | Mapping[str, Quantity] | None = None,
    modules: Sequence[str] = (),
    convention: str = "s_values",
    tissues: TissueValues | str | None = None,
    threads: int | None = None,
    progress: bool = False,
    library: _core.Library | None = None,
) -> Comparison:
    """Compare regimens: absorbed dose and BED of organs and lesions, and the share of limits they use.

    Parameters
    ----------
    model, modules, library
        As in `simulate`.
    patients
        A `Patient`, the name of a patient or a cohort, or a list of them.
    regimens
        Names, regimens or single administrations; as a mapping, by the names tables and figures use.
    draws
        Parameter values, a row for each draw, as from `virtual_patients` or the posterior of a fit:
        every patient under every regimen is then also simulated with each of them.
    limits
        Largest absorbed doses and BED over all cycles by region, ``{"kidney": "23 Gy", "kidney BED": "40 Gy"}``,
        limits with a ``region``, a ``quantity`` (``"absorbed_dose"`` or ``"BED"``), ``gray`` and ``label``, or the name
        of a file of limits (``"kidney_23_gy"``).
    convention
        As in `absorbed_dose`.
    tissues
        As in `biologically_effective_dose`.
    threads, progress
        As in `simulate_many`.

    Returns
    -------
    Comparison

    Raises
    ------
    ModelError
        If the descriptions do not fit together.
    ValueError
        If there are no regimens, names repeat, or a limit is of no region of the model.
    SolverError
        If the integration of a patient fails; a draw that fails is counted instead.

    Examples
    --------
    >>> comparison = compare("sstr2_whole_body", "reference_male", ["netter1", "reduced_3p7"],
    ...                      limits={"kidney": "23 Gy"})
    >>> comparison.limits["used_share"].round(2).to_dict()
    {('netter1', 'kidney absorbed dose'): 0.82, ('reduced_3p7', 'kidney absorbed dose'): 0.41}
    """
    library = library or shipped()
    checked = limits_of(limits)
    courses = _named(regimens, library)
    people = _people(patients, library)
    _refuse_repeats("patients", [p.name for p in people])
    if not people:
        raise ValueError("compare needs at least one patient, found none")
    core = model_of(model, modules, library)
    setting = Setting(core, courses, convention, tissues, library)
    runs = _runs(setting, people)
    regions = list(dict.fromkeys(region for run in runs.values() for region in run.regions))
    for limit in checked:
        if limit.region not in regions:
            raise ValueError(
                f"a limit is of no region of the model: found {limit.region!r}, "
                f"expected one of {', '.join(regions)}"
            )
    members = None
    if draws is not None or len(people) > 1:
        members = _members(setting, people, draws, threads, progress)
    varied = [] if draws is None else [str(column) for column in draws]
    return Comparison(setting, runs, members, checked, varied)


def _named(
    regimens: Sequence[Prescription] | Mapping[str, Prescription], library: _core.Library
) -> dict[str, Regimen]:
    if isinstance(regimens, str):
        raise ValueError(f"regimens must be a list or a mapping, found {regimens!r}")

    def read(given: Prescription) -> Regimen:
        if isinstance(given, str):
            return read_regimen(given, library=library)
        return given if isinstance(given, Regimen) else Regimen([given])

    if isinstance(regimens, Mapping):
        named = [(str(name), read(given)) for name, given in regimens.items()]
    else:
        named = [(course.name, course) for course in map(read, regimens)]
    if not named:
        raise ValueError("compare needs at least one regimen, found none")
    _refuse_repeats("regimens", [name for name, _ in named])
    return dict(named)


def _refuse_repeats(what: str, names: list[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        hint = "; give them as a mapping from names" if what == "regimens" else ""
        raise ValueError(f"names of {what} must differ, found {', '.join(repeated)} twice{hint}")


def _runs(setting: Setting, people: Sequence[Patient]) -> dict[tuple[str, str], Run]:
    """Simulate by patient and regimen: all of one patient; of several, those that show all their numbers.

    The numbers of a patient do not depend on the regimen, those of a regimen not on the patient.
    """
    keys = [(people[0], name) for name in setting.regimens]
    keys += [(patient, next(iter(setting.regimens))) for patient in people[1:]]
    points: dict[str, Any] = {} if len(people) == 1 else {"times_per_cycle": 1, "rtol": 1e-4}
    return {
        (patient.name, name): simulate(
            setting.model, patient, setting.regimens[name], library=setting.library, **points
        )
        for patient, name in keys
    }


def _members(
    setting: Setting,
    people: Sequence[Patient],
    draws: Table | None,
    threads: int | None,
    progress: bool,
) -> Cohort:
    """Simulate every draw, patient and regimen; named as the comparison names the regimens."""
    cohort = simulate_many(
        setting.model,
        people,
        list(setting.regimens.values()),
        parameters=draws,
        observe=list(OUTCOMES.values()),
        convention=setting.convention,
        tissues=setting.tissues,
        threads=threads,
        progress=progress,
        library=setting.library,
    )
    names = np.array(list(setting.regimens))
    rows = cohort.data.sizes["member"] // (len(people) * len(names))
    cohort.data["regimen"] = ("member", np.tile(names, rows * len(people)))
    return cohort
