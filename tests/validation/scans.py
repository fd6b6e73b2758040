"""PET: normal organs, affinity, tumor sink, peptide amount, cold analogs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

import lutetia as lt

from . import runs
from .results import Curves, Line, Obtained

LAR_FREE = "0.77 nmol/L"  # 2.2 nmol/L trough of octreotide LAR 30 mg, 35 % free
LANREOTIDE_FREE = "0.9 nmol/L"  # about 4.5 nmol/L in all, about a fifth free
LANREOTIDE_K_D = "1.0 nmol/L"


def dotatoc_normal_organs() -> Obtained:
    """V26: SUVmean of normal organs under 68Ga-DOTATOC."""
    run = runs.pet("dotatoc", k_d=runs.K_D_GA_DOTATOC)
    found = runs.suv(run)
    _, content, given = runs.curve(run, "tumor")
    names = {"spleen": "spleen", "kidney": "kidney", "adrenals": "adrenals", "liver": "liver"}
    return Obtained(
        {label: found[region] for region, label in names.items()}
        | {"tumor": found["tumor"], "tumor uptake": float(100 * content[-1] / given)}
    )


def ranges_in_81_patients() -> Obtained:
    """V27: SUVmean of normal organs under 68Ga-DOTATATE."""
    found = runs.suv(runs.pet(modules=["optional_organs"]))
    return Obtained({r: found[r] for r in ("spleen", "liver", "pituitary", "adrenals", "tumor")})


def dotatoc_dosimetry() -> Obtained:
    """V28: urine and organ doses of 68Ga-DOTATOC."""
    run = runs.pet(
        "dotatoc", k_d=runs.K_D_GA_DOTATOC, activity="112 MBq", times=(0.0, 2.0 + 1 / 60)
    )
    dose = lt.absorbed_dose(run).table["Gy_per_GBq"]
    found = runs.suv(run)
    urine = {r: lt.urine_fraction(run, reading=r).iloc[-1] for r in ("decay_corrected", "activity")}
    return Obtained(
        {
            "urine in 2 h, decay-corrected": 100 * float(urine["decay_corrected"]),
            "urine in 2 h, with decay": 100 * float(urine["activity"]),
            "spleen dose": float(dose["spleen"]),
            "kidney dose": float(dose["kidney"]),
        }
        | {f"SUV {r}": found[r] for r in ("liver", "spleen", "kidney", "adrenals")}
    )


def same_patients_two_tracers() -> Obtained:
    """V29: order of organs at 1, 2, 3 h, and liver of the two tracers."""
    frames = [lt.Frame(f"{h} h") for h in (1, 2, 3)]
    tracers = {
        "DOTATATE": runs.pet("dotatate", frames=frames),
        "DOTATOC": runs.pet("dotatoc", k_d=runs.K_D_GA_DOTATOC, frames=frames),
    }
    values = {}
    liver = {}
    for name, run in tracers.items():
        suv = lt.image(run, frames)["suv"]
        spleen, kidney, liver[name] = (
            suv.sel(region=r).values for r in ("spleen", "kidney", "liver")
        )
        values[f"spleen over kidney, {name}"] = float((spleen / kidney).min())
        values[f"kidney over liver, {name}"] = float((kidney / liver[name]).min())
    values["liver, DOTATATE over DOTATOC"] = float((liver["DOTATATE"] / liver["DOTATOC"]).min())
    return Obtained(values)


def organ_order() -> Obtained:
    """V30: order of organs under 68Ga-DOTATATE."""
    found = runs.suv(runs.pet(modules=["optional_organs"]))
    order = ("spleen", "kidney", "adrenals", "liver", "pituitary")
    return Obtained({f"{a} over {b}": found[a] / found[b] for a, b in pairwise(order)})


def tenfold_affinity() -> Obtained:
    """V32: uptake of DOTATATE over DOTATOC when the affinities differ as the IC50 values do."""
    tate = runs.suv(runs.pet("dotatate", k_d=runs.K_D_GA_DOTATATE))
    toc = runs.suv(runs.pet("dotatoc", k_d=runs.K_D_GA_DOTATOC))
    return Obtained(
        {"lesion": tate["tumor"] / toc["tumor"], "kidney": tate["kidney"] / toc["kidney"]}
    )


def tumor_sink() -> Obtained:
    """V34: organ uptake of the tracer against tumor volume."""
    volumes = np.array([10.0, 30.0, 100.0, 300.0, 500.0, 700.0, 1000.0])
    found = [runs.suv(runs.pet(parameters={"tumor.volume": f"{v} mL"})) for v in volumes]
    regions = {"kidney": "kidney", "spleen": "spleen", "muscle": "background"}
    small = found[0]
    figure = Curves(
        "V34  tumor sink of the tracer, 12.3 µg",
        "tumor volume [mL]",
        "SUV over that with 10 mL",
        (
            *(Line(lb, volumes, [f[r] / small[r] for f in found]) for r, lb in regions.items()),
            Line("published: spleen, exp(−0.4 V/L)", volumes, np.exp(-0.4 * volumes / 1000)),
        ),
    )
    return Obtained(
        {f"{label}, 1 L over 10 mL": found[-1][r] / small[r] for r, label in regions.items()},
        (figure,),
    )


def sink_is_small() -> Obtained:
    """V35: organ uptake at the median burden of a cohort, and what tumor uptake depends on."""

    def scan(volume: str, **other: str) -> dict[str, float]:
        values = {"tumor.volume": volume, **{k.replace("__", "."): v for k, v in other.items()}}
        return runs.suv(runs.pet(parameters=values))

    small, median = scan("10 mL"), scan("283 mL")
    return Obtained(
        {f"{r}, 283 mL over 10 mL": median[r] / small[r] for r in ("spleen", "kidney", "liver")}
        | {
            "tumor, half the perfusion": scan("50 mL", tumor__perfusion="0.5 mL/min/g")["tumor"]
            / scan("50 mL")["tumor"],
            "tumor, half the receptors": scan("50 mL", tumor__receptor_density="7.95 nmol/L")[
                "tumor"
            ]
            / scan("50 mL")["tumor"],
        }
    )


def cold_octreotide() -> Obtained:
    """V38: tumor over liver and spleen after cold octreotide 10 min before the tracer."""
    micrograms = np.array([0.0, 10.0, 20.0, 50.0, 100.0, 150.0, 250.0, 500.0, 1000.0])
    free = 1 / 3  # as the ligand file asks: the model does not know the part bound to protein

    def scans(density: str) -> list[dict[str, float]]:
        out = []
        for dose in micrograms:
            cold = [lt.Bolus("octreotide", amount=f"{dose * free} ug", at="0 min")] if dose else []
            run = runs.pet(
                "dotatoc",
                k_d=runs.K_D_GA_DOTATOC,
                before=cold,
                start="10 min" if cold else "0 min",
                parameters={"tumor.receptor_density": density},
            )
            out.append(runs.suv(run))
        return out

    typical, rich = scans("15.9 nmol/L"), scans("100 nmol/L")

    def ratio(found: list[dict[str, float]], organ: str) -> np.ndarray:
        return np.array([f["tumor"] / f[organ] for f in found])

    figure = Curves(
        "V38  cold octreotide before 68Ga-DOTATOC",
        "octreotide [µg] (1 µg stands for none)",
        "tumor over organ, relative to none",
        tuple(
            Line(
                f"tumor over {organ}, {name}",
                np.maximum(micrograms, 1.0),
                ratio(found, organ) / ratio(found, organ)[0],
            )
            for organ in ("liver", "spleen")
            for name, found in (("15.9 nmol/L", typical), ("100 nmol/L", rich))
        ),
        log_x=True,
    )
    liver, spleen = (ratio(typical, o) for o in ("liver", "spleen"))
    up_to_500 = micrograms <= 500
    rises = np.diff(ratio(rich, "liver")[up_to_500])
    return Obtained(
        {
            "best dose for tumor over liver": float(micrograms[np.argmax(liver)]),
            "best dose for tumor over spleen": float(micrograms[np.argmax(spleen)]),
            "tumor over spleen, 50 µg over none": float(spleen[micrograms == 50][0] / spleen[0]),
            "smallest step of tumor over liver, rich tumor": float(rises.min()),
        },
        (figure,),
    )


def _with_analog(free: str, k_d: str | None = None) -> tuple[dict[str, float], ...]:
    """SUV without analog, with uniform competition, and with the factors seen in patients."""
    organs = ["optional_organs"]
    values = {"analog_concentration": free, **({"analog_k_d": k_d} if k_d else {})}
    return (
        runs.suv(runs.pet(modules=organs)),
        runs.suv(runs.pet(modules=organs, parameters=values)),
        runs.suv(runs.pet(modules=[*organs, "analog_factors"])),
    )


def octreotide_lar() -> Obtained:
    """V39: change of uptake under octreotide LAR, by two descriptions."""
    without, competition, factors = _with_analog(LAR_FREE)
    return Obtained(
        {
            f"{region}, {name}": found[region] / without[region]
            for name, found in (("competition", competition), ("organ factors", factors))
            for region in ("thyroid", "liver", "spleen", "tumor")
        }
    )


def lanreotide() -> Obtained:
    """V40: change of uptake under lanreotide, by two descriptions."""
    without, competition, factors = _with_analog(LANREOTIDE_FREE, LANREOTIDE_K_D)
    values: dict[str, float] = {}
    for name, found in (("competition", competition), ("organ factors", factors)):
        change = {r: found[r] / without[r] for r in ("tumor", "liver", "spleen")}
        values |= {f"{region}, {name}": ratio for region, ratio in change.items()}
        values[f"tumor over liver, {name}"] = change["tumor"] / change["liver"]
    return Obtained(values)


CASES: dict[str, Callable[[], Obtained]] = {
    "V26": dotatoc_normal_organs,
    "V27": ranges_in_81_patients,
    "V28": dotatoc_dosimetry,
    "V29": same_patients_two_tracers,
    "V30": organ_order,
    "V32": tenfold_affinity,
    "V34": tumor_sink,
    "V35": sink_is_small,
    "V38": cold_octreotide,
    "V39": octreotide_lar,
    "V40": lanreotide,
}
