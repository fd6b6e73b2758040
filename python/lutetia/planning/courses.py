"""Doses of candidate schedules at unit activity: what every plan is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from lutetia import _core
from lutetia.batch.cohort import Cohort
from lutetia.batch.many import simulate_many
from lutetia.errors import SolverError
from lutetia.patient import Patient
from lutetia.planning.structures import Cycle, Structure, planned_starts, regimen_for
from lutetia.prescription import Regimen
from lutetia.radiobiology import TissueValues, biologically_effective_dose, tissues_with
from lutetia.response.blood import AFTER_LAST
from lutetia.result import Run
from lutetia.run import simulate
from lutetia.units import GRAMS_PER_KILOGRAM, to_internal

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Runs:
    """What all runs of a plan share, and how many there were.

    Attributes
    ----------
    people : list of Patient
        One, or one for each draw.
    patient : Patient
        Without draws.
    table : pandas.DataFrame or None
        Parameters of each draw, as `simulate_many` takes them.
    before : Regimen or None
        Cycles already given.
    counted : list of int
        Members of each batch that was run.
    step : float or None
        Length of the steps in which the damage of the marrow is kept [h]; None: it is not.
    """

    library: _core.Library
    model: _core.Model
    people: list[Patient]
    table: pd.DataFrame | None
    cycle: Cycle
    before: Regimen | None
    patient: Patient
    tissues: TissueValues | str | None
    convention: str
    tail: str
    rtol: float
    threads: int | None
    progress: bool
    counted: list[int]
    step: float | None = None  # [h] in which the damage of the marrow is kept; None: it is not

    @cached_property
    def _tissues(self) -> _core.Tissues:
        return tissues_with(self.library, self.tissues, self.patient.lesions)

    def tissue(self, region: str) -> _core.Tissue:
        """How a region responds to dose."""
        return self._tissues.of(region, region in self.patient.lesions)

    def beds(self, run: Run) -> xr.DataArray:
        """BED each cycle of a run adds, dims (region, cycle) [Gy]."""
        found = biologically_effective_dose(
            run, self.tissues, convention=self.convention, tail=self.tail, library=self.library
        )
        return found.cycles

    def full(self, regimen: Regimen) -> Run:
        """Run a regimen in the patient without draws."""
        return simulate(
            self.model, self.patient, regimen, rtol=min(self.rtol, FULL), library=self.library
        )

    def lesion_masses(self, structure: Structure) -> dict[str, float]:
        """Masses of the lesions in the first cycle [g]."""
        one = np.ones(structure.remaining)
        mass = self.full(regimen_for(self.cycle, structure, one, self.before, "mass")).data["mass"]
        if "cycle" in mass.dims:
            mass = mass.isel(cycle=0)
        return {
            name: GRAMS_PER_KILOGRAM * float(mass.sel(region=name)) for name in self.patient.lesions
        }

    @property
    def draws(self) -> int:
        """Members of every candidate."""
        return len(self.people) if self.table is None else len(self.table)


@dataclass(frozen=True)
class Course:
    """Doses of a structure at given activities.

    Attributes
    ----------
    structure : Structure
    regions : list of str
    activities : numpy.ndarray
        Of the planned cycles, shape (remaining,) [MBq].
    dose : numpy.ndarray
        Absorbed dose, shape (draws, regions, remaining) [Gy]; NaN where a run failed.
    bed_without_protraction : numpy.ndarray
        RBE_max·D_α + D of electrons and photons, same shape [Gy].
    protraction : numpy.ndarray
        Q, same shape [Gy²].
    marrow : numpy.ndarray or None
        Dose of electrons and photons, dose of alpha particles [Gy] and protraction [Gy²] of the marrow in each step,
        shape (draws, 3, steps), until eight weeks after the last cycle began.
    """

    structure: Structure
    regions: list[str]
    activities: Array
    dose: Array
    bed_without_protraction: Array
    protraction: Array
    marrow: Array | None = None

    def of_member(self, member: int) -> Course:
        """Take one draw alone."""
        one = slice(member, member + 1)
        return replace(
            self,
            dose=self.dose[one],
            bed_without_protraction=self.bed_without_protraction[one],
            protraction=self.protraction[one],
            marrow=None if self.marrow is None else self.marrow[one],
        )

    def of(self, region: str) -> tuple[Array, Array, Array]:
        """Dose and BED without protraction per activity, protraction per activity², (draws, remaining)."""
        r, w = self.regions.index(region), self.activities
        return (
            self.dose[:, r] / w,
            self.bed_without_protraction[:, r] / w,
            self.protraction[:, r] / w**2,
        )


def unit_courses(runs: Runs, structures: Sequence[Structure]) -> list[Course]:
    """Run every structure with equal activities, all in one batch."""
    return run_courses(runs, structures, [np.full(s.remaining, UNIT) for s in structures])


MARROW = "red_marrow"
PARTS = 3  # of a damage
OBSERVED = ("absorbed_dose", "biologically_effective_dose", "protraction")
FULL = 1e-6  # rtol of runs that check
UNIT = 1000.0  # [MBq]; any would do: doses are linear in activity while the peptide stays


def run_courses(
    runs: Runs, structures: Sequence[Structure], activities: Sequence[Array]
) -> list[Course]:
    """Run structures with activities [MBq], all draws and structures in one batch.

    Returns
    -------
    list of Course
        Dose and protraction of a cycle are those from its start to that of the next, to infinity for the last.
    """
    regimens = [
        regimen_for(runs.cycle, s, w, runs.before, f"candidate {k + 1}")
        for k, (s, w) in enumerate(zip(structures, activities, strict=True))
    ]
    steps = [steps_of(runs, s) for s in structures]
    damage: dict[str, Any] = {}
    if runs.step is not None:
        times = (np.arange(max(steps) + 1) * runs.step).tolist()
        damage = {"times": times, "damage_region": MARROW}
    cohort = simulate_many(
        runs.model,
        runs.people,
        regimens,
        parameters=runs.table,
        observe=(*OBSERVED, "damage") if damage else OBSERVED,
        **damage,
        convention=runs.convention,
        tail=runs.tail,
        tissues=runs.tissues,
        rtol=runs.rtol,
        threads=runs.threads,
        progress=runs.progress,
        library=runs.library,
    )
    runs.counted.append(cohort.size)
    _check(cohort)
    regions = [str(region) for region in cohort.data["region"].values]
    shape = (runs.draws, len(regimens), len(regions), -1)
    dose, bed, protraction = (cohort.data[name].values.reshape(shape) for name in OBSERVED)
    ratios = np.array([runs.tissue(r).alpha_beta for r in regions])
    linear = bed - protraction / ratios[:, None]
    marrow: list[Array | None] = [None] * len(structures)
    if damage:
        found = cohort.data["damage"].values.reshape(runs.draws, len(regimens), PARTS, -1)
        marrow = [np.diff(found[:, k, :, : n + 1]) for k, n in enumerate(steps)]
    return [
        Course(
            s,
            regions,
            np.asarray(activities[k], dtype=float),
            dose[:, k, :, s.given : s.cycles],
            linear[:, k, :, s.given : s.cycles],
            protraction[:, k, :, s.given : s.cycles],
            marrow[k],
        )
        for k, s in enumerate(structures)
    ]


def steps_of(runs: Runs, structure: Structure) -> int:
    """Count steps until eight weeks after the last cycle began, as `blood_counts` does; 0 when none are kept."""
    if runs.step is None:
        return 0
    last = planned_starts(structure, runs.before)[-1] + to_internal(AFTER_LAST, "h")
    return int(np.ceil(last / runs.step))


def _check(cohort: Cohort) -> None:
    """Raise when no run succeeds; a draw may fail and counts as one that exceeds every limit."""
    if cohort.failed < cohort.size:
        return
    message = str(cohort.data["message"].values[0])
    raise SolverError(f"no run of the plan succeeded; the first: {message}")
