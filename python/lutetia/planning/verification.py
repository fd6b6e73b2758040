"""A full run of the chosen regimen: what the closed forms say, computed in the way of `simulate`."""

from __future__ import annotations

import numpy as np

from lutetia.dose import absorbed_dose
from lutetia.planning.candidates import Candidate
from lutetia.planning.courses import Runs
from lutetia.planning.limits import FRACTION
from lutetia.planning.questions import Question
from lutetia.planning.structures import regimen_for


def verified(question: Question, runs: Runs, chosen: Candidate) -> dict[str, float]:
    """Limited quantities of the patient without draws [Gy], by the label of the limit.

    What was given before is counted as measured, in the median of the draws.
    """
    s = chosen.structure
    run = runs.full(regimen_for(runs.cycle, s, chosen.activities, runs.before, "plan"))
    planned = [f"cycle_{c}" for c in range(s.given + 1, s.cycles + 1)]
    table = absorbed_dose(run, convention=runs.convention, tail=runs.tail).table[planned]
    beds = None
    if any(limit.needs_protraction for limit in question.limits):
        beds = runs.beds(run).sel(cycle=slice(s.given + 1, s.cycles)).sum("cycle")
    out = {}
    for guard in chosen.problem.guards:
        limit, region = guard.limit, guard.region
        if limit.quantity == "absorbed_dose":
            value = float(np.nanmedian(region.given_dose) + table.sum(axis=1)[limit.region])
        else:
            assert beds is not None
            value = float(np.nanmedian(region.given_bed) + beds.sel(region=limit.region))
            if limit.quantity == "EQD2":
                value /= 1.0 + FRACTION / region.alpha_beta
        out[limit.label] = value
    return out
