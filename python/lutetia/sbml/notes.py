"""What a reader of an exported document must know, as XHTML."""

from __future__ import annotations

from html import escape
from typing import Any

from lutetia import _core
from lutetia.result import RESEARCH_ONLY


def notes_of(
    network: dict[str, Any],
    model: _core.Model,
    patient: _core.Patient,
    regimen: _core.Regimen,
    citations: dict[str, str],
) -> str:
    """Write the notes of the whole document."""
    used = {key for q in network["quantities"] for key in q["source"]}
    lines = [
        RESEARCH_ONLY,
        f"Model {model.name}, hash {model.hash}, modules: {', '.join(model.modules) or 'none'}. "
        f"{model.description}",
        *([model.reference] if model.reference else []),
        f"Patient {patient.name}, regimen {regimen.name}; written by lutetia {_core.__version__}.",
        f"SBML time zero is {network['start']:g} h of the course; voids and changes of parameters are "
        f"written until {network['end']:g} h.",
        "A total form (dotatate) counts all peptide and does not decay; a labeled form "
        "(dotatate[Lu-177]) is the part of it that carries the nuclide.",
        "Parameters that the model computes by formulas are written as numbers; compartments of size 1 "
        "hold amounts alone, their size is in no law.",
        *model.notes,
        *(f"{key}: {citations[key]}" for key in sorted(used) if key in citations),
    ]
    return body(lines)


def body(lines: list[str]) -> str:
    """Paragraphs of a notes element."""
    text = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f'<body xmlns="http://www.w3.org/1999/xhtml">{text}</body>'


def origin(quantity: dict[str, Any]) -> str:
    """Where a parameter comes from; "" when nothing is known about it."""
    parts = []
    if quantity["formula"]:
        parts.append(f"computed: {quantity['formula']}")
    if quantity["source"]:
        parts.append(f"source: {', '.join(quantity['source'])}")
    if quantity["tag"]:
        parts.append(f"tag: {quantity['tag']}")
    if quantity["note"]:
        parts.append(quantity["note"])
    return "; ".join(parts)
