"""Tables of a model: organs, compartments, processes, and what a page lists at its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lutetia.documentation.parts import ModelParts

if TYPE_CHECKING:
    import pandas as pd

TAGS = {
    "R": "read in the source",
    "R2": "read in a transcription of the source",
    "S": "from a secondary source",
    "C": "computed",
    "M": "recalled, not verified",
    "A": "assumed",
}


def organ_table(parts: ModelParts) -> pd.DataFrame:
    """Tabulate the organs and the types of lesion."""
    import pandas as pd

    rows = [
        (
            organ.label,
            organ.type,
            parts.structure_of(organ.name).name,
            organ.only,
            ", ".join(organ.groups),
            ", ".join(f"{k}: {v}" for k, v in organ.connections.items()),
        )
        for organ in parts.organs
    ]
    columns = ["organ", "type", "structure", "only", "groups", "connections"]
    return pd.DataFrame(rows, columns=columns)


def compartment_table(parts: ModelParts) -> pd.DataFrame:
    """Tabulate the compartments of the model and of each structure."""
    import pandas as pd

    owners = [("model", parts.compartments)]
    owners += [(s.name, s.compartments) for s in parts.structures]
    rows = [
        (owner, c["name"], _text(c["volume"]), c["substance"], "yes" if c["outside"] else "")
        for owner, compartments in owners
        for c in compartments.values()
    ]
    return pd.DataFrame(rows, columns=["of", "name", "volume", "substance", "outside"])


def process_table(parts: ModelParts) -> pd.DataFrame:
    """Tabulate the processes as written, with the organs that have them."""
    import pandas as pd

    columns = ["of", "kind", "name", "from", "to", "rate", "organs"]
    return pd.DataFrame(list(_process_rows(parts)), columns=columns)


def reference_tables(
    parts: ModelParts, parameters: pd.DataFrame, citations: dict[str, str]
) -> list[tuple[str, str, pd.DataFrame]]:
    """Heading, explanation and table of what a page lists at its end.

    Parameters
    ----------
    parts
        The structure of a model.
    parameters
        Its parameters as a table.
    citations
        What each key of a source stands for.
    """
    import pandas as pd

    written = parts.parts
    used = list(dict.fromkeys(k for keys in parameters["source"] for k in keys.split(", ")))
    sources = [(k, citations.get(k, "")) for k in used if k]
    observables = [
        (o["name"], ", ".join(o["compartments"]), _text(o["volume"]))
        for o in written["observables"]
    ]
    contents = [
        (t["name"], c["compartment"], c["share"]["text"])
        for t in written["organ_types"]
        for c in t["contains"]
    ]
    routes = [(r["name"], _arrival(r)) for r in written["routes"]]
    voiding = [
        (v["from"], v["to"], *(v[k]["text"] for k in ("fraction", "first", "interval")))
        for v in written["voiding"]
    ]
    released = [
        (", ".join(r["from"]), r["to"], r["share"]["text"]) for r in written["daughter_release"]
    ]
    tags = "; ".join(f"{tag}: {what}" for tag, what in TAGS.items())
    made = [
        (
            "Parameters",
            f"Tags say how sure a number is. {tags}. A name with a dot belongs to an organ, or to an "
            "organ type and so to each of its organs that gives no value of its own.",
            parameters,
        ),
        ("Sources", "", pd.DataFrame(sources, columns=["key", "citation"])),
        ("Observables", "", pd.DataFrame(observables, columns=["name", "compartments", "volume"])),
        (
            "Shared contents",
            "Organs of a type, or of one that extends it, count the share of a space of the whole model "
            "as their own.",
            pd.DataFrame(contents, columns=["organ type", "compartment", "share"]),
        ),
        ("Routes", "", pd.DataFrame(routes, columns=["route", "into"])),
        (
            "Voiding",
            "Emptied at intervals.",
            pd.DataFrame(voiding, columns=["from", "to", "fraction", "first", "interval"]),
        ),
        (
            "Release of daughters",
            "The share of atoms which a decay sets free and which go elsewhere at once; later rows "
            "replace earlier ones.",
            pd.DataFrame(released, columns=["from", "to", "share"]),
        ),
    ]
    return [entry for entry in made if len(entry[2])]


def _text(formula: dict[str, Any] | None) -> str:
    return str(formula["text"]) if formula else ""


def _arrival(route: dict[str, Any]) -> str:
    shared = route["in_proportion_to"]
    return ", ".join(route["into"]) or (
        f"{route['compartment']} of {route['group']} organs in proportion to {shared['text']}"
    )


def _process_rows(parts: ModelParts) -> Iterator[tuple[str, ...]]:
    owners: list[tuple[str, str, list[dict[str, Any]]]] = [("", "model", parts.parts["processes"])]
    owners += [(t["name"], t["name"], t["processes"]) for t in parts.types.values()]
    for owner, shown, processes in owners:
        for k, process in enumerate(processes):
            organs = [f.organ.label for f in parts.fluxes if f.key == f"{owner}/{k}" and f.organ]
            ends = process["from"], process["to"]
            rate = _rate_text(process)
            yield shown, process["kind"], process["name"], *ends, rate, ", ".join(organs)


def _rate_text(process: dict[str, Any]) -> str:
    """Rate law as text, with formulas as the file writes them."""

    def factor(key: str) -> str:
        text, tree = process[key]["text"], process[key]["tree"]
        return f"({text})" if tree[0] in ("add", "subtract", "negate") else str(text)

    source, target = process["from"], process["to"]
    if process["kind"] == "binding":
        taken = "".join(f" - N({place})" for place in [target, *process["unavailable"]])
        free = f"({process['receptors']['text']}{taken})"
        return f"{factor('k_on')} * c({source}) * {free} - {factor('k_off')} * N({target})"
    if process["kind"] == "exchange":
        return f"{factor('rate')} * (c({source}) - c({target}))"
    symbol = "N" if process["kind"] == "transfer" else "c"
    effects = "".join(f" * {effect}" for effect in process["effects"])
    return f"{factor('rate')} * {symbol}({process['driven_by'] or source}){effects}"
