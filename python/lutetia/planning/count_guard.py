"""How much a course may be scaled until blood counts fall too low."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from math import inf

import numpy as np
import numpy.typing as npt

from lutetia import _core
from lutetia.planning.counts import PER_LITER, CountedLine, CountLimit
from lutetia.planning.courses import Course
from lutetia.planning.risk import cvar_weights, scale_with_risk

Array = npt.NDArray[np.float64]

DIFFERENCE = 1e-4  # of the largest activity: step of the central differences of a nadir
ROUNDING = 1e-9  # relative; a draw that decides sits at the limit itself
AT_ONCE = 16  # draws below which threads cost more than they save


@dataclass(frozen=True)
class MarrowBed:
    """BED of the marrow in steps of equal length as a function of the activities w of a course.

    Attributes
    ----------
    step : float
        [h].
    starts : list of int
        Steps in which the planned cycles begin.
    cycle : numpy.ndarray
        Planned cycle each step belongs to, shape (steps,); −1 before the first.
    given : numpy.ndarray
        Of cycles before the plan, shape (draws, steps) [Gy].
    linear, quadratic : numpy.ndarray
        BED without protraction per activity [Gy/MBq] and protraction over α/β per activity² [Gy/MBq²], same
        shape.
    """

    step: float
    starts: list[int]
    cycle: npt.NDArray[np.intp]
    given: Array
    linear: Array
    quadratic: Array

    def of(self, w: Array) -> Array:
        """BED at activities w, shape (draws, steps) [Gy]."""
        each = self.by_step(w)
        return np.asarray(self.given + self.linear * each + self.quadratic * each**2)

    def by_step(self, w: Array) -> Array:
        """Activity each step stands for, shape (steps,); 0 before the first planned cycle."""
        return np.where(self.cycle < 0, 0.0, w[np.maximum(self.cycle, 0)])


def marrow_bed(
    course: Course,
    starts: Array,
    step: float,
    tissue: _core.Tissue,
    given_dose: Array,
    given_starts: Array,
) -> MarrowBed:
    """Take the BED of the marrow from the damage of a course.

    Parameters
    ----------
    course
        With `Course.marrow`.
    starts, given_starts
        Of the planned cycles and of those before, shapes (remaining,) and (given,) [h].
    given_dose
        Measured absorbed dose of the marrow from the cycles before, shape (draws,) [Gy]: equal in all of them, with
        the time course of the first planned one.
    """
    assert course.marrow is not None
    dose, alpha, protraction = np.moveaxis(course.marrow, 1, 0)
    steps = dose.shape[1]
    middle = (np.arange(steps) + 0.5) * step
    cycle = np.searchsorted(starts, middle, side="right") - 1
    w = np.where(cycle < 0, inf, course.activities[np.maximum(cycle, 0)])
    linear = (dose + tissue.rbe_max * alpha) / w
    quadratic = protraction / tissue.alpha_beta / w**2
    given = np.zeros_like(linear)
    if len(given_starts):
        next_start = starts[1] if len(starts) > 1 else inf
        alone = (cycle == 0) & (middle + 0.5 * step <= next_start)  # whole steps of the first
        whole = ((dose + alpha) / w)[:, alone].sum(axis=1)  # dose per activity of the first
        share = given_dose / len(given_starts) / whole  # activity of a cycle before
        bed = linear * share[:, None] + quadratic * share[:, None] ** 2
        for start in given_starts:
            given += _moved(np.where(alone, bed, 0.0), starts[0] / step, start / step)
    begin = (starts // step).astype(int).tolist()
    return MarrowBed(step, begin, cycle, given, linear, quadratic)


def _moved(values: Array, begin: float, to: float) -> Array:
    """Values of every row that begin at one time as if they began at another, both in steps; sums stay."""
    edges = np.arange(values.shape[1] + 1, dtype=float)
    known = np.where(edges == np.floor(begin), begin, edges)  # nothing is given before it begins
    sums = np.hstack([np.zeros((len(values), 1)), np.cumsum(values, axis=1)])
    rows = [np.diff(np.interp(edges + begin - to, known, row)) for row in sums]
    return np.array(rows)


@dataclass(frozen=True)
class CountGuard:
    """A limit of a count on a course, and how the risk is taken.

    Attributes
    ----------
    chance, risk
        As of a `Guard`.
    threads : int
    """

    limit: CountLimit
    line: CountedLine
    bed: MarrowBed
    chance: str | None
    risk: float
    threads: int

    def values(self, w: Array) -> Array:
        """Lowest count from the first planned cycle on, shape (draws,) [1/L]; NaN where a run failed."""
        return np.asarray(self._lowest(self.bed.of(w)).min(axis=1))

    def _lowest(self, bed: Array) -> Array:
        """Lowest count of each planned cycle, shape (draws, remaining)."""
        known = np.asarray(np.isfinite(bed).all(axis=1))
        out = np.full((len(bed), len(self.bed.starts)), np.nan)
        args = (self.line.core, self.bed.step, self.bed.starts)
        out[known] = self._spread(lambda rows: _core.lowest_counts(*args, bed[known][rows]), known)
        return out

    def _spread(self, of: Callable[[slice], Array], known: npt.NDArray[np.bool_]) -> Array:
        """Compute rows on all threads."""
        n = int(known.sum())
        parts = self.threads if n >= AT_ONCE else 1
        ends = np.linspace(0, n, parts + 1).astype(int)
        rows = [slice(a, b) for a, b in pairwise(ends.tolist())]
        if parts == 1:
            return of(rows[0])
        with ThreadPoolExecutor(parts) as pool:
            return np.concatenate(list(pool.map(of, rows)))

    def given(self, base: Array) -> Array:
        """Lowest count without what is to be scaled, shape (draws,) [1/L]."""
        return self.values(base)

    def scales(self, shape: Array, base: Array) -> Array:
        """Largest factor on a shape, added to a base, each draw allows, shape (draws,); 0 where a run failed."""
        given, each = self.bed.of(base), self.bed.by_step(shape)
        linear, quadratic = self.bed.linear * each, self.bed.quadratic * each**2
        known = np.asarray(np.isfinite(linear + given).all(axis=1))
        a, b, c = (part[known] for part in (given, linear, quadratic))
        core, step, starts = self.line.core, self.bed.step, self.bed.starts
        least = self.limit.per_liter
        out = np.zeros(len(linear))
        out[known] = self._spread(
            lambda rows: _core.count_scales(core, step, starts, a[rows], b[rows], c[rows], least),
            known,
        )
        return out

    def scale(self, shape: Array, base: Array) -> float:
        """Largest factor on a shape the limit allows with its risk."""
        scales = self.scales(shape, base)
        if self.chance != "cvar":
            return scale_with_risk(scales, self.chance, self.risk)
        return self._cvar_scale(shape, base, scales)

    def _cvar_scale(self, shape: Array, base: Array, scales: Array) -> float:
        """Where the mean of the worst share of the draws is at the limit."""
        from scipy.optimize import brentq

        def room(s: float) -> float:
            return self._room(self.values(base + s * shape))[0]

        positive = scales[scales > 0.0]
        if not positive.size or room(0.0) <= 0.0:
            return 0.0
        top = float(positive.max())
        if not np.isfinite(top):
            return inf
        return float(brentq(room, 0.0, top, rtol=1e-9)) if room(top) < 0.0 else top

    def _room(self, values: Array) -> tuple[float, Array]:
        """Share of the allowed fall that is left, and the weight of every draw in it.

        Of one patient, or the mean of the worst share of the draws; a run that failed has no room.
        """
        left = np.nan_to_num((values - self.limit.per_liter) / self._fall, nan=-inf)
        if self.chance is None:
            return float(left[0]), np.ones(1)
        value, weights = cvar_weights(-left, self.risk)
        return -value, weights

    @property
    def _fall(self) -> float:
        return self.line.baseline - self.limit.per_liter

    def rooms(self, w: Array) -> tuple[Array, Array]:
        """Compute what a search over activities holds above zero, and its derivative.

        One value for each planned cycle, since the lowest of their nadirs has kinks: shapes (remaining,) and
        (remaining, activities), by central differences.
        """
        h = DIFFERENCE * float(np.max(w))
        lowest = self._lowest(self.bed.of(w))
        found = [self._room(nadirs) for nadirs in lowest.T]
        weights = np.array([weight for _, weight in found])  # (remaining, draws)
        counted = weights.any(axis=0)
        slopes = np.zeros((len(found), len(w)))
        for c in range(len(w)):
            ends = []
            for sign in (1.0, -1.0):
                moved = w.copy()
                moved[c] += sign * h
                ends.append(self._lowest(self.bed.of(moved)[counted]))
            change = np.nan_to_num((ends[0] - ends[1]) / (2.0 * h * self._fall))
            slopes[:, c] = (weights[:, counted] * change.T).sum(axis=1)
        return np.array([value for value, _ in found]), slopes

    def violated(self, w: Array) -> npt.NDArray[np.bool_]:
        """Draws below the limit, or without a result, shape (draws,)."""
        low = self.limit.per_liter * (1.0 - ROUNDING)
        return np.asarray(np.nan_to_num(self.values(w), nan=-inf) < low)

    def used_up(self, base: Array) -> npt.NDArray[np.bool_]:
        """Draws in which nothing may be added to a base, shape (draws,)."""
        return np.asarray(np.nan_to_num(self.given(base), nan=-inf) <= self.limit.per_liter)

    def told(self, base: Array) -> str:
        """Say what was used before the plan."""
        count = float(np.nanmedian(self.given(base))) / PER_LITER
        return f"the {self.limit} is not held any more: {count:.4g}e9 1/L without a further cycle"

    def asked_and_worst(self, w: Array) -> tuple[float, float]:
        """Give the limit and the worst of all draws [1/L]."""
        return self.limit.per_liter, float(np.nanmin(self.values(w)))
