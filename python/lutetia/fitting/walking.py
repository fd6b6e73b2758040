"""The way along a profile, from a minimum outward."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lutetia import _core
from lutetia.errors import FitError
from lutetia.fitting.refit import minimum_from
from lutetia.fitting.report import laplace_covariance

Array = npt.NDArray[np.float64]

STEP = 0.3  # of O, that a step aims at
FAR = 4.0  # times STEP, that make a step too long
GROWTH = 3.0  # of a step from one to the next, at most
REACH = 6.0  # standard deviations of the prior, as far as a profile goes
SHORTEST = 1e-3  # step, in units of the spread, that is not shortened further
LONGEST = 1.0  # standard deviation of the prior, of a step
MOST_POINTS = 80  # of each side
MOST_SEARCHES = 8  # one after the other, before a point is given up
SETTLED = 0.01  # of O, by which another search may still lower a point
STIFFNESS = 1e3  # of the pull, in units of the curvature of O
TOLERANCE = (
    1e-6  # of O, relative, of a search: in bent valleys the last digits take most of the time
)


@dataclass(eq=False)
class Point:
    """A minimum on the profile."""

    phi: Array
    objective: float


@dataclass(frozen=True)
class Walk:
    """What both sides of a profile share."""

    objective: _core.Objective
    start: Point
    k: int
    name: str
    prior_sd: float
    threshold: float
    bar: Any


def lowest_from(objective: _core.Objective, phi: Array) -> Point:
    """Where a profile of the measurements alone begins."""
    return _settled(objective, objective, phi, None)


def _settled(
    bare: _core.Objective,
    objective: _core.Objective,
    phi: Array,
    tolerance: float | None = TOLERANCE,
) -> Point:
    """Minimum of the objective with its pull, valued by the `bare` one, or a place another search hardly leaves.

    In a bent valley without data a search ends for want of progress before its gradient is small. Then it
    is begun again where it ended, until that lowers the objective by less than `SETTLED`.
    """
    m = minimum_from(objective, phi, tolerance)
    for _ in range(MOST_SEARCHES):
        if m.status.name == "converged" or not np.isfinite(m.objective):
            break
        before = m.objective
        m = minimum_from(objective, np.asarray(objective.prior.coordinates(m.z)), tolerance)
        if before - m.objective < SETTLED:
            break
    else:
        raise FitError(f"a search does not settle, {m.status.name}: {m.message}")
    if not np.isfinite(m.objective):
        raise FitError(f"a search failed, {m.status.name}: {m.message}")
    at = bare.evaluate(np.asarray(m.z), False)
    return Point(np.asarray(bare.prior.coordinates(m.z)), float(at["likelihood"] + at["prior"]))


def _covariance(objective: _core.Objective, phi: Array) -> Array:
    """Covariance of φ by Laplace's approximation."""
    information = objective.evaluate(objective.prior.whitened(phi))["information"]
    return laplace_covariance(np.asarray(objective.prior.factor), information)


def walk(w: Walk) -> list[Point]:
    """Points of both sides with the start between, upward."""
    with ThreadPoolExecutor(2) as pool:
        below, above = pool.map(lambda sign: _side(w, sign), (-1, 1))
    return [*reversed(below), w.start, *above]


def _side(w: Walk, sign: int) -> list[Point]:
    """Points of one side, outward, up to the first beyond the threshold or the reach."""
    k, start, prior_sd = w.k, w.start, w.prior_sd
    covariance = _covariance(w.objective, start.phi)
    scale = min(float(np.sqrt(covariance[k, k])), prior_sd)
    tangent = covariance[:, k] / covariance[k, k]
    gradient = np.eye(len(start.phi))[k]
    out: list[Point] = []
    last, step = start, np.sqrt(STEP) * scale
    end = start.phi[k] + sign * REACH * prior_sd
    while (
        last.objective - start.objective <= w.threshold
        and sign * (end - last.phi[k]) > 1e-3 * prior_sd
    ):
        if len(out) == MOST_POINTS:
            raise FitError(f"the profile of {w.name!r} did not end after {MOST_POINTS} points")
        target = last.phi[k] + sign * min(step, abs(end - last.phi[k]))
        # Strong enough that a rise of STEP over the step displaces the point by a twentieth of it.
        stiffness = max(STIFFNESS / scale**2, 10.0 * STEP / step**2)
        pulled = w.objective.with_pull(gradient, target, stiffness)
        guess = last.phi + (target - last.phi[k]) * tangent
        try:
            found = _settled(w.objective, pulled, guess)
        except FitError as error:
            raise FitError(
                f"the profile of {w.name!r} cannot be followed beyond φ = {last.phi[k]:.4g}: {error}"
            ) from None
        rise, moved = found.objective - last.objective, found.phi[k] - last.phi[k]
        if rise > FAR * STEP and step > SHORTEST * scale:
            step *= 0.5
            continue
        if not sign * moved > 0.0:
            raise FitError(
                f"the profile of {w.name!r} cannot be followed beyond φ = {last.phi[k]:.4g}"
            )
        out.append(found)
        w.bar.update()
        tangent = (found.phi - last.phi) / moved
        step = min(_next_step(abs(moved), last, found, start), LONGEST * prior_sd)
        last = found
    return out


def _next_step(moved: float, before: Point, last: Point, start: Point) -> float:
    """Step that rises by STEP when the square root of the rise goes on as a line, as for a parabola."""
    a, b = (max(p.objective - start.objective, 0.0) for p in (before, last))
    slope = (np.sqrt(b) - np.sqrt(a)) / moved
    wanted = (np.sqrt(b + STEP) - np.sqrt(b)) / slope if slope > 0.0 else np.inf
    return float(np.clip(wanted, moved / GROWTH, moved * GROWTH))
