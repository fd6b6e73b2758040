"""Picture of a model: blood flow on the left, the inside of each kind of organ on the right."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING, Any

from lutetia.equations import Flux, ModelParts, OrganOf, Structure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Fills of the kinds of organ: light tints of the Okabe & Ito palette.
TINTS = ("#FBE3C8", "#CFE8F7", "#F6D9E8", "#CDEBDD", "#F9F3C0", "#DADDF2", "#E8E0D8", "#E4E4E4")
VEINS, ARTERIES = "#4C78A8", "#C44E52"
INK, FAINT, OUTSIDE = "#333333", "#777777", "#F2F2F2"

# Sizes in units of the drawing; one unit is UNIT inches in a figure made here.
UNIT = 0.62
BOX, HEIGHT = 1.75, 0.56  # a compartment
COLUMN, ROW = 3.25, 1.12  # from one compartment to the next
CIRCULATION = 9.0  # width of the blood flow
GAP = 0.55
CAPTION = (
    "dashed box: outside the body, or added with a patient    gray: drawn elsewhere too    "
    "dashed line: drives (arrow) or limits (bar) a process"
)


@dataclass
class _Edge:
    source: str
    target: str
    labels: list[str]
    both_ways: bool = False
    virtual: bool = False  # what arrives is made, in proportion to the source
    hints: list[tuple[str, str]] = field(default_factory=list)  # (compartment, what it does)


@dataclass
class _Panel:
    title: str
    subtitle: str
    tint: str
    edges: list[_Edge]
    losses: dict[str, list[str]]  # compartment → processes whose end is nowhere
    places: dict[str, tuple[float, float]]  # column and row
    outside: set[str]
    ports: set[str]  # compartments that belong to something else

    @property
    def width(self) -> float:
        columns = [column for column, _ in self.places.values()]
        return max((max(columns) - min(columns)) * COLUMN + BOX + 0.9, 0.19 * len(self.title))

    def lines(self, width: float) -> list[str]:
        return textwrap.wrap(self.subtitle, int(width / 0.115))

    def height(self, width: float) -> float:
        rows = [row for _, row in self.places.values()]
        text = 0.3 * len(self.lines(width))
        below = 0.24 * max((len(lost) for lost in self.losses.values()), default=0)
        return (max(rows) - min(rows)) * ROW + HEIGHT + 1.15 + text + below


def draw_model(parts: ModelParts, ax: Axes | None = None) -> Axes:
    """Draw the compartments of a model and what connects them.

    Parameters
    ----------
    parts
        The structure of a model.
    ax
        Axes to draw on; a figure of fitting size when absent.

    Returns
    -------
    matplotlib.axes.Axes
    """
    import matplotlib.pyplot as plt

    hubs = _hubs(parts)
    tints = {s.name: TINTS[k % len(TINTS)] for k, s in enumerate(parts.structures)}
    panels = [_panel_of(parts, s, tints[s.name]) for s in parts.structures]
    around = _panel_around(parts, hubs)
    panels += [around] if around else []
    panels.sort(key=lambda p: -p.width)
    left = CIRCULATION + GAP if hubs else 0.0
    shelf = max((p.width for p in panels), default=0.0)
    shelves = _shelves(panels, shelf)
    heights = [max(p.height(w) for p, w in row) for row in shelves]
    rows = _rows(parts, hubs) if hubs else []
    steps = sum(len(row) + bool(_drips(parts, row)) for row in rows)
    height = max(sum(heights) + GAP * (len(heights) - 1), 0.8 * steps + 1.5) + 0.6
    width = left + shelf + 0.1
    if ax is None:
        figure, ax = plt.subplots(figsize=(width * UNIT, height * UNIT))
        figure.subplots_adjust(0.01, 0.01, 0.99, 0.99)
    ax.set_xlim(-0.1, width)
    ax.set_ylim(-height, 0.1)
    ax.set_aspect("equal")
    ax.set_axis_off()
    pen = _Pen(ax, width)
    if hubs:
        _draw_circulation(pen, parts, hubs, rows, tints, height - 0.6)
    free = height - 0.6 - sum(heights)
    gap = min(free / max(len(heights) - 1, 1), 3 * GAP)
    y = 0.0
    for row, tall in zip(shelves, heights, strict=True):
        x = left
        for panel, wide in row:
            _draw_panel(pen, panel, (x, y), (wide, tall))
            x += wide + GAP
        y -= tall + gap
    if hubs:
        pen.text(0.0, -height + 0.2, CAPTION, ha="left", size=7, color=FAINT)
    return ax


def _shelves(panels: Sequence[_Panel], width: float) -> list[list[tuple[_Panel, float]]]:
    """Panels in rows, each as wide as it gets when its row fills the width."""
    rows: list[list[_Panel]] = []
    for panel in panels:
        for row in rows:
            if sum(p.width + GAP for p in row) + panel.width <= width:
                row.append(panel)
                break
        else:
            rows.append([panel])
    spare = [width - sum(p.width for p in row) - GAP * (len(row) - 1) for row in rows]
    return [
        [(p, p.width + more / len(row)) for p in row] for row, more in zip(rows, spare, strict=True)
    ]


class _Pen:
    """Boxes, arrows and text whose size follows that of the axes."""

    def __init__(self, ax: Axes, width: float) -> None:
        self.ax = ax
        inches = ax.get_window_extent().width / ax.figure.dpi
        self.scale = inches / width / UNIT

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        text: str = "",
        *,
        fill: str = "white",
        edge: str = INK,
        dashed: bool = False,
        size: float = 8.0,
        rotation: float = 0.0,
        color: str = INK,
        round_by: float = 0.12,
    ) -> None:
        """Draw a box around its center."""
        from matplotlib.patches import FancyBboxPatch

        self.ax.add_patch(
            FancyBboxPatch(
                (x - width / 2, y - height / 2),
                width,
                height,
                boxstyle=f"round,pad=0,rounding_size={round_by}",
                facecolor=fill,
                edgecolor=edge,
                linewidth=0.8 * self.scale,
                linestyle=(0, (4, 2)) if dashed else "-",
                zorder=3,
            )
        )
        if text:
            self.text(x, y, text, size=size, rotation=rotation, color=color)

    def text(self, x: float, y: float, text: str, **style: Any) -> None:
        """Write text; `size` in points at the size of a figure made here."""
        style = {"ha": "center", "va": "center", "color": INK, "zorder": 5, "size": 8.0, **style}
        style["size"] *= self.scale
        self.ax.text(x, y, text, **style)

    def arrow(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        *,
        color: str = INK,
        both: bool = False,
        bend: float = 0.0,
        dashed: bool = False,
        head: str = "-|>",
        width: float = 1.0,
    ) -> None:
        """Draw an arrow between two points."""
        from matplotlib.patches import FancyArrowPatch

        self.ax.add_patch(
            FancyArrowPatch(
                start,
                end,
                arrowstyle="<|-|>" if both else head,
                connectionstyle=f"arc3,rad={bend}",
                mutation_scale=8 * self.scale,
                shrinkA=0,
                shrinkB=0,
                linewidth=width * self.scale,
                linestyle=(0, (3, 2)) if dashed else "-",
                color=color,
                zorder=2,
            )
        )


# Blood flow


def _hubs(parts: ModelParts) -> tuple[str, str] | None:
    """Compartments of the model that feed and collect most organs: arteries and veins."""
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
    return (arteries, veins) if arteries != veins else None


def _blood_ends(parts: ModelParts, organ: OrganOf) -> tuple[str, str]:
    """Where the blood of an organ comes from and goes to: a compartment or another organ."""
    ends = ["", ""]
    for flux in parts.fluxes:
        if flux.organ is organ and flux.process["kind"] == "perfusion":
            if flux.source and flux.source.organ != organ.name:
                ends[0] = flux.source.organ or flux.source.compartment
            if flux.target and flux.target.organ != organ.name:
                ends[1] = flux.target.organ or flux.target.compartment
    return ends[0], ends[1]


def _rows(parts: ModelParts, hubs: tuple[str, str]) -> list[list[OrganOf]]:
    """Organs from top to bottom: between veins and arteries, portal groups, others, lesions.

    A row of several is an organ and those that drain into it.
    """
    arteries, veins = hubs
    ends = {o.name: _blood_ends(parts, o) for o in parts.organs}
    lungs = [[o] for o in parts.organs if ends[o.name] == (veins, arteries)]
    into: dict[str, list[OrganOf]] = {}
    for o in parts.organs:
        if ends[o.name][1] in parts.by_name:
            into.setdefault(ends[o.name][1], []).append(o)
    portal = {o.name for group in into.values() for o in group}
    portals = [[parts.by_name[name], *group] for name, group in into.items() if name not in portal]
    taken = {o.name for row in [*lungs, *portals] for o in row}
    rest = [[o] for o in parts.organs if o.name not in taken and not o.lesion]
    rest.sort(key=lambda row: bool(_drips(parts, row)))
    dry = [row for row in rest if not _drips(parts, row)]
    wet = [row for row in rest if _drips(parts, row)]
    tumors = [o for o in parts.organs if o.lesion and o.name not in taken]
    return [*lungs, *portals, *dry, *([tumors[:1]] if tumors else []), *wet]


def _drips(parts: ModelParts, row: Sequence[OrganOf]) -> list[str]:
    """Compartments of the model that one organ alone empties into, other than by blood."""
    into: dict[str, set[str]] = {}
    for flux in parts.fluxes:
        blood = flux.process["kind"] == "perfusion"
        if flux.organ and flux.target and not flux.target.organ and not blood:
            into.setdefault(flux.target.compartment, set()).add(flux.organ.name)
    names = {o.name for o in row}
    return [c for c, organs in into.items() if len(organs) == 1 and organs <= names]


def _shown_name(parts: ModelParts, organ: OrganOf) -> str:
    if organ.lesion:
        return f"lesions ({', '.join(o.name for o in parts.organs if o.lesion)})"
    name = organ.name.replace("_", " ")
    return f"{name} ({organ.only})" if organ.only else name


def _draw_circulation(
    pen: _Pen,
    parts: ModelParts,
    hubs: tuple[str, str],
    rows: Sequence[Sequence[OrganOf]],
    tints: dict[str, str],
    height: float,
) -> None:
    arteries, veins = hubs
    left, right = 0.35, CIRCULATION - 0.35
    ends = {o.name: _blood_ends(parts, o) for o in parts.organs}
    steps = sum(len(row) + bool(_drips(parts, row)) for row in rows)
    pitch = min((height - 0.6) / (steps + 1), 1.15)
    top = -0.3
    bottom = top - pitch * (steps - len(_drips(parts, rows[-1]))) + pitch * 0.15
    for x, name, color in ((left, veins, VEINS), (right, arteries, ARTERIES)):
        middle = (top + bottom) / 2
        pen.box(x, middle, 0.55, top - bottom, fill=color, edge=color, round_by=0.2)
        pen.text(x, middle, name, color="white", rotation=90, size=11, weight="bold")
    center = CIRCULATION / 2
    box = min(0.62, pitch * 0.72)

    def organ_box(organ: OrganOf, x: float, y: float, width: float, height: float) -> None:
        tint = tints[parts.structure_of(organ.name).name]
        pen.box(
            x, y, width, height, _shown_name(parts, organ), fill=tint, dashed=organ.lesion, size=9
        )

    y = top - pitch * 0.5
    for row in rows:
        organ = row[0]
        if len(row) == 1:
            organ_box(organ, center, y, 3.4, box)
            upstream = ends[organ.name][0] == veins
            if upstream:
                pen.arrow((left + 0.28, y), (center - 1.7, y), color=VEINS, width=1.6)
                pen.arrow((center + 1.7, y), (right - 0.28, y), color=ARTERIES, width=1.6)
            else:
                pen.arrow((right - 0.28, y), (center + 1.7, y), color=ARTERIES)
                pen.arrow((center - 1.7, y), (left + 0.28, y), color=VEINS)
        else:
            low = y - pitch * (len(row) - 1)
            x, portal = 2.35, 5.6
            organ_box(organ, x, (y + low) / 2, 1.7, y - low + box)
            pen.arrow((x - 0.85, (y + low) / 2), (left + 0.28, (y + low) / 2), color=VEINS)
            pen.arrow((right - 0.28, y), (x + 0.85, y), color=ARTERIES)
            for k, other in enumerate(row[1:]):
                at = low + pitch * k
                organ_box(other, portal, at, 2.3, box)
                pen.arrow((right - 0.28, at), (portal + 1.15, at), color=ARTERIES)
                pen.arrow((portal - 1.15, at), (x + 0.85, at), color=VEINS)
            y = low
        drips = _drips(parts, row)
        for k, name in enumerate(drips):
            x = center + (k - (len(drips) - 1) / 2) * 2.6
            outside = parts.compartments[name]["outside"]
            pen.box(
                x, y - pitch, 2.0, box, name.replace("_", " "), fill=OUTSIDE, dashed=outside, size=9
            )
            pen.arrow((x, y - box / 2), (x, y - pitch + box / 2))
        y -= pitch * (1 + bool(drips))


# The inside of organs


def _panel_of(parts: ModelParts, structure: Structure, tint: str) -> _Panel:
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
    organs = ", ".join(dict.fromkeys(_shown_name(parts, o) for o in structure.organs))
    return _Panel(
        structure.name.replace("_", " "),
        organs,
        tint,
        edges,
        losses,
        _layered(nodes, edges, roots or nodes[:1], _blood_ports(first, name), losses),
        outside,
        ports,
    )


def _blood_ports(organ: OrganOf, name: Any) -> set[str]:
    out = set()
    for process in organ.processes.values():
        if process["kind"] == "perfusion":
            out |= {
                name(process[k]) for k in ("from", "to") if process[k] not in organ.compartments
            }
    return out


def _panel_around(parts: ModelParts, hubs: tuple[str, str] | None) -> _Panel | None:
    """Show the processes of the model itself, outside its organs."""
    fluxes = [f for f in parts.fluxes if f.organ is None]
    if not fluxes and not parts.parts["voiding"]:
        return None
    ports: set[str] = set()

    def end_name(flux: Flux, key: str) -> str:
        end = flux.source if key == "from" else flux.target
        if end is None:
            return ""
        if end.organ:
            ports.add(end.full_name)
        return end.full_name

    edges: list[_Edge] = []
    for flux in fluxes:
        pair = end_name(flux, "from"), end_name(flux, "to")
        if all(pair):
            _add_edge(edges, *pair, flux.process)
    for voiding in parts.parts["voiding"]:
        edges.append(_Edge(voiding["from"], voiding["to"], ["voiding"]))
    nodes = list(dict.fromkeys(n for e in edges for n in (e.source, e.target)))
    routes = [into for route in parts.parts["routes"] for into in route["into"]]
    arrived = {e.target for e in edges}
    roots = [n for n in nodes if n in routes or n in (hubs or ()) or n not in arrived]
    return _Panel(
        "around the circulation" if hubs else "compartments",
        "",
        "#F7F7F4",
        edges,
        {},
        _layered(nodes, edges, roots or nodes[:1], set(), {}),
        {n for n in nodes if n in parts.compartments and parts.compartments[n]["outside"]},
        ports | set(hubs or ()),
    )


def _pair(process: dict[str, Any], name: Any) -> tuple[str, str]:
    return name(process["from"] or process["driven_by"]), name(process["to"])


def _edges(fluxes: Iterable[Flux], name: Any) -> list[_Edge]:
    out: list[_Edge] = []
    for flux in fluxes:
        if not flux.target:
            continue
        edge = _add_edge(out, *_pair(flux.process, name), flux.process)
        edge.virtual = flux.source is None
        driver = flux.process["driven_by"]
        if driver and flux.source:
            edge.hints.append((name(driver), "drives"))
    return out


def _add_edge(edges: list[_Edge], source: str, target: str, process: dict[str, Any]) -> _Edge:
    for edge in edges:
        if (edge.source, edge.target) == (source, target):
            edge.labels.append(process["name"])
            return edge
    edges.append(
        _Edge(source, target, [process["name"]], process["kind"] in ("exchange", "binding"))
    )
    return edges[-1]


def _layered(
    nodes: Sequence[str],
    edges: Sequence[_Edge],
    roots: Sequence[str],
    before: set[str],
    below: Iterable[str],
) -> dict[str, tuple[float, float]]:
    """Columns by distance from the roots, rows with few crossings.

    Nodes `before` stand to the left of the roots, nodes `below` under others of their column.
    """
    influences = [(by, e) for e in edges for by, _ in e.hints]
    column = dict.fromkeys(before, -1)
    column |= dict.fromkeys(roots, 0)
    queue = list(dict.fromkeys(roots))
    waiting = [n for n in nodes if n not in column]
    while queue or waiting:
        if not queue:
            fresh = next((n for n in waiting if all(e.target != n for e in edges)), waiting[0])
            aims = [column[e.target] for e in edges if e.source == fresh and e.target in column]
            column[fresh] = max(min(aims, default=1) - 1, 0)
            queue = [fresh]
        for node in queue:
            steps = [e.target for e in edges if e.source == node]
            steps += [e.source for e in edges if e.target == node and e.both_ways]
            new = [n for n in steps if n not in column]
            column |= dict.fromkeys(new, column[node] + 1)
            queue = queue[1:] + new
        beside = [(by, e) for by, e in influences if by not in column and e.source in column]
        column |= {by: column[e.source] for by, e in beside}
        waiting = [n for n in nodes if n not in column]
    layers: dict[int, list[str]] = {}
    for node in sorted(nodes, key=_together(nodes, edges).__getitem__):
        layers.setdefault(column[node], []).append(node)
    row = {n: k - (len(layer) - 1) / 2 for layer in layers.values() for k, n in enumerate(layer)}

    def cost() -> float:
        lengths = sum(abs(row[e.source] - row[e.target]) for e in edges)
        lengths += sum(abs(2 * row[by] - row[e.source] - row[e.target]) for by, e in influences)
        lengths -= sum(5 * row[node] for node in below)
        return lengths + 3 * _crossings(edges, column, row)

    for _ in range(3):
        for layer in layers.values():
            best: tuple[float, tuple[str, ...]] | None = None
            for order in permutations(layer) if len(layer) <= 5 else [tuple(layer)]:
                row |= {n: k - (len(order) - 1) / 2 for k, n in enumerate(order)}
                if best is None or cost() < best[0] - 1e-9:
                    best = cost(), order
            assert best is not None
            row |= {n: k - (len(best[1]) - 1) / 2 for k, n in enumerate(best[1])}
    return {n: (column[n], row[n]) for n in nodes}


def _together(nodes: Sequence[str], edges: Sequence[_Edge]) -> dict[str, int]:
    """Return the number of the connected part each node belongs to."""
    part = {node: k for k, node in enumerate(nodes)}
    for _ in nodes:
        for e in edges:
            part[e.source] = part[e.target] = min(part[e.source], part[e.target])
    return part


def _crossings(edges: Sequence[_Edge], column: dict[str, int], row: dict[str, float]) -> int:
    count = 0
    for k, a in enumerate(edges):
        for b in edges[:k]:
            if len({a.source, a.target, b.source, b.target}) < 4:
                continue
            (a0, a1), (b0, b1) = (
                sorted([(column[e.source], row[e.source]), (column[e.target], row[e.target])])
                for e in (a, b)
            )
            if a0[0] == b0[0] and a1[0] == b1[0]:
                count += (a0[1] - b0[1]) * (a1[1] - b1[1]) < 0
    return count


def _draw_panel(
    pen: _Pen, panel: _Panel, corner: tuple[float, float], size: tuple[float, float]
) -> None:
    (x, y), (width, height) = corner, size
    pen.box(
        x + width / 2,
        y - height / 2,
        width,
        height,
        fill=panel.tint + "66",
        edge="#BBBBBB",
        round_by=0.25,
    )
    pen.text(x + 0.25, y - 0.38, panel.title, ha="left", size=10.5, weight="bold")
    lines = "\n".join(panel.lines(width))
    pen.text(x + 0.25, y - 0.64, lines, ha="left", va="top", size=7.5, color=FAINT)
    columns = [c for c, _ in panel.places.values()]
    rows = [r for _, r in panel.places.values()]
    x0 = x + 0.45 + BOX / 2
    below = 0.24 * max((len(lost) for lost in panel.losses.values()), default=0)
    y0 = y - height + 0.4 + HEIGHT / 2 + below + (height - panel.height(width)) / 2
    at = {
        name: (x0 + (c - min(columns)) * COLUMN, y0 + (max(rows) - r) * ROW)
        for name, (c, r) in panel.places.items()
    }
    for name, (cx, cy) in at.items():
        port = name in panel.ports or name in panel.outside
        pen.box(
            cx,
            cy,
            BOX,
            HEIGHT,
            "\n".join(textwrap.wrap(name.replace("_", " ").replace(".", " "), 18)),
            fill=OUTSIDE if port else "white",
            edge=FAINT if port else INK,
            dashed=name in panel.outside,
            size=8 if len(name) < 18 else 6.5,
            color=FAINT if port else INK,
        )
    for name, lost in panel.losses.items():
        px, py = at[name]
        pen.arrow((px, py - HEIGHT / 2), (px, py - HEIGHT / 2 - 0.3))
        pen.text(px, py - HEIGHT / 2 - 0.36, "\n".join(lost), size=6.6, va="top")
    pairs = {(e.source, e.target) for e in panel.edges}
    for edge in panel.edges:
        _draw_edge(pen, edge, at, (edge.target, edge.source) in pairs)


def _draw_edge(pen: _Pen, edge: _Edge, at: dict[str, tuple[float, float]], and_back: bool) -> None:
    (x1, y1), (x2, y2) = at[edge.source], at[edge.target]
    bend = 0.3 if and_back else 0.0
    if _hits_a_box((x1, y1), (x2, y2), at):
        bend = 0.35
    start, end = _border((x1, y1), (x2, y2)), _border((x2, y2), (x1, y1))
    pen.arrow(start, end, both=edge.both_ways, bend=bend, dashed=edge.virtual)
    dx, dy = end[0] - start[0], end[1] - start[1]
    middle = (start[0] + dx / 2 + bend * dy / 2, start[1] + dy / 2 - bend * dx / 2)
    label = "\n".join("\n".join(textwrap.wrap(text, 17)) for text in edge.labels)
    pen.text(
        *middle,
        label,
        size=6.6,
        linespacing=0.95,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
    )
    for name, does in {name: does for name, does in reversed(edge.hints)}.items():
        above = at[name][1] > middle[1] - HEIGHT / 2
        tip = middle[0], middle[1] + (0.2 if above else -0.2)
        hint = _border(at[name], tip)
        bend = (-0.1 if above else 0.1) if _hits_a_box(at[name], tip, at) else 0.0
        head = "-|>" if does in ("drives", "stimulates") else "|-|, widthA=0, widthB=0.35"
        pen.arrow(hint, tip, color=FAINT, dashed=True, head=head, width=0.8, bend=bend)


def _hits_a_box(
    start: tuple[float, float], end: tuple[float, float], at: dict[str, tuple[float, float]]
) -> bool:
    """Whether a straight line between two points runs through a box that stands between them."""
    (x1, y1), (x2, y2) = start, end
    return any(
        min(x1, x2) + BOX / 2 < x < max(x1, x2) - 1e-9
        and abs(y - (y1 + (y2 - y1) * (x - x1) / (x2 - x1))) < HEIGHT
        for x, y in at.values()
    )


def _border(of: tuple[float, float], toward: tuple[float, float]) -> tuple[float, float]:
    """Where a line from the center of a box leaves it."""
    dx, dy = toward[0] - of[0], toward[1] - of[1]
    if abs(dx) > BOX / 2:
        return of[0] + BOX / 2 * (1 if dx > 0 else -1), of[1] + max(
            -HEIGHT / 3, min(HEIGHT / 3, dy * 0.2)
        )
    return of[0], of[1] + HEIGHT / 2 * (1 if dy > 0 else -1)
