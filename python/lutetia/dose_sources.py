"""What a dose is made of: every source region with its S value and its time-integrated activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lutetia import _core
from lutetia.data import shipped
from lutetia.errors import DataError

if TYPE_CHECKING:
    from lutetia.result import Run

WHOLE_BODY = "whole_body"
REMAINDER = "remainder"
EMISSIONS = ["alpha", "electron", "photon"]


def dose_convention(name: str) -> _core.DoseConvention:
    """Look up a convention by name."""
    conventions = _core.DoseConvention.__members__
    if name not in conventions:
        raise ValueError(f"convention must be one of {', '.join(conventions)}, found {name!r}")
    return conventions[name]


def dose_library(run: Run, library: _core.Library | None) -> _core.Library:
    """Library of a run; its nuclides must be those the run was made with."""
    library = library or run.library or shipped()
    nuclides = [str(nuclide) for nuclide in run.data["nuclide"].values]
    if _core.nuclide_data(library, nuclides) != run.data.attrs["nuclide_data"]:
        raise DataError(
            f"the nuclide data in {library.root} are not those the run was made with; "
            "pass the library of the run"
        )
    return library


def target_regions(run: Run) -> list[_core.TargetRegion]:
    """Regions with a mass; one mass per cycle where it changes."""
    masses = run.data["mass"].values.reshape(len(run.regions), -1)
    return [
        _core.TargetRegion(region, row[0], bool(lesion), row if len(row) > 1 else [])
        for region, row, lesion in zip(
            run.regions, masses.tolist(), run.data["is_lesion"].values, strict=True
        )
        if np.isfinite(row[0])
    ]


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
    library = dose_library(run, library)
    values, _ = run._tia_arrays(tail)
    place = {region: i for i, region in enumerate(run.regions)}
    masses = run.data["mass"].values.reshape(len(run.regions), -1)
    lesions = run.data["is_lesion"].values
    names = [r for r in run.regions if np.isfinite(masses[place[r], 0])]
    chosen = [r for r in names if targets is None or r in targets]
    rows: list[dict[str, object]] = []
    for n, nuclide in enumerate(map(str, run.data["nuclide"].values)):
        for k in range(values.shape[2]):
            in_cycle = [
                _core.TargetRegion(
                    r, masses[place[r], min(k, masses.shape[1] - 1)], bool(lesions[place[r]])
                )
                for r in chosen
            ]
            found = _core.s_values(
                library, nuclide, str(run.data.attrs["sex"]), in_cycle, run.regions,
                dose_convention(convention),
            )  # fmt: skip
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
                mass = masses[place[target], min(k, masses.shape[1] - 1)]
                rows.append(
                    {**row, "nuclide": nuclide, "cycle": k + 1, "mass_kg": mass, "tia_MBq_h": tia}
                )
    columns = ["target", "nuclide", "cycle", "source", "kind", *EMISSIONS, "mass_kg", "tia_MBq_h"]
    return pd.DataFrame(rows, columns=columns)
