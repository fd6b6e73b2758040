"""Blood flow in the picture of a model: organs between veins and arteries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lutetia.documentation.graph_pen import OUTSIDE, Pen
from lutetia.documentation.parts import ModelParts, OrganOf

VEINS, ARTERIES = "#4C78A8", "#C44E52"
WIDTH = 9.0
VESSEL = 0.35  # from the edge to the middle of a vessel
WALL = 0.28  # from its middle to its wall


@dataclass(frozen=True)
class Row:
    """An organ, those that drain into it, and compartments that they alone empty into."""

    organ: OrganOf
    drained: tuple[OrganOf, ...]
    drips: tuple[str, ...]

    @property
    def steps(self) -> int:
        """Lines it takes."""
        return 1 + len(self.drained) + bool(self.drips)


@dataclass(frozen=True)
class Circulation:
    """The compartments of the model that feed and collect most organs, and the organs between."""

    arteries: str
    veins: str
    rows: tuple[Row, ...]

    @property
    def steps(self) -> int:
        """Lines it takes."""
        return sum(row.steps for row in self.rows)


def circulation_of(parts: ModelParts) -> Circulation | None:
    """Find the blood flow of a model, if it has one."""
    feeds: Counter[str] = Counter()
    collects: Counter[str] = Counter()
    for flux in parts.fluxes:
        if flux.process["kind"] != "perfusion" or not flux.organ:
            continue
        if flux.source and not flux.source.organ:
            feeds[flux.source.full_name] += 1
        if flux.target and not flux.target.organ:
            collects[flux.target.full_name] += 1
    if not feeds or not collects:
        return None
    arteries, veins = feeds.most_common(1)[0][0], collects.most_common(1)[0][0]
    if arteries == veins:
        return None
    return Circulation(arteries, veins, tuple(_rows(parts, arteries, veins)))


def shown_name(parts: ModelParts, organ: OrganOf) -> str:
    """Name of an organ in the picture; all types of lesion together."""
    if organ.lesion:
        return f"lesions ({', '.join(o.name for o in parts.organs if o.lesion)})"
    return f"{organ.label} ({organ.only})" if organ.only else organ.label


def _blood_ends(parts: ModelParts, organ: OrganOf) -> tuple[str, str]:
    """Where the blood of an organ comes from and goes to: a compartment or another organ."""
    comes = goes = ""
    for flux in parts.fluxes:
        if flux.organ is organ and flux.process["kind"] == "perfusion":
            if flux.source and flux.source.organ != organ.name:
                comes = flux.source.organ or flux.source.compartment
            if flux.target and flux.target.organ != organ.name:
                goes = flux.target.organ or flux.target.compartment
    return comes, goes


def _rows(parts: ModelParts, arteries: str, veins: str) -> list[Row]:
    """From top to bottom: between veins and arteries, portal groups, others, lesions, dripping."""
    ends = {o.name: _blood_ends(parts, o) for o in parts.organs}
    into: dict[str, list[OrganOf]] = {}
    for o in parts.organs:
        if ends[o.name][1] in parts.by_name:
            into.setdefault(ends[o.name][1], []).append(o)
    drained = {o.name for group in into.values() for o in group}
    lungs = [_row(parts, o) for o in parts.organs if ends[o.name] == (veins, arteries)]
    portals = [
        _row(parts, parts.by_name[name], *group)
        for name, group in into.items()
        if name not in drained
    ]
    taken = {o.name for row in [*lungs, *portals] for o in (row.organ, *row.drained)}
    rest = [o for o in parts.organs if o.name not in taken]
    others = [_row(parts, o) for o in rest if not o.lesion]
    lesions = [_row(parts, o) for o in rest if o.lesion]
    dry = [row for row in others if not row.drips]
    wet = [row for row in others if row.drips]
    return [*lungs, *portals, *dry, *lesions[:1], *wet]


def _row(parts: ModelParts, organ: OrganOf, *drained: OrganOf) -> Row:
    into: dict[str, set[str]] = {}
    for flux in parts.fluxes:
        blood = flux.process["kind"] == "perfusion"
        if flux.organ and flux.target and not flux.target.organ and not blood:
            into.setdefault(flux.target.compartment, set()).add(flux.organ.name)
    names = {o.name for o in (organ, *drained)}
    drips = tuple(c for c, organs in into.items() if len(organs) == 1 and organs <= names)
    return Row(organ, drained, drips)


def draw_circulation(
    pen: Pen, parts: ModelParts, blood: Circulation, tints: dict[str, str], height: float
) -> None:
    """Draw veins on the left, arteries on the right, and the organs between them.

    Parameters
    ----------
    pen
        Draws.
    parts
        The structure of the model.
    blood
        Its blood flow.
    tints
        Fill of each structure.
    height
        From the top of the drawing.
    """
    pitch = min((height - 0.6) / (blood.steps + 1), 1.15)
    top = -0.3
    bottom = top - pitch * (blood.steps - len(blood.rows[-1].drips)) + pitch * 0.15
    middle = (top + bottom) / 2
    for x, name, color in (
        (VESSEL, blood.veins, VEINS),
        (WIDTH - VESSEL, blood.arteries, ARTERIES),
    ):
        pen.box(x, middle, 0.55, top - bottom, fill=color, edge=color, round_by=0.2)
        pen.text(x, middle, name, color="white", rotation=90, size=11, weight="bold")
    y = top - pitch * 0.5
    for row in blood.rows:
        _draw_row(pen, parts, blood, row, tints, y, pitch)
        y -= pitch * row.steps


def _draw_row(
    pen: Pen,
    parts: ModelParts,
    blood: Circulation,
    row: Row,
    tints: dict[str, str],
    y: float,
    pitch: float,
) -> None:
    veins, arteries, center = VESSEL + WALL, WIDTH - VESSEL - WALL, WIDTH / 2
    box = min(0.62, pitch * 0.72)
    low = y - pitch * len(row.drained)

    def organ_box(organ: OrganOf, x: float, y: float, width: float, height: float) -> None:
        name, tint = shown_name(parts, organ), tints[parts.structure_of(organ.name).name]
        pen.box(x, y, width, height, name, fill=tint, dashed=organ.lesion, size=9)

    if row.drained:
        x, portal, between = 2.35, 5.6, (y + low) / 2
        organ_box(row.organ, x, between, 1.7, y - low + box)
        pen.arrow((x - 0.85, between), (veins, between), color=VEINS)
        pen.arrow((arteries, y), (x + 0.85, y), color=ARTERIES)
        for k, other in enumerate(row.drained):
            at = low + pitch * k
            organ_box(other, portal, at, 2.3, box)
            pen.arrow((arteries, at), (portal + 1.15, at), color=ARTERIES)
            pen.arrow((portal - 1.15, at), (x + 0.85, at), color=VEINS)
    else:
        organ_box(row.organ, center, y, 3.4, box)
        if _blood_ends(parts, row.organ)[0] == blood.veins:
            pen.arrow((veins, y), (center - 1.7, y), color=VEINS, width=1.6)
            pen.arrow((center + 1.7, y), (arteries, y), color=ARTERIES, width=1.6)
        else:
            pen.arrow((arteries, y), (center + 1.7, y), color=ARTERIES)
            pen.arrow((center - 1.7, y), (veins, y), color=VEINS)
    for k, name in enumerate(row.drips):
        x = center + (k - (len(row.drips) - 1) / 2) * 2.6
        outside = parts.compartments[name]["outside"]
        shown = name.replace("_", " ")
        pen.box(x, low - pitch, 2.0, box, shown, fill=OUTSIDE, dashed=outside, size=9)
        pen.arrow((x, low - box / 2), (x, low - pitch + box / 2))
