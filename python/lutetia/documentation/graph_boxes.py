"""Drawing of a panel: its compartments, the arrows between them and their labels."""

from __future__ import annotations

import textwrap

from lutetia.documentation.graph_layout import Edge
from lutetia.documentation.graph_panels import Panel
from lutetia.documentation.graph_pen import BOX, COLUMN, FAINT, HEIGHT, INK, OUTSIDE, ROW, Pen

Point = tuple[float, float]


def draw_panel(pen: Pen, panel: Panel, corner: Point, size: Point) -> None:
    """Draw a panel between its upper left corner and its size."""
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
    y0 = y - height + 0.4 + HEIGHT / 2 + panel.below + (height - panel.height(width)) / 2
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


def _draw_edge(pen: Pen, edge: Edge, at: dict[str, Point], and_back: bool) -> None:
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


def _hits_a_box(start: Point, end: Point, at: dict[str, Point]) -> bool:
    """Whether a straight line between two points runs through a box that stands between them."""
    (x1, y1), (x2, y2) = start, end
    return any(
        min(x1, x2) + BOX / 2 < x < max(x1, x2) - 1e-9
        and abs(y - (y1 + (y2 - y1) * (x - x1) / (x2 - x1))) < HEIGHT
        for x, y in at.values()
    )


def _border(of: Point, toward: Point) -> Point:
    """Where a line from the center of a box leaves it."""
    dx, dy = toward[0] - of[0], toward[1] - of[1]
    if abs(dx) > BOX / 2:
        return of[0] + BOX / 2 * (1 if dx > 0 else -1), of[1] + max(
            -HEIGHT / 3, min(HEIGHT / 3, dy * 0.2)
        )
    return of[0], of[1] + HEIGHT / 2 * (1 if dy > 0 else -1)
