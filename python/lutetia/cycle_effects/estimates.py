"""Effects, spreads and predictions of a fitted cycle effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from lutetia.cycle_effects.design import VALUE, VOLUME, Design
from lutetia.cycle_effects.mixed_effects import Estimate, MixedFit, combination

# Intervals of the table of parameters.
COVERAGES = (0.90, 0.95)
QUANTITIES = {
    "none": "",
    "after_first": "decline_percent_after_first",
    "per_cycle_factor": "decline_percent_per_cycle",
    "exponential": "decline_percent_per_cycle",
    "free_per_cycle": "decline_percent_from_first",
}


def interval(of: Estimate, coverage: float) -> tuple[float, float]:
    """Return the ends of the t interval of an estimate."""
    from scipy.stats import t

    half = float(t.ppf((1 + coverage) / 2, of.freedom)) * of.standard_error
    return of.value - half, of.value + half


def predicted(
    made: Design,
    mixed: MixedFit,
    group: str,
    patient: str | None,
    lesion: int,
    cycle: int,
    response: int,
    measurement_cv: float,
) -> Estimate:
    """Ln of one new value; a patient of None and a lesion of −1 are new."""
    z = float(made.shape(cycle, response))
    loads = {"patient_level": 1.0, "lesion_level": 1.0, "patient_cycle": 1.0, "residual": 1.0}
    loads |= {"patient_slope": z, "lesion_slope": z}
    known = float(np.log1p(measurement_cv**2))
    if response == VALUE:
        known += made.known_inter_cycle
    target = made.target(
        made.row(group, cycle, response),
        loads,
        response=response,
        patient=patient,
        lesion=lesion,
        cycle=cycle,
        known=known,
    )
    return combination(mixed, target)


def first_cycle(made: Design, mixed: MixedFit) -> pd.Series[float]:
    """Build `CycleEffectFit.first_cycle`."""
    levels = {}
    for number, (patient, lesion) in enumerate(made.lesions):
        target = made.target(
            made.row(made.group_of[patient], 1, VALUE),
            {"patient_level": 1.0, "lesion_level": 1.0},
            patient=patient,
            lesion=number,
        )
        levels[patient, lesion] = float(np.exp(combination(mixed, target).value))
    index = pd.MultiIndex.from_tuples(levels, names=["patient", "lesion"])
    return pd.Series(list(levels.values()), index=index, name="value")


def log_factor(
    made: Design,
    mixed: MixedFit,
    group: str,
    patient: str | None,
    lesion: int,
    cycle: int,
    response: int,
) -> Estimate:
    """Ln of the factor of a cycle against the first: of a group, a patient's mean lesion, or a lesion."""
    z = float(made.shape(cycle, response))
    loads = {"patient_slope": z} if patient else {}
    if lesion >= 0:
        loads["lesion_slope"] = z
    x = made.row(group, cycle, response, level=False)
    return combination(
        mixed, made.target(x, loads, response=response, patient=patient, lesion=lesion)
    )


def parameter_table(made: Design, mixed: MixedFit) -> pd.DataFrame:
    """Build `CycleEffectFit.parameters`."""
    rows: list[dict[str, Any]] = []
    for response in sorted({c.response for c in made.columns}):
        for group in made.groups:
            level = combination(mixed, made.target(made.row(group, 1, response), {}))
            name = "volume_in_first_cycle" if response == VOLUME else "value_in_first_cycle"
            place = _place(made, group, None, -1, 1)
            rows.append({"quantity": name, **place, **_limits(level, np.exp)})
        for group, patient, lesion in _who(made, response):
            rows += _effects(made, mixed, group, patient, lesion, response)
    return pd.DataFrame(rows).set_index("quantity")


def variability_table(made: Design, mixed: MixedFit) -> pd.DataFrame:
    """Build `CycleEffectFit.variability`."""
    rows = []
    for component, v in zip(made.components, mixed.variances, strict=True):
        of = "volume" if component.response == VOLUME else "value"
        rows.append((component.kind, of, np.sqrt(v), 100 * np.sqrt(np.expm1(v))))
    names = ["component", "of", "standard_deviation", "cv_percent"]
    return pd.DataFrame(rows, columns=names).set_index("component")


def _who(made: Design, response: int) -> Iterator[tuple[str, str | None, int]]:
    """Yield groups, then patients and lesions if their effects may deviate."""
    kinds = {c.kind for c in made.components if c.response == response}
    for group in made.groups:
        yield group, None, -1
    if "patient_slope" in kinds:
        for patient in made.patients:
            yield made.group_of[patient], patient, -1
    if "lesion_slope" in kinds:
        for number, (patient, _) in enumerate(made.lesions):
            yield made.group_of[patient], patient, number


def _effects(
    made: Design, mixed: MixedFit, group: str, patient: str | None, lesion: int, response: int
) -> list[dict[str, Any]]:
    """Rows of the effect of one group, patient or lesion."""
    term = "per_cycle_factor" if response == VOLUME else made.term
    prefix = "volume_" if response == VOLUME else ""
    cycles = {"none": [], "free_per_cycle": made.later_cycles(group)}.get(term, [2])
    rows = []
    for cycle in cycles:
        effect = log_factor(made, mixed, group, patient, lesion, cycle, response)
        place = _place(made, group, patient, lesion, cycle)
        rows.append({"quantity": prefix + QUANTITIES[term], **place, **_limits(effect, _decline)})
        if term == "exponential":
            rows.append({"quantity": "decline", **place, **_limits(effect, lambda x: -x)})
    return rows


def _place(
    made: Design, group: str, patient: str | None, lesion: int, cycle: int
) -> dict[str, str | int]:
    return {
        "group": group if "group" in made.table else "",
        "patient": patient or "",
        "lesion": made.lesions[lesion][1] if lesion >= 0 else "",
        "cycle": cycle,
    }


def _decline(log_of_factor: float) -> float:
    """Percent lost, 100·(1 − factor)."""
    return float(-100 * np.expm1(log_of_factor))


def _limits(of: Estimate, written: Callable[[float], float]) -> dict[str, float]:
    """Estimate and intervals, written as the user reads them."""
    out = {"estimate": float(written(of.value))}
    for coverage in COVERAGES:
        low, high = sorted(float(written(end)) for end in interval(of, coverage))
        out |= {f"low_{100 * coverage:.0f}": low, f"high_{100 * coverage:.0f}": high}
    return {**out, "standard_error": of.standard_error, "freedom": of.freedom}
