"""Figures of the report: one overview and a few curves, as PNG."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from .compare import Outcome, Row, ratio
from .results import Curves

PASS, FAIL, SHOWN, BAND = "#0072B2", "#D55E00", "#8C8C8C", "#CFE3F1"
LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
SPAN = (0.04, 25.0)  # of obtained over expected; beyond it an arrow
INCHES_PER_ROW = 0.155


def overview(outcomes: Sequence[Outcome]) -> bytes:
    """Obtained over expected with the band of every quantity, one row each."""
    rows = [(o, r) for o in outcomes for r in o.rows if ratio(r) is not None]
    half = _split(rows)
    columns = [rows[:half], rows[half:]]
    tallest = max(len(_lines(c)) for c in columns)
    with mpl.rc_context({"backend": "agg", "font.size": 7.5}):
        figure = _figure((14, INCHES_PER_ROW * tallest + 1.1))
        for ax, column in zip(figure.subplots(1, 2), columns, strict=True):
            _column(ax, column, tallest)
        figure.legend(
            handles=_legend(), loc="outside upper center", ncols=5, frameon=False, fontsize=8.5
        )
        return _png(figure)


def curves(drawn: Curves) -> bytes:
    """Draw one small figure."""
    with mpl.rc_context({"backend": "agg", "font.size": 8.5}):
        figure = _figure((5.4, 3.5))
        ax = figure.subplots()
        colors = iter(LINES)
        for line in drawn.lines:
            if line.points:
                ax.errorbar(
                    line.x,
                    line.y,
                    yerr=line.spread,
                    fmt="o",
                    color="black",
                    ms=4,
                    capsize=3,
                    lw=1,
                    label=line.label,
                )
            else:
                published = "published" in line.label
                color, dashes = ("0.45", "--") if published else (next(colors), "-")
                ax.plot(line.x, line.y, color=color, ls=dashes, lw=1.6, label=line.label)
        ax.set_title(drawn.title, loc="left", fontsize=9.5, fontweight="bold")
        ax.set_xlabel(drawn.x_label)
        ax.set_ylabel(drawn.y_label)
        if drawn.log_x:
            ax.set_xscale("log")
        else:
            ax.xaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
        if drawn.log_y:
            ax.set_yscale("log")
        elif ax.get_ylim()[0] > 0:
            ax.set_ylim(bottom=0)
        ax.grid(alpha=0.3, lw=0.5)
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False, fontsize=8)
        return _png(figure)


def _figure(size: tuple[float, float]) -> Figure:
    return Figure(figsize=size, layout="constrained")


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=125)
    return out.getvalue()


def _lines(rows: Sequence[tuple[Outcome, Row]]) -> list[tuple[Outcome, Row | None]]:
    """Rows with a heading line before each case."""
    out: list[tuple[Outcome, Row | None]] = []
    for k, (outcome, row) in enumerate(rows):
        if k == 0 or rows[k - 1][0] is not outcome:
            out.append((outcome, None))
        out.append((outcome, row))
    return out


def _split(rows: Sequence[tuple[Outcome, Row]]) -> int:
    """Start of the second column: a case that begins near the middle."""
    starts = [k for k in range(1, len(rows)) if rows[k][0] is not rows[k - 1][0]]
    total = len(_lines(rows))
    return min(starts, key=lambda k: abs(len(_lines(rows[:k])) - total / 2), default=len(rows))


def _column(ax: Axes, rows: Sequence[tuple[Outcome, Row]], tallest: int) -> None:
    lines = _lines(rows)
    labels = []
    for y, (outcome, row) in enumerate(lines):
        if row is None:
            labels.append(f"{outcome.measurement.id}  {outcome.measurement.title}")
            continue
        labels.append(row.quantity.name)
        _mark(ax, y, row)
    ax.axvline(1.0, color="0.35", lw=0.8, zorder=1)
    ax.set_xscale("log")
    ax.set_xlim(SPAN[0] / 1.15, SPAN[1] * 1.15)
    ticks = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20]
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.minorticks_off()
    ax.set_ylim(tallest - 0.4, -0.8)
    ax.set_yticks(range(len(lines)), labels)
    for label, (outcome, row) in zip(ax.get_yticklabels(), lines, strict=True):
        if row is None:
            label.set_fontweight("bold")
            label.set_color({"pass": PASS, "fail": FAIL}.get(outcome.status, "black"))
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", alpha=0.35, lw=0.5)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.set_xlabel("obtained / expected")


def _mark(ax: Axes, y: int, row: Row) -> None:
    value = ratio(row)
    assert value is not None
    assert row.obtained is not None
    color = {"pass": PASS, "fail": FAIL}.get(row.status, SHOWN)
    if row.quantity.judged:
        scale = value / row.obtained if row.obtained and math.isfinite(value) else None
        low, high = row.quantity.limits()
        scale = scale or 1 / (row.quantity.expected or 1)
        ends = np.clip([low * scale, high * scale], *SPAN) if low > -math.inf else None
        left, right = ends if ends is not None else (SPAN[0], min(high * scale, SPAN[1]))
        ax.barh(y, right - left, left=left, height=0.78, color=BAND, zorder=0)
    if math.isnan(value):
        ax.plot(1.0, y, marker="x", color=color, ms=5, zorder=3)
    elif value > SPAN[1]:
        ax.plot(SPAN[1], y, marker=">", color=color, ms=5, zorder=3)
    elif value < SPAN[0]:
        ax.plot(SPAN[0], y, marker="<", color=color, ms=5, zorder=3)
    else:
        face = color if row.quantity.judged else "white"
        ax.plot(value, y, marker="o", color=color, markerfacecolor=face, ms=4.2, zorder=3)


def _legend() -> list[Line2D | Patch]:
    def dot(label: str, color: str, marker: str = "o", face: str | None = None) -> Line2D:
        return Line2D(
            [],
            [],
            ls="",
            marker=marker,
            color=color,
            markerfacecolor=face or color,
            ms=5,
            label=label,
        )

    return [
        dot("pass", PASS),
        dot("fail (× no value, arrow beyond the axis)", FAIL),
        dot("shown, not judged", SHOWN, face="white"),
        Patch(color=BAND, label="pass band"),
        Line2D(
            [],
            [],
            color="0.35",
            lw=0.8,
            label="expected, limit of a sign test, or middle of the band",
        ),
    ]
