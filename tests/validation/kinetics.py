"""Blood, urine, whole body."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import lutetia as lt
from lutetia.readings.curves import LEAST_FALL, area_under_curve, log_linear
from lutetia.units import MINUTES_PER_HOUR

from . import runs
from .results import Curves, Line, Obtained, published, published_points, times

EARLY = ("1 h", "12 h")
READINGS = {"activity": "with decay", "decay_corrected": "decay-corrected"}


def _blood(run: lt.Run, reading: str) -> dict[str, float]:
    """Half-lives [h], clearance [L/h] and volume [L] of label in blood over one week.

    The late phase is a regression from two days on for every reading: the rule that searches the best
    phase has nothing to find on a plateau. A plateau has no half-life, clearance or volume.
    """
    table = lt.noncompartmental(run, "serum", reading=reading, early=EARLY)["value"]
    t, content, given = runs.curve(run, "serum", reading)
    blood = content / float(run.data["volume"].sel(region="serum")) * (1 - runs.hematocrit(run))
    late = log_linear(t[t >= 48], blood[t >= 48])
    plateau = late.rate * (late.last - late.first) < LEAST_FALL
    area = np.inf if plateau else area_under_curve(t, blood) + blood[-1] / late.rate
    clearance = np.nan if plateau else given / area
    return {
        "early": float(table["early_half_life"]),
        "late": np.inf if plateau else late.half_life,
        "peak": float(blood.max()) / given,
        "area": area / given,
        "clearance": clearance,
        "volume": np.nan if plateau else clearance / late.rate,
    }


def blood_half_lives() -> Obtained:
    """V1: half-lives of label in blood, with and without physical decay."""
    found = {label: _blood(runs.one_cycle(), r) for r, label in READINGS.items()}
    dense = runs.one_cycle(tuple(times(0.5, 168)))
    lines = []
    for region, label in (("serum", "all label"), ("free_in_serum", "not bound to protein")):
        x, y, given = runs.curve(dense, region, "activity")
        volume = float(dense.data["volume"].sel(region=region))
        share = 100 * y / given / volume * (1 - runs.hematocrit(dense))
        lines.append(Line(label, x, np.where(share > 1e-3, share, np.nan)))
    x = np.array([24.0, 168.0])
    start = float(np.interp(24.0, np.asarray(lines[0].x), np.asarray(lines[0].y)))
    slope = published("V1", "terminal half-life, with decay")
    label = f"slope of the published {slope:g} h"
    lines.append(Line(label, x, start * 2 ** (-(x - x[0]) / slope)))
    figure = Curves(
        "V1  label in blood", "time [h]", "% of given per liter of blood", tuple(lines), log_y=True
    )
    return Obtained(
        {f"early half-life, {label}": f["early"] for label, f in found.items()}
        | {f"terminal half-life, {label}": f["late"] for label, f in found.items()},
        (figure,),
    )


def blood_clearance() -> Obtained:
    """V2: clearance and terminal volume of blood, with and without physical decay."""
    found = {label: _blood(runs.one_cycle(), r) for r, label in READINGS.items()}
    return Obtained(
        {f"{q}, {label}": f[q] for q in ("clearance", "volume") for label, f in found.items()}
    )


def label_exposure_and_urine() -> Obtained:
    """V3: peak and exposure of peptide in blood, and urine."""
    run = runs.one_cycle(tuple(sorted({0.0, 5.0, *runs.BLOOD_SAMPLES})))
    found = _blood(runs.one_cycle(), "activity")
    given = float(lt.read_regimen("netter1").administrations[0]["amount_nmol"])
    mass = runs.molar_mass(run, "dotatate") * given  # [ng]; ng/L over 1000 is ng/mL
    urine = lt.urine_fraction(run, reading="decay_corrected")
    dense = runs.one_cycle(tuple([0.0, *times(0.25, 60)]))
    curve = lt.urine_fraction(dense, reading="decay_corrected")
    figure = Curves(
        "V3  label in urine",
        "time [h]",
        "% of given, decay-corrected",
        (
            Line("simulated", curve.index.to_numpy(), 100 * curve.to_numpy()),
            published_points(
                "product label, pass band",
                "V3",
                {5: "urine, 5 h", 24: "urine, 24 h", 48: "urine, 48 h"},
            ),
        ),
    )
    return Obtained(
        {
            "Cmax in blood": found["peak"] * mass / 1000,
            "AUC in blood": found["area"] * mass / 1000,
            "urine, 5 h": 100 * float(urine.loc[5.0]),
            "urine, 24 h": 100 * float(urine.loc[24.0]),
            "urine, 48 h": 100 * float(urine.loc[48.0]),
        },
        (figure,),
    )


def intact_share() -> Obtained:
    """V4: share of the label in serum that is outside the protein-bound pool."""
    run = runs.one_cycle(tuple(times(0.5, 120)))
    x, free, _ = runs.curve(run, "free_in_serum")
    _, total, _ = runs.curve(run, "serum")
    at = runs.one_cycle((24.0, 96.0))
    share = 100 * runs.curve(at, "free_in_serum")[1] / runs.curve(at, "serum")[1]
    figure = Curves(
        "V4  intact peptide in plasma",
        "time [h]",
        "% of label in plasma",
        (
            Line("simulated: not protein-bound", x, 100 * free / total),
            published_points("measured, pass band", "V4", {24: "intact, 24 h", 96: "intact, 96 h"}),
        ),
    )
    return Obtained({"intact, 24 h": float(share[0]), "intact, 96 h": float(share[1])}, (figure,))


def pentetreotide() -> Obtained:
    """V5: organ content and urine of 111In-pentetreotide."""
    dose = lt.Bolus("dtpa_octreotide", nuclide="In-111", activity="220 MBq", amount="10 ug")
    run = lt.simulate(runs.model(), runs.TYPICAL, dose, times=[0.0, 24.0, 48.0])

    def share(region: str) -> float:
        _, content, given = runs.curve(run, region)
        return float(100 * content[1] / given)

    urine = lt.urine_fraction(run, reading="decay_corrected")
    return Obtained(
        {
            "liver, 24 h": share("liver"),
            "spleen, 24 h": share("spleen"),
            "urine, 24 h": 100 * float(urine.loc[24.0]),
            "urine, 48 h": 100 * float(urine.loc[48.0]),
        }
    )


def early_fall() -> Obtained:
    """V6: whole-body activity some hours later over that at the end of the infusion."""
    run = runs.one_cycle((0.5, 4.0, 6.0))
    body = run.activity.sel(region="whole_body").values
    return Obtained(
        {"ratio, 4 h": float(body[1] / body[0]), "ratio, 6 h": float(body[2] / body[0])}
    )


def arterial_kinetics() -> Obtained:
    """V9: arterial half-lives by curve peeling, time of the tumor peak, kidney over spleen."""
    minutes = np.unique(np.concatenate([np.arange(1, 15, 0.5), np.arange(15, 241, 1.0)]))
    run = runs.pet(
        "dotatoc",
        k_d=runs.K_D_GA_DOTATOC,
        activity="150 MBq",
        times=((minutes + 1) / MINUTES_PER_HOUR).tolist(),
    )
    values = {}
    for reading, label in reversed(READINGS.items()):
        x, y, given = runs.curve(run, "arterial", reading)
        x = x * MINUTES_PER_HOUR - 1  # after the end of the injection of one minute
        late = log_linear(x[(x >= 30) & (x <= 120)], y[(x >= 30) & (x <= 120)])
        end = y[np.abs(x - 120).argmin()]
        slow = end * np.exp(-late.rate * (x - 120))
        first = (x >= 1) & (x <= 8)
        tumor = runs.curve(run, "tumor", reading)[1]
        values[f"early half-life, {label}"] = log_linear(x[first], (y - slow)[first]).half_life
        values[f"late half-life, {label}"] = late.half_life
        values[f"tumor peak, {label}"] = float(x[np.argmax(tumor)])
    seen = runs.suv(run)
    volume = float(run.data["volume"].sel(region="arterial"))
    inside = x <= 120
    slope = published("V9", "late half-life, with decay")
    figure = Curves(
        "V9  68Ga-DOTATOC in arterial serum",
        "time after injection [min]",
        "% of given per liter",
        (
            Line("simulated, with decay", x[inside], 100 * y[inside] / given / volume),
            Line("its late phase", x[inside], 100 * slow[inside] / given / volume),
            Line(
                f"slope of the published {slope:g} min",
                x[inside & (x >= 30)],
                100 * end / given / volume * 2 ** ((120 - x[inside & (x >= 30)]) / slope),
            ),
        ),
        log_y=True,
    )
    return Obtained(values | {"kidney over spleen": seen["kidney"] / seen["spleen"]}, (figure,))


def marrow_follows_blood() -> Obtained:
    """V19: concentration of label in red marrow over that in blood."""
    run = runs.one_cycle((24.0, 72.0, 168.0))
    concentration = run.concentration
    ratio = concentration.sel(region="red_marrow") / concentration.sel(region="serum")
    ratio = ratio / (1 - runs.hematocrit(run))
    dose = runs.standard_course()
    tia = dose.run.time_integrated_activity()["tia_MBq_h"].xs("total", level="cycle")
    tia = tia.droplevel("nuclide") / dose.run.data["volume"].to_series()
    blood = tia["serum"] * (1 - runs.hematocrit(dose.run))
    return Obtained(
        {
            "marrow over blood, 24 h": float(ratio[0]),
            "marrow over blood, 72 h": float(ratio[1]),
            "marrow over blood, 168 h": float(ratio[2]),
            "marrow over blood, time-integrated": float(tia["red_marrow"] / blood),
        }
    )


def from_tracer_to_therapy() -> Obtained:
    """V43: apparent uptake rates under therapy over those of the tracer scan."""

    def rate(run: lt.Run, region: str, samples: tuple[float, ...], loss: float) -> float:
        """Least-squares k of organ(t) = k·∫free serum·exp(−loss·(t − s)) ds, relative residuals."""
        x, organ, _ = runs.curve(run, region)
        serum = runs.curve(run, "free_in_serum")[1]
        modeled = []  # for k = 1, over the simulated content
        for t in samples:
            inside = x <= t + 1e-9
            kernel = serum[inside] * np.exp(-loss * (t - x[inside]))
            modeled.append(area_under_curve(x[inside], kernel) / organ[inside][-1])
        return float(np.sum(modeled) / np.sum(np.square(modeled)))

    tracer_samples, therapy_samples = (0.75, 1.0, 1.25), (4.0, 24.0, 72.0)
    fine = {0.0, *times(0.005, 1.25, 400), *tracer_samples}
    tracer = runs.pet(
        "ha_dotatate",
        activity="96 MBq",
        amount="5.23 ug",
        patient=runs.BURDENED,
        times=tuple(fine),
    )
    cycle = runs.therapy_cycle("ha_dotatate", activity="7271 MBq", amount="151 ug")
    fine = {0.0, *times(0.005, 72, 800), *therapy_samples}
    therapy = lt.simulate(runs.model(), runs.BURDENED, cycle, times=sorted(fine))
    slow, tumor_slow = 0.01, 0.00375  # [1/h] release in the source's model
    values = {}
    for name, region, loss in (
        ("spleen", "spleen", slow),
        ("kidney", "kidney", slow),
        ("tumor", "liver_1", tumor_slow),
    ):
        before = rate(tracer, region, tracer_samples, slow)
        values[f"{name} uptake rate"] = rate(therapy, region, therapy_samples, loss) / before
        x, content, given = runs.curve(tracer, region)
        share = float(np.interp(1.0, x, content)) / given
        x, content, given = runs.curve(therapy, region)
        values[f"{name} content"] = float(np.interp(24.0, x, content)) / given / share
    return Obtained(values)


def amino_acids() -> Obtained:
    """V52: elimination from blood and kidney dose with amino acids over those without."""
    long = {
        "start": "-2 h",
        "duration": "8 h",
        "amounts": {"lysine": "25 g", "arginine": "25 g"},
    }
    mixes = {"none": None, "long": long, "standard": "lysine_arginine"}
    found = {}
    for name, mix in mixes.items():
        cycle = runs.therapy_cycle(amino_acids=mix)
        run = lt.simulate(runs.model(), runs.TYPICAL, cycle, times=runs.BLOOD_SAMPLES)
        kidney = runs.dose_of(runs.therapy_dose(cycle=cycle), "kidney")
        found[name] = (_blood(run, "activity")["clearance"], kidney)
    return Obtained(
        {
            "blood clearance, with over without": found["long"][0] / found["none"][0],
            "kidney dose, with over without": found["standard"][1] / found["none"][1],
        }
    )


CASES: dict[str, Callable[[], Obtained]] = {
    "V1": blood_half_lives,
    "V2": blood_clearance,
    "V3": label_exposure_and_urine,
    "V4": intact_share,
    "V5": pentetreotide,
    "V6": early_fall,
    "V9": arterial_kinetics,
    "V19": marrow_follows_blood,
    "V43": from_tracer_to_therapy,
    "V52": amino_acids,
}
