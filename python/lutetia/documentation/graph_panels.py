"""What each panel of a picture shows: the inside of organs, and what surrounds them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lutetia.documentation.graph_circulation import Circulation, shown_name
from lutetia.documentation.graph_layout import Edge, layered
from lutetia.documentation.graph_pen import BOX, COLUMN, HEIGHT, ROW
from lutetia.documentation.parts import Flux, ModelParts, OrganOf, Structure


@dataclass
class Panel:
    """Boxes and arrows in a frame with a title."""

    title: str
    subtitle: str
    tint: str
    edges: list[Edge]
    losses: dict[str, list[str]]  # compartment → processes whose end is nowhere
    places: dict[str, tuple[float, float]]  # column and row
    outside: set[str]
    ports: set[str]  # compartments that belong to something else

    @property
    def width(self) -> float:
        """Width it needs."""
        columns = [column for column, _ in self.places.values()]
        boxes = (max(columns) - min(columns)) * COLUMN + BOX if columns else 0.0
        return max(boxes + 0.9, 0.19 * len(self.title))

    @property
    def below(self) -> float:
        """Height of what stands below the lowest row."""
        return 0.24 * max((len(lost) for lost in self.losses.values()), default=0)

    def lines(self, width: float) -> list[str]:
        """Subtitle in lines that fit a width."""
        return textwrap.wrap(self.subtitle, int(width / 0.115))

    def height(self, width: float) -> float:
        """Height it needs at a width."""
        rows = [row for _, row in self.places.values()]
        text = 0.3 * len(self.lines(width))
        boxes = (max(rows) - min(rows)) * ROW + HEIGHT if rows else 0.0
        return boxes + 1.15 + text + self.below


def panel_of(parts: ModelParts, structure: Structure, tint: str) -> Panel:
    """Show the inside of the organs that share a structure."""
    first = structure.organs[0]
    outside, ports = set(), set()
    targets: dict[str, set[str]] = {}
    for organ in structure.organs:
        for process in organ.processes.values():
            effects = [organ.effects[e] for e in process["effects"] if e in organ.effects]
            named = [process[key] for key in ("from", "to", "driven_by") if process[key]]
            for place in [*named, *(by for effect in effects for by in effect["by"])]:
                if place not in organ.compartments:
                    end = parts.place(place, organ)
                    targets.setdefault(place, set()).add(end.organ or end.compartment)

    def name(place: str) -> str:
        if place in structure.compartments:
            return place
        shown = " / ".join(sorted(targets[place]))
        if len(targets[place]) > 1:
            shown = f"{place}: {shown}"
        ports.add(shown)
        end = parts.place(place, first)
        if not end.organ and parts.compartments[end.compartment]["outside"]:
            outside.add(shown)
        return shown

    fluxes = [f for f in parts.fluxes if f.organ is first]
    edges = _edges(fluxes, name)
    losses: dict[str, list[str]] = {}
    for process in first.processes.values():
        if not process["to"]:
            losses.setdefault(name(process["from"]), []).append(process["name"])
    for effect in structure.effects.values():
        for process in first.processes.values():
            if effect["name"] in process["effects"] and process["to"]:
                pair = _pair(process, name)
                edge = next(e for e in edges if (e.source, e.target) == pair)
                edge.hints += [(name(by), effect["kind"]) for by in effect["by"]]
    roots = [
        name(f.process["to"])
        for f in fluxes
        if f.process["kind"] == "perfusion" and f.process["to"] in structure.compartments
    ]
    ends = [end for e in edges for end in (e.source, e.target, *(by for by, _ in e.hints))]
    nodes = list(dict.fromkeys([*structure.compartments, *ends]))
    organs = ", ".join(dict.fromkeys(shown_name(parts, o) for o in structure.organs))
    return Panel(
        structure.name.replace("_", " "),
        organs,
        tint,
        edges,
        losses,
        layered(nodes, edges, roots or nodes[:1], _blood_ports(first, name), losses),
        outside,
        ports,
    )


def _blood_ports(organ: OrganOf, name: Callable[[str], str]) -> set[str]:
    out = set()
    for process in organ.processes.values():
        if process["kind"] == "perfusion":
            out |= {
                name(process[k]) for k in ("from", "to") if process[k] not in organ.compartments
            }
    return out


def panel_around(parts: ModelParts, blood: Circulation | None) -> Panel | None:
    """Show the processes of the model itself, outside its organs."""
    fluxes = [f for f in parts.fluxes if f.organ is None]
    if not fluxes and not parts.parts["voiding"]:
        return None
    hubs = (blood.arteries, blood.veins) if blood else ()
    ports: set[str] = set()

    def end_name(flux: Flux, key: str) -> str:
        end = flux.source if key == "from" else flux.target
        if end is None:
            return ""
        if end.organ:
            ports.add(end.full_name)
        return end.full_name

    edges: list[Edge] = []
    for flux in fluxes:
        pair = end_name(flux, "from"), end_name(flux, "to")
        if all(pair):
            _add_edge(edges, *pair, flux.process)
    for voiding in parts.parts["voiding"]:
        edges.append(Edge(voiding["from"], voiding["to"], ["voiding"]))
    nodes = list(dict.fromkeys(n for e in edges for n in (e.source, e.target)))
    routes = [into for route in parts.parts["routes"] for into in route["into"]]
    arrived = {e.target for e in edges}
    roots = [n for n in nodes if n in routes or n in hubs or n not in arrived]
    return Panel(
        "around the circulation" if blood else "compartments",
        "",
        "#F7F7F4",
        edges,
        {},
        layered(nodes, edges, roots or nodes[:1], set(), ()),
        {n for n in nodes if n in parts.compartments and parts.compartments[n]["outside"]},
        ports | set(hubs),
    )


def _pair(process: dict[str, Any], name: Callable[[str], str]) -> tuple[str, str]:
    return name(process["from"] or process["driven_by"]), name(process["to"])


def _edges(fluxes: Iterable[Flux], name: Callable[[str], str]) -> list[Edge]:
    out: list[Edge] = []
    for flux in fluxes:
        if not flux.target:
            continue
        edge = _add_edge(out, *_pair(flux.process, name), flux.process)
        edge.virtual = flux.source is None
        driver = flux.process["driven_by"]
        if driver and flux.source:
            edge.hints.append((name(driver), "drives"))
    return out


def _add_edge(edges: list[Edge], source: str, target: str, process: dict[str, Any]) -> Edge:
    for edge in edges:
        if (edge.source, edge.target) == (source, target):
            edge.labels.append(process["name"])
            return edge
    edges.append(
        Edge(source, target, [process["name"]], process["kind"] in ("exchange", "binding"))
    )
    return edges[-1]
