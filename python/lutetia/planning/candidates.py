"""Activities of a candidate schedule: equal, front-loaded or free, as large as limits allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt

from lutetia.planning.allowance import Guard
from lutetia.planning.count_guard import CountGuard
from lutetia.planning.limits import DoseTarget
from lutetia.planning.objectives import Answer, Objective, lesion_doses
from lutetia.planning.structures import Structure

Array = npt.NDArray[np.float64]

LARGEST_ACTIVITY = "largest activity"
MOLAR_ACTIVITY = "largest molar activity"
TARGET = "largest dose of lesions"
PRESCRIBED = "prescribed activity"
NO_NUMBER = "the objective is no number: the runs failed"

SAME = 1e-5  # relative difference of objectives that the tolerance of the runs does not resolve
REACHED = 1e-9  # relative: a target that is met exactly may miss by rounding


@dataclass(frozen=True)
class Bounds:
    """Bounds of the activity of one cycle [MBq].

    Attributes
    ----------
    smallest : float
        Less is no useful cycle.
    largest : float
    molar : float
        Largest activity the peptide of a cycle can carry.
    prescribed : float or None
        The activity every cycle has, where it is not to be chosen.
    first : float or None
        The activity of the first cycle, where that one is not to be chosen.
    """

    smallest: float
    largest: float
    molar: float
    prescribed: float | None
    first: float | None = None

    def split(self, shape: Array) -> tuple[Array, Array]:
        """Part what is fixed and the shape of what is chosen; no cycle has both."""
        base = np.zeros_like(shape)
        if self.first is None:
            return base, shape
        base[0] = self.first
        chosen = shape.copy()
        chosen[0] = 0.0
        return base, chosen

    @property
    def top(self) -> float:
        """The lower of both upper bounds."""
        return min(self.largest, self.molar)


@dataclass(frozen=True)
class Problem:
    """One structure with all that decides about its activities."""

    answer: Answer
    guards: Sequence[Guard]
    counts: Sequence[CountGuard]
    objective: Objective
    bounds: Bounds
    target: DoseTarget | None

    @property
    def all_guards(self) -> Sequence[Guard | CountGuard]:
        """Limits of doses, then those of counts."""
        return [*self.guards, *self.counts]

    def target_value(self, w: Array) -> float:
        """Compute what the target is about, at activities w [Gy]; of every lesion the least dose."""
        assert self.target is not None
        values = lesion_doses(self.answer, w)[0]
        return float(self.target.value(values, list(self.answer.lesions)))

    def target_scale(self, shape: Array, base: Array) -> float:
        """Factor on a shape, added to a base, at which the largest dose wanted is reached."""
        if self.target is None or self.target.gray[1] == inf:
            return inf
        most = self.target.gray[1]
        given, slopes = lesion_doses(self.answer, base)
        gained = slopes @ shape  # each lesion is a straight line
        if self.target.of not in ("minimum", "every"):
            names = list(self.answer.lesions)
            given = np.array([self.target.value(given, names)])
            gained = np.array([self.target.value(gained, names)])
        with np.errstate(divide="ignore", invalid="ignore"):
            each = np.where(gained > 0.0, np.maximum(most - given, 0.0) / gained, inf)
        return float(each.max() if self.target.of == "minimum" else each.min())


@dataclass(frozen=True)
class Candidate:
    """A structure with its activities and what decided about them.

    Attributes
    ----------
    activities : numpy.ndarray
        Of the planned cycles, shape (remaining,) [MBq].
    binding : str
        What would not let them be larger.
    reason : str
        Why the candidate cannot be a plan; empty for one that can.
    scales : dict of str to float
        What each limit allows, relative to the activities.
    """

    problem: Problem
    activities: Array
    binding: str
    reason: str
    scales: dict[str, float]

    @property
    def feasible(self) -> bool:
        """Whether it can be a plan."""
        return not self.reason

    @property
    def base(self) -> Array:
        """Activities that were fixed, 0 for the others, shape (remaining,) [MBq]."""
        return self.problem.bounds.split(self.activities)[0]

    @property
    def smallest(self) -> float:
        """Smallest activity of those that were chosen [MBq]; all where every one is fixed."""
        return float(_chosen(self.problem, self.activities).min())

    @property
    def structure(self) -> Structure:
        """Schedule without the activities."""
        return self.problem.answer.course.structure

    @property
    def objective(self) -> float:
        """Value of the objective."""
        return self.problem.objective.value(self.problem.answer, self.activities)


def sized(problem: Problem, shape: Array, kept: npt.NDArray[np.bool_] | None = None) -> Candidate:
    """Scale activities of a given shape to the largest all limits and bounds allow.

    Parameters
    ----------
    kept
        Cycles whose activity is that of the shape [MBq], shape (remaining,), so that the others alone are scaled.
    """
    bounds = problem.bounds
    if bounds.prescribed is not None:
        return _prescribed(problem, np.full(len(shape), bounds.prescribed))
    base, shape = bounds.split(shape)
    if kept is not None:
        base, shape = np.where(kept, base + shape, base), np.where(kept, 0.0, shape)
    if not shape.any() or base.max() > bounds.molar:
        return _prescribed(problem, base)
    scales = {guard.limit.label: guard.scale(shape, base) for guard in problem.all_guards}
    scales[LARGEST_ACTIVITY] = bounds.largest / shape.max()
    scales[MOLAR_ACTIVITY] = bounds.molar / shape.max()
    scales[TARGET] = problem.target_scale(shape, base)
    binding = min(scales, key=lambda name: scales[name])
    scale = scales[binding]
    w = base + scale * shape
    relative = {k: v / scale if scale > 0.0 else v for k, v in scales.items()}
    return Candidate(problem, w, binding, _reason(problem, w, binding), relative)


def _prescribed(problem: Problem, w: Array) -> Candidate:
    nothing = np.zeros_like(w)
    scales = {guard.limit.label: guard.scale(w, nothing) for guard in problem.all_guards}
    scales |= {
        TARGET: problem.target_scale(w, nothing),
        MOLAR_ACTIVITY: problem.bounds.molar / w.max(),
    }
    worst = min(scales, key=lambda name: scales[name])
    if scales[worst] < 1.0 - REACHED:
        return Candidate(problem, w, worst, f"exceeds the {worst}", scales)
    return Candidate(problem, w, PRESCRIBED, _reason(problem, w, PRESCRIBED), scales)


def _chosen(problem: Problem, w: Array) -> Array:
    return w if problem.bounds.first is None or len(w) == 1 else w[1:]


def _reason(problem: Problem, w: Array, binding: str) -> str:
    chosen = _chosen(problem, w)
    if chosen.max() <= 0.0:
        return f"{binding} leaves nothing"
    if chosen.min() < problem.bounds.smallest * (1.0 - REACHED):
        return "too little activity for a useful cycle"
    if not np.isfinite(problem.objective.value(problem.answer, w)):
        return NO_NUMBER
    if problem.target is not None:
        least = problem.target.gray[0]
        if problem.target_value(w) < least * (1.0 - REACHED):
            return "does not reach the dose wanted in lesions"
    return ""
