"""What figures of fits share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lutetia.plotting import COLORS, LESION_COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure


def new_axes(ax: Axes | None, width: float = 6.0, height: float = 4.0) -> Axes:
    """Given axes, or new ones of a size in inches."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def colors(regions: Sequence[str]) -> dict[str, str]:
    """One color per region: that of all figures, or the next of those of lesions."""
    others = [r for r in regions if r not in COLORS]
    named = {r: LESION_COLORS[k % len(LESION_COLORS)] for k, r in enumerate(others)}
    return {r: COLORS.get(r) or named[r] for r in regions}


def words(name: str) -> str:
    """Name as prose."""
    return name.replace("_", " ")


def footer(figure: Figure) -> None:
    """Say what a figure is for."""
    figure.text(0.995, 0.002, "research use only", ha="right", va="bottom", fontsize=7, color="0.4")


def plain_numbers(axis: Axis) -> None:
    """Numbers without powers on a logarithmic axis, within a decade too."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())
