"""The model against the numbers of its own publications: is it still the model it claims to be."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

import lutetia as lt

from . import runs
from .results import Obtained

REGIONS = {
    "serum": "serum",
    "whole_body": "whole body",
    "kidney": "kidney",
    "spleen": "spleen",
    "liver": "liver",
    "tumor": "tumor",
}


def golden_doses() -> Obtained:
    """R1: absorbed dose of the golden case."""
    dose = next(lt.run_case("golden")).dose.table["Gy_per_GBq"]
    names = {"kidney": "kidney", "spleen": "spleen", "liver": "liver", "tumor": "tumor"}
    return Obtained(
        {label: float(dose[region]) for region, label in names.items()}
        | {"red marrow": float(dose["red_marrow"])}
    )


def cohort_as_printed() -> Obtained:
    """R2: time-integrated activity of the eight patients, medians of simulated over published."""
    ratios = pd.DataFrame(
        {r.patient.name: r.comparison()["ratio"] for r in lt.run_case("k16_published")}
    )
    medians = ratios.median(axis="columns")
    return Obtained({label: float(medians[region]) for region, label in REGIONS.items()})


def cohort_with_both_kidneys() -> Obtained:
    """R3: the kidney of R2 with twice the printed volumes."""
    case = lt.read_case("k16_published")
    model = lt.read_model(runs.MODEL, modules=["published_kidney"])
    printed = lt.read_patients("k16_cohort_as_printed")
    ratios = []
    for patient, doubled in zip(printed, lt.read_patients("k16_cohort"), strict=True):
        run = lt.simulate(
            model,
            doubled,
            lt.Regimen._of(case.regimen),
            end="30000 min",
            parameters={"In-111.decay_constant": "1.71e-4 1/min"},
        )
        table = run.time_integrated_activity("none")["tia_coefficient_h"]
        published, _ = patient.published["kidney"]
        ratios.append(float(table.loc["kidney", "In-111", "total"]) / published)
    return Obtained({"kidney": float(pd.Series(ratios).median())})


CASES: dict[str, Callable[[], Obtained]] = {
    "R1": golden_doses,
    "R2": cohort_as_printed,
    "R3": cohort_with_both_kidneys,
}
