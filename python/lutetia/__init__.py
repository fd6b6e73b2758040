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
    from lutetia.cohort import Cohort
    from lutetia.cycle_comparison import CycleEffectComparison, compare_cycle_effects
    from lutetia.cycle_effect import fit_cycle_effect
    from lutetia.cycle_fit import CycleEffectFit
    from lutetia.cycle_score import LastCycleScore, score_last_cycle
    from lutetia.cycle_table import read_cycle_table
    from lutetia.data import library, read_model
    from lutetia.derivatives import Sensitivities, check_derivatives, sensitivities
    from lutetia.documentation import ModelDescription, describe
    from lutetia.dose import DoseTable, absorbed_dose
    from lutetia.frames import Frame, frame_times
    from lutetia.imaging import image, krenning_score
    from lutetia.many import simulate_many
    from lutetia.metrics import effective_half_lives, noncompartmental
    from lutetia.patient import Lesion, Patient, read_patient, read_patients
    from lutetia.prescription import Bolus, Infusion, Regimen, read_regimen, regimen, repeat
    from lutetia.recovery import sphere_recovery
    from lutetia.result import Run, load_run
    from lutetia.retention import urine_fraction, whole_body_retention
    from lutetia.run import simulate
    from lutetia.sbml import export_sbml
    from lutetia.sensitivity import elasticity
    from lutetia.sweeping import sweep
    from lutetia.virtual import virtual_patient_blocks, virtual_patients

# Loaded on first use: pandas, xarray and matplotlib take longer to import than a run takes.
_HOMES = {
    "Bolus": "prescription",
    "Case": "case",
    "CaseResult": "case",
    "Cohort": "cohort",
    "CycleEffectComparison": "cycle_comparison",
    "CycleEffectFit": "cycle_fit",
    "DoseTable": "dose",
    "Frame": "frames",
    "Infusion": "prescription",
    "LastCycleScore": "cycle_score",
    "Lesion": "patient",
    "ModelDescription": "documentation",
    "Patient": "patient",
    "Regimen": "prescription",
    "Run": "result",
    "Sensitivities": "derivatives",
    "absorbed_dose": "dose",
    "check_derivatives": "derivatives",
    "compare_cycle_effects": "cycle_comparison",
    "effective_half_lives": "metrics",
    "elasticity": "sensitivity",
    "export_sbml": "sbml",
    "fit_cycle_effect": "cycle_effect",
    "frame_times": "frames",
    "image": "imaging",
    "krenning_score": "imaging",
    "describe": "documentation",
    "library": "data",
    "load_run": "result",
    "noncompartmental": "metrics",
    "read_case": "case",
    "read_cycle_table": "cycle_table",
    "read_model": "data",
    "read_patient": "patient",
    "read_patients": "patient",
    "read_regimen": "prescription",
    "regimen": "prescription",
    "repeat": "prescription",
    "run_case": "case",
    "score_last_cycle": "cycle_score",
    "sensitivities": "derivatives",
    "simulate": "run",
    "simulate_many": "many",
    "sphere_recovery": "recovery",
    "sweep": "sweeping",
    "urine_fraction": "retention",
    "validate": "case",
    "virtual_patient_blocks": "virtual",
    "virtual_patients": "virtual",
    "whole_body_retention": "retention",
}

__all__ = [
    "Bolus",
    "Case",
    "CaseResult",
    "Cohort",
    "CycleEffectComparison",
    "CycleEffectFit",
    "DataError",
    "DoseTable",
    "Error",
    "Frame",
    "Infusion",
    "InternalError",
    "LastCycleScore",
    "Lesion",
    "ModelDescription",
    "ModelError",
    "Patient",
    "Regimen",
    "Run",
    "Sensitivities",
    "SolverError",
    "UnitError",
    "__version__",
    "absorbed_dose",
    "check_derivatives",
    "compare_cycle_effects",
    "describe",
    "effective_half_lives",
    "elasticity",
    "export_sbml",
    "fit_cycle_effect",
    "frame_times",
    "image",
    "krenning_score",
    "library",
    "load_run",
    "noncompartmental",
    "read_case",
    "read_cycle_table",
    "read_model",
    "read_patient",
    "read_patients",
    "read_regimen",
    "regimen",
    "repeat",
    "run_case",
    "score_last_cycle",
    "sensitivities",
    "simulate",
    "simulate_many",
    "sphere_recovery",
    "sweep",
    "urine_fraction",
    "validate",
    "virtual_patient_blocks",
    "virtual_patients",
    "whole_body_retention",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"lutetia.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'lutetia' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
