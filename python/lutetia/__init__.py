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
    FitError,
    InternalError,
    ModelError,
    PlanError,
    SolverError,
    UnitError,
)

if TYPE_CHECKING:
    from lutetia.case import (
        Case,
        CaseResult,
        case_patients,
        case_regimen,
        read_case,
        run_case,
        validate,
    )
    from lutetia.case_fit import CaseFit, case_observations, fit_case
    from lutetia.case_plan import CasePlan, plan_case
    from lutetia.chains import chain_activities, decay_chain
    from lutetia.cohort import Cohort
    from lutetia.comparing import Comparison, compare
    from lutetia.cycle_comparison import CycleEffectComparison, compare_cycle_effects
    from lutetia.cycle_effect import fit_cycle_effect
    from lutetia.cycle_fit import CycleEffectFit
    from lutetia.cycle_score import LastCycleScore, score_last_cycle
    from lutetia.cycle_table import read_cycle_table
    from lutetia.data import library, read_model
    from lutetia.derivative_check import check_derivatives
    from lutetia.derivatives import Sensitivities, sensitivities
    from lutetia.design_sensitivities import ScheduleSensitivities, schedule_sensitivities
    from lutetia.documentation import ModelDescription, describe
    from lutetia.dose import DoseTable, absorbed_dose, sphere_s_value
    from lutetia.exponential_fit import ExponentialFit
    from lutetia.exponentials import ExponentialFits, fit_exponentials
    from lutetia.few_scans import PopulationFit, population_fit
    from lutetia.fitting import ErrorModel, Fit, Prior
    from lutetia.fitting.patient_fit import fit
    from lutetia.fitting.storage import load_fit
    from lutetia.frames import Frame, frame_times
    from lutetia.imaging import image, krenning_score
    from lutetia.imaging_times import imaging_schedules, optimal_single_time
    from lutetia.information import (
        coefficients_of_variation,
        correlations,
        derived_variance,
        fisher_information,
        information_gain,
        posterior_covariance,
        sloppy_directions,
    )
    from lutetia.kidney_cortex import kidney_cortex_dose
    from lutetia.many import simulate_many
    from lutetia.marrow import marrow_to_blood_ratio, red_marrow_dose
    from lutetia.measurements import (
        Audit,
        Observations,
        administration_table,
        audit,
        read_events,
        read_pytheranostics,
        read_pytheranostics_blood,
        write_events,
    )
    from lutetia.metrics import effective_half_lives, noncompartmental
    from lutetia.patient import Lesion, Patient, read_patient, read_patients
    from lutetia.planning import (
        CellKill,
        CountLimit,
        Delivered,
        DoseTarget,
        Limit,
        Plan,
        Policy,
        StopRules,
        allowed_equal_cycles,
        dose_limits,
        largest_equal_activity,
        lognormal_activity,
        plan,
        plan_cohort,
        policy,
    )
    from lutetia.population_selection import PopulationSelection, select_exponentials
    from lutetia.prescription import Bolus, Infusion, Regimen, read_regimen, regimen, repeat
    from lutetia.radiobiology import (
        BiologicallyEffectiveDose,
        biologically_effective_dose,
        dose_rate,
    )
    from lutetia.recovery import sphere_recovery
    from lutetia.repopulation import critical_time, repopulation_loss
    from lutetia.reporting import write_report
    from lutetia.response.blood import BloodCounts, blood_counts
    from lutetia.response.control import tumor_control_probability
    from lutetia.response.feedback import ResponseRun, simulate_with_response
    from lutetia.response.kidney import KidneyEffect, gfr_course, kidney_effect
    from lutetia.response.parameters import TumorResponse, tumor_growth_rate
    from lutetia.response.tumor import TumorCourse, tumor_response
    from lutetia.result import Run, load_run
    from lutetia.retention import urine_fraction, whole_body_retention
    from lutetia.run import simulate
    from lutetia.sbml import export_sbml
    from lutetia.scan_calendar import feasible_times
    from lutetia.sensitivity import elasticity
    from lutetia.single_time_point import (
        TwoTimePoints,
        haenscheid,
        madsen,
        population_half_lives,
        two_time_points,
    )
    from lutetia.study_information import population_information, relative_standard_errors
    from lutetia.sweeping import sweep
    from lutetia.uncertain_dose import dose_uncertainty
    from lutetia.virtual import virtual_patient_blocks, virtual_patients

# Loaded on first use: pandas, xarray and matplotlib take longer to import than a run takes.
_HOMES = {
    "Audit": "measurements",
    "BiologicallyEffectiveDose": "radiobiology",
    "BloodCounts": "response.blood",
    "Bolus": "prescription",
    "Case": "case",
    "CaseFit": "case_fit",
    "CasePlan": "case_plan",
    "CaseResult": "case",
    "CellKill": "planning",
    "CountLimit": "planning",
    "Cohort": "cohort",
    "Comparison": "comparing",
    "CycleEffectComparison": "cycle_comparison",
    "CycleEffectFit": "cycle_fit",
    "Delivered": "planning",
    "DoseTable": "dose",
    "DoseTarget": "planning",
    "ErrorModel": "fitting",
    "ExponentialFit": "exponential_fit",
    "ExponentialFits": "exponentials",
    "Fit": "fitting",
    "Frame": "frames",
    "Infusion": "prescription",
    "KidneyEffect": "response.kidney",
    "LastCycleScore": "cycle_score",
    "Lesion": "patient",
    "Limit": "planning",
    "ModelDescription": "documentation",
    "Observations": "measurements",
    "Patient": "patient",
    "Plan": "planning",
    "Policy": "planning",
    "PopulationFit": "few_scans",
    "PopulationSelection": "population_selection",
    "Prior": "fitting",
    "Regimen": "prescription",
    "ResponseRun": "response.feedback",
    "Run": "result",
    "ScheduleSensitivities": "design_sensitivities",
    "Sensitivities": "derivatives",
    "TumorCourse": "response.tumor",
    "TumorResponse": "response.parameters",
    "StopRules": "planning",
    "TwoTimePoints": "single_time_point",
    "absorbed_dose": "dose",
    "administration_table": "measurements",
    "allowed_equal_cycles": "planning",
    "audit": "measurements",
    "biologically_effective_dose": "radiobiology",
    "blood_counts": "response.blood",
    "case_observations": "case_fit",
    "case_patients": "case",
    "case_regimen": "case",
    "chain_activities": "chains",
    "check_derivatives": "derivative_check",
    "coefficients_of_variation": "information",
    "compare": "comparing",
    "compare_cycle_effects": "cycle_comparison",
    "correlations": "information",
    "critical_time": "repopulation",
    "decay_chain": "chains",
    "derived_variance": "information",
    "describe": "documentation",
    "dose_limits": "planning",
    "dose_rate": "radiobiology",
    "dose_uncertainty": "uncertain_dose",
    "effective_half_lives": "metrics",
    "elasticity": "sensitivity",
    "export_sbml": "sbml",
    "feasible_times": "scan_calendar",
    "fisher_information": "information",
    "fit": "fitting",
    "fit_case": "case_fit",
    "fit_cycle_effect": "cycle_effect",
    "fit_exponentials": "exponentials",
    "frame_times": "frames",
    "gfr_course": "response.kidney",
    "haenscheid": "single_time_point",
    "image": "imaging",
    "imaging_schedules": "imaging_times",
    "information_gain": "information",
    "kidney_effect": "response.kidney",
    "kidney_cortex_dose": "kidney_cortex",
    "krenning_score": "imaging",
    "largest_equal_activity": "planning",
    "library": "data",
    "load_fit": "fitting.storage",
    "load_run": "result",
    "lognormal_activity": "planning",
    "madsen": "single_time_point",
    "marrow_to_blood_ratio": "marrow",
    "noncompartmental": "metrics",
    "optimal_single_time": "imaging_times",
    "plan": "planning",
    "plan_case": "case_plan",
    "plan_cohort": "planning",
    "policy": "planning",
    "population_fit": "few_scans",
    "population_half_lives": "single_time_point",
    "population_information": "study_information",
    "posterior_covariance": "information",
    "read_case": "case",
    "read_cycle_table": "cycle_table",
    "read_events": "measurements",
    "read_model": "data",
    "read_patient": "patient",
    "read_patients": "patient",
    "read_pytheranostics": "measurements",
    "read_pytheranostics_blood": "measurements",
    "read_regimen": "prescription",
    "red_marrow_dose": "marrow",
    "regimen": "prescription",
    "relative_standard_errors": "study_information",
    "repopulation_loss": "repopulation",
    "repeat": "prescription",
    "run_case": "case",
    "schedule_sensitivities": "design_sensitivities",
    "score_last_cycle": "cycle_score",
    "select_exponentials": "population_selection",
    "sensitivities": "derivatives",
    "simulate": "run",
    "simulate_many": "many",
    "simulate_with_response": "response.feedback",
    "sloppy_directions": "information",
    "sphere_recovery": "recovery",
    "sphere_s_value": "dose",
    "sweep": "sweeping",
    "tumor_control_probability": "response.control",
    "tumor_growth_rate": "response.parameters",
    "tumor_response": "response.tumor",
    "two_time_points": "single_time_point",
    "urine_fraction": "retention",
    "validate": "case",
    "virtual_patient_blocks": "virtual",
    "virtual_patients": "virtual",
    "whole_body_retention": "retention",
    "write_events": "measurements",
    "write_report": "reporting",
}

__all__ = [
    "Audit",
    "BiologicallyEffectiveDose",
    "BloodCounts",
    "Bolus",
    "Case",
    "CaseFit",
    "CasePlan",
    "CaseResult",
    "CellKill",
    "Cohort",
    "Comparison",
    "CountLimit",
    "CycleEffectComparison",
    "CycleEffectFit",
    "DataError",
    "Delivered",
    "DoseTable",
    "DoseTarget",
    "Error",
    "ErrorModel",
    "ExponentialFit",
    "ExponentialFits",
    "Fit",
    "FitError",
    "Frame",
    "Infusion",
    "InternalError",
    "KidneyEffect",
    "LastCycleScore",
    "Lesion",
    "Limit",
    "ModelDescription",
    "ModelError",
    "Observations",
    "Patient",
    "Plan",
    "PlanError",
    "Policy",
    "PopulationFit",
    "PopulationSelection",
    "Prior",
    "Regimen",
    "ResponseRun",
    "Run",
    "ScheduleSensitivities",
    "Sensitivities",
    "SolverError",
    "StopRules",
    "TumorCourse",
    "TumorResponse",
    "TwoTimePoints",
    "UnitError",
    "__version__",
    "absorbed_dose",
    "administration_table",
    "allowed_equal_cycles",
    "audit",
    "biologically_effective_dose",
    "blood_counts",
    "case_observations",
    "case_patients",
    "case_regimen",
    "chain_activities",
    "check_derivatives",
    "coefficients_of_variation",
    "compare",
    "compare_cycle_effects",
    "correlations",
    "critical_time",
    "decay_chain",
    "derived_variance",
    "describe",
    "dose_limits",
    "dose_rate",
    "dose_uncertainty",
    "effective_half_lives",
    "elasticity",
    "export_sbml",
    "feasible_times",
    "fisher_information",
    "fit",
    "fit_case",
    "fit_cycle_effect",
    "fit_exponentials",
    "frame_times",
    "gfr_course",
    "haenscheid",
    "image",
    "imaging_schedules",
    "information_gain",
    "kidney_cortex_dose",
    "kidney_effect",
    "krenning_score",
    "largest_equal_activity",
    "library",
    "load_fit",
    "load_run",
    "lognormal_activity",
    "madsen",
    "marrow_to_blood_ratio",
    "noncompartmental",
    "optimal_single_time",
    "plan",
    "plan_case",
    "plan_cohort",
    "policy",
    "population_fit",
    "population_half_lives",
    "population_information",
    "posterior_covariance",
    "read_case",
    "read_cycle_table",
    "read_events",
    "read_model",
    "read_patient",
    "read_patients",
    "read_pytheranostics",
    "read_pytheranostics_blood",
    "read_regimen",
    "red_marrow_dose",
    "regimen",
    "relative_standard_errors",
    "repeat",
    "repopulation_loss",
    "run_case",
    "schedule_sensitivities",
    "score_last_cycle",
    "select_exponentials",
    "sensitivities",
    "simulate",
    "simulate_many",
    "simulate_with_response",
    "sloppy_directions",
    "sphere_recovery",
    "sphere_s_value",
    "sweep",
    "tumor_control_probability",
    "tumor_growth_rate",
    "tumor_response",
    "two_time_points",
    "urine_fraction",
    "validate",
    "virtual_patient_blocks",
    "virtual_patients",
    "whole_body_retention",
    "write_events",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"lutetia.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'lutetia' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
