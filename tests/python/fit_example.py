"""The simulated measurements of the case `fit_example`: python tests/python/fit_example.py models/cases/data."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

import lutetia as lt

NAME = "fit_example_simulated.csv"
SEED = 20260311
DAYS = (1, 3, 7)
REGIONS = {
    "kidney": "organ", "liver": "organ", "spleen": "organ",
    "liver_1": "tumor", "liver_2": "tumor", "node_1": "tumor",
}  # fmt: skip
NOISE = {"organ": 0.10, "tumor": 0.15}  # of one value, and of the calibration of a region:
CALIBRATION = {"organ": 0.05, "tumor": 0.10}
DECLINE = 0.12  # of tumor receptors per cycle
TRUTH = {  # away from the medians of the prior
    "kidney.receptor_density": "2.9 nmol/L",
    "liver.receptor_density": "1.2 nmol/L",
    "spleen.receptor_density": "9.5 nmol/L",
    "liver_1.receptor_density": "38 nmol/L",
    "liver_2.receptor_density": "24 nmol/L",
    "node_1.receptor_density": "15 nmol/L",
    "k_release_normal": "1.2e-2 1/h",
}


def truth() -> lt.Patient:
    """The simulated patient with the values and the decline that were used."""
    from lutetia.patient import patient_of

    document = dict(lt.case_patients(lt.read_case("fit_example"))[0].document)
    document["cycle_effects"] = [
        {
            "parameter": "lesions.receptor_density",
            "term": "per_cycle_factor",
            "factor": 1.0 - DECLINE,
        }
    ]
    return patient_of(document).with_values(TRUTH)


def run() -> lt.Run:
    """Simulate the course of four cycles at the times of the scans."""
    case = lt.read_case("fit_example")
    starts = [8 * 168.0 * c for c in range(4)]
    return lt.simulate(
        case.model,
        truth(),
        "netter1",
        times=[start + 24.0 * day for start in starts for day in DAYS],
    )


def measurements(cycles: tuple[int, ...] = (1, 2), seed: int = SEED) -> pd.DataFrame:
    """Measure the run: a row per region, cycle and day."""
    simulated, random = run(), np.random.default_rng(seed)
    factors = {
        region: np.exp(CALIBRATION[kind] * random.standard_normal())
        for region, kind in REGIONS.items()
    }
    rows = [
        {
            "patient": "simulated_patient",
            "cycle": cycle,
            "region": region,
            "region_class": kind,
            "t_h": 24.0 * day,
            "quantity": "activity",
            "value": float(
                simulated.activity.sel(region=region, time=1344.0 * (cycle - 1) + 24.0 * day)
            )
            * factors[region]
            * np.exp(NOISE[kind] * random.standard_normal()),
            "unit": "MBq",
            "decay_corrected": False,
            "modality": "SPECT",
            "nuclide": "Lu-177",
        }
        for cycle in cycles
        for region, kind in REGIONS.items()
        for day in DAYS
    ]
    return pd.DataFrame(rows).round({"value": 4})


if __name__ == "__main__":
    measurements().to_csv(Path(sys.argv[1]) / NAME, index=False)
