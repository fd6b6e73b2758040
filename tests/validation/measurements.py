"""The list of measurements and how a result is judged by it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

LIST = Path(__file__).with_name("measurements.yaml")

SECTIONS = {
    "regression": "Is it still the published model?",
    "blood_urine_whole_body": "Blood, urine, whole body",
    "organ_and_tumor_doses": "Organ and tumor doses",
    "scans_amount_and_analogs": "Scans, peptide amount, analogs, route",
    "dosimetry_and_methods": "Dosimetry and methods",
}
STRENGTHS = ("exact", "A", "A-", "B", "C")
TAGS = ("R", "S", "U", "C")


@dataclass(frozen=True)
class Quantity:
    """One number: what was measured and when a simulated one is close enough."""

    name: str
    unit: str
    expected: float | None = None
    spread: str = ""
    band: tuple[float, float] | None = None
    below: float | None = None
    above: float | None = None
    basis: str = ""
    reading: str = ""

    @property
    def judged(self) -> bool:
        """Whether there is something to pass; others are shown only."""
        return (self.band, self.below, self.above) != (None, None, None)

    def limits(self) -> tuple[float, float]:
        """Least and greatest passing value; infinite where open."""
        if self.band:
            return self.band
        return (
            -math.inf if self.above is None else self.above,
            math.inf if self.below is None else self.below,
        )

    def status(self, obtained: float) -> str:
        """Judge a value: pass, fail or shown. What is not a number fails."""
        if not self.judged:
            return "shown"
        low, high = self.limits()
        if self.band:
            return "pass" if low <= obtained <= high else "fail"
        return "pass" if low < obtained < high else "fail"

    def demand(self) -> str:
        """Write the condition as text."""
        if self.band:
            return f"{number(self.band[0])} to {number(self.band[1])}"
        if self.below is not None:
            return f"< {number(self.below)}"
        return "" if self.above is None else f"> {number(self.above)}"


@dataclass(frozen=True)
class Measurement:
    """One entry of the list."""

    id: str
    section: str
    title: str
    measured: str
    inputs: str
    source: str
    strength: str
    tag: str
    doi: str = ""
    note: str = ""
    why: str = ""
    not_expressible: str = ""
    quantities: tuple[Quantity, ...] = ()


def number(value: float | None) -> str:
    """Write a number with four digits."""
    if value is None:
        return ""
    if math.isnan(value):
        return "none"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:.4g}"


def read_measurements(file: Path = LIST) -> list[Measurement]:
    """Read the list; unknown or missing keys, repeated names and wrong numbers are errors.

    Raises
    ------
    ValueError
        With the entry and what is wrong with it.
    """
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    out = [
        _measurement(entry, section)
        for section, entries in _known(document, SECTIONS, "the list").items()
        for entry in entries
    ]
    _unique([m.id for m in out], "id")
    return out


def _measurement(entry: Mapping[str, Any], section: str) -> Measurement:
    what = f"measurement {entry.get('id', '?')}"
    names = [f.name for f in fields(Measurement) if f.name != "section"]
    _known(entry, names, what)
    for key in ("id", "title", "measured", "inputs", "source", "strength", "tag"):
        if not isinstance(entry.get(key), str) or not entry[key]:
            raise ValueError(f"{what}: {key!r} is missing or no text")
    for key, choices in (("strength", STRENGTHS), ("tag", TAGS)):
        if entry[key] not in choices:
            raise ValueError(f"{what}: {key} must be one of {choices}, found {entry[key]!r}")
    quantities = tuple(_quantity(q, what) for q in entry.get("quantities", ()))
    _unique([q.name for q in quantities], f"{what}: quantity")
    if not entry.get("not_expressible") and not any(q.judged for q in quantities):
        raise ValueError(f"{what}: needs a quantity with a band, or 'not_expressible'")
    return Measurement(**{**entry, "section": section, "quantities": quantities})


def _quantity(entry: Mapping[str, Any], what: str) -> Quantity:
    _known(entry, [f.name for f in fields(Quantity)], what)
    if not {"name", "unit"} <= set(entry):
        raise ValueError(f"{what}: a quantity needs name and unit, found {dict(entry)}")
    what = f"{what}, {entry['name']}"
    values = dict(entry)
    if "band" in entry:
        low, high = entry["band"]
        if not low < high:
            raise ValueError(f"{what}: band must ascend, found {entry['band']}")
        values["band"] = (float(low), float(high))
    for key in ("expected", "below", "above"):
        if key in entry:
            values[key] = float(entry[key])
    quantity = Quantity(**values)
    if sum(key in entry for key in ("band", "below", "above")) > 1:
        raise ValueError(f"{what}: give one of band, below, above")
    if quantity.judged and not quantity.basis:
        raise ValueError(f"{what}: say where the band comes from with 'basis'")
    return quantity


def _known(
    entry: Mapping[str, Any], names: Mapping[str, Any] | list[str], what: str
) -> Mapping[str, Any]:
    if unknown := sorted(set(entry) - set(names)):
        raise ValueError(f"{what}: unknown keys {unknown}, expected some of {sorted(names)}")
    return entry


def _unique(names: list[str], what: str) -> None:
    if repeated := sorted({n for n in names if names.count(n) > 1}):
        raise ValueError(f"{what} {repeated} is given more than once")
