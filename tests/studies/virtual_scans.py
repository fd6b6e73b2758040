"""Virtual patients drawn from the prior of a fit, and the scans a camera would show of them.

The truth is simulated by `lutetia.simulate` from parameters and cycle effects as a user writes them, not by
the predictor of the fit; errors of calibration and of each scan are those the fit assumes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

import lutetia as lt
from lutetia import _core
from lutetia.data import shipped
from lutetia.fitting.coordinates import Coordinate
from lutetia.fitting.prior import Prior

Array = npt.NDArray[np.float64]

MODEL = "sstr2_whole_body"
ORGANS = ("kidney", "liver", "spleen")
TUMORS = {"tumor_1": "12 mL", "tumor_2": "30 mL", "tumor_3": "80 mL"}  # none is small
REGIONS = (*ORGANS, *TUMORS)
DAYS_BETWEEN_CYCLES = 56


@dataclass(frozen=True)
class Truth:
    """A virtual patient: coordinates of the prior, and what they mean for a user."""

    phi: Array
    run: lt.Run


def person(cycle_effects: Sequence[Mapping[str, Any]] = ()) -> lt.Patient:
    """Patient of all studies."""
    return lt.Patient(
        sex="male",
        weight="71 kg",
        height="175 cm",
        gfr="100 mL/min",
        lesions=[lt.Lesion(name, volume=volume) for name, volume in TUMORS.items()],
        cycle_effects=list(cycle_effects),
    )


def course(cycles: int) -> lt.Regimen:
    """Cycles of 7.4 GBq with amino acids."""
    return lt.Regimen(
        [
            lt.Infusion(
                "dotatate",
                nuclide="Lu-177",
                activity="7.4 GBq",
                amount="100 nmol",
                duration="30 min",
                amino_acids="lysine_arginine",
                at=f"{c * DAYS_BETWEEN_CYCLES} day",
            )
            for c in range(cycles)
        ]
    )


def medians(cycles: int) -> dict[str, tuple[float, str]]:
    """Value and unit of every parameter before any patient is drawn."""
    who = person()
    found = _core.PatientCourse(
        shipped(),
        lt.read_model(MODEL),
        who.core,
        course(cycles).core,
        [],
        _core.BatchOptions().simulation,
    )
    return {row["name"]: (row["value"], row["unit"]) for row in found.parameters}


def written_out(
    coordinates: Sequence[Coordinate],
    phi: Array,
    typical: Mapping[str, tuple[float, str]],
    cycles: int,
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Parameters and cycle effects as a user writes them for a patient who is at φ."""
    values = {name: value for name, (value, _) in typical.items()}
    moved: dict[str, Array] = {}  # logarithms of the factors of each cycle
    for c, x in zip(coordinates, phi, strict=True):
        for name in c.parameters:
            logarithms = moved.setdefault(name, np.zeros(cycles))
            if c.exponents is None:
                values[name] = c.value(x)
            else:
                last = len(c.exponents) - 1
                logarithms += [x * c.exponents[min(k, last)] for k in range(cycles)]
    parameters = {
        name: f"{float(values[name] * np.exp(logarithms[0]))!r} {typical[name][1]}"
        for name, logarithms in moved.items()
    }
    effects = [
        {
            "parameter": name,
            "term": "free_per_cycle",
            "factors": np.exp(logarithms - logarithms[0]).tolist(),
        }
        for name, logarithms in moved.items()
        if np.ptp(logarithms) > 0.0
    ]
    return parameters, effects


def truth_of(
    prior: Prior,
    phi: Array,
    typical: Mapping[str, tuple[float, str]],
    cycles: int,
    hours: Sequence[float],
    rtol: float = 1e-8,
) -> Truth:
    """Simulate the patient that is at φ, with outputs at the scans of all cycles."""
    parameters, effects = written_out(prior.coordinates, phi, typical, cycles)
    times = [24.0 * DAYS_BETWEEN_CYCLES * c + t for c in range(cycles) for t in hours]
    run = lt.simulate(
        MODEL,
        person(effects),
        course(cycles),
        parameters=parameters,
        times=times,
        rtol=rtol,
    )
    return Truth(phi, run)


def scans_of(
    truth: Truth,
    cycles: int,
    hours: Sequence[float],
    relative_error: Mapping[str, float],
    calibration: Mapping[str, float],
    rng: np.random.Generator,
) -> lt.Observations:
    """SPECT of every region; spreads of logarithms by class of the region (organ, tumor)."""
    rows = []
    for region in REGIONS:
        kind = "tumor" if region in TUMORS else "organ"
        activity = truth.run.activity.sel(region=region).values
        noise = relative_error[kind] * rng.standard_normal(len(activity))
        seen = activity * np.exp(noise + calibration[region])
        rows += [
            {
                "patient": "virtual",
                "cycle": 1 + k // len(hours),
                "region": region,
                "region_class": kind,
                "t_h": float(hours[k % len(hours)]),
                "activity_MBq": value,
                "sd_MBq": np.nan,
                "detection_limit_MBq": np.nan,
                "censoring": "none",
                "modality": "SPECT",
                "nuclide": "Lu-177",
                "volume_mL": np.nan,
                "scan": None,
                "include": True,
                "group": None,
            }
            for k, value in enumerate(seen)
        ]
    return lt.Observations(pd.DataFrame(rows))


def assumed_errors() -> tuple[dict[str, float], dict[str, float]]:
    """Relative error and calibration error a fit assumes, by class of the region."""
    read = _core.fit_assumptions(shipped(), "default")
    relative = {kind: read["relative_error"][f"SPECT_{kind}"] for kind in ("organ", "tumor")}
    return relative, dict(read["calibration_error"])
