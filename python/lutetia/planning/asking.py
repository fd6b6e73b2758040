"""From the arguments of `plan` to a question: read, checked, with the runs that will answer it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lutetia import _core
from lutetia.data import shipped
from lutetia.patient import Patient, read_patient
from lutetia.planning.courses import Runs
from lutetia.planning.delivered import measured_errors, stop_rules
from lutetia.planning.draws import Draws, posterior_draws
from lutetia.planning.limits import DoseTarget, Limit, dose_limits
from lutetia.planning.objectives import OBJECTIVES, CellKill
from lutetia.planning.questions import Question
from lutetia.planning.risk import CHANCES, scenario_rank
from lutetia.planning.structures import (
    Cycle,
    Structure,
    cycle_of,
    molar_activity_of,
    regimen_for,
    structures_of,
)
from lutetia.prescription import Infusion, Regimen, read_regimen
from lutetia.run import model_of
from lutetia.units import Quantity, to_internal

if TYPE_CHECKING:
    from lutetia.fitting.result import Fit

ACTIVITIES = ("equal", "front_loaded", "free", "prescribed")
ALONE, TOGETHER = 1e-6, 1e-4  # rtol of runs without and with draws


def question_of(a: Mapping[str, Any]) -> Question:
    """Read and check the arguments of `plan`, by name.

    Raises
    ------
    ValueError
        If a choice is out of range or does not fit the patient.
    """
    library = a["library"] or shipped()
    person = a["patient"]
    if isinstance(person, str):
        person = read_patient(person, library=library)
    for name, words in (
        ("objective", tuple(OBJECTIVES)),
        ("activities", ACTIVITIES),
        ("chance", CHANCES),
    ):
        if a[name] not in words:
            raise ValueError(f"{name} must be one of {', '.join(words)}, found {a[name]!r}")
    given = None if a["given"] is None else a["given"].with_errors(measured_errors(library))
    prescribed = a["activities"] == "prescribed"
    each = cycle_of(_regimen(a["cycle"], library))
    structures = structures_of(
        each,
        **{k: a[k] for k in ("cycles", "interval", "amount", "duration", "amino_acids", "route")},
        front_loading=a["front_loading"] if a["activities"] == "front_loaded" else (1.0,),
        given=0 if given is None else given.cycles,
    )
    before = None if given is None else given.administrations
    drawn = _draws(a["draws"], person, a["n"], a["seed"], each, structures, before)
    runs = Runs(
        library=library,
        model=model_of(a["model"], a["modules"], library),
        people=drawn.people,
        table=drawn.table,
        cycle=each,
        before=before,
        patient=drawn.patient,
        tissues=a["tissues"],
        convention=a["convention"],
        tail=a["tail"],
        rtol=a["rtol"] or (ALONE if a["draws"] is None else TOGETHER),
        threads=a["threads"],
        progress=a["progress"],
        counted=[],
    )
    if not 0.0 < a["risk"] < 1.0:
        raise ValueError(f"risk must be a probability between 0 and 1, found {a['risk']}")
    bounded = prescribed or a["largest_activity"] is not None
    question = Question(
        limits=_limits(a["limits"], bounded, library),
        objective=OBJECTIVES[a["objective"]],
        target=a["target"],
        lesions=_lesions(person, a["lesions"], a["objective"], a["target"]),
        cycle=each,
        structures=structures,
        free=a["activities"] == "free",
        prescribed=prescribed,
        smallest=_activity(a["smallest_activity"], "smallest_activity", 0.0),
        largest=_activity(a["largest_activity"], "largest_activity", inf),
        molar=_molar(a["largest_molar_activity"], a["unlabeled_amount"], each.nuclide, library),
        chance=None if a["draws"] is None else a["chance"],
        risk=a["risk"],
        seed=a["seed"],
        given=given,
        status=a["status"] or {},
        stop=a["stop"] or stop_rules(library),
        kill=_kill(a["kill"], a["objective"]),
        runs=runs,
    )
    if question.chance == "scenarios":
        for limit in question.limits:
            scenario_rank(runs.draws, limit.risk or question.risk)
    return question


def _regimen(cycle: str | Regimen | Infusion, library: _core.Library) -> Regimen:
    if isinstance(cycle, str):
        return read_regimen(cycle, library=library)
    return cycle if isinstance(cycle, Regimen) else Regimen([cycle])


def _draws(
    draws: pd.DataFrame | Fit | None,
    patient: Patient,
    n: int,
    seed: int,
    cycle: Cycle,
    structures: Sequence[Structure],
    before: Regimen | None,
) -> Draws:
    """Members of every candidate."""
    if draws is None or isinstance(draws, pd.DataFrame):
        return Draws(patient, [patient], draws)
    if n < 1:
        raise ValueError(f"n must be at least 1, found {n}")
    longest = max(structures, key=lambda s: s.cycles)
    regimen = regimen_for(cycle, longest, np.ones(longest.remaining), before, "longest")
    return posterior_draws(draws, n, seed, regimen)


def _limits(
    limits: str | Sequence[Limit], bounded: bool, library: _core.Library
) -> tuple[Limit, ...]:
    found = tuple(dose_limits(limits, library=library) if isinstance(limits, str) else limits)
    if not found and not bounded:
        raise ValueError("a plan needs a limit, or a largest_activity, found neither")
    labels = [limit.label for limit in found]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(f"limits must differ in region or quantity, found two of {label}")
    return found


def _lesions(
    patient: Patient, lesions: Sequence[str] | None, objective: str, target: DoseTarget | None
) -> tuple[str, ...]:
    """Lesions that count, checked."""
    chosen = tuple(patient.lesions if lesions is None else lesions)
    unknown = [name for name in chosen if name not in patient.lesions]
    if unknown:
        raise ValueError(f"lesions must be of {patient.lesions}, found {unknown[0]!r}")
    needed = "lesions" in OBJECTIVES[objective].needs or target is not None
    if needed and not chosen:
        raise ValueError(
            f"{patient.name!r} has no lesion to give a dose to; use objective='cumulative_activity'"
        )
    if target is not None and target.of not in ("mean", "minimum", *chosen):
        raise ValueError(
            f"a target is of 'mean', 'minimum' or one of {list(chosen)}, found {target.of!r}"
        )
    return chosen


def _molar(
    largest: Quantity, unlabeled: Quantity, nuclide: str, library: _core.Library
) -> tuple[float, float]:
    """Largest molar activity [MBq/nmol], at most that of the pure nuclide, and unlabeled amount [nmol]."""
    pure = molar_activity_of(_core.half_life(library, nuclide))
    if unlabeled is not None and largest is None:
        raise ValueError("unlabeled_amount belongs to largest_molar_activity: give both")
    cold = 0.0 if unlabeled is None else to_internal(unlabeled, "nmol", "unlabeled_amount")
    if largest is None:
        return pure, cold
    return min(pure, to_internal(largest, "MBq/nmol", "largest_molar_activity")), cold


def _kill(kill: CellKill | None, objective: str) -> CellKill | None:
    if "kill" not in OBJECTIVES[objective].needs:
        return kill
    if kill is None:
        raise ValueError(
            f"objective {objective!r} needs kill=lt.CellKill(…): radiosensitivity and repopulation of lesions"
        )
    if objective == "tcp" and kill.clonogens is None:
        raise ValueError("objective 'tcp' needs the clonogens of kill, e.g. clonogens='1e7 1/g'")
    return kill


def _activity(value: Quantity, name: str, otherwise: float) -> float:
    if value is None:
        return otherwise
    found = to_internal(value, "MBq", name)
    if not found > 0.0:
        raise ValueError(f"{name} must be positive, found {value!r}")
    return found
