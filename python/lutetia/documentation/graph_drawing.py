"""Picture of a model: blood flow on the left, the inside of each kind of organ on the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lutetia.documentation.graph_boxes import draw_panel
from lutetia.documentation.graph_circulation import WIDTH, circulation_of, draw_circulation
from lutetia.documentation.graph_panels import Panel, panel_around, panel_of
from lutetia.documentation.graph_pen import FAINT, UNIT, Pen
from lutetia.documentation.parts import ModelParts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Fills of the kinds of organ: light tints of the Okabe & Ito palette.
TINTS = ("#FBE3C8", "#CFE8F7", "#F6D9E8", "#CDEBDD", "#F9F3C0", "#DADDF2", "#E8E0D8", "#E4E4E4")
GAP = 0.55
CAPTION = (
    "dashed box: outside the body, or added with a patient    gray: drawn elsewhere too    "
    "dashed line: drives (arrow) or limits (bar) a process"
)


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

    blood = circulation_of(parts)
    tints = {s.name: TINTS[k % len(TINTS)] for k, s in enumerate(parts.structures)}
    panels = [panel_of(parts, s, tints[s.name]) for s in parts.structures]
    around = panel_around(parts, blood)
    panels += [around] if around else []
    panels.sort(key=lambda p: -p.width)
    left = WIDTH + GAP if blood else 0.0
    shelf = max((p.width for p in panels), default=0.0)
    shelves = _shelves(panels, shelf)
    heights = [max(p.height(w) for p, w in row) for row in shelves]
    steps = blood.steps if blood else 0
    height = max(sum(heights) + GAP * (len(heights) - 1), 0.8 * steps + 1.5) + 0.6
    width = left + shelf + 0.1
    if ax is None:
        figure, ax = plt.subplots(figsize=(width * UNIT, height * UNIT))
        figure.subplots_adjust(0.01, 0.01, 0.99, 0.99)
    ax.set_xlim(-0.1, width)
    ax.set_ylim(-height, 0.1)
    ax.set_aspect("equal")
    ax.set_axis_off()
    pen = Pen(ax, width)
    if blood:
        draw_circulation(pen, parts, blood, tints, height - 0.6)
    free = height - 0.6 - sum(heights)
    gap = min(free / max(len(heights) - 1, 1), 3 * GAP)
    y = 0.0
    for row, tall in zip(shelves, heights, strict=True):
        x = left
        for panel, wide in row:
            draw_panel(pen, panel, (x, y), (wide, tall))
            x += wide + GAP
        y -= tall + gap
    if blood:
        pen.text(0.0, -height + 0.2, CAPTION, ha="left", size=7, color=FAINT)
    return ax


def _shelves(panels: Sequence[Panel], width: float) -> list[list[tuple[Panel, float]]]:
    """Panels in rows, each as wide as it gets when its row fills the width."""
    rows: list[list[Panel]] = []
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
