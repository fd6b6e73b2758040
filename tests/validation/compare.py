"""Compute every case and judge it."""

from __future__ import annotations

import math
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from . import doses, kinetics, regression, scans
from .measurements import Measurement, Quantity
from .results import Curves, Obtained

CASES: dict[str, Callable[[], Obtained]] = {
    **regression.CASES,
    **kinetics.CASES,
    **doses.CASES,
    **scans.CASES,
}

STATUSES = ("pass", "fail", "not expressible", "error")


@dataclass(frozen=True)
class Row:
    """One quantity of a case with what was obtained."""

    quantity: Quantity
    obtained: float | None
    status: str


@dataclass(frozen=True)
class Outcome:
    """One case: its status, why, its rows and figures."""

    measurement: Measurement
    status: str
    why: str
    rows: tuple[Row, ...]
    figures: tuple[Curves, ...] = ()


def compare(
    measurements: Iterable[Measurement],
    cases: Mapping[str, Callable[[], Obtained]] = CASES,
) -> list[Outcome]:
    """Judge every measurement; a case that raises has the status error and the others still run."""
    return [_outcome(m, cases.get(m.id)) for m in measurements]


def count(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """Count the cases by status, all statuses in a fixed order."""
    found = Counter(o.status for o in outcomes)
    return {status: found[status] for status in STATUSES}


def _outcome(measurement: Measurement, case: Callable[[], Obtained] | None) -> Outcome:
    if measurement.not_expressible:
        rows = tuple(Row(q, None, "not expressible") for q in measurement.quantities)
        return Outcome(measurement, "not expressible", measurement.not_expressible, rows)
    try:
        if case is None:
            raise LookupError(f"no function computes {measurement.id}")
        obtained = case()
        names = [q.name for q in measurement.quantities]
        if set(names) != set(obtained.values):
            raise LookupError(f"expected the quantities {names}, found {list(obtained.values)}")
    except Exception as error:
        traceback.print_exc()
        rows = tuple(Row(q, None, "error") for q in measurement.quantities)
        return Outcome(measurement, "error", f"{type(error).__name__}: {error}", rows)
    rows = tuple(
        Row(q, obtained.values[q.name], q.status(obtained.values[q.name]))
        for q in measurement.quantities
    )
    passes, why = _verdict(rows)
    if not passes:
        why = measurement.why or "no reason known"
    return Outcome(measurement, "pass" if passes else "fail", why, rows, obtained.figures)


def _verdict(rows: tuple[Row, ...]) -> tuple[bool, str]:
    """All quantities pass; of several readings, all quantities of one."""
    failed = [r for r in rows if r.status == "fail"]
    readings = list(dict.fromkeys(r.quantity.reading for r in rows if r.quantity.reading))
    wrong = {r.quantity.reading for r in failed}
    if "" in wrong:
        return False, ""
    right = [r for r in readings if r not in wrong]
    if failed and right:
        return True, f"passes only when read {', '.join(right)}"
    return not failed, ""


def ratio(row: Row) -> float | None:
    """Obtained over expected, the limit of a sign test or the middle of the band; else None."""
    q = row.quantity
    references = (
        q.expected,
        q.below,
        q.above,
        math.sqrt(q.band[0] * q.band[1]) if q.band else None,
    )
    reference = next((r for r in references if r is not None), None)
    if row.obtained is None or not reference:
        return None
    return row.obtained / reference
