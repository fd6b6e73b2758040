"""What a plan is to make large, as a function of the activities, with its derivative.

Doses of lesions are averaged over draws first; an objective that counts the worst lesion is the smallest of
several components, each smooth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lutetia.planning.courses import Course
from lutetia.planning.kill import Kill

Array = npt.NDArray[np.float64]
Value = tuple[Array, Array]  # components, shape (m,), and their derivative by activity, (m, cycles)


@dataclass(frozen=True)
class Region:
    """Doses of one region as a function of the activities w of a course, shape (remaining,) [MBq].

    Attributes
    ----------
    linear, bed_linear, quadratic : numpy.ndarray
        Dose and BED without protraction per activity [Gy/MBq], protraction per activity² [Gy²/MBq²], shape
        (draws, remaining).
    given_dose, given_bed : numpy.ndarray
        Of cycles before the plan, shape (draws,) [Gy].
    alpha_beta : float
        [Gy].
    """

    linear: Array
    bed_linear: Array
    quadratic: Array
    given_dose: Array
    given_bed: Array
    alpha_beta: float

    def dose(self, w: Array) -> Array:
        """Absorbed dose, shape (draws,)."""
        return np.asarray(self.given_dose + self.linear @ w)

    def bed(self, w: Array) -> Array:
        """BED, shape (draws,)."""
        return np.asarray(
            self.given_bed + self.bed_linear @ w + self.quadratic @ (w * w) / self.alpha_beta
        )

    def bed_slope(self, w: Array) -> Array:
        """Differentiate the BED, shape (draws, remaining)."""
        return np.asarray(self.bed_linear + 2.0 * self.quadratic * w / self.alpha_beta)


@dataclass(frozen=True)
class Answer:
    """What an objective sees of a course.

    Attributes
    ----------
    lesions : dict of str to Region
    kidney : Region or None
    masses : numpy.ndarray
        Of the lesions [g].
    kill : Kill or None
    hours : float
        From the first planned cycle to the last.
    """

    course: Course
    lesions: Mapping[str, Region]
    kidney: Region | None
    masses: Array
    kill: Kill | None

    @property
    def hours(self) -> float:
        """From the first planned cycle to the last."""
        s = self.course.structure
        return (s.remaining - 1) * s.interval


def over_draws(values: Array) -> Array:
    """Mean over the draws (first axis) that have a result; NaN where none has."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0))


def lesion_doses(answer: Answer, w: Array) -> Value:
    """Absorbed dose of every lesion, mean over draws."""
    regions = answer.lesions.values()
    values = np.array([over_draws(r.dose(w)) for r in regions])
    return values, np.array([over_draws(r.linear) for r in regions])


def lesion_beds(answer: Answer, w: Array) -> Value:
    """BED of every lesion, mean over draws."""
    regions = answer.lesions.values()
    values = np.array([over_draws(r.bed(w)) for r in regions])
    return values, np.array([over_draws(r.bed_slope(w)) for r in regions])


def _mean(answer: Answer, w: Array) -> Value:
    values, slopes = lesion_doses(answer, w)
    return values.mean(keepdims=True), slopes.mean(axis=0, keepdims=True)


def _ratio(answer: Answer, w: Array) -> Value:
    kidney = answer.kidney
    assert kidney is not None
    top = np.mean([r.dose(w) for r in answer.lesions.values()], axis=0)
    top_slope = np.mean([r.linear for r in answer.lesions.values()], axis=0)
    bottom = kidney.dose(w)
    slope = top_slope / bottom[:, None] - (top / bottom**2)[:, None] * kidney.linear
    return np.array([np.nanmean(top / bottom)]), np.nanmean(slope, axis=0, keepdims=True)


def log_cell_kill(answer: Answer, w: Array) -> Value:
    """Decades of cells killed in every lesion less those that grow between the first and last cycle, mean over draws."""
    kill = answer.kill
    assert kill is not None
    beds, slopes = lesion_beds(answer, w)
    factor = kill.per_gray / np.log(10.0)
    return factor * (beds - kill.lost(answer.hours)), factor * slopes


def _log_tcp(answer: Answer, w: Array) -> Value:
    """Logarithm of the mean over draws of exp(−Σ N·exp(−α·BED)): TCP itself underflows."""
    from scipy.special import logsumexp

    kill = answer.kill
    assert kill is not None
    lost = kill.lost(answer.hours)
    regions = list(answer.lesions.values())
    ok = np.isfinite(regions[0].dose(w))
    survivors = np.array(
        [
            m * kill.per_gram * np.exp(-kill.per_gray * (r.bed(w)[ok] - lost))
            for m, r in zip(answer.masses, regions, strict=True)
        ]
    )  # (lesions, draws)
    slopes = np.array([r.bed_slope(w)[ok] for r in regions])  # (lesions, draws, cycles)
    logs = -survivors.sum(axis=0)
    by = kill.per_gray * np.einsum("ld,ldc->dc", survivors, slopes)
    value = logsumexp(logs) - np.log(len(logs))
    weights = np.exp(logs - logsumexp(logs))
    return np.array([value]), (weights @ by)[None, :]


def _activity(answer: Answer, w: Array) -> Value:
    planned = np.arange(len(w)) < answer.course.structure.remaining  # others are pseudo-cycles
    return np.array([w @ planned]), planned[None, :].astype(float)


@dataclass(frozen=True)
class Objective:
    """Something to make large: the smallest of its components.

    Attributes
    ----------
    name, unit : str
    needs : tuple of str
        ``"lesions"``, ``"bed"``, ``"kidney"`` or ``"kill"``.
    components : callable
    """

    name: str
    unit: str
    needs: tuple[str, ...]
    components: Callable[[Answer, Array], Value]

    @property
    def linear(self) -> bool:
        """Whether every component is linear in the activities."""
        return not {"bed", "kidney"} & set(self.needs)

    def value(self, answer: Answer, w: Array) -> float:
        """Value at activities w."""
        return float(self.components(answer, w)[0].min())


OBJECTIVES = {
    o.name: o
    for o in (
        Objective("minimum_lesion_dose", "Gy", ("lesions",), lesion_doses),
        Objective("mean_lesion_dose", "Gy", ("lesions",), _mean),
        Objective("minimum_lesion_bed", "Gy", ("lesions", "bed"), lesion_beds),
        Objective("tumor_to_kidney", "1", ("lesions", "kidney"), _ratio),
        Objective("log_cell_kill", "1", ("lesions", "bed", "kill"), log_cell_kill),
        Objective("tcp", "ln", ("lesions", "bed", "kill"), _log_tcp),
        Objective("cumulative_activity", "MBq", (), _activity),
    )
}
