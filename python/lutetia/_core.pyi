from collections.abc import Callable
from enum import Enum
from typing import Any, overload

import numpy as np
import numpy.typing as npt

__version__: str

def to_internal(text: str, unit: str) -> float: ...
def from_internal(value: float, unit: str) -> float: ...
def internal_unit(unit: str) -> str: ...
def half_life(library: Library, nuclide: str) -> float: ...
def suggestion(name: str, candidates: list[str]) -> str: ...
def nuclide_data(library: Library, nuclides: list[str]) -> str: ...
def s_value_data(library: Library) -> str: ...

class Library:
    def __init__(self, root: str) -> None: ...
    def find(self, kind: str, name: str) -> str: ...
    def names(self, kind: str) -> list[str]: ...
    def module_names(self, model: str) -> list[str]: ...
    @property
    def root(self) -> str: ...

class Model:
    name: str
    description: str
    reference: str
    hash: str
    file: str
    notes: list[str]
    modules: list[str]
    organs: list[str]
    def _repr_html_(self) -> str: ...

class Patient:
    name: str
    sex: str
    description: str
    lesions: list[str]
    published: dict[str, tuple[float, str]]
    document: dict[str, Any]
    def __init__(self, document: dict[str, Any]) -> None: ...
    def with_value(self, name: str, quantity: str) -> Patient: ...

class Regimen:
    name: str
    description: str
    administrations: list[dict[str, Any]]
    document: dict[str, Any]
    def __init__(self, document: dict[str, Any]) -> None: ...
    def with_value(self, name: str, value: Any) -> Regimen: ...

class Method(Enum):
    rodas5p = ...
    rodas4p = ...

class AtEvent(Enum):
    before = ...
    after = ...

class Tail(Enum):
    none = ...
    physical = ...
    linear = ...

class DoseConvention(Enum):
    s_values = ...
    local_electrons = ...

class SimulationOptions:
    method: Method
    rtol: float
    atol_fraction: float
    first_step: float
    max_steps: int
    at_event: AtEvent
    curves: bool

class RunRequest:
    def __init__(self, other: RunRequest = ...) -> None: ...
    times: list[float] | None
    end: float | None
    times_per_cycle: int
    options: SimulationOptions

class Case:
    name: str
    description: str
    hash: str
    model: Model
    patients: list[Patient]
    regimen: Regimen
    prescribed: Regimen
    request: RunRequest
    observations: str | dict[str, Any] | None
    fit: dict[str, Any] | None
    plan: dict[str, Any] | None
    tail: Tail
    convention: DoseConvention

class TargetRegion:
    def __init__(
        self, name: str, mass: float, lesion: bool, cycle_masses: list[float] = ...
    ) -> None: ...

class TimeIntegratedActivity:
    nuclide: str
    administered_activity: list[float]
    tail: list[float]
    values: npt.NDArray[np.float64]
    def __init__(
        self,
        nuclide: str,
        regions: list[str],
        cycle_starts: list[float],
        administered_activity: list[float],
        values: list[float],
        tail: list[float],
    ) -> None: ...

class DoseTable:
    regions: list[str]
    masses: list[float]
    tail: list[float]
    self_kind: list[str]
    values: npt.NDArray[np.float64]
    parts: npt.NDArray[np.float64]
    mass_response: npt.NDArray[np.float64]

class Tissue:
    alpha_beta: float
    repair: list[tuple[float, float]]
    rbe_max: float
    def __init__(
        self, alpha_beta: float, repair: list[tuple[float, float]], rbe_max: float
    ) -> None: ...

class Tissues:
    name: str
    tissues: dict[str, Tissue]
    weighted_dose_rbe: float
    numbers: list[dict[str, Any]]
    def of(self, region: str, lesion: bool) -> Tissue: ...

class DoseRates:
    regions: list[str]
    def at(self, times: list[float]) -> npt.NDArray[np.float64]: ...

def tissues(library: Library, name: str) -> Tissues: ...
def dose_rates(
    library: Library,
    targets: list[TargetRegion],
    tia: list[TimeIntegratedActivity],
    sex: str,
    convention: DoseConvention,
    knots: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
) -> DoseRates: ...
def damage(
    rates: DoseRates, tissues: list[Tissue], times: list[float]
) -> npt.NDArray[np.float64]: ...
def damage_by_cycle(
    rates: DoseRates, tissues: list[Tissue], cycle_starts: list[float]
) -> npt.NDArray[np.float64]: ...
def equivalent_uniform_bed(
    dose: float, protraction: float, alpha_beta: float, alpha: float, sigma: float
) -> float: ...
def repopulation_loss(
    time: float, kick_off: float, alpha: float, doubling_time: float
) -> float: ...
def critical_time(dose_rate: float, decay: float, alpha: float, doubling_time: float) -> float: ...
def read_model(library: Library, name: str, modules: list[str] = ...) -> Model: ...
def structure(model: Model) -> dict[str, Any]: ...
def citations(library: Library) -> dict[str, str]: ...
def numbers(library: Library, kind: str, name: str) -> list[dict[str, Any]]: ...
def word(library: Library, kind: str, name: str, key: str) -> str: ...
def read_patients(library: Library, name: str) -> list[Patient]: ...
def read_regimen(library: Library, name: str) -> Regimen: ...
def read_case(library: Library, name: str) -> Case: ...
def validate(library: Library, file: str) -> list[str]: ...
def simulate(
    library: Library, model: Model, patient: Patient, regimen: Regimen, request: RunRequest
) -> dict[str, Any]: ...
def reaction_network(
    library: Library, model: Model, patient: Patient, regimen: Regimen, request: RunRequest
) -> dict[str, Any]: ...
def chain_members(library: Library, nuclide: str, prompt: float) -> list[dict[str, Any]]: ...
def chain_activities(
    library: Library, nuclide: str, activity: float, times: list[float], prompt: float
) -> npt.NDArray[np.float64]: ...
def population_half_lives(library: Library, name: str) -> list[dict[str, Any]]: ...
def s_values(
    library: Library,
    nuclide: str,
    sex: str,
    targets: list[TargetRegion],
    sources: list[str],
    convention: DoseConvention,
) -> list[dict[str, Any]]: ...
def sphere_s_value(library: Library, nuclide: str, mass: float) -> dict[str, float]: ...
def s_value_numbers(library: Library, nuclide: str) -> list[dict[str, Any]]: ...
def sensitivities(
    library: Library,
    model: Model,
    patient: Patient,
    regimen: Regimen,
    request: RunRequest,
    by: list[str],
    convention: DoseConvention,
    tail: Tail,
    tissues: Tissues,
) -> dict[str, Any]: ...
def check_derivatives(
    library: Library,
    model: Model,
    patient: Patient,
    regimen: Regimen,
    request: RunRequest,
    by: list[str],
    convention: DoseConvention,
    dual_tolerance: float,
    difference_tolerance: float,
) -> list[dict[str, Any]]: ...
def absorbed_dose(
    library: Library,
    targets: list[TargetRegion],
    tia: list[TimeIntegratedActivity],
    sex: str,
    convention: DoseConvention,
) -> DoseTable: ...

class Outcome(Enum):
    absorbed_dose = ...
    total_absorbed_dose = ...
    time_integrated_activity = ...
    total_time_integrated_activity = ...
    activity = ...
    protraction = ...
    total_protraction = ...
    biologically_effective_dose = ...
    total_biologically_effective_dose = ...
    damage = ...

class BatchOptions:
    observe: list[Outcome]
    convention: DoseConvention
    tail: Tail
    tissues: Tissues | None
    times: list[float]
    damage_region: str
    end: float | None
    simulation: SimulationOptions
    reproducible: bool

class Batch:
    regions: list[str]
    cycles: int
    courses: list[tuple[str, str]]
    parameters: list[dict[str, Any]]
    def __init__(
        self,
        library: Library,
        model: Model,
        patients: list[Patient],
        regimens: list[Regimen],
        given: list[tuple[str, str]],
        options: BatchOptions,
    ) -> None: ...

class BlockRun:
    finished: int
    status: list[str]
    messages: dict[int, str]
    def __init__(self, batch: Batch, values: npt.NDArray[np.float64], threads: int) -> None: ...
    def stop(self) -> None: ...
    def wait(self, seconds: float) -> bool: ...
    def values(self, batch: Batch) -> list[npt.NDArray[np.float64]]: ...

class Statistics:
    count: list[int]
    mean: npt.NDArray[np.float64]
    sd: npt.NDArray[np.float64]
    min: npt.NDArray[np.float64]
    max: npt.NDArray[np.float64]
    def __init__(self, cells: int, with_quantiles: bool) -> None: ...
    def add(self, block: BlockRun, outcome: int) -> None: ...
    def quantile(self, q: float) -> npt.NDArray[np.float64]: ...

def all_threads() -> int: ...

class ErrorKind(Enum):
    fixed = ...
    proportional_data = ...
    proportional_model = ...
    combined_sd = ...
    combined_variance = ...
    log_normal = ...
    student_t = ...

class ErrorModel:
    def __init__(
        self,
        kind: ErrorKind,
        a: float = 0.0,
        b: float = 0.0,
        degrees: float = 4.0,
        estimated: bool = False,
    ) -> None: ...
    kind: ErrorKind
    a: float
    b: float
    estimated: bool

class Measurement:
    value: float
    def __init__(
        self,
        value: float,
        standard_deviation: float = 0.0,
        group: int = 0,
        censored: bool = False,
        limit: float = 0.0,
        series: int = -1,
    ) -> None: ...

def deviance(
    model: ErrorModel, measurement: Measurement, prediction: float, scale: float = 1.0
) -> tuple[float, float, float]: ...

class Prior:
    names: list[str]
    mean: npt.NDArray[np.float64]
    factor: npt.NDArray[np.float64]
    def __init__(
        self, names: list[str], mean: npt.NDArray[np.float64], covariance: npt.NDArray[np.float64]
    ) -> None: ...
    def coordinates(self, z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]: ...
    def whitened(self, phi: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]: ...

class Predictor:
    measurements: int
    coordinates: int
    def __init__(
        self, predict: Callable[..., Any], measurements: int, coordinates: int
    ) -> None: ...

class Objective:
    prior: Prior
    least_squares: bool
    def __init__(
        self,
        predictor: Predictor,
        measurements: list[Measurement],
        groups: list[ErrorModel],
        series: int,
        prior: Prior,
        prior_weight: float = 1.0,
    ) -> None: ...
    def evaluate(self, z: npt.NDArray[np.float64], derivatives: bool = True) -> dict[str, Any]: ...
    def logp_and_gradient(
        self, z: npt.NDArray[np.float64]
    ) -> tuple[float, npt.NDArray[np.float64]]: ...
    def with_values(self, values: npt.NDArray[np.float64]) -> Objective: ...
    def with_prior_weight(self, weight: float) -> Objective: ...
    def with_pull(
        self, gradient: npt.NDArray[np.float64], target: float, weight: float
    ) -> Objective: ...

class MinimizeStatus(Enum):
    converged = ...
    not_converged = ...
    start_infeasible = ...
    cancelled = ...

class MinimizeOptions:
    max_iterations: int
    function_tolerance: float
    gradient_tolerance: float
    parameter_tolerance: float

class Minimum:
    status: MinimizeStatus
    message: str
    start: npt.NDArray[np.float64]
    z: npt.NDArray[np.float64]
    objective: float
    gradient: float
    iterations: int
    evaluations: int
    derivatives: int
    failures: int
    halvings: int

class Search:
    finished: int
    def __init__(
        self,
        objective: Objective,
        starts: list[npt.NDArray[np.float64]],
        threads: int,
        options: MinimizeOptions = ...,
    ) -> None: ...
    def stop(self) -> None: ...
    def wait(self, seconds: float) -> bool: ...
    def result(self) -> list[Minimum]: ...

class FreeParameter:
    name: str
    parameters: list[str]
    def __init__(
        self,
        name: str,
        parameters: list[str],
        factor: bool = False,
        logit: bool = False,
        exponents: list[float] = ...,
    ) -> None: ...

class PatientCourse:
    cycle_starts: list[float]
    parameters: list[dict[str, Any]]
    def __init__(
        self,
        library: Library,
        model: Model,
        patient: Patient,
        regimen: Regimen,
        free: list[FreeParameter],
        options: Any,
    ) -> None: ...
    def outcomes(
        self,
        phi: npt.NDArray[np.float64],
        times: npt.NDArray[np.float64],
        derivatives: bool,
        convention: DoseConvention,
        tail: Tail,
    ) -> dict[str, Any]: ...
    def predict_scans(self, scans: list[tuple[str, str, float]]) -> Predictor: ...

def fit_assumptions(library: Library, name: str) -> dict[str, Any]: ...

class GrowthLaw(Enum):
    exponential = ...
    gompertz = ...
    logistic = ...

class FactorWindow:
    start: float
    end: float
    factor: float
    def __init__(self, start: float, end: float, factor: float) -> None: ...

class Exposure:
    @overload
    def __init__(self, rates: DoseRates, region: int) -> None: ...
    @overload
    def __init__(
        self, knots: npt.NDArray[np.float64], pieces: npt.NDArray[np.float64], tail_decay: float
    ) -> None: ...

class LesionExposure:
    def __init__(self, exposure: Exposure) -> None: ...

class TumorParameters:
    def __init__(
        self,
        alpha: float,
        tissue: Tissue,
        law: GrowthLaw,
        growth_rate: float,
        capacity: float,
        clearance_half_time: float,
        receptor_loss: float,
        receptor_recovery_rate: float,
        oxygen_factor: float,
        heterogeneity: float,
        alpha_windows: list[FactorWindow],
        repair_windows: list[FactorWindow],
    ) -> None: ...

class GfrLoss:
    def __init__(self, aging: float, maximum: float, bed_50: float, exponent: float) -> None: ...
    def rate(self, bed: float) -> float: ...

class CellLine:
    def __init__(
        self,
        baseline: float,
        transit_time: float,
        transits: int,
        feedback: float,
        alpha: float,
        marrow: Tissue,
        blood_alpha: float,
        blood_rbe: float,
        reserve_loss: float,
        alpha_windows: list[FactorWindow],
        repair_windows: list[FactorWindow],
    ) -> None: ...

def tumor_response_data(library: Library, name: str) -> dict[str, Any]: ...
def normal_tissue_data(library: Library, name: str) -> dict[str, Any]: ...
def exposures_at_present_mass(
    library: Library,
    lesions: list[TargetRegion],
    tia: list[TimeIntegratedActivity],
    sex: str,
    convention: DoseConvention,
    knots: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
) -> list[list[LesionExposure]]: ...
def tumor_response(
    exposures: list[LesionExposure],
    parameters: TumorParameters,
    mass: float,
    start: float,
    times: list[float],
    tolerance: float,
    cycles: list[tuple[float, float]] = ...,
) -> dict[str, npt.NDArray[np.float64]]: ...
def oxygen_factor(pressure: float, oer_maximum: float, half_effect: float) -> float: ...
def doubling_time_of_ki67(ki67: float, cycle_time: float, cell_loss: float) -> float: ...
def growth_rate_of_diameters(first: float, second: float, interval: float) -> float: ...
def population_tcp(
    clonogens: float, mean: float, cv: float, histogram: list[tuple[float, float]]
) -> float: ...
def lognormal_bins(sigma: float) -> list[tuple[float, float]]: ...
def sphere_diameter(volume: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]: ...
def recist_classes(
    sums: list[float], partial_response: float, progression: float, progression_difference: float
) -> list[str]: ...
def ntcp_lyman(
    bed: npt.NDArray[np.float64], bed_50: float, slope: float
) -> npt.NDArray[np.float64]: ...
def ntcp_logistic(
    bed: npt.NDArray[np.float64], bed_50: float, exponent: float
) -> npt.NDArray[np.float64]: ...
def gfr_course(
    kidney: Exposure,
    tissue: Tissue,
    loss: GfrLoss,
    start: float,
    times: list[float],
    tolerance: float,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]: ...
def blood_counts(
    marrow: Exposure,
    blood: Exposure,
    line: CellLine,
    start: float,
    times: list[float],
    cycle_starts: list[float],
    tolerance: float,
) -> dict[str, npt.NDArray[np.float64]]: ...
def lowest_counts(
    line: CellLine, step: float, starts: list[int], bed: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]: ...
def count_scales(
    line: CellLine,
    step: float,
    starts: list[int],
    given: npt.NDArray[np.float64],
    linear: npt.NDArray[np.float64],
    quadratic: npt.NDArray[np.float64],
    least: float,
) -> npt.NDArray[np.float64]: ...
def toxicity_grade(count: float, limits: list[float]) -> int: ...
def dose_limits(library: Library, name: str) -> list[dict[str, Any]]: ...
def policy(library: Library, name: str) -> dict[str, Any]: ...
def planning_assumptions(library: Library, name: str) -> dict[str, dict[str, str]]: ...
