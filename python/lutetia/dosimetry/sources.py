"""What a dose is made of: every source region with its S value and its time-integrated activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from lutetia import _core
from lutetia.dosimetry.data import dose_data

if TYPE_CHECKING:
    from lutetia.result import Run

WHOLE_BODY = "whole_body"
REMAINDER = "remainder"
EMISSIONS = ["alpha", "electron", "photon"]


def source_terms(
    run: Run,
    targets: list[str] | None = None,
    *,
    convention: str = "s_values",
    tail: str = "linear",
    library: _core.Library | None = None,
) -> pd.DataFrame:
    """List the terms of the sum D(r_T) = Σ_S Ã(r_S)·S(r_T ← r_S).

    The remainder of the body is the region ``whole_body`` less all sources that have a row of their own.

    Returns
    -------
    pandas.DataFrame
        One row per target, nuclide, cycle and source: ``target``, ``nuclide``, ``cycle`` (1 for the first),
        ``source``, ``kind``, the parts ``alpha``, ``electron`` and ``photon`` of S [Gy/(MBq*h)], ``mass_kg``
        of the target and ``tia_MBq_h``.
    """
    data = dose_data(run, convention, tail, library)
    values, _ = run._tia_arrays(tail)
    place = {region: i for i, region in enumerate(run.regions)}
    masses = run.data["mass"].values.reshape(len(run.regions), -1)
    lesions = dict(zip(data.regions, data.is_lesion, strict=True))
    chosen = [r for r in data.regions if targets is None or r in targets]
    rows: list[dict[str, object]] = []
    for n, nuclide in enumerate(map(str, run.data["nuclide"].values)):
        for k in range(values.shape[2]):
            mass = {r: masses[place[r], min(k, masses.shape[1] - 1)] for r in chosen}
            in_cycle = [_core.TargetRegion(r, mass[r], lesions[r]) for r in chosen]
            found = _core.s_values(
                data.library, nuclide, data.sex, in_cycle, run.regions, data.core_convention
            )
            counted = dict.fromkeys(chosen, 0.0)
            for row in found:
                target, source = row["target"], row["source"]
                if source == REMAINDER:  # the last of its target
                    if WHOLE_BODY not in place:
                        continue
                    tia = values[n, place[WHOLE_BODY], k] - counted[target]
                else:
                    tia = values[n, place[source], k]
                    counted[target] += tia
                more = {"cycle": k + 1, "mass_kg": mass[target], "tia_MBq_h": tia}
                rows.append({**row, "nuclide": nuclide, **more})
    columns = ["target", "nuclide", "cycle", "source", "kind", *EMISSIONS, "mass_kg", "tia_MBq_h"]
    return pd.DataFrame(rows, columns=columns)
