"""Dose rates of a run as what acts on cells."""

from __future__ import annotations

from dataclasses import replace

from lutetia import _core
from lutetia.dosimetry.data import DoseData, dose_data
from lutetia.errors import DataError
from lutetia.radiobiology.dose_rates import curves_of, dose_rates_of
from lutetia.result import Run


def exposure_of(run: Run, region: str, data: DoseData) -> _core.Exposure:
    """Dose rate to one region, all nuclides together."""
    if region not in data.regions:
        raise DataError(f"the run has no dose to {region!r}; it has {', '.join(data.regions)}")
    at = data.regions.index(region)
    one = replace(data, targets=[data.targets[at]], regions=[region])
    return _core.Exposure(dose_rates_of(run, one), 0)


class LesionExposures:
    """Dose rates of a run to its lesions, computed once for all of them."""

    def __init__(self, run: Run, data: DoseData, masses: dict[str, float]) -> None:
        """Keep what is needed; `masses` are those at the first administration [kg]."""
        self._run = run
        self._data = data
        self._masses = masses
        self._lesions = list(masses)
        self._of_run: _core.DoseRates | None = None
        self._at_first_mass: list[list[_core.LesionExposure]] | None = None

    def of_run(self, lesion: str) -> list[_core.LesionExposure]:
        """Give the rates of the run, whose masses are those of the beginning of each cycle."""
        if self._of_run is None:
            at = [self._data.regions.index(name) for name in self._lesions]
            targets = [self._data.targets[i] for i in at]
            self._of_run = dose_rates_of(
                self._run, replace(self._data, targets=targets, regions=self._lesions)
            )
        exposure = _core.Exposure(self._of_run, self._lesions.index(lesion))
        return [_core.LesionExposure(exposure)]

    def at_present_mass(self, lesion: str) -> list[_core.LesionExposure]:
        """Give the rates at the first mass with the S values at any other, the own activity by nuclide."""
        if self._at_first_mass is None:
            data = self._data
            self._at_first_mass = _core.exposures_at_present_mass(
                data.library,
                [_core.TargetRegion(name, m, True) for name, m in self._masses.items()],
                data.tia,
                data.sex,
                data.core_convention,
                *curves_of(self._run),
            )
        return self._at_first_mass[self._lesions.index(lesion)]


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
