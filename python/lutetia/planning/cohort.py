"""A plan for every member of a cohort."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from lutetia import _core
from lutetia.patient import Patient, read_patients
from lutetia.planning.asking import question_of
from lutetia.planning.counts import CountLimit
from lutetia.planning.courses import unit_courses
from lutetia.planning.infeasible import explained
from lutetia.planning.limits import Limit
from lutetia.planning.planner import best_of, plan
from lutetia.planning.tables import candidate_row
from lutetia.prescription import Infusion, Regimen

REFUSED = ("draws", "given", "status", "refine", "risk", "chance", "n")


def plan_cohort(
    model: str | _core.Model,
    patients: str | Patient | Sequence[str | Patient],
    cycle: str | Regimen | Infusion,
    *,
    parameters: pd.DataFrame | None = None,
    **asked: Any,
) -> pd.DataFrame:
    """Plan for each member of a cohort as if everything were known of him.

    Parameters
    ----------
    model, cycle
        As in `plan`.
    patients
        A patient, a cohort, names of them, or a list.
    parameters
        Values that replace those of each patient, one row per member, as `simulate_many` takes them.
    **asked
        Further arguments of `plan` but ``draws``, ``n``, ``chance``, ``risk``, ``given``, ``status`` and ``refine``.

    Returns
    -------
    pandas.DataFrame
        Index ``patient`` and ``member`` (row of `parameters`); columns of `Plan.table` of the chosen schedule, and
        ``status``, ``"ok"`` or the class of the error, with its ``message``; who has no plan is NaN.

    Raises
    ------
    ValueError
        If the question makes no sense for the first patient.

    Examples
    --------
    >>> table = plan_cohort("sstr2_whole_body", "k16_cohort", "netter1", limits="kidney_bed_40_gy", cycles=4,
    ...                     objective="cumulative_activity")
    >>> len(table), table["status"].unique().tolist()
    (8, ['ok'])
    """
    refused = [name for name in REFUSED if name in asked]
    if refused:
        raise ValueError(f"plan_cohort takes no {refused[0]!r}; plan for one patient at a time")
    listed = [patients] if isinstance(patients, str | Patient) else patients
    rows: list[dict[str, object]] = []
    for entry in listed:
        people = (
            [entry]
            if isinstance(entry, Patient)
            else read_patients(entry, library=asked.get("library"))
        )
        for patient in people:
            rows += _members(model, patient, cycle, parameters, asked)
    return pd.DataFrame(rows).set_index(["patient", "member"])


def _members(
    model: str | _core.Model,
    patient: Patient,
    cycle: str | Regimen | Infusion,
    parameters: pd.DataFrame | None,
    asked: dict[str, Any],
) -> Iterator[dict[str, object]]:
    """One row for each member of a patient."""
    bound = inspect.signature(plan).bind(model, patient, cycle, draws=parameters, **asked)
    bound.apply_defaults()
    # The members are no draws of one patient: each is a question of its own.
    how = None if parameters is None else "lognormal"
    question = replace(question_of({**bound.arguments, "chance": how}), chance=None)
    limits: list[Limit | CountLimit] = [*question.limits, *question.counts]
    if any(limit.risk is not None for limit in limits):
        raise ValueError(
            "plan_cohort takes no risk of a limit: everything counts as known of each member"
        )
    courses = unit_courses(question.runs, question.structures)
    for member in range(question.runs.draws):
        label = {"patient": patient.name, "member": member}
        if not np.isfinite(courses[0].dose[member]).any():
            yield {**label, "status": "failed", "message": "the run of this member failed"}
            continue
        candidates = [question.sized(course.of_member(member)) for course in courses]
        best = best_of(question, candidates)
        if best is None:
            error = explained(question, candidates)
            yield {**label, "status": type(error).__name__, "message": str(error)}
        else:
            row = candidate_row(question, best, best.activities)
            yield {**label, "status": "ok", "message": "", **row}
