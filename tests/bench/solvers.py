"""The solvers of the benchmark, ready to be timed and judged."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import lutetia as lt
from bench.amici_peer import Amici
from bench.array_peers import Diffrax, SciPy
from bench.course import CASE, Course, simulate_case
from bench.sbml_peers import Copasi, RoadRunner

COMPILED = Path("build/amici")  # kept between runs
FROM_COARSE_TO_FINE = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8)


@dataclass(frozen=True)
class Peer:
    """How to make a solver ready, and what to ask of it."""

    name: str
    make: Callable[[Course], Solver]
    rtols: tuple[float, ...]
    repeats: int


class Solver:
    """A peer without and with time-integrated activities as further states.

    Both have `run(rtol)`, the activities or their integrals, shape (times, regions), and `seconds`.
    """

    def __init__(self, course: Course, plain: Any, integrals: Any) -> None:
        self._course, self._plain, self._integrals = course, plain, integrals
        self.version = plain.version

    def timed(self, rtol: float) -> float:
        """Integrate without integrals; return the processor time [s]."""
        self._activity = self._plain.run(rtol)
        return float(self._plain.seconds)

    def judged(self, rtol: float) -> tuple[float, float, float]:
        """Error of an activity in the last timed run; error and time [s] of a run with integrals."""
        integrals = self._integrals.run(rtol)
        return (
            self._course.peak_error(self._activity),
            self._course.cumulated_error(integrals),
            float(self._integrals.seconds),
        )


class Package(Solver):
    """This package as its users call it in Python: descriptions in, labeled result out."""

    def __init__(self, course: Course) -> None:
        self._course, self._case = course, lt.read_case(CASE)
        self.version = lt.__version__

    def timed(self, rtol: float) -> float:
        start = time.process_time()
        self._run = simulate_case(self._case, rtol)
        self._seconds = time.process_time() - start
        return self._seconds

    def judged(self, rtol: float) -> tuple[float, float, float]:
        data = self._run.data.sel(region=self._course.regions)
        tia = data["time_integrated_activity"].isel(nuclide=0).transpose("region", "cycle").values
        return (
            self._course.peak_error(data["activity"].transpose("time", "region").values),
            float(np.abs(tia / self._course.reference_tia - 1.0).max()),
            self._seconds,  # integrals are always part of a run
        )


class _OnDocument:
    """A reader of SBML asked for the species that carry the label, or for integrals."""

    def __init__(self, course: Course, make: Callable[..., Any], *, integrals: bool) -> None:
        self._course, self._sums = course, None
        if integrals:
            columns = [f"cumulated__{r}" for r in course.regions]
            self._reader = make(course.document_with_integrals, columns)
        else:
            used = np.flatnonzero(course.sums.any(axis=0))
            self._sums = course.sums[:, used].T
            self._reader = make(course.document, [course.ids.species[i] for i in used])
        self.version = self._reader.version

    def run(self, rtol: float) -> np.ndarray:
        found = self._reader.run(self._course.times, rtol)
        return found if self._sums is None else found @ self._sums

    @property
    def seconds(self) -> float:
        return float(self._reader.seconds)


def _roadrunner(course: Course) -> Solver:
    absolute = dict(zip(course.ids.species, course.absolute, strict=True))
    return Solver(
        course,
        *(
            _OnDocument(course, lambda t, c: RoadRunner(t, c, absolute), integrals=i)
            for i in (False, True)
        ),
    )


def _copasi(course: Course) -> Solver:
    absolute = float(course.absolute.min())  # one for all: that of the label
    return Solver(
        course,
        *(
            _OnDocument(course, lambda t, c: Copasi(t, c, absolute), integrals=i)
            for i in (False, True)
        ),
    )


def _amici(course: Course) -> Solver:
    absolute = float(course.absolute.min())
    return Solver(
        course,
        *(
            _OnDocument(course, lambda t, c: Amici(t, c, absolute, COMPILED), integrals=i)
            for i in (False, True)
        ),
    )


def _scipy(method: str) -> Callable[[Course], Solver]:
    return lambda course: Solver(
        course, *(SciPy(course, method, integrals=i) for i in (False, True))
    )


def _diffrax(course: Course) -> Solver:
    return Solver(course, *(Diffrax(course, integrals=i) for i in (False, True)))


PEERS = (
    Peer("libRoadRunner", _roadrunner, (*FROM_COARSE_TO_FINE, 1e-9), 7),
    Peer("AMICI", _amici, (*FROM_COARSE_TO_FINE, 1e-9), 7),
    Peer("COPASI LSODA", _copasi, FROM_COARSE_TO_FINE, 3),
    Peer("SciPy BDF", _scipy("BDF"), FROM_COARSE_TO_FINE, 3),
    Peer("SciPy Radau", _scipy("Radau"), FROM_COARSE_TO_FINE[:-1], 3),
    Peer("SciPy LSODA", _scipy("LSODA"), FROM_COARSE_TO_FINE[:-1], 1),
    Peer("diffrax Kvaerno5", _diffrax, FROM_COARSE_TO_FINE, 1),
)
