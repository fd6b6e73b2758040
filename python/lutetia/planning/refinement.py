"""Off the grid: amount of peptide and interval by a search with exact derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from lutetia.derivatives import sensitivities
from lutetia.planning.candidates import Candidate, Problem
from lutetia.planning.courses import FULL, OBSERVED, Course, Runs, unit_courses
from lutetia.planning.objectives import Region
from lutetia.planning.questions import KIDNEY, Question
from lutetia.planning.structures import Structure, regimen_for

Array = npt.NDArray[np.float64]

SMALLEST_SCALE = 1e-3  # of the activities at the start
REFINED = ("amount", "interval")
TOLERANCE = 1e-7  # of the objective, in units of its value on the grid


def refined(question: Question, runs: Runs, best: Candidate, names: Sequence[str]) -> Candidate:
    """Move amount and interval of the best candidate between the ends of their choices.

    Activities of the shape of the candidate and what is moved are sought together, by SLSQP, for the patient
    without draws; derivatives are those of the discrete steps of a run. The search knows limits of doses; what
    draws and blood counts allow then decides about the activities, and a worse schedule is not taken.

    Raises
    ------
    ValueError
        If a name is none of ``"amount"`` and ``"interval"``, or has a single choice.
    """
    box = _box(question, best, names)
    alone = best if question.chance is None else _alone(question, runs, best.structure)
    if not alone.activities.max() > 0.0:
        return best
    found = _search(question, runs, alone, names, box)
    structure = replace(best.structure, **_values(names, found))
    (course,) = unit_courses(runs, [structure])
    moved = question.sized(course)
    return moved if moved.feasible and moved.objective > best.objective else best


def _box(question: Question, best: Candidate, names: Sequence[str]) -> list[tuple[float, float]]:
    out = []
    for name in names:
        if name not in REFINED:
            raise ValueError(f"refine must be of {', '.join(REFINED)}, found {name!r}")
        if name == "interval" and best.structure.cycles == 1:
            raise ValueError("refine='interval' needs more than one cycle")
        choices = [
            getattr(s, name) for s in question.structures if s.cycles > 1 or name != "interval"
        ]
        if min(choices) == max(choices):
            raise ValueError(
                f"refine needs at least two choices of {name} to move between, found one"
            )
        out.append((min(choices), max(choices)))
    return out


def _alone(question: Question, runs: Runs, structure: Structure) -> Candidate:
    """Make the candidate of the patient without draws."""
    single = replace(question, chance=None)
    (course,) = unit_courses(replace(runs, people=[runs.patient], table=None), [structure])
    return single.sized(course)


def _search(
    question: Question,
    runs: Runs,
    start: Candidate,
    names: Sequence[str],
    box: Sequence[tuple[float, float]],
) -> Array:
    """Where scale and what is moved make the objective largest; what is moved there.

    The unknowns are the scale of the activities, what is moved, both relative to the start, and the objective.
    """
    from scipy.optimize import minimize

    size, top = abs(start.objective) or 1.0, float(start.activities.max())
    middle = np.array([getattr(start.structure, name) for name in names])
    shape = start.structure.shape
    kept: dict[bytes, Problem] = {}

    def at(x: Array) -> tuple[Problem, Array]:
        key = x[:-1].tobytes()
        if key not in kept:
            kept.clear()
            moved = replace(start.structure, **_values(names, middle * x[1:-1]))
            kept[key] = extended(question, runs, moved, names, x[0] * top)
        return kept[key], np.concatenate([x[0] * top * shape, np.zeros(len(names))])

    def by_unknowns(slopes: Array) -> Array:
        """From derivatives by activities and pseudo-cycles to those by scale and what is moved."""
        n = len(shape)
        return np.column_stack([top * slopes[:, :n] @ shape, slopes[:, n:] * middle])

    def gain(x: Array) -> Array:
        problem, w = at(x)
        return np.asarray(question.objective.components(problem.answer, w)[0] / size - x[-1])

    def gain_by(x: Array) -> Array:
        problem, w = at(x)
        slopes = by_unknowns(question.objective.components(problem.answer, w)[1])
        return np.column_stack([slopes / size, -np.ones(len(slopes))])

    def room(x: Array) -> Array:
        problem, w = at(x)
        limits = [float(g.rooms(w)[0][0]) for g in problem.guards]
        per_amount, unlabeled = question.molar
        if "amount" not in names or per_amount == inf:
            return np.array(limits)
        amount = middle[names.index("amount")] * x[1 + names.index("amount")]
        return np.array([*limits, per_amount * (amount - unlabeled) / top - x[0]])

    def room_by(x: Array) -> Array:
        problem, w = at(x)
        rows = [by_unknowns(g.rooms(w)[1])[0] for g in problem.guards]
        per_amount, _ = question.molar
        if "amount" in names and per_amount < inf:
            row = np.zeros(1 + len(names))
            row[0], row[1 + names.index("amount")] = (
                -1.0,
                per_amount * middle[names.index("amount")] / top,
            )
            rows.append(row)
        return np.column_stack([np.array(rows), np.zeros(len(rows))])

    last = np.eye(len(names) + 2)[-1]
    bound = start.problem.bounds
    largest = bound.largest if "amount" in names else bound.top
    found = minimize(
        lambda x: -x[-1],
        np.concatenate([np.ones(1 + len(names)), [start.objective / size]]),
        jac=lambda x: -last,
        bounds=[
            (SMALLEST_SCALE, largest / top if largest < inf else None),
            *((low / m, high / m) for (low, high), m in zip(box, middle, strict=True)),
            (None, None),
        ],
        constraints=[
            {"type": "ineq", "fun": gain, "jac": gain_by},
            {"type": "ineq", "fun": room, "jac": room_by},
        ],
        method="SLSQP",
        options={"ftol": TOLERANCE, "maxiter": 50},
    )
    ends = np.array(box)
    return np.asarray(np.clip(middle * found.x[1:-1], ends[:, 0], ends[:, 1]))


def extended(
    question: Question, runs: Runs, structure: Structure, names: Sequence[str], activity: float
) -> Problem:
    """Make the problem of a structure with a pseudo-cycle for everything that is moved.

    The coefficients of a pseudo-cycle are the derivatives of absorbed dose and BED by what is moved, so that
    the derivatives by its activity, at 0, of anything computed from doses are those by what is moved.

    Parameters
    ----------
    activity
        Of the first planned cycle [MBq], at which BED is differentiated.
    """
    w = activity * structure.shape
    regimen = regimen_for(runs.cycle, structure, w, runs.before, "refined")
    directions, weights = _directions(structure, names)
    found = sensitivities(
        runs.model,
        runs.patient,
        regimen,
        directions,
        convention=runs.convention,
        tail=runs.tail,
        tissues=runs.tissues,
        rtol=min(runs.rtol, FULL),
        library=runs.library,
    )
    planned = slice(structure.given, structure.cycles)
    dose, bed, protraction = (found._values(q).values[:, planned] for q in OBSERVED)
    regions = found.run.regions
    ratios = np.array([runs.tissue(region).alpha_beta for region in regions])
    linear = bed - protraction / ratios[:, None]
    course = Course(structure, regions, w, dose[None], linear[None], protraction[None])
    dose_by, bed_by = (
        found.data[q].transpose("region", "cycle", "direction").values[:, planned].sum(axis=1)
        @ weights
        for q in OBSERVED[:2]
    )
    problem = replace(question, chance=None, counts=()).problem(course)
    later = _repopulation(question, structure, names)

    def longer(name: str, region: Region, lost: Array | float = 0.0) -> Region:
        r = regions.index(name)
        return replace(
            region,
            linear=np.hstack([region.linear, dose_by[None, r]]),
            bed_linear=np.hstack([region.bed_linear, bed_by[None, r] - lost]),
            quadratic=np.hstack([region.quadratic, np.zeros((1, len(names)))]),
        )

    answer = replace(
        problem.answer,
        lesions={name: longer(name, r, later) for name, r in problem.answer.lesions.items()},
        kidney=problem.answer.kidney and longer(KIDNEY, problem.answer.kidney),
    )
    guards = [replace(g, region=longer(g.limit.region, g.region)) for g in problem.guards]
    return replace(problem, answer=answer, guards=guards)


def _repopulation(question: Question, structure: Structure, names: Sequence[str]) -> Array:
    """BED of lesions lost per unit of what is moved: cells grow while cycles are further apart."""
    out = np.zeros(len(names))
    if question.kill is not None and "kill" in question.objective.needs and "interval" in names:
        out[list(names).index("interval")] = question.kill.lost(structure.remaining - 1.0)
    return out


def _values(names: Sequence[str], values: Array) -> dict[str, Any]:
    return {name: float(value) for name, value in zip(names, values, strict=True)}


def _directions(structure: Structure, names: Sequence[str]) -> tuple[list[str], Array]:
    """Directions of a run and how what is moved is made of them, shape (directions, moved)."""
    out: list[str] = []
    rows: list[Array] = []
    for j, name in enumerate(names):
        for c in range(structure.given + 1, structure.cycles + 1):
            # The interval moves the first planned cycle too, where one was given before it.
            steps = c - max(structure.given, 1)
            if name == "interval" and steps == 0:
                continue
            out.append(f"administration_{c}.{'amount' if name == 'amount' else 'at'}")
            rows.append(np.eye(len(names))[j] * (1.0 if name == "amount" else steps))
    return out, np.array(rows)
