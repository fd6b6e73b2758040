"""Sizes, colors, boxes and arrows of the picture of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, FAINT, OUTSIDE = "#333333", "#777777", "#F2F2F2"

# Sizes in units of the drawing; one unit is UNIT inches in a figure made here.
UNIT = 0.62
BOX, HEIGHT = 1.75, 0.56  # a compartment
COLUMN, ROW = 3.25, 1.12  # from one compartment to the next


class Pen:
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
