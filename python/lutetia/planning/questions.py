"""What is asked of a plan, and the problem every candidate schedule makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from lutetia import _core
from lutetia.planning.allowance import Guard
from lutetia.planning.candidates import Bounds, Candidate, Problem, sized
from lutetia.planning.count_guard import CountGuard, MarrowBed, marrow_bed
from lutetia.planning.counts import CountedLine, CountLimit, counted_line
from lutetia.planning.courses import MARROW, Course, Runs
from lutetia.planning.delivered import Delivered, StopRules
from lutetia.planning.free import freed
from lutetia.planning.kill import Kill
from lutetia.planning.limits import DoseTarget, Limit, nearest_of
from lutetia.planning.objectives import Answer, Objective, Region
from lutetia.planning.structures import Cycle, Structure, given_starts, planned_starts
from lutetia.units import share_of

Array = npt.NDArray[np.float64]

KIDNEY = "kidney"


@dataclass(frozen=True)
class Question:
    """Everything `plan` was asked, read and checked.

    Attributes
    ----------
    limits, objective, target, kill, given, status, stop
        As in `plan`; limits of doses.
    counts : tuple of CountLimit
    lesions : tuple of str
        Which count.
    cycle : Cycle
    structures : list of Structure
    free : bool
        Whether each cycle may have an activity of its own.
    prescribed : bool
        Whether activities are those of the template.
    smallest, largest : float
        Activity of a cycle [MBq].
    share : dict or None
        Number of the library that `smallest` follows from; None: it was given.
    assumed : tuple of str
        How the names of the planning assumptions begin that are used.
    first : float or None
        Activity of the first cycle where it is fixed [MBq].
    molar : tuple of float
        Largest molar activity [MBq/nmol] and unlabeled amount [nmol].
    chance : str or None
        None without draws.
    runs : Runs
    """

    limits: tuple[Limit, ...]
    counts: tuple[CountLimit, ...]
    objective: Objective
    target: DoseTarget | None
    lesions: tuple[str, ...]
    cycle: Cycle
    structures: list[Structure]
    free: bool
    prescribed: bool
    smallest: float
    share: Mapping[str, Any] | None
    assumed: tuple[str, ...]
    first: float | None
    largest: float
    molar: tuple[float, float]
    chance: str | None
    risk: float
    seed: int
    given: Delivered | None
    status: Mapping[str, Any]
    stop: StopRules
    kill: Kill | None
    runs: Runs

    @property
    def risks(self) -> dict[str, float]:
        """Risk each limit accepts, by its label."""
        asked: list[Limit | CountLimit] = [*self.limits, *self.counts]
        return {
            limit.label: self.risk if limit.risk is None else share_of(limit.risk, "risk")
            for limit in asked
        }

    def ended(self) -> list[str]:
        """Why the state of the patient allows no further cycle; empty where it does."""
        return self.stop.reasons(self.status)

    @cached_property
    def masses(self) -> Array:
        """Of the lesions in the first cycle [g]."""
        volumes = self.runs.lesion_masses(self.structures[0])
        return np.array([volumes[name] for name in self.lesions])

    def problem(self, course: Course) -> Problem:
        """Limits, objective and bounds on one course."""
        lesions = {name: self.region(course, name) for name in self.lesions}
        kidney = self.region(course, KIDNEY) if "kidney" in self.objective.needs else None
        risks = self.risks
        guards = [
            Guard(limit, self.region(course, limit.region), self.chance, risks[limit.label])
            for limit in self.limits
        ]
        marrow = self.marrow(course) if self.counts else None
        threads = self.runs.threads or _core.all_threads()
        counts = [
            CountGuard(limit, line, marrow, self.chance, risks[limit.label], threads)
            for limit, line in self.lines
            if marrow is not None
        ]
        masses = self.masses if "kill" in self.objective.needs else np.ones(len(lesions))
        answer = Answer(course, lesions, kidney, masses, self.kill)
        bounds = self.bounds(course.structure)
        return Problem(answer, guards, counts, self.objective, bounds, self.target)

    @cached_property
    def lines(self) -> list[tuple[CountLimit, CountedLine]]:
        """Limits of counts with the cells they are about."""
        tissue = self.runs.tissue(MARROW)
        return [(limit, counted_line(limit, tissue, self.runs.library)) for limit in self.counts]

    def marrow(self, course: Course) -> MarrowBed:
        """BED of the marrow over time."""
        region = self.region(course, MARROW)
        before = self.runs.before
        assert self.runs.step is not None
        return marrow_bed(
            course,
            planned_starts(course.structure, before),
            self.runs.step,
            self.runs.tissue(MARROW),
            region.given_dose,
            given_starts(before),
        )

    def bounds(self, structure: Structure) -> Bounds:
        """Bounds of the activity of one cycle."""
        per_amount, unlabeled = self.molar
        molar = inf if per_amount == inf else per_amount * max(structure.amount - unlabeled, 0.0)
        activity = self.cycle.activity if self.prescribed else None
        first = self.first if structure.given == 0 else None
        return Bounds(self.smallest, self.largest, molar, activity, first)

    def sized(self, course: Course) -> Candidate:
        """Choose the best activities of a course."""
        problem = self.problem(course)
        candidate = sized(problem, course.structure.shape)
        return freed(problem, candidate) if self.free else candidate

    def region(self, course: Course, name: str) -> Region:
        """Doses of a region with what was given before.

        Raises
        ------
        ValueError
            If the region is unknown, gets no dose because it has no mass, or was not measured.
        """
        dosed = np.asarray(np.isfinite(course.dose).any(axis=(0, 2)))
        known = [region for region, found in zip(course.regions, dosed, strict=True) if found]
        if name not in known:
            raise ValueError(
                f"{name!r} is no region with an absorbed dose, expected one of {known}"
                f"{nearest_of(name, known)}"
            )
        linear, bed_linear, quadratic = course.of(name)
        draws = len(linear)
        alpha_beta = self.runs.tissue(name).alpha_beta
        if self.given is None:
            nothing = np.zeros(draws)
            return Region(linear, bed_linear, quadratic, nothing, nothing, alpha_beta)
        measured = self.given.dose(name)
        errors = np.ones(draws)
        if self.chance is not None:
            rng = np.random.default_rng([self.seed, crc32(name.encode())])
            errors = self.given.errors(name, draws, rng)
        dose = measured * errors
        if name in self.given.BED:
            bed = self.given.BED[name] * errors
        else:  # equal cycles that protract and mix radiations as the first planned one
            share, protraction = (
                bed_linear[:, 0] / linear[:, 0],
                quadratic[:, 0] / linear[:, 0] ** 2,
            )
            bed = share * dose + protraction * dose**2 / (self.given.cycles * alpha_beta)
        return Region(linear, bed_linear, quadratic, dose, bed, alpha_beta)
