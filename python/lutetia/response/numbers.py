"""Numbers of a data file with those a user gives instead."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lutetia import _core
from lutetia.units import Quantity, as_text, hours_of, to_internal

Rows = list[dict[str, Any]]


def replaced(rows: Rows, given: Mapping[str, Any], where: str) -> Rows:
    """Replace the numbers of a table that are in `given`.

    Parameters
    ----------
    rows
        As the core returns them, with the value in internal units under ``internal``.
    given
        Quantities with a unit, or numbers where dimensionless; infinity needs no unit. A mapping with ``value``,
        ``source``, ``tag`` and ``note`` is one that says where it comes from.
    where
        How messages call the table.

    Raises
    ------
    ValueError
        If a name is not in the table.
    UnitError
        If a value has another dimension.
    """
    names = [row["name"] for row in rows]
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise ValueError(f"{where} has no {unknown[0]!r}; it has {', '.join(names)}")
    return [_given(row, given[row["name"]]) if row["name"] in given else row for row in rows]


def _given(row: dict[str, Any], given: Any) -> dict[str, Any]:
    origin: Mapping[str, Any] = given if isinstance(given, Mapping) else {"value": given}
    value = written_value(given, row["name"])
    source = origin.get("source", [])
    infinite = isinstance(value, float) and math.isinf(value)
    internal = value if infinite else to_internal(value, row["unit"], row["name"])
    if not internal >= 0:
        raise ValueError(f"{row['name']} must not be negative, found {value}")
    scale = to_internal(f"1 {row['unit']}" if row["unit"] != "1" else 1, row["unit"])
    new = {"value": internal / scale, "internal": internal, "written": str(as_text(value))}
    said = {
        "source": [source] if isinstance(source, str) else list(source),
        "tag": origin.get("tag", ""),
        "note": origin.get("note", "given"),
    }
    return {**row, **new, **said}


def written_value(given: Any, name: str) -> Any:
    """Take the quantity of a number that may say where it comes from.

    Raises
    ------
    ValueError
        If a mapping has no ``value``.
    """
    if not isinstance(given, Mapping):
        return given
    if "value" not in given:
        raise ValueError(
            f"{name} as a mapping needs a 'value', e.g. {{'value': …, 'source': …, 'tag': …}}, "
            f"found {', '.join(map(repr, given)) or 'nothing'}"
        )
    return given["value"]


def values_of(rows: Rows) -> dict[str, float]:
    """Take the values in internal units by name."""
    return {row["name"]: float(row["internal"]) for row in rows}


def table_of(rows: Rows) -> pd.DataFrame:
    """Tabulate numbers: value and unit as written, source, tag, note."""
    table = pd.DataFrame(rows, columns=["name", "written", "source", "tag", "note"])
    table["source"] = table["source"].map(", ".join)
    return table.rename(columns={"written": "value"}).set_index("name")


def windows_of(
    given: Sequence[tuple[Any, Quantity, Quantity]], known: Mapping[str, float], name: str
) -> list[_core.FactorWindow]:
    """Read time windows of factors, each (factor or name of a drug, from, to).

    Raises
    ------
    ValueError
        If a drug is unknown, a factor not positive, or a window ends before it starts.
    """
    out = []
    what = "factor or drug" if known else "factor"
    for item in given:
        if not isinstance(item, list | tuple) or len(item) != 3:
            hint = (
                f"; write {name}=[{tuple(given)!r}]" if len(given) == 3 and item is given[0] else ""
            )
            raise ValueError(f"{name} are a list of ({what}, from, to), found {item!r}{hint}")
        factor, start, end = item
        if isinstance(factor, str) and factor not in known:
            names = f"known: {', '.join(known)}" if known else "none is known here, give a factor"
            raise ValueError(f"unknown drug {factor!r} in {name}; {names}")
        number = known[factor] if isinstance(factor, str) else float(factor)
        hours = [hours_of(start, name), hours_of(end, name)]
        if not (number > 0 and hours[0] < hours[1]):
            raise ValueError(
                f"{name} need a positive factor and an end after the start, found {item!r}"
            )
        out.append(_core.FactorWindow(hours[0], hours[1], number))
    return out
