"""Activities that every cycle may have for itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from lutetia.planning.candidates import SAME, Candidate, Problem, sized

Array = npt.NDArray[np.float64]

SEARCH_TOLERANCE = 1e-10  # of the objective, in units of its value at equal activities
COUNT_TOLERANCE = 1e-7  # the same where differences of counts are followed
RATIOS = (2.0,)  # of the activity of a cycle to that of the next, of searches that begin
AT_BOUND = 1e-6  # relative: a cycle this close to the smallest activity has it


def freed(problem: Problem, start: Candidate) -> Candidate:
    """Let the activity of every cycle be chosen, from a candidate of a given shape.

    Absorbed doses are linear and BED is convex in the activities. With an objective by absorbed dose the problem is
    convex, and one search finds the answer. To make BED large (also for cell kill and control) is not: the most is
    at a corner of what limits allow, and equal activities under a limit of absorbed dose are a stationary point that is
    the least of all. Counts and quantiles of draws need not be convex either. A second search then begins from the
    best of front-loaded shapes, their reverse, and corners (`starts`).

    Returns
    -------
    Candidate
        What limits allow exactly, no worse than any start; of those that differ by less than the runs resolve the
        first. It is the best of local maxima, which proves no global one.
    """
    n, bounds = len(start.activities), problem.bounds
    if n == 1 or bounds.prescribed is not None or start.activities.max() <= 0.0:
        return start
    first = _searched(problem, start)
    if _convex(problem):
        return first
    tried = [c for c in starts(problem, n) if c.feasible]
    if not tried:
        return first
    best = _best(tried)
    allowed = [c for c in (first, best, _searched(problem, best)) if c.feasible]
    return _best(allowed)


def _convex(problem: Problem) -> bool:
    quantiles = any(guard.chance not in (None, "cvar") for guard in problem.guards)
    return problem.objective.linear and not problem.counts and not quantiles


def _best(candidates: Sequence[Candidate]) -> Candidate:
    """Take the one of the largest objective; the first of those that differ by less than the runs resolve."""
    top = max(c.objective for c in candidates)
    return next(c for c in candidates if c.objective >= top - SAME * abs(top))


def fitted(problem: Problem, w: Array) -> Candidate:
    """Scale activities to what limits allow, those at the smallest activity kept."""
    smallest = problem.bounds.smallest
    kept = (w > 0.0) & (w <= smallest * (1.0 + AT_BOUND))
    if not kept.any() or kept.all():
        return sized(problem, w)
    return sized(problem, np.where(kept, smallest, w), kept)


def starts(problem: Problem, n: int) -> Iterator[Candidate]:
    """Candidates to begin a search from, each as large as limits allow."""
    for way in (1, -1):
        for ratio in RATIOS:
            shape = (ratio ** -np.arange(n, dtype=float))[::way]
            found, smallest = sized(problem, shape), problem.bounds.smallest
            if found.activities.min() < smallest:
                found = fitted(problem, np.maximum(found.activities, smallest))
            yield found
        yield corner(problem, list(range(n))[::way])


def corner(problem: Problem, order: list[int]) -> Candidate:
    """Fill cycles in an order, each with all that limits and bounds still allow, over the smallest activity."""
    bounds = problem.bounds
    w = np.full(len(order), bounds.smallest)
    if bounds.first is not None:
        w[0] = bounds.first
    for c in order:
        if c == 0 and bounds.first is not None:
            continue
        one = np.zeros(len(w))
        one[c] = 1.0
        base = np.where(one > 0.0, 0.0, w)
        allowed = [guard.scale(one, base) for guard in problem.guards]
        most = min([*allowed, bounds.top, problem.target_scale(one, base)])
        for count in problem.counts:  # whose root costs ten times what its value does
            if count.violated(base + most * one).any():
                most = min(most, count.scale(one, base))
        w[c] = max(most, bounds.smallest)
    return fitted(problem, w)


def _searched(problem: Problem, start: Candidate) -> Candidate:
    """Move activities to a local maximum: the largest t with components − t ≥ 0 and room of all limits ≥ 0.

    By SLSQP with exact derivatives (central differences for counts). What it returns is scaled to what the limits
    allow exactly, and is never worse than the start.
    """
    from scipy.optimize import minimize

    n, bounds = len(start.activities), problem.bounds
    unit = start.activities.max()
    size = abs(start.objective) or 1.0

    def components(x: Array) -> Array:
        values = problem.objective.components(problem.answer, unit * x[:-1])[0]
        return np.asarray(values / size - x[-1])

    def components_by(x: Array) -> Array:
        slopes = problem.objective.components(problem.answer, unit * x[:-1])[1]
        return np.column_stack([unit * slopes / size, -np.ones(len(slopes))])

    def room(x: Array) -> Array:
        return np.concatenate([g.rooms(unit * x[:-1])[0] for g in problem.all_guards])

    def room_by(x: Array) -> Array:
        rows = np.vstack([unit * g.rooms(unit * x[:-1])[1] for g in problem.all_guards])
        return np.column_stack([rows, np.zeros(len(rows))])

    last = np.eye(n + 1)[-1]
    box = [(bounds.smallest / unit, bounds.top / unit)] * n
    if bounds.first is not None:
        box[0] = (bounds.first / unit, bounds.first / unit)
    found = minimize(
        lambda x: -x[-1],
        np.append(start.activities / unit, start.objective / size),
        jac=lambda x: -last,
        bounds=[*box, (None, None)],
        constraints=[
            {"type": "ineq", "fun": components, "jac": components_by},
            {"type": "ineq", "fun": room, "jac": room_by},
        ],
        method="SLSQP",
        options={"ftol": COUNT_TOLERANCE if problem.counts else SEARCH_TOLERANCE, "maxiter": 200},
    )
    w = np.maximum(found.x[:-1], 0.0)
    if not np.isfinite(w).all() or w.max() <= 0.0:
        return start
    free = fitted(problem, unit * w)
    if start.feasible and not (free.feasible and free.objective >= start.objective):
        return start
    return free
