"""From the arguments of `plan` to a question: read, checked, with the runs that will answer it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

from lutetia import _core
from lutetia.data import shipped
from lutetia.patient import Patient, read_patient
from lutetia.planning.counts import CountLimit, step_of
from lutetia.planning.courses import Runs
from lutetia.planning.delivered import Delivered, measured_errors, smallest_share, stop_rules
from lutetia.planning.draws import draws_of
from lutetia.planning.kill import CellKill, Kill
from lutetia.planning.limits import TARGETS, DoseTarget, Limit, limits_of, nearest_of, risk_of
from lutetia.planning.objectives import OBJECTIVES
from lutetia.planning.questions import Question
from lutetia.planning.refusing import refuse_unknown_regions, refuse_what_does_nothing
from lutetia.planning.risk import CHANCES, scenario_rank
from lutetia.planning.structures import (
    Cycle,
    cycle_of,
    molar_activity_of,
    structures_of,
)
from lutetia.prescription import Infusion, Regimen, read_regimen
from lutetia.run import model_of
from lutetia.units import Quantity, share_of, to_internal

ACTIVITIES = ("equal", "front_loaded", "free", "prescribed")
FRONT_LOADING = (1.0, 1.25, 1.5, 2.0)  # tried where nothing is said
FIT_DRAWS = 200  # of a fit, where nothing is said
USUAL_RISK = 0.05  # of draws, where nothing is said
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
        ("chance", (None, *CHANCES)),
    ):
        if a[name] not in words:
            words = tuple(word for word in words if word)
            hint = nearest_of(a[name], words)
            raise ValueError(f"{name} must be one of {', '.join(words)}, found {a[name]!r}{hint}")
    refuse_what_does_nothing(a)
    if a["given"] is not None and not isinstance(a["given"], Delivered):
        raise ValueError(f"given must be a lt.Delivered, found {a['given']!r}")
    given = None if a["given"] is None else a["given"].with_errors(measured_errors(library))
    prescribed = a["activities"] == "prescribed"
    template = _regimen(a["cycle"], library)
    each = cycle_of(template)
    structures = structures_of(
        each,
        **{k: a[k] for k in ("cycles", "interval", "amount", "duration", "amino_acids", "route")},
        front_loading=_front_loading(a),
        given=0 if given is None else given.cycles,
    )
    before = None if given is None else given.administrations
    n = FIT_DRAWS if a["n"] is None else a["n"]
    drawn = draws_of(a["draws"], person, n, a["seed"], each, structures, before)
    model = model_of(a["model"], a["modules"], library)
    refuse_unknown_regions(library, model, person, template, given, a["tissues"])
    runs = Runs(
        library=library,
        model=model,
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
    bounded = prescribed or a["largest_activity"] is not None
    limits = _limits(a["limits"], bounded, a["draws"] is not None, library)
    counts = tuple(limit for limit in limits if isinstance(limit, CountLimit))
    smallest, share = _smallest(a["smallest_activity"], each, prescribed, library)
    lesions = None if a["lesions"] is None else names_of(a["lesions"])
    question = Question(
        limits=tuple(limit for limit in limits if isinstance(limit, Limit)),
        counts=counts,
        objective=OBJECTIVES[a["objective"]],
        target=a["target"],
        lesions=_lesions(person, lesions, a["objective"], a["target"]),
        cycle=each,
        structures=structures,
        free=a["activities"] == "free",
        prescribed=prescribed,
        smallest=smallest,
        share=share,
        assumed=tuple(_assumed(a, share)),
        first=_first(a),
        largest=_activity(a["largest_activity"], "largest_activity", inf),
        molar=_molar(a["largest_molar_activity"], a["unlabeled_amount"], each.nuclide, library),
        chance=None if a["draws"] is None else a["chance"] or CHANCES[0],
        risk=risk_of(a["risk"], "risk") or USUAL_RISK,
        seed=a["seed"],
        given=given,
        status=a["status"] or {},
        stop=a["stop"] or stop_rules(library),
        kill=_kill(a["kill"], a["objective"], library),
        runs=runs,
    )
    if question.chance == "scenarios":
        for risk in question.risks.values():
            scenario_rank(runs.draws, risk)
    if counts:
        step = step_of([line for _, line in question.lines])
        question = replace(question, runs=replace(runs, step=step))
    return question


def _regimen(cycle: str | Regimen | Infusion, library: _core.Library) -> Regimen:
    if isinstance(cycle, str):
        return read_regimen(cycle, library=library)
    if not isinstance(cycle, Regimen | Infusion):
        hint = (
            "; make a regimen of a list, lt.Regimen([…])" if isinstance(cycle, list | tuple) else ""
        )
        raise ValueError(
            f"cycle must be an administration, a regimen or the name of one, found {cycle!r}{hint}"
        )
    return cycle if isinstance(cycle, Regimen) else Regimen([cycle])


def names_of(given: str | Sequence[str]) -> tuple[str, ...]:
    """List names, of which one may stand alone."""
    return (given,) if isinstance(given, str) else tuple(given)


def _front_loading(a: Mapping[str, Any]) -> tuple[float, ...]:
    """Ratios of the activity of a cycle to that of the next."""
    if a["activities"] != "front_loaded":
        return (1.0,)
    given = FRONT_LOADING if a["front_loading"] is None else a["front_loading"]
    ratios = [given] if isinstance(given, int | float | str) else given
    return tuple(share_of(ratio, "front_loading") for ratio in ratios)


def _limits(
    limits: Any,
    bounded: bool,
    drawn: bool,
    library: _core.Library,
) -> tuple[Limit | CountLimit, ...]:
    found = tuple(limits_of(limits, library))
    for limit in found:
        if not isinstance(limit, Limit | CountLimit):
            raise ValueError(f"limits are lt.Limit or lt.CountLimit, found {limit!r}")
        if limit.risk is not None and not drawn:
            raise ValueError(
                f"risk of the limit of {limit.label} needs draws, found risk={limit.risk!r}; pass draws=… or "
                "leave it out"
            )
    if not found and not bounded:
        raise ValueError("a plan needs a limit, or a largest_activity, found neither")
    labels = [limit.label for limit in found]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(f"limits must differ in what they limit, found two of {label}")
    return found


def _lesions(
    patient: Patient, lesions: Sequence[str] | None, objective: str, target: DoseTarget | None
) -> tuple[str, ...]:
    """Lesions that count, checked."""
    chosen = tuple(patient.lesions if lesions is None else lesions)
    unknown = [name for name in chosen if name not in patient.lesions]
    if unknown:
        hint = nearest_of(unknown[0], patient.lesions)
        raise ValueError(f"lesions must be of {patient.lesions}, found {unknown[0]!r}{hint}")
    needed = "lesions" in OBJECTIVES[objective].needs or target is not None
    if lesions is not None and not chosen:
        raise ValueError("lesions must name at least one, found none; leave it out to count all")
    if target is not None and not isinstance(target, DoseTarget):
        ends = target if isinstance(target, list | tuple) else [target]
        raise ValueError(
            f"target must be a lt.DoseTarget, found {target!r}; "
            f"write target=lt.DoseTarget({', '.join(map(repr, ends))})"
        )
    if needed and not chosen:
        ways = ["use objective='cumulative_activity'"] * ("lesions" in OBJECTIVES[objective].needs)
        ways += ["leave target out"] * (target is not None)
        raise ValueError(f"{patient.name!r} has no lesion to give a dose to; {' and '.join(ways)}")
    if target is not None and target.of not in (*TARGETS, *chosen):
        words = ", ".join(repr(word) for word in TARGETS)
        hint = nearest_of(target.of, (*TARGETS, *chosen))
        raise ValueError(
            f"a target is of {words} or one of {list(chosen)}, found {target.of!r}{hint}"
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


def _kill(kill: CellKill | None, objective: str, library: _core.Library) -> Kill | None:
    """Take what the user gave, and what he did not from the library; None where nobody asks."""
    if "kill" not in OBJECTIVES[objective].needs:
        return None
    return (kill or CellKill()).of_library(library)


def _smallest(
    asked: Quantity, cycle: Cycle, prescribed: bool, library: _core.Library
) -> tuple[float, Mapping[str, Any] | None]:
    """Smallest useful activity of a cycle [MBq], and the number it follows from where none is asked for."""
    if asked is not None:
        found = 0.0 if isinstance(asked, int | float) and asked == 0 else None
        if found is None:
            found = to_internal(asked, "MBq", "smallest_activity")
        if not found >= 0.0:
            raise ValueError(f"smallest_activity must not be negative, found {asked!r}")
        return found, None
    if prescribed or not cycle.activity:
        return 0.0, None
    share = smallest_share(library)
    return float(share["value"]) * cycle.activity, share


def _assumed(a: Mapping[str, Any], share: Mapping[str, Any] | None) -> Iterator[str]:
    """How the names of the planning assumptions begin that a plan uses."""
    if share is not None:
        yield str(share["name"])
    if a["status"] and a["stop"] is None:
        yield "stop."
    if a["given"] is not None and a["draws"] is not None:
        cv = a["given"].cv
        ways = cv.values() if isinstance(cv, Mapping) else [cv]
        yield from (f"measured_dose_error.{way}" for way in ways if isinstance(way, str))


def _first(a: Mapping[str, Any]) -> float | None:
    """Activity of the first cycle where it is fixed."""
    if a["first_activity"] is None:
        return None
    if a["activities"] not in ("equal", "free"):
        raise ValueError(
            "first_activity goes with activities 'equal' or 'free' of the other cycles, "
            f"found {a['activities']!r}"
        )
    if a["refine"]:
        raise ValueError(
            "refine moves schedules whose activities are all free; first_activity fixes one"
        )
    return _activity(a["first_activity"], "first_activity", 0.0)


def _activity(value: Quantity, name: str, otherwise: float) -> float:
    if value is None:
        return otherwise
    found = to_internal(value, "MBq", name)
    if not found > 0.0:
        raise ValueError(f"{name} must be positive, found {value!r}")
    return found
