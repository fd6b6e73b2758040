"""Tables of measurements as a camera would give them, from simulated curves."""

import functools

import numpy as np
import pandas as pd

import lutetia as lt

HALF_LIFE = {"Lu-177": 6.647 * 24, "Ga-68": 67.71 / 60}  # h, as in models/nuclides
TIMES = {"Lu-177": (4.0, 24.0, 72.0, 168.0), "Ga-68": (0.5, 1.0, 2.0, 3.0)}
RELEASE = ["k_release_normal", "tumor.k_release", "kidney.k_megalin_release"]
REGIONS = {"kidney": "organ", "liver": "organ", "spleen": "organ", "tumor": "tumor"}
GIVEN = {
    "Lu-177": {"activity": "7.4 GBq", "amount": "100 nmol", "duration": "30 min"},
    "Ga-68": {"activity": "100 MBq", "amount": "10 nmol", "duration": "1 min"},
}


@functools.cache
def two_cycles(nuclide: str, slow: bool = False) -> lt.Run:
    """Two cycles eight weeks apart; `slow` keeps the label in all regions, as in tumors with long half-lives."""
    dose = lt.Infusion("dotatate", nuclide=nuclide, **GIVEN[nuclide])
    slower = dict.fromkeys(RELEASE, "5e-4 1/h") if slow else {}
    return lt.simulate(
        "sstr2_whole_body",
        "reference_male",
        lt.repeat(dose, every="8 week", count=2),
        times=[start + t for start in (0.0, 1344.0) for t in TIMES[nuclide]],
        parameters=slower,
    )


def scans(
    nuclide: str = "Lu-177",
    *,
    noise: float = 0.0,
    seed: int = 0,
    corrected: bool = False,
    sd: bool = True,
    slow: bool = False,
) -> pd.DataFrame:
    """One row per region, cycle and scan; log-normal noise."""
    run = two_cycles(nuclide, slow)
    rng = np.random.default_rng(seed)
    rows = []
    for cycle, start in ((1, 0.0), (2, 1344.0)):
        for t in TIMES[nuclide]:
            for region, kind in {**REGIONS, "whole_body": "whole_body"}.items():
                activity = float(run.activity.sel(region=region, time=start + t))
                activity *= np.exp(noise * rng.standard_normal())
                activity *= 2 ** (t / HALF_LIFE[nuclide]) if corrected else 1.0
                body = region == "whole_body"
                rows.append(
                    {
                        "patient": "p1",
                        "cycle": cycle,
                        "region": region,
                        "region_class": kind,
                        "t_h": t,
                        "quantity": "activity",
                        "value": activity,
                        "unit": "MBq",
                        **({"sd": max(noise, 0.05) * activity} if sd else {}),
                        "decay_corrected": corrected,
                        "modality": "planar"
                        if body and nuclide == "Lu-177"
                        else {"Lu-177": "SPECT", "Ga-68": "PET"}[nuclide],
                        "nuclide": nuclide,
                        "volume_mL": np.nan
                        if body
                        else 1000 * float(run.volumes().sel(region=region)),
                    }
                )
    return pd.DataFrame(rows)
