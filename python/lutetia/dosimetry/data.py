"""What doses and dose rates of a run are computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lutetia import _core
from lutetia.data import shipped
from lutetia.errors import DataError
from lutetia.result import Run


@dataclass(frozen=True)
class DoseData:
    """Regions with a mass, time-integrated activities, and the data they need."""

    library: _core.Library
    targets: list[_core.TargetRegion]
    regions: list[str]
    is_lesion: list[bool]
    tia: list[_core.TimeIntegratedActivity]
    cycle_starts: list[float]
    sex: str
    convention: str
    tail: str

    @property
    def core_convention(self) -> _core.DoseConvention:
        """The convention as the core knows it."""
        return _core.DoseConvention[self.convention]


def dose_data(
    run: Run, convention: str, tail: str, library: _core.Library | None = None
) -> DoseData:
    """Arrange what a run says for the dosimetry of the core; arguments as `absorbed_dose`."""
    conventions = _core.DoseConvention.__members__
    if convention not in conventions:
        raise ValueError(
            f"convention must be one of {', '.join(conventions)}, found {convention!r}"
        )
    data = run.data
    library = library or run.library or shipped()
    nuclides = [str(nuclide) for nuclide in data["nuclide"].values]
    if _core.nuclide_data(library, nuclides) != data.attrs["nuclide_data"]:
        raise DataError(
            f"the nuclide data in {library.root} are not those the run was made with; "
            "pass the library of the run"
        )
    values, tails = run._tia_arrays(tail)
    starts = [float(t) for t in data["cycle_start"].values]
    tia = [
        _core.TimeIntegratedActivity(
            nuclide,
            run.regions,
            starts,
            [float(a) for a in data["administered_activity"].values[n]],
            [float(v) for v in values[n].ravel()],
            [float(t) for t in tails[n]],
        )
        for n, nuclide in enumerate(nuclides)
    ]
    # One column per cycle when the mass of a region changes.
    masses = data["mass"].values.reshape(len(run.regions), -1)
    rows = [
        (region, row, bool(lesion))
        for region, row, lesion in zip(
            run.regions, masses.tolist(), data["is_lesion"].values, strict=True
        )
        if np.isfinite(row[0])
    ]
    return DoseData(
        library,
        [
            _core.TargetRegion(region, row[0], lesion, row if len(row) > 1 else [])
            for region, row, lesion in rows
        ],
        [region for region, _, _ in rows],
        [lesion for _, _, lesion in rows],
        tia,
        starts,
        str(data.attrs["sex"]),
        convention,
        tail,
    )
