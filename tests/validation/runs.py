"""The patients and regimens the comparisons stand on: the default model, library inputs, nothing fitted.

Numbers here are those of a study's protocol (activity, amount, times); each is explained in the
``inputs`` of its measurement.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import lutetia as lt
from lutetia import _core
from lutetia.readings.cycles import curve_of, cycle_of, parameter

Array = npt.NDArray[np.float64]

MODEL = "sstr2_whole_body"
OBSERVED = str(Path(__file__).with_name("observed.yaml"))
BURDENED = "reference_male_six_lesions"  # 202 mL in six lesions: as patients come to therapy
TYPICAL = "reference_male"  # one lesion of 50 mL with the typical receptor density of the model

LAST_BLOOD_SAMPLE = 168.0  # [h]
BLOOD_SAMPLES = (0.5, 1, 2, 4, 8, 24, 48, 72, 96, 120, LAST_BLOOD_SAMPLE)  # [h]
K_D_GA_DOTATOC = "0.625 nmol/L"  # from the IC50 of the gallium form by the rule of the ligand file
K_D_GA_DOTATATE = "0.05 nmol/L"  # the same rule; the library keeps one value for every metal


@cache
def model(*modules: str) -> Any:
    """Read the default model, with optional modules and the two observables of this folder."""
    return lt.read_model(MODEL, modules=[*modules, OBSERVED])


def therapy_cycle(
    ligand: str = "dotatate",
    *,
    activity: str = "7.4 GBq",
    amount: str = "100 nmol",
    amino_acids: Any = "lysine_arginine",
    **keys: Any,
) -> lt.Infusion:
    """One infusion of 30 min as in the library regimen netter1."""
    return lt.Infusion(
        ligand,
        nuclide="Lu-177",
        activity=activity,
        amount=amount,
        duration="30 min",
        amino_acids=amino_acids,
        **keys,
    )


@cache
def standard_course() -> lt.DoseTable:
    """Absorbed dose of four cycles of 7.4 GBq in the patient with six lesions."""
    return lt.absorbed_dose(lt.simulate(model(), BURDENED, "netter1"))


@cache
def one_cycle(times: tuple[float, ...] = BLOOD_SAMPLES) -> lt.Run:
    """One cycle in the patient with six lesions, sampled at some times [h]."""
    return lt.simulate(model(), BURDENED, therapy_cycle(), times=times)


def therapy_dose(
    patient: str | lt.Patient = TYPICAL,
    cycle: lt.Infusion | lt.Regimen | None = None,
    *,
    modules: Sequence[str] = (),
    parameters: dict[str, Any] | None = None,
) -> lt.DoseTable:
    """Absorbed dose of one therapy cycle or course."""
    run = lt.simulate(model(*modules), patient, cycle or therapy_cycle(), parameters=parameters)
    return lt.absorbed_dose(run)


def dose_of(dose: lt.DoseTable, region: str, column: str = "Gy_per_GBq") -> float:
    """One number of a dose table."""
    return float(dose.table[column].loc[region])


PET_FRAMES = (lt.Frame("60 min", "20 min"),)


def pet(
    ligand: str = "dotatate",
    *,
    k_d: str | None = None,
    activity: str = "92.7 MBq",
    amount: str = "12.3 ug",
    patient: str = TYPICAL,
    modules: Sequence[str] = (),
    parameters: dict[str, Any] | None = None,
    before: Sequence[lt.Infusion] = (),
    start: str = "0 min",
    frames: Sequence[lt.Frame] = PET_FRAMES,
    times: Sequence[float] = (),
) -> lt.Run:
    """68Ga scan without amino acids; amount and activity as in the library regimen ga68_dotatate_pet."""
    tracer = lt.Infusion(
        ligand, nuclide="Ga-68", activity=activity, amount=amount, duration="1 min", at=start
    )
    values = {**(parameters or {}), **({f"{ligand}.k_d": k_d} if k_d else {})}
    wanted = sorted({*lt.frame_times(frames, start=start), *times})
    return lt.simulate(model(*modules), patient, [*before, tracer], times=wanted, parameters=values)


def suv(run: lt.Run, frames: Sequence[lt.Frame] = PET_FRAMES) -> dict[str, float]:
    """SUVmean of every region in the last frame."""
    values = lt.image(run, frames)["suv"].isel(frame=-1)
    return {str(r): float(values.sel(region=r)) for r in values["region"].values}


def curve(run: lt.Run, region: str, reading: str = "decay_corrected") -> tuple[Array, Array, float]:
    """Times after the start [h], content of a region, and what was given."""
    return curve_of(run, region, reading, cycle_of(run))


def hematocrit(run: lt.Run) -> float:
    """Share of cells in blood: label is in serum, so blood = serum·(1 − hematocrit)."""
    return parameter(run, "hematocrit")


def molar_mass(run: lt.Run, ligand: str) -> float:
    """Molar mass of a peptide [g/mol], which is ng/nmol."""
    name = f"{ligand}.molar_mass"
    quantity = f"{parameter(run, name)!r} {run.parameters['unit'].loc[name]}"
    return _core.from_internal(_core.to_internal(quantity, "g/mol"), "g/mol")
