"""Plans of case files: their settings, and what is written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lutetia import _core
from lutetia.batch.virtual import virtual_patients
from lutetia.cases.case import case_patients, case_regimen, read_case
from lutetia.comparing import compare
from lutetia.data import shipped
from lutetia.errors import DataError
from lutetia.patient import Patient
from lutetia.planning import Delivered, Plan, plan
from lutetia.planning.objectives import OBJECTIVES
from lutetia.planning.settings import number_of, plain, plan_arguments
from lutetia.prescription import Regimen, regimen_of
from lutetia.reports.plan import with_choice
from lutetia.reports.provenance import uncertain
from lutetia.result import RESEARCH_ONLY


@dataclass(frozen=True)
class CasePlan:
    """Plan of one patient of a case.

    Attributes
    ----------
    patient : Patient
    plan : Plan
    """

    case: _core.Case
    patient: Patient
    plan: Plan
    library: _core.Library

    def write(self, folder: Path) -> None:
        """Write plan.json, plan.csv (all candidates) and plan.png (unless the course ends)."""
        import matplotlib as mpl
        import matplotlib.pyplot as plt

        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plan.json").write_text(json.dumps(self.summary(), indent=2) + "\n")
        self.plan.table.to_csv(folder / "plan.csv", index=False, float_format="%.9g")
        if self.plan.regimen is None:
            return
        with mpl.rc_context({"backend": "agg"}):
            figure = self.plan.plot()
            figure.savefig(folder / "plan.png", dpi=130)
            plt.close(figure)

    def summary(self) -> dict[str, Any]:
        """Everything of the plan that fits into JSON; numbers that do not exist are null."""
        found = self.plan
        regimen = None if found.regimen is None else found.regimen.document
        return {
            "notice": RESEARCH_ONLY,
            "version": _core.__version__,
            "case": self.case.name,
            "case_hash": self.case.hash,
            "patient": self.patient.name,
            "stop": list(found.stop),
            "binding": found.binding,
            "objective": _finite(found.objective),
            "objective_name": found.objective_name,
            "objective_unit": OBJECTIVES[found.objective_name].unit,
            "regimen": regimen,
            "limits": _records(found.limits),
            "counts": _records(found.counts),
            "risks": _records(found.risks),
            "notes": found.notes,
            "warnings": [
                f"{what} are research only: {caution}"
                for what, caution in (
                    ("blood counts", found.caution_of_counts),
                    ("kills of cells", found.caution_of_kill),
                )
                if caution
            ],
            "doses": _records(found.doses),
            "target": {name: _finite(value) for name, value in found.target.items()},
            "candidates": len(found.table),
            "courses_run": found.members,
            "seconds": found.seconds,
            "assumptions": json.loads(self.assumptions.to_json(orient="records")),
        }

    @property
    def assumptions(self) -> pd.DataFrame:
        """Numbers tagged A, S or M that the plan rests on; those of the question alone when the course ends."""
        if self.plan.regimen is None:
            return uncertain(self.plan.numbers)
        found = compare(
            self.case.model,
            self.patient,
            {"plan": self.plan.regimen},
            limits=self.plan.asked_limits,
            library=self.library,
        )
        return uncertain(with_choice(self.plan, found.numbers.drop(columns="in")))


def plan_case(
    case: str | _core.Case, *, library: _core.Library | None = None, **options: Any
) -> Iterator[CasePlan]:
    """Plan for a case, patient by patient.

    Parameters
    ----------
    case
        A case, its name or its path, with settings in ``plan``. Its regimen repeats what one cycle is. Draws are
        from its ``population`` or of the posterior of its ``fit``.
    **options
        Of `lutetia.plan`, before the settings of the case: ``seed``, ``threads``, ``progress``.

    Yields
    ------
    CasePlan

    Raises
    ------
    DataError
        If the case has no settings of a plan, or they make no sense together.
    PlanError
        If a patient has no schedule; says why.

    Examples
    --------
    >>> found = next(plan_case("plan_one_patient"))
    >>> found.plan.binding
    'kidney BED'
    """
    library = library or shipped()
    core = read_case(case, library=library) if isinstance(case, str) else case
    if core.plan is None:
        raise DataError(
            f"case {core.name!r} has no settings of a plan; write for example plan: {{limits: kidney_23_gy}}"
        )
    regimen = case_regimen(core)
    for patient in case_patients(core):
        with _named(core):
            settings = plan_arguments(core.plan)
            if given := settings.pop("given", None):
                settings["given"] = _delivered(given, regimen)
        if draws := settings.pop("draws", None):
            settings |= _draws(draws, core, patient, regimen, library, options)
        settings |= options
        settings = {"convention": core.convention.name, "tail": core.tail.name, **settings}
        with _named(core):
            found = plan(core.model, patient, regimen, library=library, **settings)
        yield CasePlan(core, patient, found, library)


@contextmanager
def _named(case: _core.Case) -> Iterator[None]:
    """Say which case has settings that make no sense together, which are found only here."""
    try:
        yield
    except ValueError as error:
        if type(error) is not ValueError:
            raise
        raise DataError(f"case {case.name!r}, plan: {error}") from None


def _draws(
    draws: Mapping[str, Any],
    case: _core.Case,
    patient: Patient,
    regimen: Regimen,
    library: _core.Library,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Draws of a case as arguments of `plan`."""
    n, seed = int(draws.get("n", 200)), int(options.get("seed", draws.get("seed", 0)))
    if draws["from"] == "population":
        cv = {name: number_of(value) for name, value in draws.get("cv", {}).items()}
        table = virtual_patients(
            case.model, patient, regimen, n, seed, cv=cv or None, library=library
        )
        return {"draws": table, "seed": seed}
    from lutetia.cases.fit import fit_case

    for found in fit_case(case, library=library):
        if found.patient.name == patient.name:
            return {"draws": found.fit, "n": n, "seed": seed}
    raise DataError(f"case {case.name!r} has no measurements of patient {patient.name!r} to fit")


def _delivered(given: Mapping[str, Any], regimen: Regimen) -> Delivered:
    """Take the first cycles of the regimen, with what was measured."""
    document = dict(regimen.core.document)
    cycles = int(given["cycles"])
    if cycles > len(document["administrations"]):
        raise DataError(
            f"{cycles} cycles were given, more than the {len(document['administrations'])} of regimen "
            f"{regimen.name!r}"
        )
    document["administrations"] = document["administrations"][:cycles]
    return Delivered(
        regimen_of(document),
        {region: plain(dose) for region, dose in given["absorbed_dose"].items()},
        {region: plain(dose) for region, dose in given.get("BED", {}).items()},
        number_of(given["cv"]) if "cv" in given else 0.0,
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [] if table.empty else json.loads(table.reset_index().to_json(orient="records"))
