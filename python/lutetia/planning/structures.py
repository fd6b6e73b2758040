"""Candidate schedules: all but the activities, and the regimens they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from lutetia.planning.wording import DAYS_PER_WEEK, interval_text
from lutetia.prescription import Regimen, regimen_of
from lutetia.units import HOURS_PER_DAY, Quantity, as_text, to_internal

Array = npt.NDArray[np.float64]

# What fixes activity or amount in another way than by their values at the start.
OTHER_WAYS = (
    "molar_activity",
    "calibrated_activity",
    "calibration_time",
    "residual_activity",
    "residual_time",
    "repeat",
    "at",
)
EQUALLY_SPACED = 1e-9  # of the interval
PURE = 1.0 - 1e-12  # so that rounding never asks for more label than peptide
TRACE = 1e-9  # [MBq] of cycles whose doses were measured, or that get nothing


@dataclass(frozen=True)
class Cycle:
    """The administration every cycle repeats.

    Attributes
    ----------
    document : dict
        As in a file, without activity and time.
    nuclide : str
    amount : float
        Peptide [nmol].
    activity : float
        That of the template [MBq].
    count : int
        Cycles of the template.
    interval : float or None
        Between its cycles [h]; None for a single one or unequal intervals.
    windows : list
        Factors on parameters for some time.
    """

    document: dict[str, Any]
    nuclide: str
    amount: float
    activity: float
    count: int
    interval: float | None
    windows: list[Any]


@dataclass(frozen=True)
class Structure:
    """A schedule without its activities: what is given, how often, how far apart."""

    cycles: int
    interval: float  # [h]
    amount: float  # peptide in each cycle [nmol]
    duration: Quantity = None  # None: as in the template, as all that follows
    amino_acids: Any = None
    route: str | None = None
    front_loading: float = 1.0  # activity of a cycle over that of the next
    given: int = 0  # cycles of these that were given before the plan

    @property
    def remaining(self) -> int:
        """Cycles that are planned."""
        return self.cycles - self.given

    @property
    def weeks(self) -> float:
        """From the first planned cycle to the last."""
        return (self.remaining - 1) * self.interval / (HOURS_PER_DAY * DAYS_PER_WEEK)

    @property
    def shape(self) -> Array:
        """Activities of the planned cycles relative to the first, shape (remaining,)."""
        return np.asarray(self.front_loading ** -np.arange(self.remaining, dtype=float))

    def __str__(self) -> str:
        n = self.remaining
        words = [f"{n} {'more ' if self.given else ''}cycle{'' if n == 1 else 's'}"]
        if n > 1:
            words.append(f"every {interval_text(self.interval)}")
        return " ".join([*words, f"with {self.amount:.4g} nmol"])


def cycle_of(template: Regimen) -> Cycle:
    """Find the administration a regimen repeats.

    Raises
    ------
    ValueError
        If the regimen is more than one labeled administration repeated.
    """
    documents = template.core.document["administrations"]
    given = template.administrations
    labeled = [(d, a) for d, a in zip(documents, given, strict=True) if a["nuclide"]]
    if not labeled:
        raise ValueError(
            f"a plan needs a labeled administration to repeat, found none in {template.name!r}"
        )
    if len(labeled) < len(documents) or any(
        _constant(d, a) != _constant(*labeled[0]) for d, a in labeled
    ):
        raise ValueError(
            f"a plan needs one administration to repeat, found different ones in {template.name!r}; "
            "pass the one of a cycle"
        )
    first, values = labeled[0]
    times = [a["time_h"] for _, a in labeled]
    gaps = np.diff(times)
    equal = gaps.size and np.ptp(gaps) <= EQUALLY_SPACED * gaps.max()
    document = {k: v for k, v in first.items() if k not in OTHER_WAYS and k != "activity"}
    if "amount" not in document or "residual_activity" in first:
        document["amount"] = f"{values['amount_nmol']!r} nmol"
    return Cycle(
        document,
        values["nuclide"],
        values["amount_nmol"],
        values["activity_MBq"] or 0.0,
        len(labeled),
        float(gaps[0]) if equal else None,
        template.core.document.get("windows", []),
    )


def molar_activity_of(half_life: float) -> float:
    """Activity of a nanomole of a pure nuclide [MBq/nmol], half-life in h."""
    from scipy.constants import Avogadro

    per_nanomole = to_internal(f"{Avogadro!r} 1/mol", "1/nmol")
    per_second = np.log(2.0) / (half_life * to_internal("1 1/s", "1/h"))
    return float(per_nanomole * per_second * to_internal("1 Bq", "MBq") * PURE)


def _constant(document: dict[str, Any], administration: dict[str, Any]) -> Any:
    """All of an administration but time and activity."""
    kept = {k: v for k, v in document.items() if k not in ("at", "activity")}
    return kept, administration["amount_nmol"]


def structures_of(
    cycle: Cycle,
    *,
    cycles: int | Sequence[int] | None,
    interval: Any,
    amount: Any,
    duration: Any,
    amino_acids: Any,
    route: Any,
    front_loading: Sequence[float],
    given: int = 0,
) -> list[Structure]:
    """All combinations of what may be chosen; what is absent is as in the template.

    Raises
    ------
    ValueError
        If a value is out of range or an interval is needed and absent.
    UnitError
        If a text has another dimension.
    """
    counts = _listed(cycles if cycles is not None else cycle.count)
    for n in counts:
        if not isinstance(n, int | np.integer) or isinstance(n, bool) or n < 1:
            raise ValueError(f"cycles must be whole numbers of at least 1, found {n!r}")
    intervals = _numbers(interval, "h", "interval")
    if interval is None and cycle.interval is not None:
        intervals = [cycle.interval]
    if not intervals and max(counts) > 1:
        raise ValueError("several cycles need an interval, found none; pass interval='8 week'")
    amounts = [cycle.amount] if amount is None else _numbers(amount, "nmol", "amount")
    planned = [n for n in counts if n > given]
    if not planned:
        raise ValueError(f"no cycle is left to plan: {given} of {max(counts)} were given")
    for ratio in front_loading:
        if not ratio >= 1.0:
            raise ValueError(f"front_loading must be ratios of at least 1, found {ratio}")
    durations = _listed(duration)
    longest = max(_hours(cycle.document.get("duration") if d is None else d) for d in durations)
    if max(counts) > 1 and min(intervals) < longest:
        raise ValueError(
            f"interval must not be shorter than an infusion of {longest:g} h, found {min(intervals):g} h"
        )
    out: list[Structure] = []
    for n, gap, nmol, time, acids, way, ratio in product(
        planned,
        intervals or [0.0],
        amounts,
        durations,
        _listed(amino_acids),
        _listed(route),
        front_loading,
    ):
        single = n - given == 1  # has no ratio, and no interval when nothing was given before
        structure = Structure(
            int(n),
            0.0 if n == 1 else gap,
            nmol,
            time,
            acids,
            way,
            1.0 if single else float(ratio),
            given,
        )
        if structure not in out:  # not a set: a mix of amino acids may be a mapping
            out.append(structure)
    return out


def given_starts(before: Regimen | None) -> Array:
    """When cycles already given began, shape (given,) [h]."""
    administrations = () if before is None else before.administrations
    return np.array([a["time_h"] for a in administrations if a["nuclide"]])


def planned_starts(structure: Structure, before: Regimen | None) -> Array:
    """When the planned cycles begin, shape (remaining,) [h]."""
    start = 0.0
    if before is not None:
        start = max(a["time_h"] for a in before.administrations) + structure.interval
    return np.asarray(start + np.arange(structure.remaining, dtype=float) * structure.interval)


def regimen_for(
    cycle: Cycle, structure: Structure, activities: Array, before: Regimen | None, name: str
) -> Regimen:
    """Regimen of a structure with activities [MBq], shape (remaining,), after the cycles already given.

    What was given before carries next to no label, since its doses were measured; its peptide and its
    place in the count of cycles stay.
    """
    administrations = []
    if before is not None:
        documents = before.core.document["administrations"]
        administrations = [{**d, "activity": f"{TRACE!r} MBq"} for d in documents]
    document = dict(cycle.document)
    if structure.amount != cycle.amount:
        document["amount"] = f"{structure.amount!r} nmol"
    for key in ("duration", "amino_acids", "route"):
        if (value := getattr(structure, key)) is not None:
            document[key] = as_text(value)
    if document.get("amino_acids") == "none":
        del document["amino_acids"]
    for start, activity in zip(planned_starts(structure, before), activities, strict=True):
        at = f"{float(start)!r} h"
        administrations.append({**document, "activity": f"{float(activity)!r} MBq", "at": at})
    whole: dict[str, Any] = {"regimen": name, "administrations": administrations}
    if cycle.windows:
        whole["windows"] = cycle.windows
    return regimen_of(whole)


def _listed(value: Any) -> list[Any]:
    """List the choices; a text, a mapping or a number is one choice."""
    if isinstance(value, list | tuple | range | np.ndarray):
        if len(value) == 0:
            raise ValueError("a list of choices must not be empty")
        return list(value)
    return [value]


def _numbers(value: Any, unit: str, name: str) -> list[float]:
    if value is None:
        return []
    numbers = []
    for item in _listed(value):
        number = to_internal(item, unit, name)
        if not 0.0 < number < np.inf:
            raise ValueError(f"{name} must be positive, found {number:g} {unit}")
        numbers.append(number)
    return numbers


def _hours(duration: Any) -> float:
    """Length of an infusion [h], perhaps with source and tag; 0 where it has none."""
    if duration is None:
        return 0.0
    value = duration["value"] if isinstance(duration, Mapping) else duration
    return to_internal(value, "h", "duration")
