"""Whole-body pharmacokinetic simulator for somatostatin-receptor radioligand therapy.

Research use only, not for patient treatment.

Examples
--------
>>> import lutetia as lt
>>> run = lt.simulate("sstr2_whole_body", lt.read_patient("reference_male"), "netter1")
>>> dose = lt.absorbed_dose(run)
>>> round(float(dose.table.loc["kidney", "Gy_per_GBq"]), 2)
0.63
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lutetia._core import __version__
from lutetia.errors import (
    DataError,
    Error,
    InternalError,
    ModelError,
    SolverError,
    UnitError,
)

if TYPE_CHECKING:
    from lutetia.case import Case, CaseResult, read_case, run_case, validate
    from lutetia.describe import (
        Bolus,
        Infusion,
        Lesion,
        Patient,
        Regimen,
        library,
        read_model,
        read_patient,
        read_patients,
        read_regimen,
        regimen,
        repeat,
    )
    from lutetia.dose import DoseTable, absorbed_dose
    from lutetia.run import Run, load_run, simulate

# Loaded on first use: pandas, xarray and matplotlib take longer to import than a run takes.
_HOMES = {
    "Bolus": "describe",
    "Case": "case",
    "CaseResult": "case",
    "DoseTable": "dose",
    "Infusion": "describe",
    "Lesion": "describe",
    "Patient": "describe",
    "Regimen": "describe",
    "Run": "run",
    "absorbed_dose": "dose",
    "library": "describe",
    "load_run": "run",
    "read_case": "case",
    "read_model": "describe",
    "read_patient": "describe",
    "read_patients": "describe",
    "read_regimen": "describe",
    "regimen": "describe",
    "repeat": "describe",
    "run_case": "case",
    "simulate": "run",
    "validate": "case",
}

__all__ = [
    "Bolus",
    "Case",
    "CaseResult",
    "DataError",
    "DoseTable",
    "Error",
    "Infusion",
    "InternalError",
    "Lesion",
    "ModelError",
    "Patient",
    "Regimen",
    "Run",
    "SolverError",
    "UnitError",
    "__version__",
    "absorbed_dose",
    "library",
    "load_run",
    "read_case",
    "read_model",
    "read_patient",
    "read_patients",
    "read_regimen",
    "regimen",
    "repeat",
    "run_case",
    "simulate",
    "validate",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"lutetia.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'lutetia' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
