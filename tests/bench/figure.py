"""Work against precision, one line for each solver."""

from __future__ import annotations

from pathlib import Path
from typing import Any

MARKERS = "sD^v<>Ph*X"


def draw(rows: list[Any], file: Path) -> None:
    """Write the picture of measured rows."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9.0, 5.0), constrained_layout=True)
    slowest_first = sorted(
        {r.solver for r in rows}, key=lambda n: -min(r.median_ms for r in rows if r.solver == n)
    )
    for i, name in enumerate(slowest_first):
        of = sorted((r for r in rows if r.solver == name), key=lambda r: -r.rtol)
        ours = name.startswith("lutetia")
        axes.loglog(
            [r.peak_error for r in of],
            [r.median_ms for r in of],
            "o-" if ours else MARKERS[i % len(MARKERS)] + "--",
            color=f"C{i}",
            linewidth=2.0 if ours else 1.0,
            markersize=5,
            label=name,
        )
    axes.invert_xaxis()
    axes.set_xlabel("largest error of an activity, of the peak of its region")
    axes.set_ylabel("processor time of one course [ms]")
    axes.set_title("Four cycles, six lesions, 200 outputs of 20 regions")
    axes.grid(which="major", alpha=0.3)
    figure.legend(loc="outside right upper", frameon=False)
    figure.savefig(file, dpi=130)
    plt.close(figure)
