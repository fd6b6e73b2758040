"""The planner: how many cycles, how much activity and peptide, how far apart."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lutetia import _core
from lutetia.patient import Patient
from lutetia.planning.asking import names_of, question_of
from lutetia.planning.candidates import SAME, Candidate
from lutetia.planning.counts import CountLimit
from lutetia.planning.courses import Runs, run_courses, unit_courses
from lutetia.planning.delivered import Delivered, StopRules
from lutetia.planning.free import fitted
from lutetia.planning.infeasible import explained, stop_of
from lutetia.planning.kill import CellKill
from lutetia.planning.limits import DoseTarget, Limit
from lutetia.planning.questions import Question
from lutetia.planning.refinement import refined
from lutetia.planning.result import Plan
from lutetia.planning.structures import TRACE, Cycle
from lutetia.prescription import Infusion, Regimen
from lutetia.radiobiology import TissueValues
from lutetia.units import Quantity

if TYPE_CHECKING:
    from lutetia.fitting.result import Fit


def plan(
    model: str | _core.Model,
    patient: str | Patient,
    cycle: str | Regimen | Infusion,
    *,
    limits: str | Limit | CountLimit | Sequence[Limit | CountLimit] | Mapping[str, Quantity],
    objective: str = "minimum_lesion_dose",
    target: DoseTarget | None = None,
    lesions: str | Sequence[str] | None = None,
    cycles: int | Sequence[int] | None = None,
    interval: Quantity | Sequence[Quantity] = None,
    amount: Quantity | Sequence[Quantity] = None,
    duration: Quantity | Sequence[Quantity] = None,
    amino_acids: Any = None,
    route: str | Sequence[str] | None = None,
    activities: str = "equal",
    front_loading: float | Sequence[float] | None = None,
    first_activity: Quantity = None,
    smallest_activity: Quantity = None,
    largest_activity: Quantity = None,
    largest_molar_activity: Quantity = None,
    unlabeled_amount: Quantity = None,
    refine: str | Sequence[str] = (),
    draws: pd.DataFrame | Fit | None = None,
    n: int | None = None,
    seed: int = 0,
    chance: str | None = None,
    risk: float | str | None = None,
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
        One or several that must all hold: `Limit` for doses, `CountLimit` for blood counts (research only); a mapping of doses
        such as ``{"kidney": "23 Gy", "kidney BED": "40 Gy"}``; or the name of a file of the library (`dose_limits`).
    objective
        What is to be large: ``"minimum_lesion_dose"``, ``"mean_lesion_dose"``, ``"minimum_lesion_bed"``,
        ``"tumor_to_kidney"`` (ratio of mean lesion dose to kidney dose), ``"log_cell_kill"`` (decades, of the
        lesion with least), ``"tcp"`` (of all lesions; its logarithm) or ``"cumulative_activity"``. Lesion doses
        and BEDs are means over draws.
    target
        Dose lesions are to get: the least must be reached, more than the most is not given.
    lesions
        Which count, a name or several; all of the patient when absent.
    cycles, interval, amount, duration, amino_acids, route
        Choices, one or a list, with units; what the template has when absent. No interval may be shorter than an
        infusion. ``amino_acids`` may hold ``"none"``. `cycles`
        counts those already given.
    activities
        ``"equal"`` in all cycles; ``"front_loaded"``, each the activity of the next times one of
        `front_loading` (1, 1.25, 1.5 and 2 when absent); ``"free"``; or ``"prescribed"``, that of the template.
    first_activity
        Fixes that of the first cycle of the course; the others are chosen. Cycles already given are past it.
    smallest_activity, largest_activity
        Of a cycle that is chosen. Less than the smallest is no useful cycle, hence no feasible schedule; when absent a
        share of the activity of the template that the library assumes
        (``planning_assumptions/default.yaml``); 0 for none.
    largest_molar_activity, unlabeled_amount
        Activity per peptide that can be had, that of the pure nuclide when absent, and peptide without label
        in each cycle: a cycle holds at most `largest_molar_activity` × (amount − `unlabeled_amount`).
    refine
        Of ``"amount"`` and ``"interval"``: moved off their grid by a search with exact derivatives, between the
        smallest and largest of the choices, for the patient without draws and limits of doses.
    draws
        Patients that may be: a table of parameters as `simulate_many` takes it (`virtual_patients`), or a
        `Fit`, from whose posterior `n` (200 when absent) are drawn with `seed`. Limits then hold with probability
        1 − `risk` (0.05 or ``"5 %"``, which it is when absent), each by itself. Without draws there is no risk.
    chance
        ``"scenarios"``, also when absent: of N draws the ⌊risk·(N+1)⌋-th smallest activity each would allow; a new draw
        exceeds the limit with probability `risk` at most, on average. ``"lognormal"``: the same quantile of a
        log-normal distribution with their mean and spread, which promises nothing where draws have another one: more
        may exceed than asked (`Plan.notes` says so). ``"cvar"``: the mean of the worst share `risk` of draws is at the limit, which is
        stricter.
    given
        Cycles already given, with measured doses: their part of the limits is used up.
    status, stop
        Present state of the patient (``platelets``, ``neutrophils``, ``gfr``, ``progression``) and when it ends the
        course; rules of the library when absent.
    kill
        For ``"log_cell_kill"`` and ``"tcp"``: radiosensitivity, repopulation, clonogens; what is absent is that of
        ``tumor_response/default``.
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
    >>> found
    <Plan: 4 cycles every 8 weeks with 50 nmol and 7.575 GBq each; kidney absorbed dose binds>
    >>> float(found.limits.at["kidney absorbed dose", "value_Gy"].round(3))
    23.0
    >>> found.regimen
    <Regimen 'plan': 4 administrations, 30.2983 GBq>
    """
    arguments = dict(locals())
    start = time.perf_counter()
    question = question_of(arguments)
    runs = question.runs
    candidates: list[Candidate] = []

    def planned(chosen: Candidate | None, stop: Sequence[str] = ()) -> Plan:
        seconds = time.perf_counter() - start
        return Plan(question, runs, candidates, chosen, stop, arguments, seconds)

    if ended := question.ended():
        return planned(None, ended)
    candidates = [question.sized(course) for course in unit_courses(runs, question.structures)]
    best = best_of(question, candidates)
    if best is None:
        if ended := stop_of(question, candidates):
            return planned(None, ended)
        raise explained(question, candidates)
    if refine:
        best = refined(question, runs, best, names_of(refine))
        candidates.append(best)
    return planned(_exact_best(question, runs, candidates, best))


def best_of(question: Question, candidates: Sequence[Candidate]) -> Candidate | None:
    """Choose the feasible candidate of the largest objective; of equal ones the closest to the template."""
    feasible = [c for c in candidates if c.feasible]
    if not feasible:
        return None
    top = max(c.objective for c in feasible)
    close = [c for c in feasible if c.objective >= top - SAME * abs(top)]
    return min(close, key=lambda c: _change(question.cycle, c))


def _change(cycle: Cycle, candidate: Candidate) -> float:
    """How far activity and interval are from those of the template: sizes of the logarithms of both ratios, added."""
    mean = float(candidate.activities.mean())
    activity = abs(np.log(mean / cycle.activity)) if cycle.activity and mean else 0.0
    interval, usual = candidate.structure.interval, cycle.interval
    return float(activity + (abs(np.log(interval / usual)) if interval and usual else 0.0))


OVERLAP = 1e-3  # relative: what a run with its own activities may take from an objective unnoticed
RETRIED = 4  # further candidates that are run so


def _exact_best(
    question: Question, runs: Runs, candidates: Sequence[Candidate], best: Candidate
) -> Candidate:
    """Run the best candidate with its own activities, and others while they promise more than it then gives."""
    found = _exact(question, runs, best)
    others = [c for c in candidates if c.feasible and c.structure != best.structure]
    for other in sorted(others, key=lambda c: -c.objective)[:RETRIED]:
        if found.feasible and other.objective <= found.objective + OVERLAP * abs(found.objective):
            break
        again = _exact(question, runs, other)
        if again.feasible and not (found.feasible and again.objective <= found.objective):
            found = again
    return found


def _exact(question: Question, runs: Runs, best: Candidate) -> Candidate:
    """Run the candidate with its own activities, so that what cycles leave to the next is counted."""
    if np.ptp(best.activities) == 0.0:
        return best  # equal activities were run as they are
    w = np.maximum(best.activities, TRACE)  # doses per activity need some
    (again,) = run_courses(runs, [best.structure], [w])
    return fitted(question.problem(again), w)
