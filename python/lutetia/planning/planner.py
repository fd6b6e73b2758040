"""The planner: how many cycles, how much activity and peptide, how far apart."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lutetia import _core
from lutetia.data import shipped
from lutetia.patient import Patient, read_patient
from lutetia.planning.candidates import Candidate, sized
from lutetia.planning.courses import Runs, run_courses, unit_courses
from lutetia.planning.delivered import Delivered, StopRules, measured_errors, stop_rules
from lutetia.planning.draws import Draws, posterior_draws
from lutetia.planning.infeasible import explained, stop_of
from lutetia.planning.limits import DoseTarget, Limit, dose_limits
from lutetia.planning.objectives import OBJECTIVES, CellKill
from lutetia.planning.questions import Question
from lutetia.planning.refinement import refined
from lutetia.planning.result import Plan
from lutetia.planning.risk import CHANCES, scenario_rank
from lutetia.planning.structures import (
    Cycle,
    Structure,
    cycle_of,
    molar_activity_of,
    regimen_for,
    structures_of,
)
from lutetia.prescription import Infusion, Regimen, read_regimen
from lutetia.radiobiology import TissueValues
from lutetia.run import model_of
from lutetia.units import Quantity, to_internal

if TYPE_CHECKING:
    from lutetia.fitting.result import Fit

ACTIVITIES = ("equal", "front_loaded", "free", "prescribed")
SAME = 1e-5  # relative difference of objectives that the tolerance of the runs does not resolve
ALONE, TOGETHER = 1e-6, 1e-4  # rtol of runs without and with draws


def plan(
    model: str | _core.Model,
    patient: str | Patient,
    cycle: str | Regimen | Infusion,
    *,
    limits: str | Sequence[Limit],
    objective: str = "minimum_lesion_dose",
    target: DoseTarget | None = None,
    lesions: Sequence[str] | None = None,
    cycles: int | Sequence[int] | None = None,
    interval: Quantity | Sequence[Quantity] = None,
    amount: Quantity | Sequence[Quantity] = None,
    duration: Quantity | Sequence[Quantity] = None,
    amino_acids: Any = None,
    route: str | Sequence[str] | None = None,
    activities: str = "equal",
    front_loading: Sequence[float] = (1.0, 1.25, 1.5, 2.0),
    smallest_activity: Quantity = None,
    largest_activity: Quantity = None,
    largest_molar_activity: Quantity = None,
    unlabeled_amount: Quantity = None,
    refine: Sequence[str] = (),
    draws: pd.DataFrame | Fit | None = None,
    n: int = 200,
    seed: int = 0,
    chance: str = "scenarios",
    risk: float = 0.05,
    given: Delivered | None = None,
    status: Mapping[str, Any] | None = None,
    stop: StopRules | None = None,
    kill: CellKill | None = None,
    tissues: TissueValues | str | None = None,
    modules: Sequence[str] = (),
    convention: str = "s_values",
    tail: str = "linear",
    rtol: float | None = None,
    threads: int | None = None,
    progress: bool = False,
    library: _core.Library | None = None,
) -> Plan:
    """Choose cycles, activities, peptide and interval so that limits hold and lesions get most.

    Every combination of `cycles`, `interval`, `amount`, `duration`, `amino_acids`, `route` is run once at
    unit activity. With the amount fixed, absorbed dose is linear and protraction quadratic in activity, so
    the largest activities follow in closed form, for one patient or for every draw. The chosen schedule is
    run again in full. Of schedules equally good the one closest to the template is taken.

    Parameters
    ----------
    model, modules, library
        As in `simulate`.
    patient
        A `Patient` or its name.
    cycle
        What one cycle is: an administration, or a regimen that repeats one. What is not asked about stays
        as it is there; the activity only with ``activities="prescribed"``.
    limits
        All of them must hold; or the name of a file of the library (`dose_limits`).
    objective
        What is to be large: ``"minimum_lesion_dose"``, ``"mean_lesion_dose"``, ``"minimum_lesion_bed"``,
        ``"tumor_to_kidney"`` (ratio of mean lesion dose to kidney dose), ``"log_cell_kill"`` (decades, of the
        lesion with least), ``"tcp"`` (of all lesions; its logarithm) or ``"cumulative_activity"``. Lesion doses
        and BEDs are means over draws.
    target
        Dose lesions are to get: the least must be reached, more than the most is not given.
    lesions
        Which count; all of the patient when absent.
    cycles, interval, amount, duration, amino_acids, route
        Choices, one or a list; what the template has when absent. ``amino_acids`` may hold ``"none"``. `cycles`
        counts those already given.
    activities
        ``"equal"`` in all cycles; ``"front_loaded"``, each the activity of the next times one of
        `front_loading`; ``"free"``; or ``"prescribed"``, that of the template.
    smallest_activity, largest_activity
        Of a cycle.
    largest_molar_activity, unlabeled_amount
        Activity per peptide that can be had, that of the pure nuclide when absent, and peptide without label
        in each cycle: a cycle holds at most `largest_molar_activity` × (amount − `unlabeled_amount`).
    refine
        Of ``"amount"`` and ``"interval"``: moved off their grid by a search with exact derivatives, between the
        smallest and largest of the choices, for the patient without draws.
    draws
        Patients that may be: a table of parameters as `simulate_many` takes it (`virtual_patients`), or a
        `Fit`, from whose posterior `n` are drawn with `seed`. Limits then hold with probability 1 − `risk`, each
        by itself.
    chance
        ``"scenarios"``: of N draws the ⌊risk·(N+1)⌋-th smallest activity each would allow; a new draw
        exceeds the limit with probability `risk` at most, on average. ``"lognormal"``: the same quantile of a
        log-normal distribution. ``"cvar"``: the mean of the worst share `risk` of draws is at the limit, which is
        stricter.
    given
        Cycles already given, with measured doses: their part of the limits is used up.
    status, stop
        Present state of the patient (``platelets``, ``neutrophils``, ``gfr``, ``progression``) and when it ends the
        course; rules of the library when absent.
    kill
        For the last two objectives but one: radiosensitivity, repopulation, clonogens.
    tissues
        α/β, repair and RBE by region, as in `biologically_effective_dose`.
    convention, tail
        Of the absorbed dose, as in `absorbed_dose`.
    rtol
        Of the runs; 1e-6 without and 1e-4 with draws when absent.
    threads, progress
        As in `simulate_many`.

    Returns
    -------
    Plan
        A course that ends, by its `stop`, has no regimen.

    Raises
    ------
    PlanError
        If no candidate holds the limits and reaches what was asked; names what binds.
    ValueError
        If a choice is out of range or does not fit the patient.
    ModelError, UnitError, SolverError
        As `simulate`.

    Notes
    -----
    Chance constraints: Campi & Garatti 2008, doi:10.1137/07069821X; conditional value at risk: Rockafellar
    & Uryasev 2000, doi:10.21314/JOR.2000.038. S values, masses and α/β count as known.

    Examples
    --------
    >>> import lutetia as lt
    >>> found = lt.plan("sstr2_whole_body", "reference_male", "netter1", limits=[lt.Limit("kidney", "23 Gy")],
    ...                 cycles=range(2, 5), amount=["50 nmol", "100 nmol"])
    >>> found.limits["binding"].tolist(), round(found.limits.at["kidney absorbed dose", "value_Gy"], 3)
    ([True], 23.0)
    >>> found.regimen
    <Regimen 'plan': 4 administrations, 38.1 GBq>
    """
    arguments = dict(locals())
    start = time.perf_counter()
    library = library or shipped()
    person = read_patient(patient, library=library) if isinstance(patient, str) else patient
    template = _regimen(cycle, library)
    if given is not None:
        given = given.with_errors(measured_errors(library))
    for name, word, words in (
        ("objective", objective, tuple(OBJECTIVES)),
        ("activities", activities, ACTIVITIES),
        ("chance", chance, CHANCES),
    ):
        if word not in words:
            raise ValueError(f"{name} must be one of {', '.join(words)}, found {word!r}")
    each = cycle_of(template)
    structures = structures_of(
        each,
        cycles=cycles,
        interval=interval,
        amount=amount,
        duration=duration,
        amino_acids=amino_acids,
        route=route,
        front_loading=front_loading if activities == "front_loaded" else (1.0,),
        given=0 if given is None else given.cycles,
    )
    core = model_of(model, modules, library)
    before = None if given is None else given.administrations
    drawn = _draws(draws, person, n, seed, each, structures, before)
    runs = Runs(
        library,
        core,
        drawn.people,
        drawn.table,
        each,
        before,
        drawn.patient,
        tissues,
        convention,
        tail,
        rtol or (ALONE if draws is None else TOGETHER),
        threads,
        progress,
        [],
    )
    question = Question(
        limits=_limits(limits, largest_activity is not None or activities == "prescribed", library),
        objective=OBJECTIVES[objective],
        target=target,
        lesions=_lesions(person, lesions, objective, target),
        cycle=each,
        structures=structures,
        free=activities == "free",
        prescribed=activities == "prescribed",
        smallest=_activity(smallest_activity, "smallest_activity", 0.0),
        largest=_activity(largest_activity, "largest_activity", inf),
        molar=_molar(largest_molar_activity, unlabeled_amount, each.nuclide, library),
        chance=None if draws is None else chance,
        risk=risk,
        seed=seed,
        given=given,
        status=status or {},
        stop=stop or stop_rules(library),
        kill=_kill(kill, objective),
        runs=runs,
    )
    if draws is not None and chance == "scenarios":
        for limit in question.limits:
            scenario_rank(runs.draws, limit.risk or risk)

    def planned(chosen: Candidate | None, stop: Sequence[str] = ()) -> Plan:
        return Plan(
            question, runs, candidates, chosen, stop, arguments, time.perf_counter() - start
        )

    candidates: list[Candidate] = []
    if ended := question.ended():
        return planned(None, ended)
    if not structures:
        raise ValueError(
            f"no cycle is left to plan: {given.cycles if given else 0} of {cycles or each.count} were given"
        )
    candidates = [question.sized(course) for course in unit_courses(runs, structures)]
    best = _best(question, candidates)
    if best is None:
        if ended := stop_of(question, candidates):
            return planned(None, ended)
        raise explained(question, candidates)
    if refine:
        best = refined(question, runs, best, refine)
        candidates.append(best)
    return planned(_exact(question, runs, best))


def _best(question: Question, candidates: Sequence[Candidate]) -> Candidate | None:
    """Choose the feasible candidate of the largest objective; of equal ones the closest to the template."""
    feasible = [c for c in candidates if c.feasible]
    if not feasible:
        return None
    top = max(c.objective for c in feasible)
    close = [c for c in feasible if c.objective >= top - SAME * abs(top)]
    return min(close, key=lambda c: _change(question.cycle, c))


def _change(cycle: Cycle, candidate: Candidate) -> tuple[float, float]:
    """How far activity and interval are from those of the template, as logarithms of ratios."""
    mean = float(candidate.activities.mean())
    activity = abs(np.log(mean / cycle.activity)) if cycle.activity and mean else 0.0
    interval, usual = candidate.structure.interval, cycle.interval
    return float(activity), float(abs(np.log(interval / usual))) if interval and usual else 0.0


def _exact(question: Question, runs: Runs, best: Candidate) -> Candidate:
    """Run the candidate with its own activities, so that what cycles leave to the next is counted."""
    if np.ptp(best.activities) == 0.0:
        return best  # equal activities were run as they are
    (again,) = run_courses(runs, [best.structure], [best.activities])
    return sized(question.problem(again), best.activities)


def _regimen(cycle: str | Regimen | Infusion, library: _core.Library) -> Regimen:
    if isinstance(cycle, str):
        return read_regimen(cycle, library=library)
    return cycle if isinstance(cycle, Regimen) else Regimen([cycle])


def _draws(
    draws: pd.DataFrame | Fit | None,
    patient: Patient,
    n: int,
    seed: int,
    cycle: Cycle,
    structures: Sequence[Structure],
    before: Regimen | None,
) -> Draws:
    """Members of every candidate."""
    if draws is None or isinstance(draws, pd.DataFrame):
        return Draws(patient, [patient], draws)
    if n < 1:
        raise ValueError(f"n must be at least 1, found {n}")
    longest = max(structures, key=lambda s: s.cycles)
    regimen = regimen_for(cycle, longest, np.ones(longest.remaining), before, "longest")
    return posterior_draws(draws, n, seed, regimen)


def _limits(
    limits: str | Sequence[Limit], bounded: bool, library: _core.Library
) -> tuple[Limit, ...]:
    found = tuple(dose_limits(limits, library=library) if isinstance(limits, str) else limits)
    if not found and not bounded:
        raise ValueError("a plan needs a limit, or a largest_activity, found neither")
    labels = [limit.label for limit in found]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(f"limits must differ in region or quantity, found two of {label}")
    return found


def _lesions(
    patient: Patient, lesions: Sequence[str] | None, objective: str, target: DoseTarget | None
) -> tuple[str, ...]:
    """Lesions that count, checked."""
    chosen = tuple(patient.lesions if lesions is None else lesions)
    unknown = [name for name in chosen if name not in patient.lesions]
    if unknown:
        raise ValueError(f"lesions must be of {patient.lesions}, found {unknown[0]!r}")
    needed = "lesions" in OBJECTIVES[objective].needs or target is not None
    if needed and not chosen:
        raise ValueError(
            f"{patient.name!r} has no lesion to give a dose to; use objective='cumulative_activity'"
        )
    if target is not None and target.of not in ("mean", "minimum", *chosen):
        raise ValueError(
            f"a target is of 'mean', 'minimum' or one of {list(chosen)}, found {target.of!r}"
        )
    return chosen


def _molar(
    largest: Quantity, unlabeled: Quantity, nuclide: str, library: _core.Library
) -> tuple[float, float]:
    """Largest molar activity [MBq/nmol], at most that of the pure nuclide, and unlabeled amount [nmol]."""
    pure = molar_activity_of(_core.half_life(library, nuclide))
    if unlabeled is not None and largest is None:
        raise ValueError("unlabeled_amount belongs to largest_molar_activity: give both")
    cold = 0.0 if unlabeled is None else to_internal(unlabeled, "nmol", "unlabeled_amount")
    if largest is None:
        return pure, cold
    return min(pure, to_internal(largest, "MBq/nmol", "largest_molar_activity")), cold


def _kill(kill: CellKill | None, objective: str) -> CellKill | None:
    if "kill" not in OBJECTIVES[objective].needs:
        return kill
    if kill is None:
        raise ValueError(
            f"objective {objective!r} needs kill=lt.CellKill(…): radiosensitivity and repopulation of lesions"
        )
    if objective == "tcp" and kill.clonogens is None:
        raise ValueError("objective 'tcp' needs the clonogens of kill, e.g. clonogens='1e7 1/g'")
    return kill


def _activity(value: Quantity, name: str, otherwise: float) -> float:
    if value is None:
        return otherwise
    found = to_internal(value, "MBq", name)
    if not found > 0.0:
        raise ValueError(f"{name} must be positive, found {value!r}")
    return found
