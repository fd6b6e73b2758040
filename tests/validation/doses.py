"""Absorbed dose: organs, tumors, cycles, routes, formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import lutetia as lt
from lutetia import _core
from lutetia.data import shipped
from lutetia.readings.curves import area_under_curve
from lutetia.units import MBQ_PER_GBQ, MILLISECONDS_PER_SECOND, to_internal

from . import runs
from .results import Curves, Line, Obtained, published, published_points

SECONDS_PER_HOUR = 3600.0
VIRTUAL_PATIENTS, SEED = 200, 2026
MILLIGRAY_PER_GRAY = MILLISECONDS_PER_SECOND  # 1000


def _course(region: str) -> float:
    """Dose per activity in the standard course [Gy/GBq]."""
    return runs.dose_of(runs.standard_course(), region)


def netter1_kidney() -> Obtained:
    """V11: kidney dose of four cycles."""
    return Obtained({"kidney": _course("kidney")})


def montpellier_organs() -> Obtained:
    """V12: organ doses."""
    marrow = {"red marrow": _course("red_marrow")}
    return Obtained({r: _course(r) for r in ("kidney", "liver", "spleen")} | marrow)


def aarhus_kidney() -> Obtained:
    """V13: kidney dose of DOTATATE and DOTATOC."""
    course = lt.repeat(runs.therapy_cycle("dotatoc"), every="8 week", count=4)
    toc = runs.dose_of(runs.therapy_dose(runs.BURDENED, course), "kidney")
    tate = _course("kidney")
    return Obtained(
        {
            "kidney, DOTATATE": tate,
            "kidney, DOTATOC": toc,
            "kidney, DOTATOC over DOTATATE": toc / tate,
        }
    )


def marrow_dose() -> Obtained:
    """V14: marrow dose of one cycle."""
    return Obtained({"red marrow": runs.dose_of(runs.standard_course(), "red_marrow", "cycle_1")})


def new_delhi_organs() -> Obtained:
    """V15: organ and tumor doses."""
    small = runs.therapy_dose(modules=["optional_organs"]).table["Gy_per_GBq"]
    return Obtained(
        {
            "kidney": _course("kidney"),
            "liver": _course("liver"),
            "spleen": _course("spleen"),
            "spleen over kidney": _course("spleen") / _course("kidney"),
            "pituitary": float(small["pituitary"]),
            "tumor": float(small["tumor"]),
        }
    )


def sydney_kidney() -> Obtained:
    """V16: kidney dose and its spread in virtual patients."""
    who = (runs.MODEL, runs.BURDENED, "netter1")
    draws = lt.virtual_patients(*who, n=VIRTUAL_PATIENTS, seed=SEED)
    cohort = lt.simulate_many(*who, parameters=draws, observe=["total_absorbed_dose"])
    given = lt.read_regimen("netter1").administrations
    activity = sum(a["activity_MBq"] for a in given) / MBQ_PER_GBQ
    kidney = cohort.data["total_absorbed_dose"].sel(region="kidney").values / activity
    return Obtained(
        {
            "mean kidney dose": float(np.mean(kidney)),
            "CV of kidney dose": float(100.0 * np.std(kidney, ddof=1) / np.mean(kidney)),
        }
    )


def six_cycles() -> Obtained:
    """V17: cumulative kidney dose of six cycles, 44 GBq."""
    cycle = runs.therapy_cycle(activity="7.333 GBq")
    course = lt.repeat(cycle, every="8 week", count=6)
    dose = runs.therapy_dose(runs.BURDENED, course)
    return Obtained({"kidney": runs.dose_of(dose, "kidney", "total")})


def kidney_function() -> Obtained:
    """V21: kidney dose against glomerular filtration."""
    rates = np.array([30.0, 40.0, 50.0, 60.0, 80.0, 100.0, 120.0])
    table = lt.sweep(
        runs.model(),
        runs.BURDENED,
        runs.therapy_cycle(),
        {"gfr": [f"{g} mL/min" for g in rates]},
        progress=False,
    )["dose_per_activity"]
    kidney, marrow = (table.sel(region=r).values for r in ("kidney", "red_marrow"))
    slope, _ = np.polyfit(np.log(rates), np.log(kidney), 1)
    reference = kidney[rates == 100.0][0]
    exponent = published("V21", "exponent of GFR")
    figure = Curves(
        "V21  kidney dose and kidney function",
        "GFR [mL/min]",
        "kidney dose [Gy/GBq]",
        (
            Line("simulated", rates, kidney),
            Line(
                f"published exponent {exponent:g}", rates, reference * (rates / 100.0) ** exponent
            ),
        ),
    )
    return Obtained(
        {
            "kidney dose, GFR 30 over 120 mL/min": float(kidney[0] / kidney[-1]),
            "marrow dose, GFR 30 over 120 mL/min": float(marrow[0] / marrow[-1]),
            "exponent of GFR": float(slope),
        },
        (figure,),
    )


def tumor_dose_per_cycle() -> Obtained:
    """V24: tumor dose of five cycles with a factor per cycle on receptor density."""
    patient = lt.Patient(
        sex="male",
        weight="71 kg",
        body_surface_area="1.9 m^2",
        gfr="0.10 L/min",
        hematocrit=0.45,
        organs={"kidney": "310 mL", "liver": "1.8 L", "spleen": "180 mL"},
        lesions=[lt.Lesion("tumor", volume="50 mL")],
        cycle_effects=[
            {
                "parameter": "lesions.receptor_density",
                "term": "per_cycle_factor",
                "factor": 0.94,
            }
        ],
    )
    course = lt.repeat(runs.therapy_cycle(), every="8 week", count=5)
    dose = runs.therapy_dose(patient, course)
    doses = np.array([runs.dose_of(dose, "tumor", f"cycle_{c}") for c in range(1, 6)])
    ratio = doses / doses[0]
    figure = Curves(
        "V24  tumor dose per cycle",
        "cycle",
        "dose over that of cycle 1",
        (
            Line("simulated, factor 0.94 per cycle", np.arange(1, 6), ratio),
            published_points(
                "13 patients, pass band",
                "V24",
                {float(c): f"cycle {c} over cycle 1" for c in range(2, 6)},
            ),
        ),
    )
    return Obtained(
        {"tumor dose of cycle 1": float(doses[0])}
        | {f"cycle {c} over cycle 1": float(ratio[c - 1]) for c in range(2, 6)},
        (figure,),
    )


def volume_after_therapy() -> Obtained:
    """V22: tumor volume three months after four cycles, with the dose of the first cycle that of V24."""
    course = lt.repeat(runs.therapy_cycle(), every="8 week", count=4)

    def patient(density: float) -> lt.Patient:
        lesion = lt.Lesion("tumor", volume="20 mL", receptor_density=f"{density} nmol/L")
        return lt.Patient(
            sex="male", weight="71 kg", body_surface_area="1.9 m^2", gfr="0.10 L/min",
            hematocrit=0.45, lesions=[lesion],
        )  # fmt: skip

    def first_dose(density: float) -> float:
        return runs.dose_of(runs.therapy_dose(patient(density), course), "tumor", "cycle_1")

    densities = np.array([30.0, 80.0])  # between these the dose is nearly a line
    density = float(np.interp(34.1, [first_dose(d) for d in densities], densities))
    coupled = lt.simulate_with_response(runs.model(), patient(density), course)
    after = float(coupled.run.data["cycle_start"][-1]) + to_internal("3 month", "h")
    volume = lt.tumor_response(coupled.run, times=[after]).change
    return Obtained({"volume change": 100.0 * float(volume.sel(lesion="tumor")[0])})


def intra_arterial() -> Obtained:
    """V44: lesion over healthy liver at 24 h, hepatic artery over vein."""

    def ratio(**keys: Any) -> float:
        run = lt.simulate(runs.model(), runs.BURDENED, runs.therapy_cycle(**keys), times=[24.0])
        lesions = [name for name in run.lesions if name.startswith("liver_")]
        content = float(run.activity.sel(region=lesions).sum())
        volume = float(run.data["volume"].sel(region=lesions).sum())
        liver = run.activity.sel(region="liver") / run.data["volume"].sel(region="liver")
        return content / volume / float(liver[0])

    vein = ratio()
    low = ratio(amount="10.2 nmol", route="hepatic_artery") / ratio(amount="10.2 nmol")
    return Obtained(
        {
            "tumor over liver, artery over vein": ratio(route="hepatic_artery") / vein,
            "tumor over liver, 60 % into the largest lesion": ratio(split={"liver_1": "60 %"})
            / vein,
            "tumor over liver, artery over vein, 10.2 nmol": low,
        }
    )


def s_values() -> Obtained:
    """V46: absorbed dose per decay of organs with reference masses."""

    def self_value(region: str, kilograms: float) -> float:
        tia = _core.TimeIntegratedActivity("Lu-177", [region], [0.0], [1.0], [1.0], [0.0])
        target = _core.TargetRegion(region, kilograms, False)
        found = _core.absorbed_dose(
            shipped(), [target], [tia], "male", _core.DoseConvention.s_values
        )
        return float(found.values[0, 0]) * MILLIGRAY_PER_GRAY / SECONDS_PER_HOUR

    return Obtained(
        {
            "kidneys, 310 g": 1e5 * self_value("kidney", 0.310),
            "liver, 1800 g": 1e5 * self_value("liver", 1.800),
            "spleen, 150 g": 1e5 * self_value("spleen", 0.150),
            "red marrow, 1170 g": 1e5 * self_value("red_marrow", 1.170),
            "whole body, 73 kg": 1e5 * self_value("whole_body", 73.0),
        }
    )


def single_point_formula() -> Obtained:
    """V51: A(t)·2t/ln 2 over the area of a mono-exponential curve."""
    half_life = 50.0
    t = np.linspace(0, 40 * half_life, 4001)
    area = area_under_curve(t, 2.0 ** (-t / half_life))

    def ratio(x: float) -> float:
        return float(2.0**-x * 2 * x * half_life / np.log(2) / area)

    return Obtained({f"t = {x:g} half-lives": ratio(x) for x in (0.75, 1.0, 1.44, 2.0, 2.5)})


def not_proportional() -> Obtained:
    """V53: organ doses of a doubled administration, and of one that is split in two."""

    def doses(course: lt.Infusion | lt.Regimen) -> dict[str, float]:
        table = runs.therapy_dose(cycle=course).table["total"]
        return {r: float(table[r]) for r in ("kidney", "spleen", "liver", "tumor")}

    once = doses(runs.therapy_cycle())
    twice = doses(runs.therapy_cycle(activity="14.8 GBq", amount="200 nmol"))
    half = runs.therapy_cycle(activity="3.7 GBq", amount="50 nmol")
    split = doses(lt.repeat(half, every="8 week", count=2))
    gain = {r: split[r] / once[r] for r in once}
    return Obtained(
        {f"{r}, doubled over single": twice[r] / once[r] for r in once}
        | {
            "kidney, two halves over one": gain["kidney"],
            "spleen, two halves over one": gain["spleen"],
            "tumor gain over kidney gain of splitting": gain["tumor"] / gain["kidney"],
            "tumor gain over spleen gain of splitting": gain["tumor"] / gain["spleen"],
        }
    )


CASES: dict[str, Callable[[], Obtained]] = {
    "V11": netter1_kidney,
    "V12": montpellier_organs,
    "V13": aarhus_kidney,
    "V14": marrow_dose,
    "V15": new_delhi_organs,
    "V16": sydney_kidney,
    "V17": six_cycles,
    "V21": kidney_function,
    "V22": volume_after_therapy,
    "V24": tumor_dose_per_cycle,
    "V44": intra_arterial,
    "V46": s_values,
    "V51": single_point_formula,
    "V53": not_proportional,
}
