"""Fits of case files: their measurements and settings, and what is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lutetia import _core
from lutetia.cases.case import case_patients, case_regimen, read_case
from lutetia.data import shipped
from lutetia.errors import DataError, FitError
from lutetia.fitting import ErrorModel, Fit, fit
from lutetia.fitting.prediction import Prediction
from lutetia.fitting.storage import save
from lutetia.measurements import Audit, Observations, audit
from lutetia.measurements.problems import TableProblems
from lutetia.patient import Patient
from lutetia.reports.provenance import numbers_of_doses, table_of, uncertain
from lutetia.run import simulate_core

NOTHING_TO_SAY = ("identified", "nuisance")  # verdicts that need no line of their own


def case_observations(case: _core.Case, *, library: _core.Library | None = None) -> Observations:
    """Measurements of a case, from its file or its rows.

    Raises
    ------
    DataError
        If the case has none, or with every problem of the table.

    Examples
    --------
    >>> case_observations(read_case("fit_example"))
    <Observations: 36 values of 1 patient, 2 cycles, 6 regions>
    """
    library = library or shipped()
    given = case.observations
    if given is None:
        raise DataError(
            f"case {case.name!r} has no observations; write for example observations: scans.csv"
        )
    patient = case.patients[0]
    run = simulate_core(library, case.model, patient, case.regimen, case.request)
    if isinstance(given, str):
        return Observations.read(given, administrations=run, library=library)
    frame = pd.DataFrame(given["rows"], dtype="object")
    problems = TableProblems(given["file"], given["lines"])
    return Observations.checked(frame, problems, run, library)


@dataclass(frozen=True)
class CaseFit:
    """Fit of one patient of a case.

    Attributes
    ----------
    fit : Fit
    audit : Audit
        Of the measurements, before the fit.
    prediction : Prediction
        Under the regimen of the case, with 90 % intervals.
    assumptions : pandas.DataFrame
        Numbers tagged A, S or M the fit rests on, those of the prior included; columns as in
        `lutetia.reports.provenance.numbers_of_run`.
    """

    case: _core.Case
    patient: Patient
    fit: Fit
    audit: Audit
    prediction: Prediction
    assumptions: pd.DataFrame

    def write(self, folder: Path) -> None:
        """Write fit.json, parameters.csv, predictions.csv, measurements.csv, dose.csv and fit.png."""
        import matplotlib as mpl
        import matplotlib.pyplot as plt

        folder.mkdir(parents=True, exist_ok=True)
        about = {
            "case": self.case.name,
            "case_hash": self.case.hash,
            "audit": self.audit.findings.to_dict("records"),
            "audit_skipped": self.audit.skipped,
            "assumptions": self.assumptions.to_dict("records"),
        }
        save(self.fit, folder / "fit.json", about=about)
        self.fit.parameters.to_csv(folder / "parameters.csv", float_format="%.9g")
        tables = {
            "predictions": activities(self.prediction),
            "measurements": self.fit.rows,
            "dose": self.prediction.dose,
        }
        for name, table in tables.items():
            table.to_csv(folder / f"{name}.csv", index=False, float_format="%.9g")
        with mpl.rc_context({"backend": "agg"}):
            figure = self.fit.plot()
            figure.savefig(folder / "fit.png", dpi=130)
            plt.close(figure)

    def report(self) -> str:
        """Describe audit, fit and predicted doses, and say what the scans do not tell, as text."""
        lines = [] if self.audit.ok else [self.audit.summary(), ""]
        lines += [self.fit.summary(), ""]
        verdicts = self.fit.parameters["verdict"]
        for word in sorted(set(verdicts) - set(NOTHING_TO_SAY)):
            lines.append(f"{word}: {', '.join(verdicts.index[verdicts == word])}")
        dose = self.prediction.dose
        dose = dose[dose["region"].isin(self.fit.rows["region"])]
        lines += [
            "",
            f"Predicted absorbed dose [Gy] with {self.prediction.level:.0%} intervals "
            f"({self.prediction.convention})",
            dose.to_string(index=False, float_format="{:.3g}".format),
        ]
        return "\n".join(lines)


def activities(prediction: Prediction) -> pd.DataFrame:
    """Tabulate predicted activities.

    Returns
    -------
    pandas.DataFrame
        Columns ``time_h`` (since the start of the regimen), ``region``, ``activity_MBq``, ``low_MBq`` and
        ``high_MBq``, the ends of the interval; NaN where there is no activity yet.
    """
    low, high = prediction.interval("activity")
    columns = {"activity_MBq": prediction.data["activity"], "low_MBq": low, "high_MBq": high}
    table = pd.DataFrame({name: array.to_series() for name, array in columns.items()})
    table = table.reset_index().rename(columns={"time": "time_h"})
    return table[["time_h", "region", *columns]]


def fit_case(
    case: str | _core.Case, *, library: _core.Library | None = None, **options: Any
) -> Iterator[CaseFit]:
    """Fit a case, patient by patient.

    Parameters
    ----------
    case
        A case, its name or its path, with ``observations`` and, optionally, settings in ``fit``.
    **options
        Of `lutetia.fit`, before the settings of the case: ``starts``, ``seed``, ``threads``, ``progress``.

    Yields
    ------
    CaseFit
        In a cohort, of every patient who has measurements.

    Raises
    ------
    DataError
        If measurements are wrong or of somebody else.
    FitError
        If no search ends at a minimum; says why.

    Examples
    --------
    >>> found = next(fit_case("fit_example", starts=1))
    >>> found.fit.status
    'converged'
    """
    library = library or shipped()
    core = read_case(case, library=library) if isinstance(case, str) else case
    settings = dict(core.fit or {})
    if "errors" in settings:
        settings["errors"] = {g: ErrorModel(**error) for g, error in settings["errors"].items()}
    observations = case_observations(core, library=library)
    regimen = case_regimen(core)
    settings = {"rtol": core.request.options.rtol, **settings, **options}
    for patient, table in _with_measurements(core, observations):
        run = simulate_core(library, core.model, patient.core, core.regimen, core.request)
        findings = audit(table, run, model=core.model, library=library)
        try:
            found = fit(core.model, patient, regimen, table, library=library, **settings)
        except (DataError, FitError) as error:
            error.args = (f"patient {patient.name!r}: {error}", *error.args[1:])
            raise
        prediction = found.predict(convention=core.convention.name, tail=core.tail.name)
        numbers = pd.concat(
            [
                numbers_of_doses(run, core.convention.name, library=library),
                table_of(
                    {**row, "name": f"fit {row['name']}"}
                    for row in _core.numbers(library, "fit_assumptions", "default")
                ),
            ],
            ignore_index=True,
        )
        yield CaseFit(core, patient, found, findings, prediction, uncertain(numbers))


def _with_measurements(
    case: _core.Case, observations: Observations
) -> list[tuple[Patient, Observations]]:
    """Patients with their rows; one patient of a case need not have the name he has in the table."""
    patients = case_patients(case)
    if len(patients) == 1 and len(observations.patients) == 1:
        return [(patients[0], observations)]
    names = [patient.name for patient in patients]
    strangers = [name for name in observations.patients if name not in names]
    if strangers:
        raise DataError(
            f"the measurements of case {case.name!r} are of patients it does not have, found "
            f"{strangers}, expected some of {names}"
        )
    return [
        (patient, observations.for_patient(patient.name))
        for patient in patients
        if patient.name in observations.patients
    ]
