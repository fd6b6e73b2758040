"""Settings of a plan as a file has them, which were checked there, as arguments of `plan`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lutetia.planning.counts import CountLimit
from lutetia.planning.kill import CellKill
from lutetia.planning.limits import DoseTarget, Limit
from lutetia.units import to_internal

COUNTS = ("n", "seed")
LISTS = ("lesions", "refine")


def plan_arguments(document: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of `plan` but those that need a patient: ``draws`` and ``given`` stay as they are written.

    Parameters
    ----------
    document
        As `_core` returns it: texts, lists of them, and maps of texts.

    Examples
    --------
    >>> plan_arguments({"limits": "kidney_23_gy", "cycles": {"from": "1", "to": "3"}, "risk": "5 %"})
    {'limits': 'kidney_23_gy', 'cycles': [1, 2, 3], 'risk': 0.05}
    """
    return {key: _argument(key, value) for key, value in document.items()}


def _argument(key: str, value: Any) -> Any:
    if key == "limits":
        return value if isinstance(value, str) else [_limit(row) for row in value]
    if key == "cycles":
        return _cycles(value)
    if key == "target":
        return DoseTarget(
            plain(value.get("least")), plain(value.get("most")), value.get("of", "mean")
        )
    if key == "kill":
        return CellKill(**value)  # with source and tag
    if key == "front_loading":
        return [number_of(item) for item in (value if isinstance(value, list) else [value])]
    if key == "risk":
        return number_of(value)
    if key in LISTS:
        return [value] if isinstance(value, str) else value
    if key in ("draws", "given"):
        return value
    if key == "status":
        return {k: v == "true" if k == "progression" else plain(v) for k, v in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else plain(value)


def _limit(row: Mapping[str, Any]) -> Limit | CountLimit:
    number = row["least"] if "count" in row else row["most"]
    risk = number_of(row["risk"]) if "risk" in row else None
    origin = number if isinstance(number, Mapping) else {}
    source = origin.get("source", "")
    keys = source if isinstance(source, str) else ", ".join(source)
    tag = origin.get("tag", "")
    if "count" in row:
        return CountLimit(row["count"], plain(number), risk, row.get("values", {}), keys, tag)
    quantity = row.get("quantity", "absorbed_dose")
    return Limit(row["region"], plain(number), quantity, risk, keys, tag)


def _cycles(value: Any) -> int | list[int]:
    if isinstance(value, Mapping):
        return list(range(int(value["from"]), int(value["to"]) + 1))
    return [int(n) for n in value] if isinstance(value, list) else int(value)


def plain(value: Any) -> Any:
    """Take the quantity of a number with source and tag."""
    return value["value"] if isinstance(value, Mapping) and "value" in value else value


def number_of(value: Any) -> float:
    """Read a number without unit, perhaps with source and tag."""
    return to_internal(plain(value), "1")
