"""Dose rates of a run as what acts on cells."""

from __future__ import annotations

from dataclasses import replace

from lutetia import _core
from lutetia.dosimetry_data import DoseData, dose_data
from lutetia.errors import DataError
from lutetia.result import Run


def dose_rates_of(run: Run, data: DoseData, nuclide: int | None = None) -> _core.DoseRates:
    """Dose rates of a run to the targets of `data`; of one nuclide when `nuclide` is its index."""
    if "activity_curve" not in run.data:
        raise DataError(
            "the run holds no activity curves: it was made by an earlier version; simulate it again"
        )
    chosen = slice(None) if nuclide is None else slice(nuclide, nuclide + 1)
    return _core.dose_rates(
        data.library,
        data.targets,
        data.tia[chosen],
        data.sex,
        data.core_convention,
        run.data["knot"].values,
        run.data["activity_curve"].values[:, chosen],
    )


def exposure_of(run: Run, region: str, data: DoseData) -> _core.Exposure:
    """Dose rate to one region, all nuclides together."""
    if region not in data.regions:
        raise DataError(f"the run has no dose to {region!r}; it has {', '.join(data.regions)}")
    at = data.regions.index(region)
    one = replace(data, targets=[data.targets[at]], regions=[region])
    return _core.Exposure(dose_rates_of(run, one), 0)


def lesion_exposures(
    run: Run, lesion: str, data: DoseData, mass: float, follow_mass: bool
) -> list[_core.LesionExposure]:
    """Dose rates to a lesion, one for each nuclide.

    Parameters
    ----------
    mass
        At the first administration [kg].
    follow_mass
        Give the rates at that mass and the S value at any other; else those of the run, whose mass is that of
        the beginning of each cycle.
    """
    if not follow_mass:
        return [_core.LesionExposure(exposure_of(run, lesion, data))]
    target = _core.TargetRegion(lesion, mass, True)
    at_first_mass = replace(data, targets=[target], regions=[lesion])
    return [
        _core.LesionExposure(
            _core.Exposure(dose_rates_of(run, at_first_mass, n), 0),
            data.library,
            tia.nuclide,
            data.core_convention,
            mass,
        )
        for n, tia in enumerate(data.tia)
    ]


def blood_exposure(run: Run, region: str, tail: str, library: _core.Library) -> _core.Exposure:
    """Dose rate to the blood by the electrons of its own activity, none of which leave it.

    The label is in the serum of `region`; its energy is absorbed in the blood, which is serum and cells.
    """
    known = run.parameters["value"]
    if region not in run.regions or not {"hematocrit", "tissue_density"} <= set(known.index):
        raise DataError(
            f"the dose to blood needs a region {region!r} and the parameters hematocrit and tissue_density "
            f"in model {run.data.attrs['model']}; leave the dose to blood out with blood=None"
        )
    serum = float(run.volumes().sel(region=region))
    blood = serum / (1.0 - float(known["hematocrit"]))
    target = _core.TargetRegion(region, blood * float(known["tissue_density"]), False)
    data = dose_data(run, "local_electrons", tail, library)
    one = replace(data, targets=[target], regions=[region])
    return _core.Exposure(dose_rates_of(run, one), 0)
