"""Simulate several regimens and put the results side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lutetia import _core
from lutetia.batch.many import _people
from lutetia.batch.members import Table
from lutetia.comparing.asked import Compared, given_to, named, refuse_repeats
from lutetia.comparing.comparison import Comparison
from lutetia.comparing.limits import compared_limits
from lutetia.comparing.members import members_of
from lutetia.comparing.setting import Setting
from lutetia.data import shipped
from lutetia.patient import Patient
from lutetia.planning.limits import Limit
from lutetia.radiobiology import TissueValues
from lutetia.result import Run
from lutetia.run import model_of, simulate
from lutetia.units import Quantity


def compare(
    model: str | _core.Model,
    patients: str | Patient | Sequence[str | Patient],
    regimens: Sequence[Compared] | Mapping[str, Compared],
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
    """Compare regimens and policies: absorbed dose and BED of organs and lesions, and the share of limits they use.

    Parameters
    ----------
    model, modules, library
        As in `simulate`.
    patients
        A `Patient`, the name of a patient or a cohort, or a list of them.
    regimens
        Names, regimens, single administrations or policies (`policy`, or a name that is no regimen's); as a
        mapping, by the names tables and figures use. A policy is adapted to each patient as he is; draws get
        what the patient gets. Where it gives no cycle, tables and figures say that it is not possible.
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
    DataError
        If no regimen or policy has such a name.
    ModelError
        If the descriptions do not fit together.
    ValueError
        If there are no regimens, names repeat, a list holds an administration with a later start, or a limit is
        of no region of the model.
    SolverError
        If the integration of a patient fails; a draw that fails is counted instead.

    Examples
    --------
    >>> comparison = compare("sstr2_whole_body", "reference_male", ["netter1", "reduced_3p7"],
    ...                      limits={"kidney": "23 Gy"})
    >>> comparison.limits["used_share"].round(2).to_dict()
    {('netter1', 'kidney absorbed dose'): 0.82, ('reduced_3p7', 'kidney absorbed dose'): 0.41}

    A policy asks the model how many cycles each patient may have:

    >>> adapted = compare("sstr2_whole_body", "reference_male", ["netter1", "kidney_bed_27_gy"])
    >>> adapted.courses["cycles"].to_dict()
    {'netter1': 4, 'kidney_bed_27_gy': 5}
    """
    library = library or shipped()
    checked = compared_limits(limits)
    asked = named(regimens, library)
    people = _people(patients, library)
    refuse_repeats("patients", [p.name for p in people])
    if not people:
        raise ValueError("compare needs at least one patient, found none")
    core = model_of(model, modules, library)
    given = given_to(people, asked, core, convention, tissues, threads, library)
    setting = Setting(core, given, convention, tissues, library)
    runs = _runs(setting)
    regions = list(dict.fromkeys(region for run in runs.values() for region in run.regions))
    for limit in checked:
        if runs and limit.region not in regions:
            raise ValueError(
                f"a limit is of no region of the model: found {limit.region!r}, "
                f"expected one of {', '.join(regions)}"
            )
    members = None
    if draws is not None or len(people) > 1:
        members = members_of(setting, draws, threads, progress)
    varied = [] if draws is None else [str(column) for column in draws]
    return Comparison(setting, runs, members, checked, varied)


def _runs(setting: Setting) -> dict[tuple[str, str], Run]:
    """Simulate by patient and regimen: all of one patient; of several, those that show all their numbers.

    The numbers of a patient do not depend on the regimen, those of a regimen not on the patient.
    """
    given = setting.given
    alone = len(given.patients) == 1
    first = {name: next(iter(given.under(name)), "") for name in given.asked}
    points: dict[str, Any] = {} if alone else {"times_per_cycle": 1, "rtol": 1e-4}
    out = {}
    for patient in given.patients:
        own = given.of(patient)
        shown = [name for name in own if first[name] == patient.name] or list(own)[:1]
        for name in shown:
            out[patient.name, name] = simulate(
                setting.model, patient, own[name], library=setting.library, **points
            )
    return out
