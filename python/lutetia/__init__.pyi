from ._core import __version__
from .batch.cohort import Cohort
from .batch.many import simulate_many
from .batch.virtual import virtual_patient_blocks, virtual_patients
from .cases.case import (
    Case,
    CaseResult,
    case_patients,
    case_regimen,
    read_case,
    run_case,
    validate,
)
from .cases.fit import CaseFit, case_observations, fit_case
from .cases.plan import CasePlan, plan_case
from .chains import chain_activities, decay_chain
from .comparing import Comparison, compare
from .cycle_effects.comparison import CycleEffectComparison, compare_cycle_effects
from .cycle_effects.fit import fit_cycle_effect
from .cycle_effects.result import CycleEffectFit
from .cycle_effects.score import LastCycleScore, score_last_cycle
from .cycle_effects.table import read_cycle_table
from .data import library, read_model
from .derivative_check import check_derivatives
from .derivatives import Sensitivities, sensitivities
from .documentation import ModelDescription, describe
from .dosimetry.dose import DoseTable, absorbed_dose, sphere_s_value
from .dosimetry.kidney_cortex import kidney_cortex_dose
from .dosimetry.marrow import marrow_to_blood_ratio, red_marrow_dose
from .dosimetry.uncertainty import dose_uncertainty
from .errors import (
    DataError,
    Error,
    FitError,
    InternalError,
    ModelError,
    PlanError,
    SolverError,
    UnitError,
)
from .fitting import ErrorModel, Fit, Prior
from .fitting.patient_fit import fit
from .fitting.storage import load_fit
from .imaging_design.imaging_times import imaging_schedules, optimal_single_time
from .imaging_design.information import (
    coefficients_of_variation,
    correlations,
    derived_variance,
    fisher_information,
    information_gain,
    posterior_covariance,
    sloppy_directions,
)
from .imaging_design.scan_calendar import feasible_times
from .imaging_design.sensitivities import ScheduleSensitivities, schedule_sensitivities
from .imaging_design.study_information import population_information, relative_standard_errors
from .measurements import (
    Audit,
    Observations,
    administration_table,
    audit,
    read_events,
    read_pytheranostics,
    read_pytheranostics_blood,
    write_events,
)
from .patient import Lesion, Patient, read_patient, read_patients
from .planning import (
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
from .prescription import Bolus, Infusion, Regimen, read_regimen, regimen, repeat
from .radiobiology import (
    BiologicallyEffectiveDose,
    biologically_effective_dose,
    critical_time,
    dose_rate,
    repopulation_loss,
)
from .readings.frames import Frame, frame_times
from .readings.imaging import image, krenning_score
from .readings.metrics import effective_half_lives, noncompartmental
from .readings.recovery import sphere_recovery
from .readings.retention import urine_fraction, whole_body_retention
from .reports.page import write_report
from .response.blood import BloodCounts, blood_counts
from .response.control import tumor_control_probability
from .response.feedback import ResponseRun, simulate_with_response
from .response.kidney import KidneyEffect, gfr_course, kidney_effect
from .response.parameters import TumorResponse, tumor_growth_rate
from .response.tumor import TumorCourse, tumor_response
from .result import Run, load_run
from .run import simulate
from .sbml import export_sbml
from .sensitivity import elasticity
from .sweeping import sweep
from .time_activity.exponential_fit import ExponentialFit
from .time_activity.exponentials import ExponentialFits, fit_exponentials
from .time_activity.few_scans import PopulationFit, population_fit
from .time_activity.population_selection import PopulationSelection, select_exponentials
from .time_activity.single_time_point import (
    TwoTimePoints,
    haenscheid,
    madsen,
    population_half_lives,
    two_time_points,
)

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
