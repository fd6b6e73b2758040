"""Table of parameters: values as written, units of formulas found out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lutetia import _core
from lutetia.documentation.parts import ModelParts, OrganOf
from lutetia.errors import UnitError

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["name", "of", "value", "unit", "cv", "plausible", "source", "tag", "note"]


def parameter_table(parts: ModelParts) -> pd.DataFrame:
    """Tabulate the parameters of the model, its organ types and its organs, as written."""
    import pandas as pd

    return pd.DataFrame(list(_rows(parts)), columns=COLUMNS)


def _rows(parts: ModelParts) -> Iterator[dict[str, Any]]:
    for p in parts.parts["parameters"]:
        yield {"name": p["name"], "of": "model", **_parameter(parts, p, [None])}
    for kind in parts.types.values():
        of_kind = [o for o in parts.organs if kind in parts.lineage(o.type)]
        for p in kind["parameters"]:
            name = f"{kind['name']}.{p['name']}"
            yield {"name": name, "of": "organ type", **_parameter(parts, p, of_kind or [None])}
    for written in parts.parts["organs"]:
        organ = parts.by_name[written["name"]]
        for p in written["parameters"]:
            name = f"{organ.name}.{p['name']}"
            yield {"name": name, "of": "organ", **_parameter(parts, p, [organ])}


def _parameter(
    parts: ModelParts, p: dict[str, Any], organs: Sequence[OrganOf | None]
) -> dict[str, Any]:
    # A formula of an organ type may need a parameter that not all of its organs have.
    unit = next((u for o in organs if (u := _unit_of(parts, p, o))), "")
    return {
        "value": _value_text(p),
        "unit": unit,
        "cv": f"{100 * p['cv']:.3g} %" if p["cv"] is not None else "",
        "plausible": _range_text(p["between"], unit),
        "source": ", ".join(p["source"]),
        "tag": p["tag"],
        "note": p["note"],
    }


def _value_text(p: dict[str, Any]) -> str:
    if p["formula"]:
        return str(p["formula"]["text"])
    if p["required"] is not None:
        return "given with the patient"
    if p["by_sex"]:
        return ", ".join(f"{sex} {_split(text)[0]}" for sex, text in sorted(p["by_sex"].items()))
    return _split(p["value"])[0]


def _split(quantity: str) -> tuple[str, str]:
    value, _, unit = quantity.strip().partition(" ")
    return value, unit.strip() or "1"


def _range_text(between: list[float] | None, unit: str) -> str:
    if not between:
        return ""
    low, high = (_core.from_internal(end, unit) if unit else end for end in between)
    return f"{low:.4g} – {high:.4g}"


def _unit_of(parts: ModelParts, p: dict[str, Any], organ: OrganOf | None, depth: int = 0) -> str:
    """Return the unit as written; of a formula the internal one; "" when it cannot be told."""
    if p["formula"]:
        return _unit_of_formula(parts, p["formula"]["tree"], organ, depth)
    if p["required"] is not None:
        return str(p["required"])
    return _split(p["value"] or next(iter(p["by_sex"].values())))[1]


def _unit_of_formula(
    parts: ModelParts, tree: tuple[Any, ...], organ: OrganOf | None, depth: int
) -> str:
    operation, *arguments = tree
    if operation in ("number", "exp", "log"):
        return "1"
    if operation in ("symbol", "sum"):
        return _unit_of_name(parts, operation, arguments[0], organ, depth + 1)
    units = [_unit_of_formula(parts, a, organ, depth) for a in arguments]
    if "" in units:
        return ""
    if operation in ("multiply", "divide"):
        sign = "*" if operation == "multiply" else "/"
        return _internal_unit(f"({units[0]}){sign}({units[1]})")
    if operation == "power" and units[0] != "1":
        kind, *exponent = arguments[1]
        whole = kind == "number" and float(exponent[0]).is_integer()
        return _internal_unit(f"({units[0]})^{exponent[0]:.0f}") if whole else ""
    if operation == "sqrt" and units[0] != "1":
        return ""
    return _internal_unit(units[0])


def _unit_of_name(
    parts: ModelParts, operation: str, name: str, organ: OrganOf | None, depth: int
) -> str:
    if depth > 32:
        return ""
    owner, dot, own = name.partition(".")
    if operation == "sum":
        organ = next((o for o in parts.organs if owner in o.groups and own in o.parameters), None)
    elif dot:
        organ = parts.by_name.get(owner)
    if not dot:
        own = name
    if organ and own in organ.parameters:
        unit = _unit_of(parts, organ.parameters[own], organ, depth)
    elif not dot and own in parts.parameters:
        unit = _unit_of(parts, parts.parameters[own], None, depth)
    else:
        return ""  # of a ligand
    return _internal_unit(unit) if unit else ""


def _internal_unit(unit: str) -> str:
    try:
        return _core.internal_unit(unit)
    except UnitError:
        return ""
