"""Members of a comparison: every draw and patient under what he is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from lutetia.batch.cohort import Cohort
from lutetia.batch.many import simulate_many
from lutetia.batch.members import Table
from lutetia.comparing.setting import Setting
from lutetia.comparing.tables import OUTCOMES
from lutetia.patient import Patient
from lutetia.prescription import Regimen


def members_of(
    setting: Setting, draws: Table | None, threads: int | None, progress: bool
) -> Cohort | None:
    """Simulate every draw, patient and regimen, named as the comparison names them; None when nobody gets any.

    Patients who get the same are run together.
    """
    given = setting.given
    if not given.adapted:
        groups = [(given.patients, given.of(given.patients[0]))]
    else:
        groups = [([patient], given.of(patient)) for patient in given.patients]
    found = [
        _together(setting, people, regimens, draws, threads, progress)
        for people, regimens in groups
        if regimens
    ]
    return _joined(found) if found else None


def _together(
    setting: Setting,
    people: Sequence[Patient],
    regimens: dict[str, Regimen],
    draws: Table | None,
    threads: int | None,
    progress: bool,
) -> Cohort:
    cohort = simulate_many(
        setting.model,
        people,
        list(regimens.values()),
        parameters=draws,
        observe=list(OUTCOMES.values()),
        convention=setting.convention,
        tissues=setting.tissues,
        threads=threads,
        progress=progress,
        library=setting.library,
    )
    names = np.array(list(regimens))
    rows = cohort.data.sizes["member"] // (len(people) * len(names))
    cohort.data["regimen"] = ("member", np.tile(names, rows * len(people)))
    return cohort


def _joined(cohorts: Sequence[Cohort]) -> Cohort:
    """One cohort of several; NaN where a member has no such region or cycle."""
    if len(cohorts) == 1:
        return cohorts[0]
    regions = list(dict.fromkeys(str(r) for c in cohorts for r in c.data["region"].values))
    cycles = np.arange(1, max(c.data.sizes["cycle"] for c in cohorts) + 1)
    data = xr.concat(
        [c.data.reindex(region=regions, cycle=cycles) for c in cohorts],
        dim="member",
        combine_attrs="override",
    )
    data["member"] = np.arange(data.sizes["member"])
    data.attrs["seconds"] = sum(c.data.attrs["seconds"] for c in cohorts)
    counts = pd.concat([c.counts for c in cohorts]).groupby(level="status", sort=False).sum()
    sizes = np.cumsum([0, *(c.size for c in cohorts)])
    failures = pd.concat(
        [
            c.failures.set_axis(c.failures.index + n)
            for c, n in zip(cohorts, sizes[:-1], strict=True)
        ]
    )
    return Cohort(data, counts, failures.rename_axis("member"))
