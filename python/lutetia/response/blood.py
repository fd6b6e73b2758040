"""Blood counts under the dose rate of the marrow."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from lutetia import _core
from lutetia.dosimetry.data import dose_data
from lutetia.errors import DataError
from lutetia.radiobiology import TissueValues, tissues_with
from lutetia.response.exposure import blood_exposure, exposure_of
from lutetia.response.numbers import Rows, replaced, table_of, values_of, windows_of
from lutetia.response.tumor import TOLERANCE
from lutetia.result import RESEARCH_ONLY, Run
from lutetia.units import HOURS_PER_DAY, Quantity, hours_of, to_internal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PER_LITER = 1e9  # unit in which counts are shown
AFTER_LAST = "8 week"  # the nadir of the last cycle comes within
GRADES = ("grade_1", "grade_2", "grade_3", "grade_4")


def blood_counts(
    run: Run,
    values: Mapping[str, Mapping[str, Quantity]] | None = None,
    *,
    end: Quantity = None,
    step: Quantity = "4 h",
    marrow: str = "red_marrow",
    blood: str | None = "serum",
    sensitizers: Sequence[tuple[float, Quantity, Quantity]] = (),
    repair_factors: Sequence[tuple[float, Quantity, Quantity]] = (),
    tissues: TissueValues | str | None = None,
    convention: str = "s_values",
    tail: str = "linear",
    name: str = "default",
    library: _core.Library | None = None,
) -> BloodCounts:
    """Platelets, neutrophils and lymphocytes under the dose rates of a run.

    Proliferating cells P' = k·P·(1 − f)·(C₀/C)^γ − k·P − h·P with h = α·d(BED)/dt of the marrow, n transits, and
    circulating cells C, which the dose to blood may kill as well. There alpha particles count with the RBE of the tissue
    `blood`, in the marrow with that of the tissue `marrow`.

    Parameters
    ----------
    run
        A finished simulation.
    values
        Numbers that replace those of the file, by cell line, e.g. ``{"platelets": {"baseline": "180e9 1/L"}}``; see
        `BloodCounts.numbers`.
    end
        Last time, a number in h or a quantity; eight weeks after the last cycle began, or the end of the run if
        that is later, when absent.
    step
        Between two times, a number in h or a quantity.
    marrow
        Region whose dose rate acts on proliferating cells.
    blood
        Region whose label is in the blood; None leaves the dose to circulating cells out.
    sensitizers, repair_factors
        Of the marrow, each (factor, from, to), as in `TumorResponse`; no factor of a drug is known here.
    tissues, convention, tail, library
        As in `biologically_effective_dose`.
    name
        Of a file in ``normal_tissue/``.

    Returns
    -------
    BloodCounts

    Raises
    ------
    DataError
        If the run has no marrow, or as `absorbed_dose`.
    ValueError
        If a number is impossible.

    References
    ----------
    Friberg et al. 2002, J Clin Oncol 20:4713, doi:10.1200/JCO.2002.02.140.

    Examples
    --------
    >>> import lutetia as lt
    >>> run = lt.simulate("sstr2_whole_body", "reference_male", "netter1")
    >>> counts = lt.blood_counts(run)
    >>> round(float(counts.nadirs.loc[("platelets", 1), "day"]))
    31
    """
    data = dose_data(run, convention, tail, library)
    known = tissues_with(data.library, tissues, run.lesions, run.regions)
    read = _core.normal_tissue_data(data.library, name)
    unknown = sorted(set(values or {}) - set(read["lines"]))
    if unknown:
        raise ValueError(
            f"there is no cell line {unknown[0]!r}; cell lines: {', '.join(read['lines'])}"
        )
    rows = {
        line: replaced(numbers, (values or {}).get(line, {}), f"cell line {line!r}")
        for line, numbers in read["lines"].items()
    }
    hours = _times(run, end, step)
    of_marrow = exposure_of(run, marrow, data)
    of_blood = of_marrow if blood is None else blood_exposure(run, blood, tail, data.library)
    tissue = known.of(marrow, False)
    windows = (
        windows_of(sensitizers, {}, "sensitizers"),
        windows_of(repair_factors, {}, "repair_factors"),
    )
    found = {}
    for line, numbers in rows.items():
        v = values_of(numbers)
        if blood is None:
            cells = core_line({**v, "blood_alpha": 0.0}, tissue, *windows)
        else:
            cells = core_line(v, tissue, *windows, blood_rbe=known.of(blood, False).rbe_max)
        found[line] = _core.blood_counts(
            of_marrow, of_blood, cells, 0.0, hours, data.cycle_starts, TOLERANCE
        )
    return BloodCounts(hours, found, rows, read["blood_caution"], run)


def core_line(
    values: Mapping[str, float],
    marrow: _core.Tissue,
    sensitizers: Sequence[_core.FactorWindow] = (),
    repair_factors: Sequence[_core.FactorWindow] = (),
    *,
    blood_rbe: float = 1.0,
) -> _core.CellLine:
    """Make a cell line from its numbers in internal units; `blood_rbe` is of alpha particles on circulating cells."""
    return _core.CellLine(
        values["baseline"],
        values["transit_time"],
        round(values["transits"]),
        values["feedback"],
        values["alpha"],
        marrow,
        values["blood_alpha"],
        blood_rbe,
        values["reserve_loss"],
        list(sensitizers),
        list(repair_factors),
    )


def _times(run: Run, end: Quantity, step: Quantity) -> list[float]:
    starts = run.data["cycle_start"].values
    if not len(starts):
        raise DataError("the run has no labeled administration")
    between = hours_of(step, "step")
    if not between > 0:
        raise ValueError(f"step must be positive, found {step}")
    last = (
        max(float(starts[-1]) + to_internal(AFTER_LAST, "h"), float(run.data.attrs["end_h"]))
        if end is None
        else hours_of(end, "end")
    )
    if last <= starts[-1]:
        raise ValueError(f"end must be later than the start of the last cycle, found {end}")
    return [float(t) for t in np.arange(0.0, last + 0.5 * between, between)]


class BloodCounts:
    """Blood counts over time.

    Attributes
    ----------
    counts : xarray.DataArray
        Dims (time, line) [1e9/L].
    reserve : xarray.DataArray
        Stem cells left, dims (time, line) [1].
    nadirs : pandas.DataFrame
        Index line, cycle; columns ``count`` [1e9/L], ``day`` (after the cycle began), ``share`` (of the baseline)
        and ``grade`` (CTCAE).
    numbers : pandas.DataFrame
        What it rests on, by line: value, source, tag, note.
    caution : str
        What to know before using the numbers.
    """

    def __init__(
        self,
        hours: list[float],
        found: Mapping[str, dict[str, Any]],
        rows: Mapping[str, Rows],
        caution: str,
        run: Run,
    ) -> None:
        self.caution = caution
        self.run = run
        self.numbers = pd.concat({line: table_of(r) for line, r in rows.items()}, names=["line"])
        lines = list(found)
        coords = {"time": ("time", hours, {"units": "h"}), "line": lines}

        def stacked(key: str, unit: str, scale: float) -> xr.DataArray:
            values = np.array([found[line][key] for line in lines]).T / scale
            return xr.DataArray(values, coords, ("time", "line"), key, {"units": unit})

        self.counts = stacked("count", "1e9/L", PER_LITER)
        self.reserve = stacked("reserve", "1", 1.0)
        records = []
        for line in lines:
            v = values_of(rows[line])
            limits = [v[grade] for grade in GRADES]
            nadirs = zip(found[line]["nadir_time"], found[line]["nadir_count"], strict=True)
            for cycle, (time, count) in enumerate(nadirs, 1):
                records.append(
                    (
                        line,
                        cycle,
                        count / PER_LITER,
                        time / HOURS_PER_DAY,
                        count / v["baseline"],
                        _core.toxicity_grade(count, limits),
                    )
                )
        columns = ["line", "cycle", "count", "day", "share", "grade"]
        self.nadirs = pd.DataFrame(records, columns=columns).set_index(["line", "cycle"])

    def summary(self) -> str:
        """Write the nadirs as text, with their caution."""
        shown = self.nadirs.copy()
        for column, digits in (("count", "{:.4g}"), ("day", "{:.1f}"), ("share", "{:.0%}")):
            shown[column] = shown[column].map(digits.format)
        return "\n".join(
            [
                "Lowest counts of each cycle [1e9/L], days after it began, CTCAE grade",
                shown.to_string(),
                f"caution: {self.caution}",
                RESEARCH_ONLY,
            ]
        )

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Plot counts relative to those before treatment."""
        import matplotlib.pyplot as plt

        ax = ax or plt.gca()
        days = self.counts["time"].values / HOURS_PER_DAY
        for line in self.counts["line"].values:
            values = self.counts.sel(line=line).values
            ax.plot(days, 100.0 * values / values[0], label=str(line))
        ax.set_xlabel("Time after first administration [d]")
        ax.set_ylabel("Count [% of that before treatment]")
        ax.legend()
        return ax

    def __repr__(self) -> str:
        return f"<BloodCounts: {', '.join(map(str, self.counts['line'].values))}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"
