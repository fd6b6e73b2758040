"""A full run of the chosen regimen: what the closed forms say, computed in the way of `simulate`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lutetia.dosimetry.dose import absorbed_dose
from lutetia.errors import SolverError
from lutetia.planning.candidates import Candidate
from lutetia.planning.counts import PER_LITER
from lutetia.planning.courses import MARROW, Runs
from lutetia.planning.limits import FRACTION
from lutetia.planning.questions import Question
from lutetia.planning.structures import regimen_for
from lutetia.response.blood import blood_counts
from lutetia.result import Run


@dataclass(frozen=True)
class Nadir:
    """Lowest count of a full run.

    Attributes
    ----------
    count : float
        [1/L].
    cycle : int
    day : float
        After that cycle began.
    grade : int
        CTCAE.
    """

    count: float
    cycle: int
    day: float
    grade: int


def full_run(runs: Runs, chosen: Candidate) -> Run:
    """Run the chosen regimen in the patient without draws."""
    return runs.full(
        regimen_for(runs.cycle, chosen.structure, chosen.activities, runs.before, "plan")
    )


def verified(question: Question, runs: Runs, chosen: Candidate, run: Run) -> dict[str, float]:
    """Limited quantities of the patient without draws [Gy], by the label of the limit.

    What was given before is counted as measured, in the median of the draws.
    """
    s = chosen.structure
    table = absorbed_dose(run, convention=runs.convention, tail=runs.tail).table
    planned = table[[f"cycle_{c}" for c in range(s.given + 1, s.cycles + 1)]]
    beds = None
    if any(limit.needs_protraction for limit in question.limits):
        beds = runs.beds(run).sel(cycle=slice(s.given + 1, s.cycles)).sum("cycle")
    out = {}
    for guard in chosen.problem.guards:
        limit, region = guard.limit, guard.region
        if limit.quantity == "absorbed_dose":
            value = float(np.nanmedian(region.given_dose) + planned.sum(axis=1)[limit.region])
        else:
            assert beds is not None
            value = float(np.nanmedian(region.given_bed) + beds.sel(region=limit.region))
            if limit.quantity == "EQD2":
                value /= 1.0 + FRACTION / region.alpha_beta
        out[limit.label] = value
    return out


def verified_nadirs(question: Question, runs: Runs, run: Run) -> dict[str, Nadir]:
    """Lowest counts of the patient without draws, by the label of the limit.

    None after cycles already given: a run does not know what was measured.
    """
    if runs.before is not None:
        return {}
    out = {}
    for limit in question.counts:
        counts = blood_counts(
            run,
            {limit.count: limit.values},
            marrow=MARROW,
            blood=None,
            tissues=runs.tissues,
            convention=runs.convention,
            tail=runs.tail,
            library=runs.library,
        )
        table = counts.nadirs.loc[limit.count].reset_index()
        cycle, count, day, _, grade = table.to_numpy(dtype=float)[int(table["count"].argmin())]
        out[limit.label] = Nadir(count * PER_LITER, int(cycle), day, int(grade))
    return out


VERIFIED = 1e-3  # of a limit: what a full run may give more


def refuse_inexact(
    question: Question, found: Mapping[str, float], nadirs: Mapping[str, Nadir]
) -> None:
    """Raise when the full run of the only patient exceeds a limit by more than its tolerance."""
    for count in question.counts if question.chance is None and nadirs else ():
        if nadirs[count.label].count < count.per_liter * (1.0 - VERIFIED):
            raise SolverError(
                f"the full run of the plan gives {nadirs[count.label].count / PER_LITER:.6g}e9 1/L for the "
                f"{count}: the runs it was made of are not accurate enough; use a smaller rtol"
            )
    for limit in question.limits if question.chance is None else ():
        if found[limit.label] > limit.gray * (1.0 + VERIFIED):
            raise SolverError(
                f"the full run of the plan gives {found[limit.label]:.6g} Gy for the {limit}: the runs it "
                "was made of are not accurate enough; use a smaller rtol"
            )
