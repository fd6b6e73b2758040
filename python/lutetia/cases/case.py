"""Case files: read, run, write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lutetia import _core
from lutetia.data import shipped
from lutetia.dosimetry.dose import DoseTable, absorbed_dose
from lutetia.errors import DataError, ModelError
from lutetia.patient import Patient
from lutetia.prescription import Regimen
from lutetia.radiobiology import BiologicallyEffectiveDose, biologically_effective_dose
from lutetia.result import RESEARCH_ONLY, Run
from lutetia.run import simulate_core
from lutetia.units import MINUTES_PER_HOUR

Case = _core.Case


def read_case(name: str, *, library: _core.Library | None = None) -> _core.Case:
    """Read a case by library name or path, with everything it names.

    Raises
    ------
    ModelError
        With every problem of all files involved.

    Examples
    --------
    >>> read_case("netter1_reference").name
    'netter1_reference'
    """
    return _core.read_case(library or shipped(), name)


def case_patients(case: _core.Case) -> list[Patient]:
    """Patients of a case, with its parameters and cycle effects.

    Examples
    --------
    >>> case_patients(read_case("netter1_reference"))
    [<Patient 'reference_male_six_lesions': male, 6 lesions>]
    """
    return [Patient._of(core) for core in case.patients]


def case_regimen(case: _core.Case) -> Regimen:
    """Regimen of a case as it is written there.

    Examples
    --------
    >>> case_regimen(read_case("netter1_reference"))
    <Regimen 'netter1': 4 administrations, 29.6 GBq>
    """
    return Regimen._of(case.prescribed)


def validate(file: str | Path, *, library: _core.Library | None = None) -> list[str]:
    """Check a file of any kind.

    Returns
    -------
    list of str
        Messages of all problems, each with file, line and column; empty when the file is good.
    """
    library = library or shipped()
    found = _core.validate(library, str(file))
    return found or _problems_of_measurements(file, library)


def _problems_of_measurements(file: str | Path, library: _core.Library) -> list[str]:
    """Check the table of a case whose file is good."""
    from lutetia.cases.fit import case_observations

    try:
        case = _core.read_case(library, str(file))
    except ModelError:
        return []  # a file of another kind
    if case.observations is None:
        return []
    try:
        case_observations(case, library=library)
    except DataError as error:
        return [problem["message"] for problem in error.problems] or [str(error)]
    return []


@dataclass(frozen=True)
class CaseResult:
    """Run, absorbed dose and biologically effective dose of one patient of a case."""

    patient: Patient
    run: Run
    dose: DoseTable
    bed: BiologicallyEffectiveDose

    def comparison(self) -> pd.DataFrame:
        """Compare simulated with published time-integrated activity coefficients.

        Returns
        -------
        pandas.DataFrame
            Index region; columns ``simulated``, ``published``, ``unit``, ``ratio``; empty when the
            patient has no published results. Values are per administered activity, those with a
            unit 1/L per volume of the region.
        """
        if self.run.data.sizes["nuclide"] != 1:
            raise ValueError("published values can be compared for a run with one nuclide")
        tia = self.run.time_integrated_activity(self.dose.tail)["tia_coefficient_h"]
        totals = tia.xs("total", level="cycle").groupby("region").sum()
        rows = []
        for region, (published, unit) in self.patient.published.items():
            if region not in totals.index:
                raise ValueError(
                    f"published region {region!r} is none of the model's: {list(totals.index)}"
                )
            simulated = float(totals[region])
            if unit not in ("h", "h*dm^-3"):
                raise ValueError(
                    f"published value of {region!r} must be a time or a time per volume"
                )
            if unit != "h":
                simulated /= float(self.run.volumes().sel(region=region))
            rows.append(
                (
                    region,
                    MINUTES_PER_HOUR * simulated,
                    MINUTES_PER_HOUR * published,
                    "min" if unit == "h" else "min/L",
                )
            )
        table = pd.DataFrame(rows, columns=["region", "simulated", "published", "unit"]).set_index(
            "region"
        )
        table["ratio"] = table["simulated"] / table["published"]
        return table

    def dose_frame(self) -> pd.DataFrame:
        """`DoseTable.to_frame` with the biologically effective dose ``bed_Gy`` beside the dose."""
        table = self.dose.to_frame()
        known = {
            (str(region), str(cycle)): float(value)
            for region, row in zip(
                self.bed.cycles["region"].values, self.bed.cycles.values, strict=True
            )
            for cycle, value in zip(
                [*self.bed.cycles["cycle"].values, "total"], [*row, row.sum()], strict=True
            )
        }
        values = [
            known.get((str(region), str(cycle)), np.nan)
            for region, cycle in zip(table["region"], table["cycle"], strict=True)
        ]
        table.insert(list(table).index("absorbed_dose_Gy") + 1, "bed_Gy", values)
        return table

    def write(self, folder: Path, case: _core.Case) -> None:
        """Write activity.csv, dose.csv, summary.json and activity.png."""
        import matplotlib as mpl
        import matplotlib.pyplot as plt

        from lutetia.plotting import plot_run

        folder.mkdir(parents=True, exist_ok=True)
        self.run.to_frame().to_csv(folder / "activity.csv", index=False, float_format="%.9g")
        self.dose_frame().to_csv(folder / "dose.csv", index=False, float_format="%.9g")
        (folder / "summary.json").write_text(json.dumps(self.summary(case), indent=2) + "\n")
        with mpl.rc_context({"backend": "agg"}):
            figure = plot_run(self.run, self.dose)
            figure.savefig(folder / "activity.png", dpi=130)
            plt.close(figure)

    def summary(self, case: _core.Case) -> dict[str, Any]:
        """Version, hashes, counters, mass balance, warnings and assumptions of the run."""
        a = self.run.data.attrs
        counters = ("states", "accepted_steps", "rejected_steps", "factorizations", "rhs_calls")
        return {
            "notice": RESEARCH_ONLY,
            "case": case.name,
            "case_hash": case.hash,
            "patient": self.patient.name,
            "model": a["model"],
            "model_hash": a["model_hash"],
            "version": a["version"],
            "rtol": a["rtol"],
            "end_h": a["end_h"],
            "dose_convention": self.dose.convention,
            "tail": self.dose.tail,
            "s_value_kind": self.dose.table["s_value"].to_dict(),
            "tail_share": self.dose.table["tail_share"].to_dict(),
            "counters": {key: int(a[key]) for key in counters},
            "mass_balance": {
                "total": a["mass_balance_total"],
                "labeled": a["mass_balance_labeled"],
            },
            "wall_time_s": a["seconds"],
            "notes": self.run.notes(),
            "warnings": self.run.warnings(),
            "assumptions": pd.concat(
                [self.run.assumptions, self.dose.assumptions, self.bed.assumptions]
            )
            .reset_index()
            .to_dict("records"),
        }


def run_case(
    case: str | _core.Case, *, library: _core.Library | None = None, rtol: float | None = None
) -> Iterator[CaseResult]:
    """Simulate a case, patient by patient.

    Parameters
    ----------
    case
        A case, its name or its path.
    rtol
        Instead of the tolerance of the case.

    Yields
    ------
    CaseResult

    Examples
    --------
    >>> result = next(run_case("golden"))
    >>> round(float(result.dose.table.loc["spleen", "Gy_per_GBq"]), 3)
    1.026
    """
    library = library or shipped()
    core = read_case(case, library=library) if isinstance(case, str) else case
    request = _core.RunRequest(core.request)  # the case itself stays as it was read
    if rtol is not None:
        options = request.options
        options.rtol = rtol
        request.options = options
    for core_patient in core.patients:
        run = simulate_core(library, core.model, core_patient, core.regimen, request)
        dose = absorbed_dose(
            run, convention=core.convention.name, tail=core.tail.name, library=library
        )
        bed = biologically_effective_dose(
            run, convention=core.convention.name, tail=core.tail.name, library=library
        )
        yield CaseResult(Patient._of(core_patient), run, dose, bed)
